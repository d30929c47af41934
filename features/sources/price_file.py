"""A file of prices as a user has it: what it holds, and which exchange's sessions its days are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.as_written import read_as_written
from features.files.csv_text import lines_of
from features.files.dialect import Dialect
from features.files.table import dates, stamped_numbers
from features.files.text_table import TextTable
from features.panel import calendar
from features.panel.raw import RawSeries, check_close
from features.panel.series import INPUTS, OIL, SMALL, Basis, Every, Series
from features.sources.price_columns import OF_THE_INDEX, PriceColumns, price_columns

EXCHANGES = ("XNYS", "XLON", "XETR", "XPAR", "XSWX", "XSTO", "XTSE", "XASX", "XTKS", "XHKG", "XKRX", "XSHG", "XBOM", "BVMF")
DAY = 86_400 * 10**9  # nanoseconds
LEAST = 250  # closes; fewer hold no surge whose volatility is known
WIDEST_STEP = 4  # days from one close to the next, at the median
MANY = 0.2  # of values below 0, from which on they are taken for returns and not for mistakes
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
    closes : mapping of str to str
        Further daily prices by the names of their series, such as `large`, and their columns.
    rates : mapping of str to str
        The same of daily rates, such as `yield_10y`.
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
    closes: Mapping[str, str]
    rates: Mapping[str, str]
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
    return prices_in(table, path, price_columns(table.columns_of_numbers, path.name, close))


def prices_in(table: TextTable, path: Path, columns: PriceColumns) -> PriceFile:
    """What a table of prices holds; InputError, naming `path`, where it holds no daily closes."""
    stamps = dates(table.frame[table.date], path, table.date)
    closes = stamped_numbers(table.frame[columns.close], stamps, f"{path.name}, column {columns.close}")
    origin = f"{path.name}, column {columns.close}"
    _refuse_returns(closes, origin)
    check_close(RawSeries(SMALL, closes, origin, lines=lines_of(table.frame)))
    days = stamps[closes.notna().to_numpy()]
    if len(days) < LEAST:
        raise InputError(f"{path.name}: closes in column {columns.close} number {len(days)}, fewer than {LEAST}; give a longer history")
    apart = int(np.median(np.diff(days.as_unit("ns").asi8))) / DAY
    if apart > WIDEST_STEP:
        raise InputError(f"{path.name}: its closes are {apart:.0f} days apart; give those of every session")
    further = _further(table, columns)
    prices = {name: column for name, column in further.items() if INPUTS[name].basis is not Basis.RATE}
    rates = {name: column for name, column in further.items() if INPUTS[name].basis is Basis.RATE}
    used = (table.date, *columns.used, *further.values())
    unused = tuple(str(name) for name in table.frame.columns if name not in used)
    return PriceFile(path, table.date, columns, prices, rates, unused, table.dialect, days, table.notes)


def _refuse_returns(closes: pd.Series, origin: str) -> None:
    """InputError for values of which many are no prices, as returns are."""
    if (share := float((closes.dropna() <= 0).mean())) > MANY:
        raise InputError(
            f"{origin}: {share:.0%} of its values are not above 0, so they are no closes; give closes, or for percent returns "
            'name the column with `holds = "percent return"` in the experiment'
        )


def _further(table: TextTable, columns: PriceColumns) -> dict[str, str]:
    """The columns named as series that are observed every day, of prices or rates; any other needs the lag of its publication."""
    names = {name: name.strip().lower() for name in table.columns_of_numbers if name not in columns.used}
    return {name: column for column, name in names.items() if name in INPUTS and name not in OF_THE_INDEX and _is_daily(INPUTS[name])}


def _is_daily(series: Series) -> bool:
    return series.every is Every.DAY and (series.basis in (Basis.PRICE, Basis.RATE) or series is OIL)


def fitting_exchange(days: pd.DatetimeIndex, name: str, *, remedy: str) -> tuple[str, float]:
    """The exchange whose sessions `days` are, and the share that agrees; InputError, with the remedy, where none fits.

    name : of the prices, for the message.
    """
    best, fit = next(iter(exchange_of(days).items()))
    if fit < FIT:
        every_day = " (24/7 where it trades on weekends too)" if (days.day_of_week > 4).mean() > 0.1 else ""
        raise InputError(
            f"{name}: its days are the sessions of no exchange, the nearest {best} with {100 * fit:.0f} %; name it with {remedy}{every_day}"
        )
    return best, fit


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
