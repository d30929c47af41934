"""Probability of a recession: a probit on the slope of the yield curve, refitted on the months dated by then. No features."""

from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtr

from features.builders.probit import Probit, fit_probit
from features.builders.recessions import announcements, month_number, month_of, recession_ahead
from features.panel.align import asof_join
from features.panel.memoise import memoise
from features.panel.releases import Releases

MONTH = 21  # sessions
LEAST_MONTHS = 48  # of history, and
LEAST_OF_A_KIND = 12  # months that a recession followed, or none: a fit to fewer is a fit to a single year


@memoise
def term_spread(long: Releases, short: Releases) -> Releases:
    """`long` less `short` yield on the stamps of `long`."""
    spread = long.observed - asof_join(short, long)
    there = spread.notna().to_numpy()
    return Releases(spread[there], long.known[there], long.max_age)


def monthly_mean(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Months by number (n,), rising, and the mean of `values`, by stamp, in each; the last month may still be running."""
    by_month = values.groupby(month_number(pd.DatetimeIndex(values.index))).mean()
    return by_month.index.to_numpy(np.int64), by_month.to_numpy("float64")


def fit_on(months: np.ndarray, spread: np.ndarray, day: pd.Timestamp, *, first: int = 1, last: int = 12) -> Probit | None:
    """Probit of a recession `first` to `last` months ahead on the monthly `spread`, both (n,), on the months dated by `day`.

    A month takes part once it is over for a month and its outcome is decided; None where too few do.
    """
    outcome = recession_ahead(months, day, first=first, last=last)
    over = months <= month_of(day) - 2
    use = over & np.isfinite(outcome) & np.isfinite(spread)
    ones = int(outcome[use].sum())
    if use.sum() < LEAST_MONTHS or min(ones, use.sum() - ones) < LEAST_OF_A_KIND:
        return None
    return fit_probit(spread[use], outcome[use])


def refit_days(begin: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Refit days: each first of January and each announcement, from the last before `begin` to `end`."""
    years = np.arange(begin.year - 1970, end.year - 1969).astype("datetime64[Y]").astype("datetime64[ns]")
    days = np.union1d(years, announcements().to_numpy())
    first, after = days.searchsorted(begin.to_datetime64(), side="right") - 1, days.searchsorted(end.to_datetime64(), side="right")
    return pd.DatetimeIndex(days[max(first, 0) : after])


def recession_risk(long: Releases, short: Releases, sessions: pd.DatetimeIndex) -> pd.Series:
    """Probability (n,) at each session's close that a month of the next twelve is one of recession.

    From the mean term spread of the last 21 sessions. Where a refit has no maximum or too few months, the fit before it stays in
    force; NaN before the first fit.
    """
    spread = term_spread(long, short)
    if not len(sessions) or not len(spread.observed):
        return pd.Series(np.nan, index=sessions)
    days = refit_days(sessions[0], sessions[-1])
    months, means = monthly_mean(spread.observed)
    over = months <= month_of(days[-1]) - 2
    coefficients = _coefficients(tuple(months[over].tolist()), tuple(means[over].tolist()), days[0], days[-1])
    now = spread.onto(sessions, spread.observed.rolling(MONTH, min_periods=MONTH // 2).mean()).to_numpy()
    constant, slope = coefficients[days.to_numpy().searchsorted(sessions.to_numpy(), side="right") - 1].T
    return pd.Series(ndtr(constant + slope * now), index=sessions)


@lru_cache(maxsize=4)  # several features need the same fits, and a further session rarely brings a new one
def _coefficients(months: tuple[int, ...], spread: tuple[float, ...], begin: pd.Timestamp, end: pd.Timestamp) -> np.ndarray:
    """(n_refits, 2) constant and slope in force from each refit day on; NaN before the first fit."""
    days = refit_days(begin, end)
    fits = [fit_on(np.array(months, dtype=np.int64), np.array(spread), day) for day in days]
    coefficients = pd.DataFrame([(np.nan, np.nan) if fit is None else (fit.constant, fit.slope) for fit in fits])
    return coefficients.ffill().to_numpy("float64")
