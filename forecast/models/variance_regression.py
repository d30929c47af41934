"""Variance regression: log variance of the sessions ahead on that of the sessions past, over every session of many markets at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.models.range_variance import LEAST_VOL, RANGE_VARIANCE, SQUARE_VARIANCE, session_measure, weighted
from forecast.models.resampled_paths import standard_residuals
from forecast.models.sample_key import SamplesKey
from forecast.target.sample import Sample, once

HALFLIVES = (2, 5, 15, 60)  # sessions: from a day or two to a quarter, the heterogeneous horizons of Corsi (2009)
LEVEL = 252  # sessions: half-life of the slow level that everything is relative to
NEWS = (3, 15)  # sessions: half-lives of signed returns; falls raise variance
HORIZONS = (5, 21, 63)  # sessions ahead: a week, a month, a quarter
MONTH = 1  # of HORIZONS
COLUMNS = 2 * (1 + len(HALFLIVES) + len(NEWS))
EVERY = 5  # sessions: of neighbouring ones the targets are nearly the same
LEAST_SHARE = 0.02  # of the level: no variance is taken to be less
LEAST_CASES = 100  # rows below which there is no fit
USUAL = np.array([0.0, 0.1, 0.2, 0.3, 0.2, *np.zeros(COLUMNS - 5)])  # coefficients before any data: most weight on weeks (Corsi 2009)
USUAL_SD = np.array(2 * [*np.full(5, 0.1), 0.3, 0.3])  # of a normal prior: some years of one market alone say little of fourteen
MARKET_SD = 0.05  # of a market's own intercept about the common one: own-market fits are unstable
LEAST_DISPERSION = 0.1  # of log variance: the law is never held surer
KEPT = 2000  # residuals, evenly by rank


@dataclass(frozen=True)
class VarianceRegression:
    """The regression of one year.

    Parameters
    ----------
    coefficients : numpy.ndarray of shape (3, k)
        At HORIZONS, of the columns of `design`; the target's own departure is in the intercept.
    dispersion : numpy.ndarray of shape (3,)
        Standard deviation of the log of the variance that came about its forecast, without the noise of measuring it.
    error : float
        Standard error of a fitted log variance.
    residuals : numpy.ndarray
        Of all markets, next session's return over the forecast of its volatility; sorted, of mean 0 and variance 1.
    """

    coefficients: Float
    dispersion: Float
    error: float
    residuals: Float


@once
def relative_variance(sample: Sample) -> Float:
    """Log variance at HALFLIVES over the slow level, and signed returns at NEWS in its units, (n, 6), as known at each close."""
    measure, level = session_measure(sample), slow_variance(sample)
    logs = [np.log(np.maximum(weighted(measure, halflife) / level, LEAST_SHARE)) for halflife in HALFLIVES]
    shocks = np.r_[np.nan, sample.returns] / np.sqrt(level)
    return np.column_stack([*logs, *(weighted(shocks, halflife) for halflife in NEWS)])


@once
def slow_variance(sample: Sample) -> Float:
    """Variance of a session at the slow level, (n,); NaN for the first, and at least LEAST_VOL squared."""
    return np.maximum(weighted(session_measure(sample), LEVEL), LEAST_VOL**2)


def design(sample: Sample, rows: Int) -> Float:
    """Columns of the regression, (m, COLUMNS): intercept and slopes, and what is added to them where ranges are known."""
    columns, ranged = relative_variance(sample)[rows], np.isfinite(sample.ranges[rows]).astype(np.float64)[:, None]
    return np.hstack([np.ones_like(ranged), columns, ranged, columns * ranged])


@lru_cache(maxsize=4)  # the refits of a year share it
def fit_variance_regression(markets: SamplesKey) -> VarianceRegression:
    """Least squares under a prior over the markets, the target's first, all sessions alike; what is not known at a close is not looked at.

    Parameters
    ----------
    markets : SamplesKey
        Samples as published when the year began.

    Returns
    -------
    VarianceRegression
        Of log variances a session; the same object for the same samples.

    Raises
    ------
    ValueError
        Where the markets have fewer than LEAST_CASES rows together.

    References
    ----------
    Corsi (2009), A simple approximate long-memory model of realized volatility, J. Financ. Econometrics 7.
    Bollerslev, Hood, Huss and Pedersen (2018), Risk everywhere: modeling and managing volatility, Rev. Financ. Stud. 31: pooled over
    assets, relative to a slow level.
    """
    samples = markets.samples
    fits = [_fit_horizon(samples, horizon) for horizon in HORIZONS]
    coefficients, dispersion = np.stack([fit[0] for fit in fits]), np.array([fit[1] for fit in fits])
    months = max(len(sample) for sample in samples) / HORIZONS[MONTH]
    error = float(dispersion[MONTH] * (coefficients.shape[1] / months) ** 0.5)
    return VarianceRegression(coefficients, dispersion, error, _residuals(samples, coefficients[0]))


def log_variances(sample: Sample, coefficients: Float) -> Float:
    """Forecast of the mean log variance over HORIZONS after the sample's last session, (3,)."""
    return np.asarray(coefficients @ design(sample, np.array([-1]))[0] + np.log(slow_variance(sample)[-1]))


def _fit_horizon(samples: Sequence[Sample], horizon: int) -> tuple[Float, float]:
    """Coefficients (k,) and the dispersion over one horizon."""
    parts = [_cases(sample, horizon) for sample in samples]
    columns, ahead = (np.concatenate(part) for part in zip(*parts, strict=True))
    if len(ahead) < LEAST_CASES:
        raise ValueError(f"{len(ahead)} sessions have a variance after them, fewer than the {LEAST_CASES} needed")
    alone = horizon / EVERY  # rows whose targets overlap
    prior = np.diag(alone * (ahead - columns @ USUAL).var() / USUAL_SD**2)
    coefficients = np.linalg.solve(columns.T @ columns + prior, columns.T @ ahead + prior @ USUAL)
    left = ahead - columns @ coefficients
    ranged = columns[:, COLUMNS // 2] > 0
    own = left[: len(parts[0][1])] if len(parts[0][1]) else np.zeros(1)
    coefficients[0] += own.sum() / (len(own) + alone * left.var() / MARKET_SD**2)
    return coefficients, _dispersion(left, ranged, horizon)


def _cases(sample: Sample, horizon: int) -> tuple[Float, Float]:
    """Columns (m, k) and targets (m,): log mean variance of the sessions ahead over the slow level."""
    rows = np.arange(LEVEL, len(sample) - horizon, EVERY)
    if not len(rows):
        return np.empty((0, COLUMNS)), np.empty(0)
    total = np.cumsum(np.nan_to_num(session_measure(sample)))
    mean = (total[rows + horizon] - total[rows]) / horizon / slow_variance(sample)[rows]
    return design(sample, rows), np.log(np.maximum(mean, LEAST_SHARE))


def _dispersion(left: Float, ranged: Flags, horizon: int) -> float:
    """Of log variance, from the residuals (m,) of the more precise measure that there is, less what measuring adds."""
    chosen, noise = (left[ranged], RANGE_VARIANCE) if ranged.sum() >= LEAST_CASES else (left, SQUARE_VARIANCE)
    return float(max(chosen.var() - noise / horizon, LEAST_DISPERSION**2) ** 0.5)


def _residuals(samples: Sequence[Sample], coefficients: Float) -> Float:
    """Next session's return over the volatility forecast for the week, of every market, standardised; evenly KEPT by rank."""
    parts = []
    for sample in samples:
        rows = np.arange(LEVEL, len(sample) - 1, EVERY)
        vol = np.exp((design(sample, rows) @ coefficients + np.log(slow_variance(sample)[rows])) / 2)
        parts.append(sample.returns[rows] / vol)
    z = np.sort(np.concatenate(parts))
    z = z[np.linspace(0, len(z) - 1, min(KEPT, len(z))).round().astype(np.int64)]
    return standard_residuals(z)
