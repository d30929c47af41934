"""`python -m experiments.skill EXPERIMENT --data DIR`: writes the README's table of skill and docs/skill_measured.md."""

from pathlib import Path
from typing import Annotated

import typer


def skill(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")] = None,
    runs: Annotated[
        tuple[Path, Path] | None, typer.Option(help="Two finished runs, of z from 1.5 and from 1, in place of making them.")
    ] = None,
    readme: Annotated[Path, typer.Option(help="Page with the marked table.")] = Path("README.md"),
    docs: Annotated[Path, typer.Option(help="Folder of skill_measured.md.")] = Path("docs"),
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
) -> None:
    """Measure the skill on the four questions of the README, and write what was measured."""
    from experiments.skill.measurement import checked_readme, finished_runs, measure, trained_runs, write_measured
    from forecast.cli.progress import shown_progress

    checked_readme(readme)
    with shown_progress() as progress:
        opened = finished_runs(runs) if runs is not None else trained_runs(experiment, data, jobs=jobs, progress=progress)
        measured = measure(opened, progress)
    typer.echo("\n".join(f"Written: {path}" for path in write_measured(measured, readme, docs)))


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(skill)
    main(command=app, name="python -m experiments.skill")
