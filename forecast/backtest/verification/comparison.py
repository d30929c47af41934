"""Comparison: is one forecaster better than another, on average, and at a time one could have told?"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from forecast.backtest.verification.scores import average
from forecast.engines.arrays import Float, Int


@dataclass(frozen=True)
class DieboldMariano:
    """`t` is positive where the forecaster is better than the reference; `p` is one-sided, against "no better". NaN: cannot be told."""

    t: float
    p: float


def diebold_mariano(gain: Float, *, horizon: int) -> DieboldMariano:
    """Test of equal mean loss with the correction for small samples.

    gain : (n,) loss of the reference less that of the forecaster, in the order of time.   horizon : sessions ahead, so that
    gains overlap over at most horizon - 1 rows.

    Newey-West errors over those rows (Bartlett's weights cannot give a negative variance, which the unweighted sum of the
    original can), times the factor of Harvey, Leybourne and Newbold (1997, equation 9), with quantiles of Student's t of n - 1
    degrees. The factor counts in rows, as if a surge came each session: rows farther apart overlap less, so it errs to the side
    of caution. At its worst, gains of 120 sessions in a row that overlap over ten, a level of 5 % gives 10 % of false alarms, 13 %
    without the factor and 34 % with plain errors. NaN where there are no more rows than the horizon. Source: Diebold and Mariano (1995).
    """
    n = len(gain)
    if n <= horizon:
        return DieboldMariano(np.nan, np.nan)
    t = average(gain, lags=horizon - 1).t * small_sample(n, horizon)
    return DieboldMariano(float(t), float(stats.t.sf(t, n - 1)))


def small_sample(n: int, horizon: int) -> float:
    """The factor sqrt((n + 1 - 2 h + h (h - 1) / n) / n) of Harvey, Leybourne and Newbold (1997) for n rows and h = horizon < n."""
    return float(np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))


@dataclass(frozen=True)
class GiacominiWhite:
    """`p` of the test that neither could be told to be better beforehand; `better` : share of the rows in which the forecaster was
    expected to be. NaN: cannot be told."""

    statistic: float
    p: float
    better: float
    rows: int


def giacomini_white(gain: Float, dates: np.ndarray, known: np.ndarray, *, horizon: int) -> GiacominiWhite:
    """Conditional predictive ability, with a constant and the last gain that was known at the time as instruments.

    gain : (n,) loss of the reference less that of the forecaster, in the order of time.   dates, known : (n,), days of the
    forecasts and of their outcomes; a row's instrument is the gain of the latest row settled before its own day, and rows
    without one are left out.   horizon : as in `diebold_mariano`.

    Wald statistic of the instruments times gain, Newey-West over horizon - 1 rows, as F with 2 and n - 2 degrees and the factor
    of Harvey, Leybourne and Newbold. NaN where there are fewer than two horizons of rows, or nothing differs.
    Source: Giacomini and White (2006), theorem 3.
    """
    before = last_known(dates, known)
    kept = before >= 0
    now, then = gain[kept], gain[before[kept]]
    n = len(now)
    if n < max(2 * horizon, 5) or not now.std() > 1e-12 or not then.std() > 1e-12:
        return GiacominiWhite(np.nan, np.nan, np.nan, n)
    instruments = np.column_stack([np.ones(n), then / gain.std()])
    moments = instruments * now[:, None]
    mean = moments.mean(axis=0)
    wald = n * mean @ np.linalg.solve(_long_run(moments, horizon - 1), mean) * small_sample(n, horizon) ** 2
    statistic = float(wald * (n - 2) / (2 * (n - 1)))
    expected = instruments @ np.linalg.lstsq(instruments, now, rcond=None)[0]
    return GiacominiWhite(statistic, float(stats.f.sf(statistic, 2, n - 2)), float((expected > 0).mean()), n)


def last_known(dates: np.ndarray, known: np.ndarray) -> Int:
    """For each row the last row settled before its day, (n,); -1 where there is none. dates, known : (n,), both rising."""
    return np.searchsorted(known, dates, side="left").astype(np.int64) - 1


def _long_run(moments: Float, lags: int) -> Float:
    """Newey and West's (1987) long-run covariance of `moments` (n, k) about nil, as the hypothesis has it, (k, k)."""
    n = len(moments)
    total = moments.T @ moments / n
    for lag in range(1, min(lags, n - 1) + 1):
        cross = moments[lag:].T @ moments[:-lag] / n
        total += (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(total)
