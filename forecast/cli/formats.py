"""Formats that a command prints its result in: a table for people, JSON and CSV for programs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    import pandas as pd

TABLE_OR_JSON = Annotated[Literal["table", "json"], typer.Option("--format", help="What to print.")]
TABLE_JSON_OR_CSV = Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="What to print.")]


def echo_json(content: Any, default: Callable[[Any], Any] | None = None) -> None:
    """Prints plain values as JSON, a number that is not finite as null; `default` makes plain values of others."""
    import json

    from forecast.runs.manifest import finite

    typer.echo(json.dumps(finite(content), indent=1, allow_nan=False, default=default))


def echo_csv(frame: "pd.DataFrame", **options: Any) -> None:
    """Prints a table as CSV, without its index, no cell of which a spreadsheet takes for a formula; `options` are those of `to_csv`."""
    from features.files.cells import escape_formulas

    typer.echo(escape_formulas(frame).to_csv(index=False, **options), nl=False)
