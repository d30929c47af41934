"""Prediction: probabilities of the three outcomes with their Monte-Carlo standard errors, and what the parameters leave open."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Float


class Prediction(NamedTuple):
    """P(reverse), P(stall), P(continue), (..., 3), and their Monte-Carlo standard errors, same shape; zero where nothing is simulated.

    spread : standard deviation of each probability over the parameters that the data allow, same shape; NaN, or None, where not asked.
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
        """`spread`; NaN where it was not asked."""
        return np.full_like(self.probabilities, np.nan) if self.spread is None else self.spread


def stack(chances: Sequence[Prediction]) -> Prediction:
    """Prediction along a new first axis, with `spread_or_nan`."""
    return Prediction(*(np.stack(part) for part in _parts(chances)))


def concatenate(chances: Sequence[Prediction]) -> Prediction:
    """Prediction one after the other along the first axis, with `spread_or_nan`."""
    return Prediction(*(np.concatenate(part) for part in _parts(chances)))


def _parts(chances: Sequence[Prediction]) -> list[list[Float]]:
    return [[one.probabilities for one in chances], [one.errors for one in chances], [one.spread_or_nan for one in chances]]


def shares(counts: Float) -> Float:
    """Probabilities from counts of paths (..., 3); half a path is added to each, so that none is zero."""
    padded = counts + 0.5
    return np.asarray(padded / padded.sum(axis=-1, keepdims=True))
