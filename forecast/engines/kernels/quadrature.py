"""Gauss-Legendre nodes, by the same arithmetic on every machine whatever its linear algebra library."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit

_NEWTON_STEPS = 8  # from the asymptotic guess four reach the last bit


@njit(cache=True, nogil=True)
def legendre_nodes(count: int) -> tuple[Float, Float]:
    """Nodes in (-1, 1), rising, and weights, each (count,); both good to 1e-14 up to thousands of nodes.

    Source: Newton's method on the Legendre polynomial; Davis and Rabinowitz (1984), Methods of Numerical Integration, 2.7.
    """
    nodes, weights = np.empty(count), np.empty(count)
    for i in range(count):
        x = -np.cos(np.pi * (i + 0.75) / (count + 0.5))
        slope = 1.0
        for _ in range(_NEWTON_STEPS):
            before, value = 1.0, x
            for n in range(2, count + 1):
                before, value = value, ((2 * n - 1) * x * value - (n - 1) * before) / n
            slope = count * (x * value - before) / (x * x - 1.0)
            x -= value / slope
        nodes[i] = x
        weights[i] = 2.0 / ((1.0 - x * x) * slope * slope)
    return nodes, weights
