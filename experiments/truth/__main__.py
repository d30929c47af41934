"""`python -m experiments.truth`: writes truth.md and truth.png."""

import os
from pathlib import Path
from typing import Annotated

import typer


def truth(
    seeds: Annotated[
        list[int] | None,
        typer.Option("--seed", min=0, help="Of a simulated market. May be repeated; default 1 to 6.", show_default=False),
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder of truth.md and truth.png.")] = Path("docs"),
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
) -> None:
    """Measure how near the forecaster comes to probabilities that are known, by years of history."""
    from datetime import date

    from experiments.truth.page import TruthHeader, page, tables
    from experiments.truth.picture import draw
    from experiments.truth.study import SEEDS, default_design, measure, rows_of
    from features.errors import InputError
    from forecast.cli.progress import shown_progress

    chosen = tuple(seeds or SEEDS)
    if len(set(chosen)) < len(chosen):
        raise InputError(f"--seed {' '.join(map(str, chosen))}: each once; leave it out for the default")
    output.mkdir(parents=True, exist_ok=True)
    design = default_design(seeds=chosen)
    with shown_progress() as progress:
        rows = rows_of(measure(design, jobs=jobs or os.cpu_count() or 1, progress=progress))
    labels = tuple(question.label for question in design.experiment.outcome.questions)
    header = TruthHeader(f"{date.today():%Y-%m-%d}", design.seeds, design.paths, labels, design.experiment.model.components, design.step)
    draw(rows, output / "truth.png", markets=len(design.seeds))
    (output / "truth.md").write_text(page(rows, header, "truth.png"), "utf-8")
    typer.echo("\n".join([*tables(rows), "", f"Written: {output / 'truth.md'}, {output / 'truth.png'}"]))


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(truth)
    main(command=app, name="python -m experiments.truth")
