"""The predictions table of a run: its files, and its questions."""

from pathlib import Path

import pandas as pd

from features.errors import InputError
from forecast.runs.folder import open_run
from forecast.runs.predictions.columns import (
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
from forecast.runs.predictions.rules import check_predictions
from forecast.target.question import Question

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
    "check_predictions",
    "of_question",
    "questions_of",
    "read_run",
    "write",
]

FILE = "predictions.parquet"
CSV_FILE = "predictions.csv"


def write(table: pd.DataFrame, folder: Path) -> None:
    """The table as Parquet and CSV in `folder`."""
    from forecast.runs.predictions.formats import write_predictions

    write_predictions(table, folder / FILE)
    write_predictions(table, folder / CSV_FILE)


def read_run(folder: Path) -> pd.DataFrame:
    """The predictions of the run in `folder`; InputError, one line, for a damaged file or another schema version."""
    from forecast.runs.predictions.formats import read_predictions

    return read_predictions(open_run(folder, (FILE,)).folder / FILE)


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
