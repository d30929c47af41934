"""Probabilities of the three outcomes, with their Monte-Carlo standard errors and what the parameters leave open."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import logit

from forecast.engines.arrays import Flags, Float, Int


class Prediction(NamedTuple):
    """What a component predicts, or several: the last axis is reverse, stall, continue.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (..., 3)
        Probabilities > 0, each row summing to 1; 0 of an outcome that cannot come, whose error and spread are 0 too.
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


NEVER = -1e4  # stands for log 0 of an outcome that cannot come: exp of it is exactly 0, also of a tenth of it, and times 0 it is 0


def finite_logs(probabilities: Float) -> Float:
    """Natural logs; of a probability of 0, NEVER."""
    possible = probabilities > 0
    return np.where(possible, np.log(np.where(possible, probabilities, 1.0)), NEVER)


def log_odds(probabilities: Float) -> Float:
    """Log odds; of an outcome that cannot come 0, so that its distances from itself are 0."""
    possible = (probabilities > 0) & (probabilities < 1)
    return np.asarray(logit(np.where(possible, probabilities, 0.5)))


def shares(counts: Float | Int, possible: Flags | None = None) -> Float:
    """Probabilities from counts of paths (..., 3); half a path is added to each outcome, or each `possible` one, so that none is zero."""
    padded = counts + (0.5 if possible is None else 0.5 * possible)
    return np.asarray(padded / padded.sum(axis=-1, keepdims=True))
