"""Paths whose variance is larger or smaller than their law has it, by one lognormal factor a path."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.quantile_table import size_at
from forecast.engines.kernels.random import bits, hashed, high, low, stream


@njit(cache=True, nogil=True)
def scale_paths(key: np.uint64, first: int, drift: float, spread: float, table: Float, moves: Float) -> None:
    """Stretch the moves (h, 2, p) of the pairs number `first` and on about the `drift` of a session, in place.

    The factor of a path's variance is exp(spread z - spread^2 / 2), of mean 1; z is normal, by the quantiles of `table` (1, nodes), from a
    stream of the pair's own, and the mirrored path has -z.
    """
    sessions, _, pairs = moves.shape
    scale = np.empty((2, pairs))
    for p in range(pairs):
        word = bits(hashed(stream(key, first + p)), 0)
        z = size_at(table, 0, low(word)) * (2.0 * np.float64(high(word) & np.uint64(1)) - 1.0)
        scale[0, p] = np.exp(0.5 * (spread * z - 0.5 * spread * spread))
        scale[1, p] = np.exp(0.5 * (-spread * z - 0.5 * spread * spread))
    for t in range(sessions):
        centre = (t + 1) * drift
        for side in range(2):
            for p in range(pairs):
                moves[t, side, p] = centre + (moves[t, side, p] - centre) * scale[side, p]
