"""Exact exits of a Gaussian regime chain from a band.

In each session the regime moves by `transitions` (k, k), row = from, and the log return is normal with that regime's mean
and vol, (k,) each. `opening` (k,) are the probabilities of the first session's regime.
"""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float
from forecast.engines.kernels.normal import cdf, density


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
