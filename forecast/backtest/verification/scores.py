"""Scores of probabilities of ordered outcomes, one number a row, their means with Newey-West errors, and the skill score."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int


def brier(probabilities: Float, outcomes: Int) -> Float:
    """Brier score of each row: the sum over the outcomes of (p - 1{happened})^2, not halved.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, k)
        Of each outcome; rows sum to 1.
    outcomes : numpy.ndarray of int of shape (n,)
        What happened, coded 0 to k - 1.

    Returns
    -------
    numpy.ndarray of shape (n,)
        In [0, 2], 0 the best.

    Raises
    ------
    ValueError
        For shapes or codes that do not fit.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Mon. Weather Rev. 78.
    """
    return np.asarray(((probabilities - _happened(probabilities, outcomes)) ** 2).sum(axis=1))


def rps(probabilities: Float, outcomes: Int) -> Float:
    """Ranked probability score of each row, over outcomes in their order, divided by their number less one.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, k)
        Of each outcome; rows sum to 1.
    outcomes : numpy.ndarray of int of shape (n,)
        What happened, coded 0 to k - 1.

    Returns
    -------
    numpy.ndarray of shape (n,)
        In [0, 1], 0 the best.

    Raises
    ------
    ValueError
        For shapes or codes that do not fit.

    References
    ----------
    Epstein (1969), A scoring system for probability forecasts of ranked categories, J. Appl. Meteorol. 8.
    """
    gaps = probabilities.cumsum(axis=1) - _happened(probabilities, outcomes).cumsum(axis=1)
    return np.asarray((gaps[:, :-1] ** 2).sum(axis=1) / (probabilities.shape[1] - 1))


def log_score(probabilities: Float, outcomes: Int) -> Float:
    """Logarithmic score of each row: the negative log of the probability of what happened.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, k)
        Of each outcome; rows sum to 1.
    outcomes : numpy.ndarray of int of shape (n,)
        What happened, coded 0 to k - 1.

    Returns
    -------
    numpy.ndarray of shape (n,)
        At least 0, 0 the best; infinite where what happened had probability 0.

    Raises
    ------
    ValueError
        For shapes or codes that do not fit.

    References
    ----------
    Good (1952), Rational decisions, J. R. Stat. Soc. B 14.
    """
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
class NeweyWestMean:
    """A mean over time with its Newey-West error.

    Parameters
    ----------
    mean : float
        NaN without values.
    error : float
        Standard error; NaN for fewer than three values, or values that hardly differ.
    t : float
        Their ratio; NaN where the error is.
    """

    mean: float
    error: float
    t: float


def newey_west_mean(values: Float, *, lags: int) -> NeweyWestMean:
    """Mean of a series with standard errors that allow for serial correlation.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
        In the order of time.
    lags : int
        Rows over which values may be correlated.

    Returns
    -------
    NeweyWestMean

    References
    ----------
    Newey and West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix,
    Econometrica 55.
    """
    n, mean = len(values), float(values.mean()) if len(values) else np.nan
    if n <= 2 or not values.std() > 1e-12:
        return NeweyWestMean(mean, np.nan, np.nan)
    off, reach = values - mean, min(lags, n - 1)
    together = np.array([off[between:] @ off[: n - between] for between in range(reach + 1)])  # by the rows between them
    weights = np.where(np.arange(reach + 1) == 0, 1.0, 2 * (1 - np.arange(reach + 1) / (reach + 1)))  # Bartlett's
    error = max(float(weights @ together), 0.0) ** 0.5 / n
    return NeweyWestMean(mean, error, mean / error) if error > 0 else NeweyWestMean(mean, np.nan, np.nan)


def skill_score(loss: Float, reference: Float) -> float:
    """Skill score: 1 - mean loss / mean loss of the reference.

    Parameters
    ----------
    loss, reference : numpy.ndarray of shape (n,)
        Losses of the forecast and of the reference.

    Returns
    -------
    float
        NaN without rows, or without a loss of the reference.
    """
    return float(1 - loss.mean() / reference.mean()) if len(loss) and reference.mean() > 0 else np.nan
