"""Prices of fed funds futures from a file: a row a day with a column a month ahead, or a row a contract."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.table import dates, numbers, read_table, refuse_without
from features.rates.contracts import month_of

FURTHEST = 36  # months ahead that the exchange lists


def is_curve(columns: list[str]) -> bool:
    """Whether a file with these columns has a row a day: Date, m0, m1, ..., m0 the running month's contract."""
    return "m0" in columns


def curve(path: Path) -> pd.DataFrame:
    """Prices by day, ascending, in the columns m0, m1, ... that the file has; NaN = no price. InputError for what is no such table."""
    frame = read_table(path, ("Date", "m0"))
    columns = [f"m{ahead}" for ahead in range(FURTHEST + 1) if f"m{ahead}" in frame.columns]
    if columns != [f"m{ahead}" for ahead in range(len(columns))]:
        lacking = next(f"m{ahead}" for ahead in range(FURTHEST + 1) if f"m{ahead}" not in columns)
        raise InputError(f"{path.name}: column {lacking!r} is missing; the columns run m0, m1, m2, ...")
    days = pd.DatetimeIndex(dates(frame["Date"], path, "Date"), name="Date")
    if days.has_duplicates:
        raise InputError(f"{path.name}: {days[days.duplicated()][0]:%Y-%m-%d} stands twice in column Date; keep one row of it")
    prices = {column: numbers(frame[column].dropna(), path, column).reindex(frame.index).to_numpy() for column in columns}
    return pd.DataFrame(prices, index=days).sort_index()


def settlements_before(prices: pd.DataFrame) -> np.ndarray:
    """(n,) the last price of the month before each day's month; NaN in the first month of the curve."""
    days = pd.DatetimeIndex(prices.index)
    months = days.to_period("M")
    last = prices["m0"].groupby(months).last()
    return last.reindex(months - 1).to_numpy(np.float64)


def contracts(path: Path, on: pd.Timestamp) -> dict[str, float]:
    """Prices by contract month, such as `2023-03`, on one day.

    Parameters
    ----------
    path : Path
        A curve (Date, m0, m1, ...), or a row a contract (month, price, and Date where the file holds more than one day).
    on : Timestamp
        The day.

    Returns
    -------
    dict
        Price by month. Of a curve, the month before `on` has its last price.

    Raises
    ------
    InputError
        Where the file is neither, or has no prices of `on`.
    """
    columns = list(read_table(path).columns)
    if is_curve(columns):
        return _of_curve(curve(path), path, on)
    if not {"month", "price"} <= set(columns):
        if len(columns) == 1:
            refuse_without(("month",), columns, path.name)
        raise InputError(
            f"{path.name}: is no file of prices; it must have the columns Date, m0, m1, ... or month, price, "
            "or Date, meeting, lo_bp, hi_bp, prob of a published history, or be CME's own export of FedWatch; name its columns so"
        )
    return _of_rows(read_table(path), path, on)


def _of_curve(prices: pd.DataFrame, path: Path, on: pd.Timestamp) -> dict[str, float]:
    if on not in prices.index:
        raise InputError(
            f"{path.name}: has no row of {on:%Y-%m-%d}; it holds {prices.index[0]:%Y-%m-%d} to {prices.index[-1]:%Y-%m-%d}, "
            "and prices of trading days only"
        )
    past = prices.loc[:on]
    row, before = past.iloc[-1], settlements_before(past)[-1]
    by_month = {str(month_of(on) + ahead): float(price) for ahead, price in enumerate(row) if np.isfinite(price)}
    return ({str(month_of(on) - 1): float(before)} if np.isfinite(before) else {}) | by_month


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
