"""`python -m experiments.features EXPERIMENT --data DIR`: writes docs/features.md and a picture of each feature beside it."""

from pathlib import Path
from typing import Annotated

import typer


def features(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: outcome.size=0.75. May be repeated.")] = None,
    output: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("docs"),
) -> None:
    """Describe every feature of the catalogue on a page: sign, source, inputs, value, and what history says."""
    from experiments.features.page import write_page
    from features.panel.calendar import day
    from forecast.backtest.dataset import assemble, data_of
    from forecast.backtest.experiment import chosen_experiment
    from forecast.cli.progress import shown_progress

    with shown_progress() as progress:
        progress("features", 0, 0)
        chosen = chosen_experiment(experiment, overrides or ())
        dataset = assemble(chosen, data_of(chosen, data), None if as_of is None else day(as_of))
        page = write_page(dataset, chosen, output, progress)
    typer.echo(f"Page: {page}")


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(features)
    main(command=app, name="python -m experiments.features")
