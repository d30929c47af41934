"""`forecast drivers`: the reading of a day."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How the reading is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def drivers(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Day to read, YYYY-MM-DD; default, the last known.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Family of features to read; may be repeated; default, all.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: surge.window=10. May be repeated.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
) -> None:
    """Read every feature on a day, a surge or not: value, percentile, change and what it means. Nothing is fitted."""
    from forecast.runs.answer.feature_reading import read_features

    reading = read_features(experiment, data=data, as_of=as_of, families=family or (), overrides=overrides or ())
    if form is Format.JSON:
        typer.echo(reading.model_dump_json(indent=1))
    elif form is Format.CSV:
        from forecast.runs.predictions.formats import cells_of_text

        typer.echo(cells_of_text(reading.table()).to_csv(index=False), nl=False)
    else:
        from forecast.report.text.console import console
        from forecast.report.text.drivers_table import show_drivers

        show_drivers(console(), reading)
