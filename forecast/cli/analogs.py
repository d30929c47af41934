"""`forecast analogs`: past surges like the last one, and those before first cuts."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.formats import TABLE_JSON_OR_CSV, echo_csv
from forecast.cli.parameters import AS_OF, DATA_FOLDER, EXPERIMENT


def analogs(
    experiment: EXPERIMENT = None,
    data: DATA_FOLDER = None,
    as_of: AS_OF = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Override a key: model.analogs.neighbours=10. May be repeated.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many to list.")] = 10,
    form: TABLE_JSON_OR_CSV = "table",
    picture: Annotated[Path | None, typer.Option(help="File to draw what followed into: .png or .svg.")] = None,
) -> None:
    """Past surges nearest to the last one, what followed them, and the months before first cuts."""
    from forecast.cli.progress import shown_waiting
    from forecast.runs.answer.analog_report import analogs_frame, study_analogs

    if picture is not None:
        from forecast.report.plots.style import check_picture

        check_picture(picture)
    with shown_waiting("reading the past", 5.0):
        study = study_analogs(experiment, data=data, as_of=as_of, overrides=overrides or (), count=count)
    if picture is not None:
        from forecast.report.plots.analogs import draw

        draw(study, picture)
    if form == "json":
        typer.echo(study.report.model_dump_json(indent=1))
    elif form == "csv":
        echo_csv(analogs_frame(study.report))
    else:
        from forecast.report.text.analog_tables import show_analogs
        from forecast.report.text.console import console, show_line

        screen = console()
        show_analogs(screen, study.report)
        if picture is not None:
            show_line(screen, "Picture", picture)
