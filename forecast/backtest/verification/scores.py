"""Scores of probabilities of ordered outcomes, one number a row; averages, skill and its t value come from these."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int


def brier(probabilities: Float, outcomes: Int) -> Float:
    """Sum over the outcomes of (p - 1{happened})^2, (n,), in [0, 2]. Source: Brier (1950). Not halved."""
    return np.asarray(((probabilities - _happened(probabilities, outcomes)) ** 2).sum(axis=1))


def rps(probabilities: Float, outcomes: Int) -> Float:
    """Ranked probability score over the ordered outcomes, divided by their number less one, (n,), in [0, 1]. Source: Epstein (1969)."""
    gaps = probabilities.cumsum(axis=1) - _happened(probabilities, outcomes).cumsum(axis=1)
    return np.asarray((gaps[:, :-1] ** 2).sum(axis=1) / (probabilities.shape[1] - 1))


def log_score(probabilities: Float, outcomes: Int) -> Float:
    """Negative log of the probability given to what happened, (n,). Source: Good (1952)."""
    return np.asarray(-np.log((probabilities * _happened(probabilities, outcomes)).sum(axis=1)))


def _happened(probabilities: Float, outcomes: Int) -> Float:
    """Indicator of the outcome, the shape of `probabilities`; ValueError for shapes or codes that do not fit."""
    if probabilities.ndim != 2 or len(probabilities) != len(outcomes):
        raise ValueError(f"probabilities must be (n, k) with n = {len(outcomes)} outcomes, got {probabilities.shape}")
    if len(outcomes) and (outcomes.min() < 0 or outcomes.max() >= probabilities.shape[1]):
        raise ValueError(f"outcomes must be coded 0 to {probabilities.shape[1] - 1}, got {outcomes.min()} to {outcomes.max()}")
    return np.eye(probabilities.shape[1])[outcomes]


SCORES = {"brier": brier, "rps": rps, "log": log_score}


@dataclass(frozen=True)
class Average:
    """A mean over time, its standard error, and their ratio; NaN where it cannot be told."""

    mean: float
    error: float
    t: float


def average(values: Float, *, lags: int) -> Average:
    """Mean of `values` (n,), in the order of time, with Newey-West (1987) errors that reach over `lags` rows.

    The error is NaN where there are no more than two values, or they hardly differ.
    """
    if len(values) <= 2 or not values.std() > 1e-12:
        return Average(float(values.mean()) if len(values) else np.nan, np.nan, np.nan)
    from statsmodels.regression.linear_model import OLS

    fit = OLS(values, np.ones(len(values))).fit(cov_type="HAC", cov_kwds={"maxlags": min(lags, len(values) - 1)})
    return Average(float(fit.params[0]), float(fit.bse[0]), float(fit.tvalues[0]))


@dataclass(frozen=True)
class Skill:
    """1 - mean loss over the reference's, and the t value of the mean difference; NaN where it cannot be told."""

    skill: float
    t: float


def skill(loss: Float, reference: Float, *, lags: int) -> Skill:
    """Skill of a forecast over a reference on the same rows, positive when better.

    loss, reference : (n,) row losses in the order of time. lags : rows over which differences may be correlated, because
    horizons overlap; the t value is that of a regression on a constant with Newey-West (1987) errors.
    """
    found = saved(loss, reference)
    return Skill(found, average(reference - loss, lags=lags).t if np.isfinite(found) else np.nan)


def saved(loss: Float, reference: Float) -> float:
    """Share of the reference's mean loss that the forecast saves, both (n,); NaN without rows or without a loss to save from."""
    return float(1 - loss.mean() / reference.mean()) if len(loss) and reference.mean() > 0 else np.nan
