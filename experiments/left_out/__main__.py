"""`python -m experiments.left_out EXPERIMENT --data DIR`: writes docs/left_out.md."""

from pathlib import Path
from typing import Annotated

import typer


def left_out(
    experiment: Annotated[Path, typer.Argument(help="Experiment file (TOML) with [companions].")],
    data: Annotated[str, typer.Option(help="Folder that the experiment's inputs and companions are read from.")],
    only: Annotated[list[str] | None, typer.Option(help="Only this index, by its name or column. May be repeated.")] = None,
    refit_every: Annotated[int, typer.Option(min=1, max=1000, help="Sessions between refits; fewer take longer.")] = 126,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: model.paths=1000. May be repeated.")] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Folder to keep each index's losses in, to go on from after an interruption; empty it when code changes."),
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("docs"),
) -> None:
    """Test the same forecaster on each companion in turn, with that companion left out of the training, and write its skill."""
    import shlex
    from datetime import date

    from experiments.left_out.design import left_out_design, left_out_indices
    from experiments.left_out.page import LeftOutHeader, page, summary, write_page
    from experiments.left_out.study import each
    from forecast.cli.progress import shown_progress

    command = ["python", "-m", "experiments.left_out", str(experiment), "--data", "DIR", "--refit-every", str(refit_every)]
    command += [part for name in only or () for part in ("--only", name)] + [part for one in overrides or () for part in ("--set", one)]
    with shown_progress() as progress:
        progress("reading the data", 0, 0)
        design = left_out_design(experiment, data, refit_every=refit_every, overrides=overrides or ())
        indices = left_out_indices(design.experiment, only or ())
        tested = list(each(indices, design, jobs=jobs, keep=keep, progress=progress))
    header = LeftOutHeader(f"{date.today():%Y-%m-%d}", shlex.join(command), design.experiment, design.indices[0].name)
    written = write_page(output, page(tested, header))
    typer.echo("\n".join([*summary(tested, header), "", f"Page: {written}"]))


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(left_out)
    main(command=app, name="python -m experiments.left_out")
