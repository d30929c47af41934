"""Gaussian Markov switching: filter and the expectation step. Source: Hamilton (1989, 1990); Kim (1994) for the smoother."""

import numpy as np
from numba import njit

from forecast.arrays import Float

_LOG_2PI = np.log(2 * np.pi)


@njit(cache=True, nogil=True)
def log_densities(returns: Float, means: Float, vols: Float) -> Float:
    """Log density of each return in each regime, (n, k)."""
    out = np.empty((len(returns), len(means)))
    for t in range(len(returns)):
        for k in range(len(means)):
            z = (returns[t] - means[k]) / vols[k]
            out[t, k] = -0.5 * (z * z + _LOG_2PI) - np.log(vols[k])
    return out


@njit(cache=True, nogil=True)
def hamilton_filter(densities: Float, transitions: Float, initial: Float) -> tuple[Float, Float, float]:
    """Filtered and one-step predicted regime probabilities, each (n, k), and the log-likelihood.

    densities : (n, k) logs. transitions : (k, k), row = from. initial : (k,) probabilities of the first regime.
    """
    n, k = densities.shape
    filtered, predicted = np.empty((n, k)), np.empty((n, k))
    loglik = 0.0
    for t in range(n):
        top = densities[t].max()
        total = 0.0
        for j in range(k):
            prior = initial[j]
            if t > 0:
                prior = 0.0
                for i in range(k):
                    prior += filtered[t - 1, i] * transitions[i, j]
            predicted[t, j] = prior
            filtered[t, j] = prior * np.exp(densities[t, j] - top)
            total += filtered[t, j]
        filtered[t] /= total
        loglik += np.log(total) + top
    return filtered, predicted, loglik


@njit(cache=True, nogil=True)
def smoothed_moments(filtered: Float, predicted: Float, transitions: Float) -> tuple[Float, Float]:
    """Smoothed regime probabilities (n, k) and the expected count of each transition (k, k)."""
    n, k = filtered.shape
    smoothed = np.empty((n, k))
    crossings = np.zeros((k, k))
    smoothed[n - 1] = filtered[n - 1]
    for t in range(n - 2, -1, -1):
        for i in range(k):
            smoothed[t, i] = 0.0
            for j in range(k):
                joint = filtered[t, i] * transitions[i, j] * smoothed[t + 1, j] / max(predicted[t + 1, j], 1e-300)
                crossings[i, j] += joint
                smoothed[t, i] += joint
    return smoothed, crossings
