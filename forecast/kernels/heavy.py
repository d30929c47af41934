"""Variance driven by a realised measure: h' = omega + (alpha + gamma 1{e < 0}) x + beta h."""

import numpy as np
from numba import njit

from forecast.arrays import Float


@njit(cache=True, nogil=True)
def heavy_variances(measure: Float, fell: Float, omega: float, alpha: float, gamma: float, beta: float, first: float) -> Float:
    """Variance of each session and of the one after the last, (n + 1,).

    measure : (n,) x.   fell : (n,) 1 where the return is below its mean, else 0.
    """
    variance = np.empty(len(measure) + 1)
    variance[0] = first
    for t in range(len(measure)):
        variance[t + 1] = omega + (alpha + gamma * fell[t]) * measure[t] + beta * variance[t]
    return variance
