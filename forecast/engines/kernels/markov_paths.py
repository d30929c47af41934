"""Paths of a Gaussian regime chain."""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float
from forecast.engines.kernels.normal import quantile
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit


@njit(cache=True, nogil=True)
def markov_paths(key: np.uint64, first: int, opening: Float, transitions: Float, means: Float, vols: Float, moves: Float) -> None:
    """Fill `moves` (h, 2, p) with the cumulative log moves of the pairs number `first` and on; a pair has the same regimes.

    `opening` (k,) and the rows of `transitions` (k, k) are cumulative probabilities. Session t takes draw 2t for the return, 2t + 1 for
    the regime.
    """
    sessions, _, pairs = moves.shape
    for p in range(pairs):
        start = stream(key, first + p)
        move, mirrored, regime = 0.0, 0.0, -1
        for t in range(sessions):
            word = bits(start, t)
            regime = chosen(unit(high(word)), opening if t == 0 else transitions[regime])
            shock = vols[regime] * quantile(unit(low(word)))
            move += means[regime] + shock
            mirrored += means[regime] - shock
            moves[t, 0, p], moves[t, 1, p] = move, mirrored
