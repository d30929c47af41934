"""The predictions table: its schema, its files, and the one way to read them."""

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.errors import InputError
from forecast.columns import (
    BASE_COLUMNS,
    COLUMNS,
    ERROR_COLUMNS,
    HIGH_COLUMNS,
    KEY,
    LOW_COLUMNS,
    P_COLUMNS,
    SCHEMA_VERSION,
    SPREAD_COLUMNS,
    UNCALIBRATED_COLUMNS,
)
from forecast.locate import locate
from forecast.products.rules import check
from forecast.question import Question
from forecast.runs import open_run

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "BASE_COLUMNS",
    "COLUMNS",
    "ERROR_COLUMNS",
    "FILE",
    "HIGH_COLUMNS",
    "KEY",
    "LOW_COLUMNS",
    "P_COLUMNS",
    "SCHEMA_VERSION",
    "SPREAD_COLUMNS",
    "UNCALIBRATED_COLUMNS",
    "check",
    "load_predictions",
    "of_question",
    "questions_of",
    "schema",
    "write",
]

FILE = "predictions.parquet"
CSV_FILE = "predictions.csv"
VERSION_KEY = "smallcap_surge.schema_version"


def schema() -> "pyarrow.Schema":
    """The Arrow schema of the table, with its version in the metadata, and of each field its unit and meaning."""
    import pyarrow as pa

    types = {"date": pa.timestamp("ns"), "string": pa.string(), "int": pa.int64(), "float": pa.float64()}
    fields = [
        pa.field(name, types[column.kind], nullable=column.missing is not None, metadata={"unit": column.unit, "meaning": column.meaning})
        for name, column in COLUMNS.items()
    ]
    return pa.schema(fields, metadata={VERSION_KEY: str(SCHEMA_VERSION)})


def write(table: pd.DataFrame, folder: Path) -> None:
    """The table as Parquet and CSV in `folder`."""
    from forecast.products.formats import write_predictions

    write_predictions(table, folder / FILE)
    write_predictions(table, folder / CSV_FILE)


def load_predictions(run: str | Path) -> pd.DataFrame:
    """Predictions, one row a surge session and question.

    run : a run folder, an MLflow run id or another address that `forecast.locate` knows, or a file by itself: .parquet, .csv, .json,
    .arrow, .feather or .xlsx, as `forecast.products.formats` and `python -m forecast export` write them.
    InputError, one line, for a place that holds none, a damaged file, a row that breaks a rule, or another schema version.
    """
    from forecast.products.formats import ENDINGS, read_predictions

    if os.path.isfile(run):
        return read_predictions(Path(run))
    if Path(run).suffix in ENDINGS and not os.path.isdir(run):
        raise InputError(f"{run}: no such file; name a file of predictions, a run folder or an MLflow run id")
    return read_predictions(open_run(locate(run), (FILE,)).folder / FILE)


def questions_of(table: pd.DataFrame) -> list[Question]:
    """The questions of a predictions table in its own order, the main one first."""
    asked = table[["horizon", "barrier_kind", "size"]].drop_duplicates()
    return [Question(horizon=int(horizon), barrier=kind, size=float(size)) for horizon, kind, size in asked.itertuples(index=False)]


def of_question(table: pd.DataFrame, label: str | None = None) -> pd.DataFrame:
    """The rows of one question, by default the main one; InputError lists the labels there are for one that is none of them."""
    asked = questions_of(table)
    found = [question for question in asked if label in (None, question.label)]
    if asked and not found:
        raise InputError(f"--question {label}: is not asked in these predictions; choose among {', '.join(one.label for one in asked)}")
    if not found:
        return table
    one = found[0]
    rows = (table["horizon"] == one.horizon) & (table["barrier_kind"] == one.barrier) & (table["size"] == one.size)
    return table[rows].reset_index(drop=True)
