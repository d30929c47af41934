"""Likelihood, expectations and score of a constant chain of regimes without autoregression, in one forward and one backward pass.

r_t is means[j] + vols[j] z in regime j, with z normal (nu = inf) or t of variance one. Arguments: returns (n,), NaN for a
session without one; means and vols (k,); transitions (k, k), row = from; initial (k,). What is by session is written into `work`, which a
caller keeps from one call to the next: fresh memory for long histories takes as long as the arithmetic. Sources: Hamilton (1990).
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import exponentiate
from forecast.engines.kernels.state_densities import log_height

COUNT, PULL, SUM, SQUARE, TAIL = range(5)  # MOMENTS: of 1; of the pull, 1 for a normal; of pull times r - mean, and its square; by nu
_LOG_2PI = np.log(2 * np.pi)
_LEAST, _SMALL = 1e-30, 1e-100  # least probability of a step; size at which the recursions are normalised
_TINY = 1e-300


@njit(cache=True, nogil=True, error_model="numpy")
def expectations(
    returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float, work: Float
) -> tuple[float, Float, Float, Float]:
    """Log-likelihood and expectations for EM and the score; work is (5, k, n).

    Returns the log-likelihood; MOMENTS of each regime (k, 5), weighted by its smoothed probabilities; the expected count of each
    transition (k, k); and the smoothed probabilities of the first session (k,).
    """
    logs, smoothed = work[0], work[4]
    tops = _scaled_densities(returns, means, vols, nu, logs, work[1])
    loglik, crossings = smooth_chain(work[1:], transitions, initial)
    moments = _moments(returns, means, vols, nu, smoothed, logs)
    return loglik + tops, moments, crossings, smoothed[:, 0].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_chain(work: Float, transitions: Float, initial: Float) -> tuple[float, Float]:
    """Log-likelihood of the densities > 0 in work[0], and the expected count of each transition (k, k).

    Work is (4, k, n); the smoothed probabilities go into its last.
    """
    densities, predicted, filtered, shares = work[0], work[1], work[2], work[3]
    k, n = densities.shape
    steps, begin = np.empty((k, k)), np.empty(k)
    for i in range(k):
        begin[i] = max(initial[i], _LEAST)
        for j in range(k):
            steps[i, j] = max(transitions[i, j], _LEAST)
    if k == 2:
        loglik = _passes(densities, steps, begin, (0, 1), predicted, filtered, shares)
    elif k == 3:
        loglik = _passes(densities, steps, begin, (0, 1, 2), predicted, filtered, shares)
    else:
        loglik = _passes(densities, steps, begin, (), predicted, filtered, shares)
    crossings = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            total = 0.0
            for t in range(n - 1):
                total += filtered[i, t] * shares[j, t + 1]
            crossings[i, j] = total * transitions[i, j]
    for j in range(k):
        for t in range(n):
            shares[j, t] *= predicted[j, t]
    return loglik, crossings


@njit(cache=True, nogil=True, error_model="numpy")
def plain_score(
    returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float, work: Float
) -> tuple[float, Float, Float]:
    """Log-likelihood, and its derivatives by means, vols and nu, (2 k + 1,), as in `state_scores`, and by transitions, (k, k).

    An empty `initial` is the stationary law, through which the transitions act too (Golub and Meyer 1986); LinAlgError where a reducible
    chain has more than one.
    """
    k = len(means)
    start = initial.copy()
    adjoint = np.zeros((k, k))
    if len(initial) == 0:
        start, total = np.zeros(k), 0.0
        for i in range(k):
            for j in range(k):
                adjoint[i, j] = (1.0 if i == j else 0.0) - transitions[i, j] + 1.0
        inverse = np.linalg.inv(adjoint)  # its columns sum to the stationary law
        for j in range(k):
            for i in range(k):
                adjoint[i, j] = inverse[i, j]
                start[j] += inverse[i, j]
            start[j] = 0.0 if start[j] < 0.0 else start[j]
            total += start[j]
        for j in range(k):
            start[j] /= total
    loglik, moments, crossings, first = expectations(returns, means, vols, transitions, start, nu, work)
    by_law, by_step = np.zeros(2 * k + 1), np.empty((k, k))
    for j in range(k):
        by_law[j] = moments[j, SUM] / vols[j] ** 2
        by_law[k + j] = (moments[j, SQUARE] / vols[j] ** 2 - moments[j, COUNT]) / vols[j]
        by_law[2 * k] += moments[j, TAIL]
        moved = 0.0  # nothing, where the start does not hang on the transitions
        for i in range(k):
            moved += adjoint[j, i] * (first[i] / max(start[i], _TINY))
        for i in range(k):
            by_step[i, j] = crossings[i, j] / max(transitions[i, j], _TINY) + start[i] * moved
    return loglik, by_law, by_step


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _scaled_densities(returns: Float, means: Float, vols: Float, nu: float, logs: Float, densities: Float) -> float:
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
    total = 0.0
    for t in range(n):
        total += tops[t]
    return total + count * log_height(nu)


@njit(cache=True, nogil=True, error_model="numpy")
def _passes(
    densities: Float, transitions: Float, initial: Float, regimes: tuple[int, ...], predicted: Float, filtered: Float, shares: Float
) -> float:
    """Forward and backward recursions of a chain over `densities` (k, n), side by side, each hiding the other's latency.

    Neither is normalised but once in hundreds of sessions. Returns the log-likelihood. Writes the predicted and the filtered
    probabilities, up to a factor a session; and `shares`, by which the predicted are to be multiplied for the smoothed.
    Over them, filtered[i, t] transitions[i, j] shares[j, t + 1] are the probabilities of each step. All (k, n).
    `regimes` is a tuple of k numbers, for which the loops are unrolled when compiled and twice as fast, or an empty one.
    """
    n = densities.shape[1]
    k = len(regimes) if len(regimes) > 0 else len(densities)
    loglik = 0.0
    for j in range(k):
        predicted[j, 0] = initial[j]
        filtered[j, 0] = initial[j] * densities[j, 0]
        shares[j, n - 1] = densities[j, n - 1]
    for t in range(1, n):
        u = n - 1 - t
        forth, back = 0.0, 0.0
        for j in range(k):
            before, after = 0.0, 0.0
            for i in range(k):
                before += filtered[i, t - 1] * transitions[i, j]
                after += transitions[j, i] * shares[i, u + 1]
            predicted[j, t] = before
            filtered[j, t] = before * densities[j, t]
            shares[j, u] = after * densities[j, u]
            forth += filtered[j, t]
            back += after
        if forth < _SMALL:
            for j in range(k):
                filtered[j, t] /= forth
            loglik += np.log(forth)
        if back < _SMALL:
            for j in range(k):
                shares[j, u] /= back
    total, last = np.zeros(n), 0.0
    for j in range(k):
        last += filtered[j, n - 1]
        for t in range(n):
            total[t] += predicted[j, t] * shares[j, t]
    for j in range(k):
        for t in range(n):
            shares[j, t] *= 1.0 / total[t]
    return loglik + np.log(last)


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _moments(returns: Float, means: Float, vols: Float, nu: float, smoothed: Float, logs: Float) -> Float:
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
