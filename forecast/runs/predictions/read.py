"""The predictions table of a run: its files, and its questions."""

from pathlib import Path

import pandas as pd

from features.errors import InputError
from forecast.runs.folder import open_run
from forecast.runs.manifest import TABLE_AS_TEXT
from forecast.runs.predictions.columns import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
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
    "BASE_HIGH_COLUMNS",
    "BASE_LOW_COLUMNS",
    "CLIMATOLOGY_COLUMNS",
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


def write(table: pd.DataFrame, folder: Path, *, text: bool) -> None:
    """The table as Parquet, and as CSV if as `text` too, in `folder`."""
    from forecast.runs.predictions.formats import write_predictions

    write_predictions(table, folder / FILE)
    if text:
        write_predictions(table, folder / TABLE_AS_TEXT)


def read_run(folder: Path) -> pd.DataFrame:
    """The predictions of the run in `folder`; InputError, one line, for a damaged file or another schema version."""
    from forecast.runs.predictions.formats import read_predictions

    return read_predictions(open_run(folder, (FILE,)).folder / FILE)


def questions_of(table: pd.DataFrame) -> list[Question]:
    """The questions of a predictions table in its own order, the main one first."""
    keys = table[["horizon", "barrier_kind", "size"]].drop_duplicates()
    return [Question(horizon=int(horizon), barrier=kind, size=float(size)) for horizon, kind, size in keys.itertuples(index=False)]


def rows_of(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows of one question."""
    return table[(table["horizon"] == question.horizon) & (table["barrier_kind"] == question.barrier) & (table["size"] == question.size)]


def of_question(table: pd.DataFrame, label: str | None = None) -> pd.DataFrame:
    """The rows of one question, by default the main one; InputError lists the labels there are for one that is none of them."""
    questions = questions_of(table)
    question = next((each for each in questions if label in (None, each.label)), None)
    if question is not None:
        return rows_of(table, question).reset_index(drop=True)
    if questions:
        raise InputError(
            f"--question {label}: is not asked in these predictions; choose among {', '.join(each.label for each in questions)}"
        )
    return table
