"""Closes of one index from a file of the user's, or from a series: what outcomes are settled by."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.table import dates, measured, table
from features.panel.indices import Index
from features.panel.raw import RawSeries, check_close
from features.panel.series import SMALL
from features.panel.volatility import session_ranges

DAYS = ("date", "Date")
CLOSE, HIGH, LOW = (("Close", "close"), ("High", "high"), ("Low", "low"))
LEAST_CLOSES = 100  # the volatility before a surge is then known over two of its half-lives


def load(prices: Path | pd.Series, column: str | None = None) -> Index:
    """The index in a CSV, CSV.gz or Parquet file of a row a session, in the order of time, or in a series of closes by day.

    column : of the closes; default `Close`, or the only column of numbers. Highs and lows are read where the file has both. A row
    without a close is no session. InputError, one line, for what cannot be read or cannot be prices.
    """
    if isinstance(prices, pd.Series):
        frame = pd.DataFrame({"Date": prices.index, "Close": prices.to_numpy()})
        return _index(frame, Path("prices"), "Date", "Close")
    frame = table(prices)
    frame = frame.reset_index(drop=frame.index.name not in DAYS)
    day = next((name for name in DAYS if name in frame.columns), None)
    if day is None:
        table(prices, DAYS[1:])
        raise InputError(f"{prices.name}: no column 'Date'; write the day of each session in one")
    return _index(frame, prices, day, _close_column(frame.drop(columns=day), prices, column))


def _close_column(frame: pd.DataFrame, path: Path, column: str | None) -> str:
    if column is not None:
        table(path, (column,))
        return column
    found = next((name for name in CLOSE if name in frame.columns), None)
    if found is not None:
        return found
    numbers = [name for name in frame.columns if frame[name].dtype.kind in "if"]
    if len(numbers) != 1:
        listed = ", ".join(numbers[:8]) or "none"
        raise InputError(f"{path.name}: no column Close, and the columns of numbers are {listed}; name that of the closes with --close")
    return str(numbers[0])


def _index(frame: pd.DataFrame, path: Path, day: str, column: str) -> Index:
    stamps = dates(frame[day], path, day)
    close = _checked(frame[column], stamps, f"{path.name}, column {column}")
    days = pd.DatetimeIndex(close.index)
    high, low = (next((name for name in names if name in frame.columns and name != column), None) for names in (HIGH, LOW))
    ranges = pd.Series(np.nan, index=days)
    if high is not None and low is not None:
        top, bottom = (measured(frame[name], stamps, f"{path.name}, column {name}") for name in (high, low))
        ranges = session_ranges(top.where(top > 0), bottom.where(bottom > 0)).reindex(days)
    return Index(path.name, close, ranges, days)


def _checked(values: pd.Series, stamps: pd.DatetimeIndex, origin: str) -> pd.Series:
    close = check_close(RawSeries(SMALL, measured(values, stamps, origin), origin)).observed.dropna()
    if len(close) < LEAST_CLOSES:
        raise InputError(f"{origin}: {len(close)} closes, fewer than {LEAST_CLOSES}; a surge is told by the volatility before it")
    return close
