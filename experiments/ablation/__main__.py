"""`python -m experiments.ablation EXPERIMENT --data DIR`: writes ablation.md and ablation.png."""

from pathlib import Path
from typing import Annotated

import typer


def ablation(
    experiment: Annotated[str, typer.Argument(help="Experiment file (TOML).")],
    data: Annotated[str, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")],
    as_of: Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")] = None,
    decided: Annotated[str | None, typer.Option(help="Outcomes settled before this day decide; default 2011-01-01.")] = None,
    output: Annotated[Path, typer.Option(help="Folder of ablation.md and ablation.png.")] = Path("docs"),
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
) -> None:
    """Measure what each family of features is worth, left out and alone, walk-forward."""
    import os
    from datetime import date

    from experiments.ablation.cases import ablation_cases
    from experiments.ablation.page import AblationHeader, page, tables
    from experiments.ablation.picture import draw
    from experiments.ablation.study import FIRST_HALF_ENDS, ablate
    from features.panel.calendar import day
    from forecast.cli.progress import shown_progress

    deadline = FIRST_HALF_ENDS if decided is None else day(decided, option="--decided").date()
    output.mkdir(parents=True, exist_ok=True)
    with shown_progress() as progress:
        progress("reading the data", 0, 0)
        cases = ablation_cases(experiment, data, as_of)
        result = ablate(cases, decided=deadline, jobs=jobs or os.cpu_count() or 1, progress=progress)
    sample = cases[0].sample
    span = (str(sample.sessions[0]), str(sample.sessions[-1]))
    first, made = cases[0].experiment, f"{date.today():%Y-%m-%d}"
    header = AblationHeader(made, first.name, cases[0].market, span, cases[0].digest, first.promotion.min_t)
    draw(result, header, output / "ablation.png")
    (output / "ablation.md").write_text(page(result, header, "ablation.png"), "utf-8")
    typer.echo("\n".join([*tables(result), "", f"Written: {output / 'ablation.md'}, {output / 'ablation.png'}"]))


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(ablation)
    main(command=app, name="python -m experiments.ablation")
