"""Paths of a Gaussian regime chain: the regime moves by `transitions`, and a log return is normal with its regime's mean and vol."""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float
from forecast.engines.kernels.normal import quantile
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit


@njit(cache=True, nogil=True)
def markov_paths(key: np.uint64, first: int, opening: Float, transitions: Float, means: Float, vols: Float, moves: Float) -> None:
    """Fills `moves` (h, 2, p) with the pairs number `first` and on; both of a pair pass through the same regimes.

    `opening` and the rows of `transitions` are cumulative here. Session t takes draw 2t for the return, 2t + 1 for the regime.
    """
    sessions, _, pairs = moves.shape
    for p in range(pairs):
        start = stream(key, first + p)
        drawn, mirrored, regime = 0.0, 0.0, -1
        for t in range(sessions):
            word = bits(start, t)
            regime = chosen(unit(high(word)), opening if t == 0 else transitions[regime])
            shock = vols[regime] * quantile(unit(low(word)))
            drawn += means[regime] + shock
            mirrored += means[regime] - shock
            moves[t, 0, p], moves[t, 1, p] = drawn, mirrored
