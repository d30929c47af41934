"""`forecast analogs`: past surges like the last one, and those before first cuts."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.predict import Format


def analogs(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Override a key: model.analogs.neighbours=10. May be repeated.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many to list.")] = 10,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    picture: Annotated[Path | None, typer.Option(help="File to draw what followed into: .png or .svg.")] = None,
) -> None:
    """Past surges nearest to the last one, what followed them, and the months before first cuts."""
    from forecast.runs.answer.analog_report import analogs_frame, study_analogs

    if picture is not None:
        from forecast.report.plots.style import check_picture

        check_picture(picture)
    study = study_analogs(experiment, data=data, as_of=as_of, overrides=overrides or (), count=count)
    if picture is not None:
        from forecast.report.plots.analogs import draw

        draw(study, picture)
    if form is Format.JSON:
        typer.echo(study.report.model_dump_json(indent=1))
    elif form is Format.CSV:
        from forecast.runs.predictions.formats import cells_of_text

        typer.echo(cells_of_text(analogs_frame(study.report)).to_csv(index=False), nl=False)
    else:
        from forecast.report.text.analog_tables import show_analogs
        from forecast.report.text.console import console

        screen = console()
        show_analogs(screen, study.report)
        if picture is not None:
            screen.print(f"Picture: {picture}", soft_wrap=True, markup=False)
