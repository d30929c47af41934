"""Tables in memory: of pandas, or of a library whose tables turn into those of pandas."""

from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.as_written import ISO_START
from features.files.csv_text import LINE
from features.files.date_format import looks_like_day
from features.files.dialect import Dialect
from features.files.number_format import is_number
from features.files.table_header import DAY
from features.files.text_table import TextTable, find_table

CLOSES = "Close"  # the column of a series of closes
LOOKED_AT = 20  # values of a column, by which it is told for days
REMEDY = "give it a DatetimeIndex, or a column of days"


def read_frame(data: Any, name: str) -> TextTable:
    """A table as the file of it would be read.

    Parameters
    ----------
    data : Series, DataFrame, or a table of polars or pyarrow
        Days in the index, as DatetimeIndex, PeriodIndex or text, or in a column. A Series is one column, `Close`. Names of several levels,
        as yfinance has them, become words with a blank between, without a level that is the same in all. Text is read by looking, as that
        of a file is.
    name : str
        What messages call it.

    Returns
    -------
    TextTable
        A column a field: days as they are, numbers as doubles. Rows are counted from 1, the oldest is first where they are in order. The
        notes begin with what all columns have in common, such as a ticker.

    Raises
    ------
    InputError
        For what is no table, has no days, or has two columns of one name, and where text can be read in two ways.
    """
    frame, notes = _with_plain_names(_pandas(data, name), name)
    frame, day = _with_days(frame, name)
    if _is_text(frame, day):
        return find_table(frame.to_csv(index=False), name, Dialect(separator=","))
    frame = frame.apply(_doubles).set_axis(pd.RangeIndex(1, len(frame) + 1, name=LINE))
    if len(frame) > 1 and frame[day].is_monotonic_decreasing:
        frame, notes = frame.iloc[::-1], (*notes, "newest first, turned round")
    return TextTable(frame, day, Dialect(), notes)


def common_word(data: Any) -> str | None:
    """The name of a Series, or what all columns of a table have in common, such as a ticker; None without either."""
    if isinstance(data, pd.Series):
        return " ".join(map(str, data.name)) if isinstance(data.name, tuple) else None if data.name is None else str(data.name)
    columns = getattr(data, "columns", None)
    if not isinstance(columns, pd.MultiIndex) or len(columns) < 2:
        return None
    return next((str(columns[0][level]) for level in range(columns.nlevels) if len(set(columns.get_level_values(level))) == 1), None)


def _pandas(data: Any, name: str) -> pd.DataFrame:
    """`data` as a table of pandas, its own when it is one; InputError for anything else."""
    if not isinstance(data, pd.Series | pd.DataFrame) and hasattr(data, "to_pandas"):
        data = data.to_pandas()
    if isinstance(data, pd.Series):
        data = data.to_frame(CLOSES)
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"{name}: is of type {type(data).__name__}; give a pandas Series, or a table with days")
    if data.empty:
        raise InputError(f"{name}: has no rows; give a row a session")
    if data.index.nlevels > 1:
        raise InputError(f"{name}: its rows are named by {data.index.nlevels} levels; give one row a day")
    return data


def _with_plain_names(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The columns under names of one level, each once, and a line for what was common to all of them."""
    columns = frame.columns
    notes: tuple[str, ...] = ()
    if isinstance(columns, pd.MultiIndex):
        common = common_word(frame)
        notes = () if common is None else (f"of {common}",)
        words = [[str(word) for word in label if str(word) and str(word) != common] for label in columns]
        columns = pd.Index([" ".join(dict.fromkeys(part)) for part in words])
    columns = pd.Index([str(label) for label in columns])
    if columns.has_duplicates:
        twice = columns[columns.duplicated()][0]
        raise InputError(f"{name}: {int((columns == twice).sum())} columns are named {twice!r}; keep one of them")
    return frame.set_axis(columns, axis=1), notes


def _with_days(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, str]:
    """The table with its days as the first column, and the name of that; InputError where there are none."""
    days = frame.index.to_series()
    if not isinstance(frame.index, pd.RangeIndex) and _are_days(days):
        label = DAY if frame.index.name is None or str(frame.index.name) in frame.columns else str(frame.index.name)
        frame = frame.reset_index(drop=True)
        frame.insert(0, label, _stamps(days).reset_index(drop=True))
        return frame, label
    dated = [str(column) for column in frame.columns if frame[column].dtype.kind not in "iuf" and _are_days(frame[column])]
    if not dated:
        raise InputError(f"{name}: has no days; {REMEDY}")
    label = dated[0]
    rest = frame.drop(columns=label).reset_index(drop=True)
    rest.insert(0, label, _stamps(frame[label]).reset_index(drop=True))
    return rest, label


def _are_days(column: pd.Series) -> bool:
    """Whether the first values that are there look like days."""
    if column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return True
    if column.dtype.kind in "bfm":
        return False
    first = column.dropna().iloc[:LOOKED_AT]
    return len(first) > 0 and all(looks_like_day(str(value)) for value in first)


def _stamps(days: pd.Series) -> pd.Series:
    """Days and moments of pandas as they are, a period by its first day, anything else as text."""
    if isinstance(days.dtype, pd.PeriodDtype):
        return days.dt.to_timestamp()
    if isinstance(days.dtype, pd.DatetimeTZDtype):
        return days
    if days.dtype.kind == "M":
        return days.astype("datetime64[ns]")
    return days.astype("str").where(days.notna(), "")


def _is_text(frame: pd.DataFrame, day: str) -> bool:
    """Whether a column, of days or of numbers, is written in a notation that has to be looked at."""
    for column in frame.columns:
        values = frame[column]
        if values.dtype.kind in "biufcmM" or isinstance(values.dtype, pd.DatetimeTZDtype):
            continue
        words = [value for value in values.dropna() if isinstance(value, str) and value]
        if column == day and not all(ISO_START.match(word) for word in words):
            return True
        if column != day and any(is_number(word) for word in words[:LOOKED_AT]):
            return True
    return False


def _doubles(column: pd.Series) -> pd.Series:
    """Numbers, of any type that pandas has for them, as doubles; other columns as they are."""
    if column.dtype.kind in "iuf":
        return pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
    if column.dtype == object:
        values = pd.to_numeric(column, errors="coerce")
        if (values.isna() == column.isna()).all() and not column.map(lambda value: isinstance(value, bool)).any():
            return values.astype("float64")
    return column
