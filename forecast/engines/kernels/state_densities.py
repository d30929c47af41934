"""Switching mean and variance, with an autoregression about the mean: densities and score by state.

A state is the regimes of a session and its p lags: `digits` (s, p + 1), the session's own first. Given its state, r_t is
mean[d0] + sum_i ar[i] (r_{t-i} - mean[d_i]) + vol[d0] z, with z normal (nu = inf) or t of variance one. Arguments: returns
(n,), means and vols (k,), ar (p,). A session that is NaN, or has a lag that is, counts for nothing. Source: Hamilton (1989).
"""

import math

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit

_LOG_2PI = np.log(2 * np.pi)


@njit(cache=True, nogil=True, inline="always")
def log_height(nu: float) -> float:
    if np.isinf(nu):
        return -0.5 * _LOG_2PI
    return math.lgamma(0.5 * (nu + 1.0)) - math.lgamma(0.5 * nu) - 0.5 * np.log(np.pi * (nu - 2.0))


@njit(cache=True, nogil=True)
def state_locations(returns: Float, means: Float, ar: Float, digits: Int) -> Float:
    """Mean of each session, and of the one after the last, in each state, (n + 1, s); NaN where a lag is missing."""
    n, p = len(returns), len(ar)
    out = np.empty((n + 1, len(digits)))
    for t in range(n + 1):
        for s in range(len(digits)):
            location = means[digits[s, 0]]
            for i in range(p):
                location += ar[i] * ((returns[t - 1 - i] - means[digits[s, i + 1]]) if t - 1 - i >= 0 else np.nan)
            out[t, s] = location
    return out


@njit(cache=True, nogil=True)
def state_densities(returns: Float, locations: Float, vols: Float, digits: Int, nu: float) -> Float:
    """Log density of each return in each state, (n, s), zero where it is NaN; `locations` are (1 or n + 1, s)."""
    n, states = len(returns), len(digits)
    out = np.empty((n, states))
    moving = len(locations) > 1
    for s in range(states):
        vol = vols[digits[s, 0]]
        constant = log_height(nu) - np.log(vol)
        for t in range(n):
            z = (returns[t] - locations[t if moving else 0, s]) / vol
            if np.isnan(z):
                out[t, s] = 0.0
            elif np.isinf(nu):
                out[t, s] = constant - 0.5 * z * z
            else:
                out[t, s] = constant - 0.5 * (nu + 1.0) * np.log(1.0 + z * z / (nu - 2.0))
    return out


@njit(cache=True, nogil=True)
def state_scores(returns: Float, locations: Float, means: Float, vols: Float, ar: Float, digits: Int, nu: float, weights: Float) -> Float:
    """Sum over sessions and states of `weights` (n, s) times the derivatives of the log density: by means, vols, ar, nu.

    Returns (2 k + p + 1,); that by nu lacks its constant part, which depends on the number of sessions only.
    """
    n, k, p = len(returns), len(means), len(ar)
    out = np.zeros(2 * k + p + 1)
    moving = len(locations) > 1
    for s in range(len(digits)):
        own = digits[s, 0]
        vol = vols[own]
        for t in range(n):
            z = (returns[t] - locations[t if moving else 0, s]) / vol
            weight = weights[t, s]
            if np.isnan(z) or weight == 0.0:
                continue
            pull = z
            if not np.isinf(nu):
                square = z * z
                pull = (nu + 1.0) * z / (nu - 2.0 + square)
                out[2 * k + p] += weight * 0.5 * (z * pull / (nu - 2.0) - np.log(1.0 + square / (nu - 2.0)))
            slope = weight * pull / vol
            out[own] += slope
            out[k + own] += weight * (z * pull - 1.0) / vol
            for i in range(p):
                lagged = digits[s, i + 1]
                out[lagged] -= slope * ar[i]
                out[2 * k + i] += slope * (returns[t - 1 - i] - means[lagged])
    return out
