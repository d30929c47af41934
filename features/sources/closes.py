"""Closes of one index, from a file or a series; outcomes are settled by them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.as_written import read_as_written
from features.files.csv_text import lines_of
from features.files.frame_table import read_frame
from features.files.stamps import has_moments
from features.files.table import dates, stamped_numbers
from features.panel.indices import Index
from features.panel.off_sessions import refuse_weekends
from features.panel.raw import RawSeries, check_close
from features.panel.series import SMALL
from features.panel.volatility import session_ranges
from features.sources.price_columns import PriceColumns, price_columns

IN_MEMORY = Path("prices")  # what messages call a table
LEAST_CLOSES = 100  # the volatility before a surge is then known over two of its half-lives


def load(prices: Path | pd.Series | pd.DataFrame, column: str | None = None) -> Index:
    """The index in a file of one row a session, or in a table of that shape.

    Parameters
    ----------
    prices : Path, Series or DataFrame
        A file of text in any notation, a workbook or Parquet; or closes by day, or a table with days. A row without a close is no session.
    column : str, optional
        The column of the closes, or its ticker; by default the one whose name says so, or the only column of numbers.

    Returns
    -------
    Index
        Closes, and the range of each session where the file has highs and lows; NaN elsewhere.

    Raises
    ------
    InputError
        For what cannot be read, cannot be prices, or holds fewer than LEAST_CLOSES closes.
    """
    path = prices if isinstance(prices, Path) else IN_MEMORY
    table = read_as_written(prices) if isinstance(prices, Path) else read_frame(prices, path.name)
    return _index(table.frame, path, table.date, price_columns(table.columns_of_numbers, path.name, column))


def _index(frame: pd.DataFrame, path: Path, day: str, columns: PriceColumns) -> Index:
    stamps = dates(frame[day], path, day)
    if has_moments(frame[day]):
        refuse_weekends(stamps, f"{path.name}, column {day}")
    close = _checked(frame[columns.close], stamps, f"{path.name}, column {columns.close}", lines_of(frame))
    days = pd.DatetimeIndex(close.index)
    ranges = ranges_of(frame, [name for name in (columns.high, columns.low) if name is not None], stamps, path)
    return Index(path.name, close, ranges.reindex(days), days)


def ranges_of(frame: pd.DataFrame, columns: Sequence[str], stamps: pd.DatetimeIndex, path: Path) -> pd.Series:
    """The range of each session by `columns`, its high and its low; NaN where either is unknown or not above 0, or there are not two."""
    if len(columns) < 2:
        return pd.Series(np.nan, index=stamps)
    high, low = (stamped_numbers(frame[name], stamps, f"{path.name}, column {name}") for name in columns)
    return session_ranges(high.where(high > 0), low.where(low > 0))


def level_of_returns(returns: pd.Series, origin: str) -> pd.Series:
    """Level of percent returns that starts at 100; an unknown return is taken as none of that session's, so its close is left out."""
    returns = returns.dropna()
    if (returns <= -100).any():
        where = returns.index[returns <= -100][0]
        raise InputError(f"{origin}: a return of {returns[where]:g} % on {where:%Y-%m-%d}; leave a missing value empty")
    return 100 * (1 + returns / 100).cumprod()


def _checked(values: pd.Series, stamps: pd.DatetimeIndex, origin: str, lines: np.ndarray | None) -> pd.Series:
    close = check_close(RawSeries(SMALL, stamped_numbers(values, stamps, origin), origin, lines=lines)).observed.dropna()
    if len(close) < LEAST_CLOSES:
        raise InputError(f"{origin}: {len(close)} closes, fewer than {LEAST_CLOSES}; a surge is told by the volatility before it")
    return close
