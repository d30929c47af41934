"""Chances: probabilities of the three outcomes with their Monte-Carlo standard errors."""

from typing import NamedTuple

import numpy as np

from forecast.arrays import Float


class Chances(NamedTuple):
    """P(reverse), P(stall), P(continue), (..., 3), and their Monte-Carlo standard errors, same shape; zero where nothing is simulated."""

    probabilities: Float
    errors: Float

    @classmethod
    def exact(cls, probabilities: Float) -> "Chances":
        """Probabilities that no simulation stands behind."""
        return cls(probabilities, np.zeros_like(probabilities))


def shares(counts: Float) -> Float:
    """Probabilities from counts of paths (..., 3); half a path is added to each, so that none is zero."""
    padded = counts + 0.5
    return np.asarray(padded / padded.sum(axis=-1, keepdims=True))
