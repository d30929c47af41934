"""Regimes without autoregression: densities for `kernels.forward_backward`, and what EM and the score need of its smoothed probabilities.

r_t is means[j] + vols[j] z in regime j, with z normal (nu = inf) or t of variance one. Arguments: returns (n,), NaN for a
session without one; means and vols (k,); transitions (k, k), row = from.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import exponentiate
from forecast.engines.kernels.lanes import total
from forecast.engines.kernels.state_densities import log_height

COUNT, PULL, SUM, SQUARE, TAIL = range(5)  # MOMENTS: of 1; of the pull, 1 for a normal; of pull times r - mean, and its square; by nu
_TINY = 1e-300


@njit(cache=True, nogil=True, error_model="numpy")
def scaled_densities(returns: Float, means: Float, vols: Float, nu: float, logs: Float, densities: Float) -> float:
    """Log densities without the constant, and densities over the session's highest, into (k, n); the sum of the highest logs.

    However far out a return is, the highest of its session is one. A missing session has ones.
    """
    n, k = len(returns), len(means)
    tops = np.full(n, -np.inf)
    for j in range(k):
        height, scale = -np.log(vols[j]), 1.0 / vols[j]
        for t in range(n):
            z = (returns[t] - means[j]) * scale
            logs[j, t] = height - 0.5 * z * z if np.isinf(nu) else z * z / (nu - 2.0)
        if not np.isinf(nu):
            for t in range(n):
                logs[j, t] = height - 0.5 * (nu + 1.0) * np.log(1.0 + logs[j, t])
        for t in range(n):
            tops[t] = logs[j, t] if logs[j, t] > tops[t] else tops[t]
    for j in range(k):
        for t in range(n):
            densities[j, t] = logs[j, t] - tops[t]
        exponentiate(densities[j])
    count = n
    for t in range(n):
        if np.isnan(returns[t]):
            count -= 1
            tops[t] = 0.0
            for j in range(k):
                logs[j, t], densities[j, t] = 0.0, 1.0
    return total(tops) + count * log_height(nu)


@njit(cache=True, nogil=True, error_model="numpy")
def regime_moments(returns: Float, means: Float, vols: Float, nu: float, smoothed: Float, logs: Float) -> Float:
    """MOMENTS of each regime, (k, 5). smoothed, and log densities without the constant : (k, n)."""
    k, n = smoothed.shape
    out = np.zeros((k, 5))
    for j in range(k):
        count, pulls, sums, squares, tail = 0.0, 0.0, 0.0, 0.0, 0.0
        for t in range(n):
            missing = np.isnan(returns[t])
            away = 0.0 if missing else returns[t] - means[j]
            held = 0.0 if missing else smoothed[j, t]
            count += held
            if not np.isinf(nu):
                square = (away / vols[j]) ** 2
                pull = (nu + 1.0) / (nu - 2.0 + square)
                tail += held * (0.5 * square * pull / (nu - 2.0) + (logs[j, t] + np.log(vols[j])) / (nu + 1.0))
                held *= pull
            pulls += held
            sums += held * away
            squares += held * away * away
        out[j, COUNT], out[j, PULL], out[j, SUM], out[j, SQUARE], out[j, TAIL] = count, pulls, sums, squares, tail
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def moment_score(
    moments: Float, crossings: Float, first: Float, vols: Float, transitions: Float, start: Float, fundamental: Float
) -> tuple[Float, Float]:
    """Derivatives by means, vols and nu, (2 k + 1,), as in `state_scores`, and by transitions, (k, k).

    first, start : (k,) smoothed probabilities and law of the first regime. fundamental : (k, k), through which the transitions move a
    stationary start too (Golub and Meyer 1986), or zeros.
    """
    k = len(vols)
    by_law, by_step = np.zeros(2 * k + 1), np.empty((k, k))
    for j in range(k):
        by_law[j] = moments[j, SUM] / vols[j] ** 2
        by_law[k + j] = (moments[j, SQUARE] / vols[j] ** 2 - moments[j, COUNT]) / vols[j]
        by_law[2 * k] += moments[j, TAIL]
        moved = 0.0  # nothing, where the start does not hang on the transitions
        for i in range(k):
            moved += fundamental[j, i] * (first[i] / max(start[i], _TINY))
        for i in range(k):
            by_step[i, j] = crossings[i, j] / max(transitions[i, j], _TINY) + start[i] * moved
    return by_law, by_step
