"""Hidden Markov chains: filter, smoother and most likely path, whatever the regimes emit.

Throughout: `densities` (n, k) are log densities of each observation in each regime, zero in a row that is missing;
`transitions` (1, k, k) or (n, k, k), row = from, place t = the step into t; `initial` (k,) probabilities of the first regime.

Sources: Hamilton (1989, 1990); Kim (1994) for the smoother; Viterbi (1967).
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit

_TINY = 1e-300


@njit(cache=True, nogil=True, error_model="numpy")
def hamilton_filter(densities: Float, transitions: Float, initial: Float) -> tuple[Float, Float, Float]:
    """Filtered and one-step predicted regime probabilities, each (n, k), and each observation's log-likelihood (n,)."""
    n, k = densities.shape
    filtered, predicted, loglik = np.empty((n, k)), np.empty((n, k)), np.empty(n)
    varying = len(transitions) > 1
    for t in range(n):
        step = transitions[t if varying else 0]
        top = -np.inf  # of the regimes that can be, so that one of them is left whatever the outlier
        for j in range(k):
            prior = initial[j]
            if t > 0:
                prior = 0.0
                for i in range(k):
                    prior += filtered[t - 1, i] * step[i, j]
            predicted[t, j] = prior
            if prior > 0.0:
                top = max(top, densities[t, j])
        total = 0.0
        for j in range(k):
            filtered[t, j] = predicted[t, j] * np.exp(densities[t, j] - top) if predicted[t, j] > 0.0 else 0.0
            total += filtered[t, j]
        for j in range(k):
            filtered[t, j] /= total
        loglik[t] = np.log(total) + top
    return filtered, predicted, loglik


@njit(cache=True, nogil=True, error_model="numpy")
def kim_smoother(filtered: Float, predicted: Float, transitions: Float) -> tuple[Float, Float]:
    """Smoothed regime probabilities (n, k) and the expected count of each transition, shaped as `transitions`.

    These are the derivatives of the log-likelihood by the log densities and, over P, by the transitions (Fisher's identity).
    """
    n, k = filtered.shape
    smoothed, crossings = np.empty((n, k)), np.zeros(transitions.shape)
    varying = len(transitions) > 1
    if n == 0:
        return smoothed, crossings
    ahead = np.empty(k)
    for j in range(k):
        smoothed[n - 1, j] = filtered[n - 1, j]
    for t in range(n - 2, -1, -1):
        place = t + 1 if varying else 0
        for j in range(k):
            ahead[j] = smoothed[t + 1, j] / max(predicted[t + 1, j], _TINY)
        for i in range(k):
            total = 0.0
            for j in range(k):
                joint = filtered[t, i] * transitions[place, i, j] * ahead[j]
                crossings[place, i, j] += joint
                total += joint
            smoothed[t, i] = total
    return smoothed, crossings


@njit(cache=True, nogil=True, error_model="numpy")
def viterbi_path(densities: Float, transitions: Float, initial: Float) -> Int:
    """The most likely sequence of regimes, (n,)."""
    n, k = densities.shape
    if n == 0:
        return np.empty(0, dtype=np.int64)
    came_from = np.zeros((n, k), dtype=np.int64)
    best, onward = np.empty(k), np.empty(k)
    for j in range(k):
        best[j] = np.log(max(initial[j], _TINY)) + densities[0, j]
    for t in range(1, n):
        step = transitions[t if len(transitions) > 1 else 0]
        for j in range(k):
            onward[j] = -np.inf
            for i in range(k):
                value = best[i] + np.log(max(step[i, j], _TINY))
                if value > onward[j]:
                    onward[j], came_from[t, j] = value, i
            onward[j] += densities[t, j]
        best, onward = onward, best
    path = np.empty(n, dtype=np.int64)
    path[n - 1] = np.argmax(best)
    for t in range(n - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path
