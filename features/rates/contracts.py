"""Contracts: prices of fed funds futures by month, checked, and the ticks in which they are quoted."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InputError
from features.panel import fomc

Float = NDArray[np.float64]

# Steps in which prices moved, read off the settlements of 1989 to 2023: one hundredth until 1998, then half of it, and from 2008 a quarter
# of it in the running month. First day, nearest contract, other contracts.
TICKS = (("1988-01-01", 0.01, 0.01), ("1999-01-01", 0.005, 0.005), ("2008-01-01", 0.0025, 0.005))
# Where months did not trade, settlements of 2001 hold one figure 2 to 4 points off; true neighbours never were more than 1 apart.
JUMP = 1.25
LOWEST, HIGHEST = 50.0, 105.0  # prices: a rate of 50 and of -5 percent, beyond which no target has been


def month_of(on: pd.Timestamp) -> np.datetime64:
    """The calendar month of a day, datetime64[M]."""
    return on.to_datetime64().astype("datetime64[M]")


def rounding(on: pd.Timestamp, months: NDArray[np.datetime64]) -> Float:
    """(n_months,) standard deviation of the rounding of each price, percent: tick / sqrt(12), for an error spread evenly over the tick."""
    near, far = [ticks[1:] for ticks in TICKS if pd.Timestamp(ticks[0]) <= on][-1]
    running = month_of(on)
    return np.asarray(np.where(months <= running, near, far) / np.sqrt(12))


def contracts(on: pd.Timestamp, prices: Mapping[Any, float] | pd.Series, *, past: bool) -> tuple[NDArray[np.datetime64], Float]:
    """Months, ascending, and 100 less their prices. The month before the running one takes part if `past`, earlier ones never do.

    InputError for a key that is no month, an impossible price, a gap from the running month on, and fewer than two contracts.
    """
    running = month_of(on)
    by_month: dict[np.datetime64, float] = {}
    for key, price in prices.items():
        month = _month(key)
        if month in by_month:
            raise InputError(f"contract {month}: stands twice; keep one price")
        if month >= running - past:
            by_month[month] = _price(month, price)
    months = np.array(sorted(by_month), dtype="datetime64[M]")
    if len(months) < 2:
        listed = ", ".join(str(month) for month in months) or "none"
        raise InputError(f"prices for {on:%Y-%m-%d}: needs two contracts or more from {running} on, got {listed}; add later months")
    expected = np.arange(min(months[0], running), months[-1] + 1)
    if missing := sorted(set(expected) - set(months)):
        raise InputError(f"contract {missing[0]}: has no price, and it lies before {months[-1]}; add it or leave out the months after it")
    return months, 100.0 - np.array([by_month[month] for month in months])


def _month(key: Any) -> np.datetime64:
    text = f"{key:%Y-%m}" if isinstance(key, pd.Timestamp | pd.Period) else str(key)
    try:
        if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
            raise ValueError
        return np.datetime64(text[:7], "M")
    except ValueError:
        raise InputError(f"contract month {key!r}: is no month; write YYYY-MM") from None


def _price(month: np.datetime64, price: Any) -> float:
    try:
        value = float(price)
    except (TypeError, ValueError):
        raise InputError(f"contract {month}: price {price!r} is no number; write 100 less the rate, such as 95.25") from None
    if not LOWEST < value < HIGHEST:
        raise InputError(f"contract {month}: price {value:g} is not between {LOWEST:g} and {HIGHEST:g}; a price is 100 less the rate")
    return value


def without_stale(rates: Float) -> Float:
    """(n, m) rates, percent, by day and month; NaN where one is more than JUMP from the last known month before it."""
    clean, last = rates.copy(), np.full(len(rates), np.nan)
    for column in range(rates.shape[1]):
        stale = np.abs(rates[:, column] - last) > JUMP
        clean[stale, column] = np.nan
        last = np.where(np.isfinite(clean[:, column]), clean[:, column], last)
    return clean


def past_is_free(on: pd.Timestamp) -> bool:
    """Whether the month before that of `on` had no decision, so that its average is the rate at its end."""
    end = on.replace(day=1) - pd.Timedelta(days=1)
    return not fomc.meetings_between(end.replace(day=1), end)
