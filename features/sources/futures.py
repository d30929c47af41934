"""Fed funds futures from a file of the user's: a row a day with a column a month ahead, or a row a contract."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.table import dates, numbers, table
from features.rates.contracts import month_of

FURTHEST = 36  # months ahead that the exchange lists


def is_curve(columns: list[str]) -> bool:
    """Whether a file with these columns has a row a day: Date, m0, m1, ..., m0 the running month's contract."""
    return "m0" in columns


def curve(path: Path) -> pd.DataFrame:
    """A row a day, ascending, with the columns m0, m1, ... as far as the file has them; NaN = no price.

    InputError for a column that is missing, a day that is none or stands twice, and a price that is no number.
    """
    frame = table(path, ("Date", "m0"))
    columns = [f"m{ahead}" for ahead in range(FURTHEST + 1) if f"m{ahead}" in frame.columns]
    if columns != [f"m{ahead}" for ahead in range(len(columns))]:
        lacking = next(f"m{ahead}" for ahead in range(FURTHEST + 1) if f"m{ahead}" not in columns)
        raise InputError(f"{path.name}: column {lacking!r} is missing; the columns run m0, m1, m2, ...")
    days = pd.DatetimeIndex(dates(frame["Date"], path, "Date"), name="Date")
    if days.has_duplicates:
        raise InputError(f"{path.name}: {days[days.duplicated()][0]:%Y-%m-%d} stands twice in column Date; keep one row of it")
    prices = {}
    for column in columns:
        given = frame[column].notna()
        if not given.all():
            filled = np.full(len(frame), np.nan)
            filled[given.to_numpy()] = numbers(frame.loc[given, column], path, column).to_numpy()
            prices[column] = filled
        else:
            prices[column] = numbers(frame[column], path, column).to_numpy()
    return pd.DataFrame(prices, index=days).sort_index()


def settled(prices: pd.DataFrame) -> np.ndarray:
    """(n,) last price of the month before each day's, from a curve's own rows; NaN for its first month."""
    days = pd.DatetimeIndex(prices.index)
    months = days.to_period("M")
    last = prices["m0"].groupby(months).last()
    return last.reindex(months - 1).to_numpy(np.float64)


def contracts(path: Path, on: pd.Timestamp) -> dict[str, float]:
    """Price by contract month, `2023-03`, on the day `on`: of a curve, with the last price of the month before; or of a row a contract.

    A row a contract has the columns month and price, and Date where the file holds more than one day.
    InputError where the file is neither, and where it has no prices of `on`.
    """
    columns = list(table(path).columns)
    if is_curve(columns):
        return _of_curve(curve(path), path, on)
    if not {"month", "price"} <= set(columns):
        raise InputError(
            f"{path.name}: is no file of prices; it must have the columns Date, m0, m1, ... or month, price, "
            "or Date, meeting, lo_bp, hi_bp, prob of a published history"
        )
    return _of_rows(table(path), path, on)


def _of_curve(prices: pd.DataFrame, path: Path, on: pd.Timestamp) -> dict[str, float]:
    if on not in prices.index:
        raise InputError(
            f"{path.name}: has no row of {on:%Y-%m-%d}; it holds {prices.index[0]:%Y-%m-%d} to {prices.index[-1]:%Y-%m-%d}, "
            "and prices of trading days only"
        )
    known = prices.loc[:on]
    row, before = known.iloc[-1], settled(known)[-1]
    found = {str(month_of(on) + ahead): float(price) for ahead, price in enumerate(row) if np.isfinite(price)}
    return ({str(month_of(on) - 1): float(before)} if np.isfinite(before) else {}) | found


def _of_rows(frame: pd.DataFrame, path: Path, on: pd.Timestamp) -> dict[str, float]:
    if "Date" in frame.columns:
        frame = frame[dates(frame["Date"], path, "Date") == on]
        if frame.empty:
            raise InputError(f"{path.name}: has no rows of {on:%Y-%m-%d}; ask for a --date that it has")
    months = frame["month"].astype(str)
    if months.duplicated().any():
        twice = months[months.duplicated()].iloc[0]
        raise InputError(f"{path.name}: contract {twice} stands twice; keep one row of it, or add a column Date")
    return dict(zip(months, numbers(frame["price"], path, "price").tolist(), strict=True))
