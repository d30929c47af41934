"""CORP: what a Brier score is made of, with recalibration by isotonic regression.

Source: Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118(8), equations 4 and 5.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from forecast.engines.arrays import Float


@dataclass(frozen=True)
class Corp:
    """score = miscalibration - discrimination + uncertainty, each >= 0.

    score : mean (p - y)^2.   miscalibration : what recalibration would gain.   discrimination : what the recalibrated forecast
    gains over the frequency.   uncertainty : the score of the frequency itself. NaN where there are no rows.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def decompose(probabilities: Float, happened: Float) -> Corp:
    """The decomposition of the mean Brier score of one event.

    probabilities : (n,) of the event, in [0, 1].   happened : (n,) 1 where it came, else 0. ValueError for other shapes or values.
    """
    _check(probabilities, happened)
    if not len(happened):
        return Corp(np.nan, np.nan, np.nan, np.nan)
    score = float(np.mean((probabilities - happened) ** 2))
    best = float(np.mean((recalibrated(probabilities, happened) - happened) ** 2))
    uncertainty = float(happened.mean() * (1 - happened.mean()))
    # both gains are >= 0 because a constant and the forecast itself are among the rising functions; rounding may say otherwise
    return Corp(score, max(score - best, 0.0), max(uncertainty - best, 0.0), uncertainty)


def recalibrated(probabilities: Float, happened: Float) -> Float:
    """The frequency of the event at each probability, (n,): the rising function of it with the least squared error.

    Rows of one probability have one frequency.
    """
    return Levels.of(probabilities).frequencies(happened)


@dataclass(frozen=True)
class Levels:
    """The distinct probabilities, (k,) rising; the level of each row, (n,); rows a level, (k,). For many curves over one forecast."""

    values: Float
    level: np.ndarray
    rows: Float

    @classmethod
    def of(cls, probabilities: Float) -> "Levels":
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
