"""Paths of a Gaussian regime chain."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.quantile_table import size_at
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit


@njit(cache=True, nogil=True)
def markov_paths(key: np.uint64, first: int, chain: Float, means: Float, vols: Float, table: Float, moves: Float) -> None:
    """Fill `moves` (h, 2, p) with the cumulative log moves of the pairs number `first` and on; a pair has the same regimes.

    `chain` (k + 1, k) are cumulative probabilities, of the transitions and, in the last row, of the first session's regime; `table`
    (1, nodes) the normal's quantiles. Session t takes draw 2t for the shock's size, of either sign in a pair, and draw 2t + 1 for the
    regime and, by its lowest bit, for which is first.
    """
    sessions, _, pairs = moves.shape
    start, regime, before = np.empty(pairs, dtype=np.uint64), np.full(pairs, len(means)), np.zeros((2, pairs))
    for p in range(pairs):
        start[p] = stream(key, first + p)
    for t in range(sessions):
        for p in range(pairs):
            word = bits(start[p], t)
            j = chosen(unit(high(word)), chain, regime[p])
            sign = 2.0 * np.float64(high(word) & np.uint64(1)) - 1.0  # no branch, which would be guessed wrongly half of the time
            shock = vols[j] * size_at(table, 0, low(word)) * sign
            moves[t, 0, p], moves[t, 1, p] = before[0, p] + (means[j] + shock), before[1, p] + (means[j] - shock)
            regime[p] = j
        before = moves[t]
