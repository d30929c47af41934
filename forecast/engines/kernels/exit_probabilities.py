"""Exact exits of a Gaussian regime chain from a band, and exact falls.

In each session the regime moves by `transitions` (k, k), row = from, and the log return is normal with that regime's mean
and vol, (k,) each. `opening` (k,) are the probabilities of the first session's regime.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.normal import cdf, density

WIDE = 6.0  # beyond them lies 2e-9


@njit(cache=True, nogil=True)
def _step(nodes: Float, weights: Float, mean: float, vol: float, out: Float) -> None:
    """Probability of a session's move from each node (row) to the surroundings of each (column), into out (n, n), in one regime."""
    for origin in range(len(nodes)):
        for n in range(len(nodes)):
            out[origin, n] = weights[n] * density((nodes[n] - nodes[origin] - mean) / vol) / vol


@njit(cache=True, nogil=True)
def exit_probabilities(
    opening: Float, transitions: Float, means: Float, vols: Float, barrier: float, nodes: Float, weights: Float, sessions: int
) -> Float:
    """Probabilities, (2, h), that a path first meets -barrier (row 0) or +barrier (row 1) at each of h sessions.

    The mass within the barriers is held at `nodes` (n,) with quadrature `weights` (n,), by regime; the first session, which
    starts from a point, is exact, and so are the exits from each node.
    """
    k, n = len(means), len(nodes)
    exits = np.zeros((2, sessions))
    inside, moved = np.empty((k, n)), np.empty((k, n))
    leaving, steps = np.empty((2, k, n)), np.empty((k, n, n))
    for j in range(k):
        exits[0, 0] += opening[j] * cdf((-barrier - means[j]) / vols[j])
        exits[1, 0] += opening[j] * cdf((means[j] - barrier) / vols[j])
        _step(nodes, weights, means[j], vols[j], steps[j])
        for i in range(n):
            inside[j, i] = opening[j] * weights[i] * density((nodes[i] - means[j]) / vols[j]) / vols[j]
            leaving[0, j, i] = cdf((-barrier - nodes[i] - means[j]) / vols[j])
            leaving[1, j, i] = cdf((nodes[i] + means[j] - barrier) / vols[j])
    for t in range(1, sessions):
        for j in range(k):
            for i in range(n):
                moved[j, i] = 0.0
            for i in range(n):
                mass = 0.0
                for origin in range(k):
                    mass += inside[origin, i] * transitions[origin, j]
                exits[0, t] += mass * leaving[0, j, i]
                exits[1, t] += mass * leaving[1, j, i]
                for m in range(n):
                    moved[j, m] += mass * steps[j, i, m]
        inside, moved = moved, inside
    return exits


@njit(cache=True, nogil=True)
def _product(one: Float, other: Float) -> float:
    """Inner product of two rows (n,), as four sums at once, none of which waits for another."""
    a, b, c, d, n = 0.0, 0.0, 0.0, 0.0, len(one)
    for m in range(0, n - 3, 4):
        a += one[m] * other[m]
        b += one[m + 1] * other[m + 1]
        c += one[m + 2] * other[m + 2]
        d += one[m + 3] * other[m + 3]
    for m in range(n - n % 4, n):
        a += one[m] * other[m]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def survival_probabilities(
    opening: Float, transitions: Float, means: Float, vols: Float, heights: Float, nodes: Float, weights: Float, reach: float, sessions: int
) -> Float:
    """Probabilities, (b, h), that a path from each of `heights` (b,) > 0 stays above 0 through each of h sessions.

    Backwards in time, so that one pass serves all heights: what survives from each of `nodes` (n,) > 0, rising, with quadrature `weights`
    (n,), by the regime of the session before. Above `reach`, where the nodes end, all survives. A session's moves beyond WIDE standard
    deviations are left out.
    """
    k, n, b = len(means), len(nodes), len(heights)
    starts = np.concatenate((nodes, heights))
    low, high = np.empty((k, n + b), dtype=np.int64), np.empty((k, n + b), dtype=np.int64)
    steps, above = np.empty((k, n + b, n)), np.empty((k, n + b))
    alive, survive, out = np.empty((k, n + b)), np.empty((k, n)), np.zeros((b, sessions))
    for j in range(k):
        for i in range(n + b):
            centre = starts[i] + means[j]
            low[j, i], high[j, i] = np.searchsorted(nodes, centre - WIDE * vols[j]), np.searchsorted(nodes, centre + WIDE * vols[j])
            for m in range(low[j, i], high[j, i]):
                steps[j, i, m] = weights[m] * density((nodes[m] - centre) / vols[j]) / vols[j]
            above[j, i] = cdf((centre - reach) / vols[j])
            alive[j, i] = cdf(centre / vols[j])
    for t in range(sessions):
        for i in range(b):
            for j in range(k):
                out[i, t] += opening[j] * alive[j, n + i]
        for j in range(k):
            for m in range(n):
                survive[j, m] = 0.0
                for after in range(k):
                    survive[j, m] += transitions[j, after] * alive[after, m]
        for j in range(k):
            for i in range(n + b):
                first, last = low[j, i], high[j, i]
                alive[j, i] = above[j, i] + _product(steps[j, i, first:last], survive[j, first:last])
    return out
