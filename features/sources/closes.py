"""Closes of one index, from a file or a series; outcomes are settled by them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.csv_text import lines_of
from features.files.stamps import has_moments
from features.files.table import dates, read_table, stamped_numbers
from features.panel.indices import Index
from features.panel.off_sessions import refuse_weekends
from features.panel.raw import RawSeries, check_close
from features.panel.series import SMALL
from features.panel.volatility import session_ranges

DAYS = ("date", "Date")
CLOSE, HIGH, LOW = (("Close", "close"), ("High", "high"), ("Low", "low"))
LEAST_CLOSES = 100  # the volatility before a surge is then known over two of its half-lives


def load(prices: Path | pd.Series, column: str | None = None) -> Index:
    """The index in a file of one row a session, or in a series of closes by day.

    Parameters
    ----------
    prices : Path or Series
        A CSV, CSV.gz or Parquet file whose rows are in the order of time, or closes by day. A row without a close is no session.
    column : str, optional
        The column of the closes; by default `Close`, or the only column of numbers.

    Returns
    -------
    Index
        Closes, and the range of each session where the file has highs and lows; NaN elsewhere.

    Raises
    ------
    InputError
        For what cannot be read, cannot be prices, or holds fewer than LEAST_CLOSES closes.
    """
    if isinstance(prices, pd.Series):
        frame = pd.DataFrame({"Date": prices.index, "Close": prices.to_numpy()})
        return _index(frame, Path("prices"), "Date", "Close")
    frame = read_table(prices)
    day = next((name for name in DAYS if name in frame.columns), None)
    if day is None:
        read_table(prices, DAYS[1:])
        raise InputError(f"{prices.name}: no column 'Date'; write the day of each session in one")
    return _index(frame, prices, day, _close_column(frame.drop(columns=day), prices, column))


def _close_column(frame: pd.DataFrame, path: Path, column: str | None) -> str:
    if column is not None:
        read_table(path, (column,))
        return column
    usual = next((name for name in CLOSE if name in frame.columns), None)
    if usual is not None:
        return usual
    numbers = [name for name in frame.columns if frame[name].dtype.kind in "if"]
    if len(numbers) != 1:
        listed = ", ".join(numbers[:8]) or "none"
        raise InputError(f"{path.name}: no column Close, and the columns of numbers are {listed}; name that of the closes with --close")
    return str(numbers[0])


def _index(frame: pd.DataFrame, path: Path, day: str, column: str) -> Index:
    stamps = dates(frame[day], path, day)
    if has_moments(frame[day]):
        refuse_weekends(stamps, f"{path.name}, column {day}")
    close = _checked(frame[column], stamps, f"{path.name}, column {column}", lines_of(frame))
    days = pd.DatetimeIndex(close.index)
    extremes = [next((name for name in names if name in frame.columns and name != column), None) for names in (HIGH, LOW)]
    ranges = ranges_of(frame, [name for name in extremes if name is not None], stamps, path)
    return Index(path.name, close, ranges.reindex(days), days)


def ranges_of(frame: pd.DataFrame, columns: Sequence[str], stamps: pd.DatetimeIndex, path: Path) -> pd.Series:
    """The range of each session by `columns`, its high and its low; NaN where either is unknown or not above 0, or there are not two."""
    if len(columns) < 2:
        return pd.Series(np.nan, index=stamps)
    high, low = (stamped_numbers(frame[name], stamps, f"{path.name}, column {name}") for name in columns)
    return session_ranges(high.where(high > 0), low.where(low > 0))


def _checked(values: pd.Series, stamps: pd.DatetimeIndex, origin: str, lines: np.ndarray | None) -> pd.Series:
    close = check_close(RawSeries(SMALL, stamped_numbers(values, stamps, origin), origin, lines=lines)).observed.dropna()
    if len(close) < LEAST_CLOSES:
        raise InputError(f"{origin}: {len(close)} closes, fewer than {LEAST_CLOSES}; a surge is told by the volatility before it")
    return close
