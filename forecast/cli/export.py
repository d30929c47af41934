"""`forecast export`: the predictions of a run for other tools."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecast.cli.parameters import RUN, STORE_OF_RUN


def export(
    run: RUN,
    output: Annotated[Path, typer.Option(help="File to write; its ending is the format: .parquet .csv .json .arrow .xlsx.")],
    content: Annotated[
        Literal["table", "signal", "positions"],
        typer.Option("--as", help="Predictions; a signal for qlib; daily positions, a demonstration."),
    ] = "table",
    question: Annotated[str | None, typer.Option(help="Label of one; default, all, and of a signal or positions the main one.")] = None,
    tracking_uri: STORE_OF_RUN = None,
) -> None:
    """Write a run's predictions as Parquet, CSV, JSON, Arrow or Excel, or as a signal or positions."""
    from forecast.runs.export import export_positions, export_signal, export_table
    from forecast.runs.locate import locate

    write = {"table": export_table, "signal": export_signal, "positions": export_positions}[content]
    rows = write(locate(run, tracking_uri), output, question)
    typer.echo(f"{output}: {rows} rows")
