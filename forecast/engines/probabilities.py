"""Probabilities of the three outcomes, with their Monte-Carlo standard errors and what the parameters leave open."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Float


class Prediction(NamedTuple):
    """What a component predicts, or several: the last axis is reverse, stall, continue.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (..., 3)
        Probabilities > 0, each row summing to 1.
    errors : numpy.ndarray of shape (..., 3)
        Their Monte-Carlo standard errors; zero where nothing is simulated.
    spread : numpy.ndarray of shape (..., 3), optional
        Standard deviation of each probability over the parameters that the data allow. NaN, or None, means not computed.
    """

    probabilities: Float
    errors: Float
    spread: Float | None = None

    @classmethod
    def exact(cls, probabilities: Float, spread: Float | None = None) -> "Prediction":
        """Probabilities that no simulation stands behind."""
        return cls(probabilities, np.zeros_like(probabilities), np.full_like(probabilities, np.nan) if spread is None else spread)

    @property
    def spread_or_nan(self) -> Float:
        """`spread`, or NaN where it was not computed."""
        return np.full_like(self.probabilities, np.nan) if self.spread is None else self.spread

    @property
    def parts(self) -> tuple[Float, Float, Float]:
        """Probabilities, errors and spread, of one shape."""
        return self.probabilities, self.errors, self.spread_or_nan


def stack(predictions: Sequence[Prediction]) -> Prediction:
    """Predictions along a new first axis."""
    return Prediction(*(np.stack(part) for part in zip(*(prediction.parts for prediction in predictions), strict=True)))


def shares(counts: Float) -> Float:
    """Probabilities from counts of paths (..., 3); half a path is added to each, so that none is zero."""
    padded = counts + 0.5
    return np.asarray(padded / padded.sum(axis=-1, keepdims=True))
