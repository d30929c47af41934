"""A file of prices as a user has it: what it holds, and which exchange's sessions its days are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.as_written import read_as_written
from features.files.dialect import Dialect
from features.files.table import dates, stamped_numbers
from features.panel import calendar
from features.sources.price_columns import PriceColumns, price_columns

EXCHANGES = ("XNYS", "XLON", "XETR", "XPAR", "XSWX", "XSTO", "XTSE", "XASX", "XTKS", "XHKG", "XKRX", "XSHG", "XBOM", "BVMF")
DAY = 86_400 * 10**9  # nanoseconds
LEAST = 250  # closes; fewer hold no surge whose volatility is known
WIDEST_STEP = 4  # days from one close to the next, at the median
FIT = 0.98  # of the days, and of the sessions between them, which an exchange's calendar has to have


@dataclass(frozen=True)
class PriceFile:
    """What a file of prices was taken for.

    Parameters
    ----------
    path : Path
    date : str
        Name of the column of days.
    columns : PriceColumns
        Those that are prices.
    unused : tuple of str
        The other columns.
    dialect : Dialect
        How the file is written; empty for Parquet.
    days : DatetimeIndex, shape (n,)
        The days that have a close, the oldest first.
    notes : tuple of str
        What was skipped or turned round, a line each.
    """

    path: Path
    date: str
    columns: PriceColumns
    unused: tuple[str, ...]
    dialect: Dialect
    days: pd.DatetimeIndex
    notes: tuple[str, ...]


def look_at(path: Path, dialect: Dialect | None = None, close: str | None = None) -> PriceFile:
    """What a file of prices holds.

    Parameters
    ----------
    path : Path
        A text file of columns, packed by gzip or not, a workbook (.xlsx) or Parquet.
    dialect : Dialect, optional
        What is known of how it is written; the rest is found by looking.
    close : str, optional
        The column of the closes, or its ticker.

    Returns
    -------
    PriceFile

    Raises
    ------
    InputError
        Where something can be read in two ways, or there are no prices: names what to set.
    """
    table = read_as_written(path, dialect)
    columns = price_columns(table.columns_of_numbers, path.name, close)
    unused = tuple(str(name) for name in table.frame.columns if name != table.date and name not in columns.used)
    stamps = dates(table.frame[table.date], path, table.date)
    closes = stamped_numbers(table.frame[columns.close], stamps, f"{path.name}, column {columns.close}")
    days = stamps[closes.notna().to_numpy()]
    if len(days) < LEAST:
        raise InputError(f"{path.name}: closes in column {columns.close} number {len(days)}, fewer than {LEAST}; give a longer history")
    apart = int(np.median(np.diff(days.asi8))) / DAY
    if apart > WIDEST_STEP:
        raise InputError(f"{path.name}: its closes are {apart:.0f} days apart; give those of every session")
    return PriceFile(path, table.date, columns, unused, table.dialect, days, table.notes)


def calendar_fit(days: pd.DatetimeIndex, exchange: str) -> float:
    """The share of days that are sessions of `exchange`, or of its sessions that are days, whichever is less; 0 where it has none."""
    first, last = calendar.bounds(exchange)
    days = days[(days >= first) & (days <= last)]
    if len(days) == 0:
        return 0.0
    expected = calendar.sessions(exchange, days[0], days[-1])
    both = len(expected.intersection(days))
    return min(both / len(days), both / len(expected)) if len(expected) else 0.0


def exchange_of(days: pd.DatetimeIndex, exchanges: Sequence[str] = EXCHANGES, recent: int = 1250) -> dict[str, float]:
    """By exchange, the share of the last `recent` days that agree with its calendar, the best first; none after one that fits entirely."""
    fits: dict[str, float] = {}
    for name in exchanges:  # a calendar takes half a second to make
        fits[name] = calendar_fit(days[-recent:], name)
        if fits[name] == 1:
            break
    return dict(sorted(fits.items(), key=lambda item: -item[1]))
