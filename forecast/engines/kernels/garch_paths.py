"""Paths of a GJR-GARCH(1,1) with resampled residuals. Source: Glosten, Jagannathan and Runkle (1993)."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.random import below, bits, high, low, stream


@njit(cache=True, nogil=True)
def _advance(z: Float, h: Float, before: Float, after: Float, drift: float, omega: float, alpha: float, gamma: float, beta: float) -> None:
    """One session of the paths of one side, (p,) each: their moves from `before` to `after`, and their variances `h` in place.

    Nothing but arithmetic on rows, which the compiler turns into vector instructions.
    """
    for p in range(len(z)):
        after[p] = before[p] + (drift + np.sqrt(h[p]) * z[p])
        h[p] = omega + h[p] * ((alpha + (gamma if z[p] < 0.0 else 0.0)) * z[p] * z[p] + beta)


@njit(cache=True, nogil=True)
def garch_paths(
    key: np.uint64,
    first: int,
    drift: float,
    omega: float,
    alpha: float,
    gamma: float,
    beta: float,
    variance: float,
    residuals: Float,
    moves: Float,
) -> None:
    """Fill `moves` (h, 2, p) with the cumulative log moves of the pairs number `first` and on.

    A log return is drift + sqrt(h) z with z from the sorted `residuals` (n,), of which the mirrored path takes the one as far from the
    other end; `variance` is h of the first session ahead. Session t takes draw t.
    """
    sessions, _, pairs = moves.shape
    count = np.uint64(len(residuals))
    last = count - np.uint64(1)
    start, word = np.empty(pairs, dtype=np.uint64), np.empty(pairs, dtype=np.uint64)
    z, h, before = np.empty((2, pairs)), np.full((2, pairs), variance), np.zeros((2, pairs))
    for p in range(pairs):
        start[p] = stream(key, first + p)
    for t in range(sessions):
        for p in range(pairs):
            word[p] = bits(start[p], t // 2) if t % 2 == 0 else high(word[p])
        for p in range(pairs):
            place = below(low(word[p]), count)
            z[0, p], z[1, p] = residuals[place], residuals[last - place]
        for side in range(2):
            _advance(z[side], h[side], before[side], moves[t, side], drift, omega, alpha, gamma, beta)
        before = moves[t]
