"""`forecast drivers`: every feature on one day."""

from typing import Annotated

import typer

from forecast.cli.formats import TABLE_JSON_OR_CSV, echo_csv
from forecast.cli.parameters import DATA_FOLDER, EXPERIMENT


def drivers(
    experiment: EXPERIMENT = None,
    data: DATA_FOLDER = None,
    as_of: Annotated[str | None, typer.Option(help="Day to read, YYYY-MM-DD; default, the last known.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Family of features to read; may be repeated; default, all.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: surge.window=10. May be repeated.")] = None,
    form: TABLE_JSON_OR_CSV = "table",
) -> None:
    """Read every feature on a day, a surge or not: value, percentile, change and what it means. Nothing is fitted."""
    from forecast.cli.progress import shown_waiting
    from forecast.runs.answer.feature_reading import read_features

    with shown_waiting("reading the features", 4.0):
        reading = read_features(experiment, data=data, as_of=as_of, families=family or (), overrides=overrides or ())
    if form == "json":
        typer.echo(reading.model_dump_json(indent=1))
    elif form == "csv":
        echo_csv(reading.table())
    else:
        from forecast.report.text.console import console
        from forecast.report.text.drivers_table import show_drivers

        show_drivers(console(), reading)
