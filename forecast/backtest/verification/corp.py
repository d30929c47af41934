"""CORP: the decomposition of a Brier score with recalibration by isotonic regression."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from forecast.engines.arrays import Float


@dataclass(frozen=True)
class CorpDecomposition:
    """score = miscalibration - discrimination + uncertainty, each >= 0; NaN without rows.

    Parameters
    ----------
    score : float
        Mean (p - y)^2.
    miscalibration : float
        What recalibration would gain.
    discrimination : float
        What the recalibrated forecast gains over the frequency.
    uncertainty : float
        Score of the frequency itself.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def corp_decomposition(probabilities: Float, happened: Float) -> CorpDecomposition:
    """CORP decomposition of the mean Brier score of one event.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n,)
        Of the event, in [0, 1].
    happened : numpy.ndarray of float of shape (n,)
        1 where the event came, else 0.

    Returns
    -------
    CorpDecomposition

    Raises
    ------
    ValueError
        For other shapes or values.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118(8), equations 4 and 5.
    """
    _check(probabilities, happened)
    if not len(happened):
        return CorpDecomposition(np.nan, np.nan, np.nan, np.nan)
    score = float(np.mean((probabilities - happened) ** 2))
    best = float(np.mean((recalibrate(probabilities, happened) - happened) ** 2))
    uncertainty = float(happened.mean() * (1 - happened.mean()))
    # both gains are >= 0 because a constant and the forecast itself are among the rising functions; rounding may say otherwise
    return CorpDecomposition(score, max(score - best, 0.0), max(uncertainty - best, 0.0), uncertainty)


def recalibrate(probabilities: Float, happened: Float) -> Float:
    """Recalibrated forecast: the rising function of the probability with the least squared error, by isotonic regression.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n,)
        Of the event.
    happened : numpy.ndarray of float of shape (n,)
        1 where the event came, else 0.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Frequency of the event at each row's probability; rows of one probability have one frequency.
    """
    return ForecastLevels.of(probabilities).frequencies(happened)


@dataclass(frozen=True)
class ForecastLevels:
    """The distinct probabilities, (k,) rising; the level of each row, (n,); rows a level, (k,). For many curves over one forecast."""

    values: Float
    level: np.ndarray
    rows: Float

    @classmethod
    def of(cls, probabilities: Float) -> "ForecastLevels":
        """The levels of `probabilities` (n,)."""
        values, level, rows = np.unique(probabilities, return_inverse=True, return_counts=True)
        return cls(values, level, rows.astype(np.float64))

    def frequencies(self, happened: Float) -> Float:
        """Recalibrated frequency of each row, (n,)."""
        return self.curve(happened)[self.level]

    def curve(self, happened: Float) -> Float:
        """Recalibrated frequency of each level, (k,), rising, in [0, 1] for `happened` (n,) of 0 and 1."""
        means = np.bincount(self.level, weights=happened, minlength=len(self.values)) / self.rows
        # what scikit-learn's calls too, after checks that take ten times as long: bands draw hundreds of curves
        return np.asarray(isotonic_regression(means, weights=self.rows).x, dtype=np.float64)


def _check(probabilities: Float, happened: Float) -> None:
    if probabilities.ndim != 1 or probabilities.shape != happened.shape:
        raise ValueError(f"probabilities and happened must be (n,), got {probabilities.shape} and {happened.shape}")
    if not np.isin(happened, (0.0, 1.0)).all():
        raise ValueError("happened must be 0 or 1 in every row")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities must be in [0, 1] in every row")
