"""GJR-GARCH(1,1) variance recursion."""

import numpy as np
from numba import njit

from forecast.arrays import Float


@njit(cache=True, nogil=True)
def gjr_variance(shocks: Float, omega: float, alpha: float, gamma: float, beta: float, first: float) -> Float:
    """Conditional variance of each shock and of the one after the last, (n + 1,).

    h[0] = first; h[t + 1] = omega + (alpha + gamma 1{e[t] < 0}) e[t]^2 + beta h[t]. shocks : (n,). NaN passes through.
    Source: Glosten, Jagannathan and Runkle (1993).
    """
    h = np.empty(len(shocks) + 1)
    h[0] = first
    for t in range(len(shocks)):
        arch = alpha + (gamma if shocks[t] < 0.0 else 0.0)
        h[t + 1] = omega + arch * shocks[t] * shocks[t] + beta * h[t]
    return h
