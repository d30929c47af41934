"""Comparison of two forecasters: skill, equal mean loss (Diebold and Mariano), equal conditional loss (Giacomini and White)."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from forecast.backtest.verification.scores import NeweyWestMean, newey_west_mean, skill_score
from forecast.engines.arrays import Float, Int


@dataclass(frozen=True)
class DieboldMariano:
    """Result of the test of equal mean loss.

    Parameters
    ----------
    t : float
        Positive where the forecaster is better than the reference; NaN for no more rows than the horizon.
    p : float
        One-sided, of the hypothesis that the forecaster is no better; NaN where `t` is.
    """

    t: float
    p: float


def diebold_mariano(gain: Float, *, horizon: int) -> DieboldMariano:
    """Test of equal mean loss, corrected for small samples.

    Newey-West errors over horizon - 1 rows (Bartlett's weights cannot give a negative variance, which the unweighted sum of the
    original can), times the factor of Harvey, Leybourne and Newbold, with quantiles of Student's t of n - 1 degrees. The factor counts
    in rows, as if a surge came each session: rows farther apart overlap less, so it errs to the side of caution. At its worst, gains
    of 120 sessions in a row that overlap over ten, a level of 5 % gives 10 % of false alarms, 13 % without the factor and 34 % with
    plain errors.

    Parameters
    ----------
    gain : numpy.ndarray of shape (n,)
        Loss of the reference less that of the forecaster, in the order of time.
    horizon : int
        Sessions that the forecasts look ahead.

    Returns
    -------
    DieboldMariano

    References
    ----------
    Diebold and Mariano (1995), Comparing predictive accuracy, J. Bus. Econ. Stat. 13.
    Harvey, Leybourne and Newbold (1997), Testing the equality of prediction mean squared errors, Int. J. Forecast. 13, equation 9.
    """
    t = mean_gain(gain, horizon=horizon).t
    return DieboldMariano(t, float(special.stdtr(len(gain) - 1, -t)))


def mean_gain(gain: Float, *, horizon: int) -> NeweyWestMean:
    """Mean of (n,) gains with the error and the t of `diebold_mariano`; both NaN for no more rows than the horizon."""
    n, plain = len(gain), newey_west_mean(gain, lags=horizon - 1)
    if n <= horizon:
        return NeweyWestMean(plain.mean, np.nan, np.nan)
    factor = small_sample_factor(n, horizon)
    return NeweyWestMean(plain.mean, plain.error / factor, plain.t * factor)


def small_sample_factor(n: int, horizon: int) -> float:
    """The factor sqrt((n + 1 - 2 h + h (h - 1) / n) / n) of Harvey, Leybourne and Newbold (1997) for n rows and h = horizon < n."""
    return float(np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))


@dataclass(frozen=True)
class Skill:
    """Skill of a forecast over a reference.

    Parameters
    ----------
    skill : float
        1 - mean loss / mean loss of the reference; NaN without rows, or without a loss of the reference.
    t : float
        That of `diebold_mariano`; NaN where the skill is, for no more rows than the horizon, or where nothing differs.
    """

    skill: float
    t: float


def skill(loss: Float, reference: Float, *, horizon: int) -> Skill:
    """Skill of a forecast over a reference on the same rows, positive where the forecast is better.

    Parameters
    ----------
    loss, reference : numpy.ndarray of shape (n,)
        Losses of the forecast and of the reference, in the order of time.
    horizon : int
        Sessions that the forecasts look ahead.

    Returns
    -------
    Skill
        Its t value is the one of every page, table and verdict.
    """
    share = skill_score(loss, reference)
    return Skill(share, diebold_mariano(reference - loss, horizon=horizon).t if np.isfinite(share) else np.nan)


@dataclass(frozen=True)
class GiacominiWhite:
    """Result of the test of equal conditional predictive ability.

    Parameters
    ----------
    statistic, p : float
        Of the hypothesis that nobody could have said beforehand which of the two is better; NaN for fewer than two horizons of rows.
    better : float
        Share of the rows in which the forecaster was expected to be better.
    rows : int
        Rows with an instrument.
    """

    statistic: float
    p: float
    better: float
    rows: int


def giacomini_white(gain: Float, dates: np.ndarray, settled: np.ndarray, *, horizon: int) -> GiacominiWhite:
    """Test of equal conditional predictive ability, with a constant and the last settled gain as instruments.

    Wald statistic of the instruments times gain, Newey-West over horizon - 1 rows, as F with 2 and n - 2 degrees and the factor of
    Harvey, Leybourne and Newbold. A row's instrument is the gain of the latest row settled before its own day; rows without one are
    left out.

    Parameters
    ----------
    gain : numpy.ndarray of shape (n,)
        Loss of the reference less that of the forecaster, in the order of time.
    dates, settled : numpy.ndarray of shape (n,)
        Days of the forecasts and of their outcomes, rising.
    horizon : int
        Sessions that the forecasts look ahead.

    Returns
    -------
    GiacominiWhite
        NaN for fewer than two horizons of rows, or where nothing differs.

    References
    ----------
    Giacomini and White (2006), Tests of conditional predictive ability, Econometrica 74, theorem 3.
    """
    before = last_settled(dates, settled)
    usable = before >= 0
    now, then = gain[usable], gain[before[usable]]
    n = len(now)
    if n < max(2 * horizon, 5) or not now.std() > 1e-12 or not then.std() > 1e-12:
        return GiacominiWhite(np.nan, np.nan, np.nan, n)
    instruments = np.column_stack([np.ones(n), then / gain.std()])
    moments = instruments * now[:, None]
    mean = moments.mean(axis=0)
    wald = n * mean @ np.linalg.solve(_long_run(moments, horizon - 1), mean) * small_sample_factor(n, horizon) ** 2
    statistic = float(wald * (n - 2) / (2 * (n - 1)))
    expected = instruments @ np.linalg.lstsq(instruments, now, rcond=None)[0]
    return GiacominiWhite(statistic, float(special.fdtrc(2, n - 2, statistic)), float((expected > 0).mean()), n)


def last_settled(dates: np.ndarray, settled: np.ndarray) -> Int:
    """For each row the last row settled before its day, (n,); -1 where there is none. dates, settled : (n,), both rising."""
    return np.searchsorted(settled, dates, side="left").astype(np.int64) - 1


def _long_run(moments: Float, lags: int) -> Float:
    """Newey and West's (1987) long-run covariance of `moments` (n, k) about nil, as the hypothesis has it, (k, k)."""
    n = len(moments)
    total = moments.T @ moments / n
    for lag in range(1, min(lags, n - 1) + 1):
        cross = moments[lag:].T @ moments[:-lag] / n
        total += (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(total)
