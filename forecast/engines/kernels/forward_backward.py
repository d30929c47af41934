"""A constant chain of regimes over given densities: likelihood, smoothed probabilities and crossings, in one forward and one backward pass.

Sources: Hamilton (1990). What is by session is written into `work`, which a caller keeps from one call to the next: fresh memory for long
histories takes as long as the arithmetic.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.lanes import dot

_LEAST, _SMALL, _SMALL_OF_TWO = 1e-30, 1e-100, 1e-20  # least probability of a step; size at which the recursions are normalised


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
        loglik = _two_passes(densities, steps, begin, predicted, filtered, shares)
    elif k == 3:
        loglik = _passes(densities, steps, begin, (0, 1, 2), predicted, filtered, shares)
    else:
        loglik = _passes(densities, steps, begin, (), predicted, filtered, shares)
    crossings = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            crossings[i, j] = dot(filtered[i, : n - 1], shares[j, 1:]) * transitions[i, j]
    for j in range(k):
        for t in range(n):
            shares[j, t] *= predicted[j, t]
    return loglik, crossings


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
    _standardise(predicted, shares)
    last = 0.0
    for j in range(k):
        last += filtered[j, n - 1]
    return loglik + np.log(last)


@njit(cache=True, nogil=True, error_model="numpy")
def _two_passes(densities: Float, transitions: Float, initial: Float, predicted: Float, filtered: Float, shares: Float) -> float:
    """As `_passes`, of two regimes, whose probabilities stay in registers: in half the time.

    They are looked at every fourth session. Each takes at most a factor of LEAST, so that they stay above 1e-140.
    """
    n, loglik, begin = densities.shape[1], 0.0, 1
    calm, rise, fall, wild = transitions[0, 0], transitions[0, 1], transitions[1, 0], transitions[1, 1]
    density, other = densities[0], densities[1]
    x, y, u, v = initial[0] * density[0], initial[1] * other[0], density[n - 1], other[n - 1]
    predicted[0, 0], predicted[1, 0], filtered[0, 0], filtered[1, 0] = initial[0], initial[1], x, y
    shares[0, n - 1], shares[1, n - 1] = u, v
    while begin < n:
        end = min(begin + 4, n)
        for t in range(begin, end):
            x, y = x * calm + y * fall, x * rise + y * wild
            predicted[0, t], predicted[1, t] = x, y
            x, y = x * density[t], y * other[t]
            filtered[0, t], filtered[1, t] = x, y
            back = n - 1 - t
            u, v = (calm * u + rise * v) * density[back], (fall * u + wild * v) * other[back]
            shares[0, back], shares[1, back] = u, v
        if x + y < _SMALL_OF_TWO:
            loglik += np.log(x + y)
            x, y = x / (x + y), y / (x + y)
            filtered[0, end - 1], filtered[1, end - 1] = x, y
        if u + v < _SMALL_OF_TWO:
            u, v = u / (u + v), v / (u + v)
        begin = end
    _standardise(predicted, shares)
    return loglik + np.log(x + y)


@njit(cache=True, nogil=True, error_model="numpy")
def _standardise(predicted: Float, shares: Float) -> None:
    """Shares (k, n) become those by which the predicted probabilities (k, n) are to be multiplied."""
    k, n = shares.shape
    total = np.zeros(n)
    for j in range(k):
        for t in range(n):
            total[t] += predicted[j, t] * shares[j, t]
    for t in range(n):
        total[t] = 1.0 / total[t]
    for j in range(k):
        for t in range(n):
            shares[j, t] *= total[t]
