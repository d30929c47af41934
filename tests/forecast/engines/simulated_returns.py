"""Simulated returns whose law is known."""

import numpy as np

from forecast.engines.arrays import Float

STAYING, VOLS = (0.98, 0.95), (0.6, 1.8)


def two_volatilities(n: int, seed: int, mean: float = 0.03) -> Float:
    """Gaussian returns of two volatilities, 0.6 and 1.8, that a chain staying with probability 0.98 and 0.95 chooses."""
    rng = np.random.default_rng(seed)
    regime, regimes = 0, np.empty(n, dtype=np.int64)
    for t in range(n):
        regimes[t] = regime
        regime = regime if rng.random() < STAYING[regime] else 1 - regime
    return mean + np.array(VOLS)[regimes] * rng.standard_normal(n)
