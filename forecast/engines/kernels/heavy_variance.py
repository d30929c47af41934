"""Variance driven by a realised measure, about a level that moves slowly: h' = omega q + (alpha + gamma 1{e < 0}) x + beta h."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True)
def heavy_variances(measure: Float, fell: Float, level: Float, omega: float, alpha: float, gamma: float, beta: float) -> Float:
    """Variance of each session and of the one after the last, (n + 1,), starting at the level.

    `measure` (n,) is x, `fell` (n,) is 1 where the return is below its mean, else 0, `level` (n,) is q at each close.
    """
    variance = np.empty(len(measure) + 1)
    variance[0] = level[0]
    for t in range(len(measure)):
        variance[t + 1] = omega * level[t] + (alpha + gamma * fell[t]) * measure[t] + beta * variance[t]
    return variance
