"""`forecast export`: the predictions of a run for other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Shape(StrEnum):
    """What is exported."""

    TABLE = "table"
    SIGNAL = "signal"
    POSITIONS = "positions"


def export(
    run: Annotated[str, typer.Argument(help="Run folder, or MLflow run id.", show_default=False)],
    output: Annotated[Path, typer.Option(help="File to write; its ending is the format: .parquet .csv .json .arrow .xlsx.")],
    shape: Annotated[Shape, typer.Option("--as", help="Predictions; a signal for qlib; daily positions, a demonstration.")] = Shape.TABLE,
    question: Annotated[str | None, typer.Option(help="Label of one; default, all, and of a signal or positions the main one.")] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store of a run given by id; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
) -> None:
    """Write a run's predictions as Parquet, CSV, JSON, Arrow or Excel, or as a signal or positions."""
    from forecast.runs.export import export_positions, export_signal, export_table
    from forecast.runs.locate import locate

    write = {Shape.TABLE: export_table, Shape.SIGNAL: export_signal, Shape.POSITIONS: export_positions}[shape]
    rows = write(locate(run, tracking_uri), output, question)
    typer.echo(f"{output}: {rows} rows")
