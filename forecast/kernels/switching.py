"""Switching mean and variance, with an autoregression about the mean: densities, score, and EM.

A state is the regimes of a session and its p lags: `digits` (s, p + 1), the session's own first. Given its state, r_t is
mean[d0] + sum_i ar[i] (r_{t-i} - mean[d_i]) + vol[d0] z, with z normal (nu = inf) or t of variance one. Arguments: returns
(n,), means and vols (k,), ar (p,). A session that is missing, or whose lags are, tells nothing.
Sources: Hamilton (1989, 1990); McLachlan and Peel (2000, section 7.5) for EM with the t.
"""

import math

import numpy as np
from numba import njit

from forecast.arrays import Float, Int

COUNT, PULL, SUM, SQUARE, TAIL = range(5)  # MOMENTS: of 1; of the pull, 1 for a normal; of pull times r - mean, and its square; by nu
STAYING = 0.98  # the probability to which a prior draws the chain

_LOG_2PI = np.log(2 * np.pi)
_TINY, _UNDERFLOW = 1e-300, 1e-200


@njit(cache=True, nogil=True, inline="always")
def _constant(nu: float) -> float:
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
    """Log density of each return in each state, (n, s), zero where it tells nothing. locations : (1 or n + 1, s)."""
    n, states = len(returns), len(digits)
    out = np.empty((n, states))
    moving = len(locations) > 1
    for s in range(states):
        vol = vols[digits[s, 0]]
        constant = _constant(nu) - np.log(vol)
        for t in range(n):
            z = (returns[t] - locations[t if moving else 0, s]) / vol
            if np.isnan(z):
                out[t, s] = 0.0
            elif np.isinf(nu):
                out[t, s] = constant - 0.5 * z * z
            else:
                out[t, s] = constant - 0.5 * (nu + 1.0) * np.log1p(z * z / (nu - 2.0))
    return out


@njit(cache=True, nogil=True)
def state_scores(returns: Float, locations: Float, means: Float, vols: Float, ar: Float, digits: Int, nu: float, weights: Float) -> Float:
    """Sum over sessions and states of `weights` (n, s) times the derivatives of the log density: by means, vols, ar, nu.

    Returns (2 k + p + 1,); that by nu lacks its constant part, which hangs on the number of sessions only.
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
                out[2 * k + p] += weight * 0.5 * (z * pull / (nu - 2.0) - np.log1p(square / (nu - 2.0)))
            slope = weight * pull / vol
            out[own] += slope
            out[k + own] += weight * (z * pull - 1.0) / vol
            for i in range(p):
                lagged = digits[s, i + 1]
                out[lagged] -= slope * ar[i]
                out[2 * k + i] += slope * (returns[t - 1 - i] - means[lagged])
    return out


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "arcp", "nsz"})
def expectations(  # noqa: PLR0912  # one pass forth and one back, for speed in one piece
    returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float
) -> tuple[float, Float, Float, Float]:
    """Log-likelihood and what EM and the score need of a constant chain without autoregression, in one pass forth and one back.

    Returns the log-likelihood; MOMENTS of each regime (k, 5), weighted by its smoothed probabilities; the expected count of
    each transition (k, k); and the smoothed probabilities of the first session (k,). transitions : (k, k).
    """
    n, k = len(returns), len(means)
    filtered, predicted = np.empty((n, k)), np.empty((n, k))
    heights, weight = np.exp(_constant(nu)) / vols, np.empty(k)
    loglik, product = 0.0, 1.0
    for t in range(n):
        total = 0.0
        for j in range(k):
            prior = initial[j]
            if t > 0:
                prior = 0.0
                for i in range(k):
                    prior += filtered[t - 1, i] * transitions[i, j]
            predicted[t, j] = max(prior, _TINY)
            weight[j] = predicted[t, j]
            if not np.isnan(returns[t]):
                z = (returns[t] - means[j]) / vols[j]
                weight[j] *= heights[j] * (np.exp(-0.5 * z * z) if np.isinf(nu) else (1.0 + z * z / (nu - 2.0)) ** (-0.5 * (nu + 1.0)))
            total += weight[j]
        if total < _UNDERFLOW:
            loglik += _rescued(returns[t], means, vols, predicted[t], weight)
            total = weight.sum()
        for j in range(k):
            filtered[t, j] = weight[j] / total
        product *= total
        if product < _UNDERFLOW or product > 1.0 / _UNDERFLOW:
            loglik += np.log(product)
            product = 1.0
    moments, crossings, smoothed = np.zeros((k, 5)), np.zeros((k, k)), filtered[n - 1].copy()
    for t in range(n - 1, -1, -1):
        if t < n - 1:
            for j in range(k):
                weight[j] = smoothed[j] / predicted[t + 1, j]
            for i in range(k):
                back = 0.0
                for j in range(k):
                    crossings[i, j] += filtered[t, i] * weight[j]
                    back += transitions[i, j] * weight[j]
                smoothed[i] = filtered[t, i] * back
        if np.isnan(returns[t]):
            continue
        for j in range(k):
            away = returns[t] - means[j]
            held = smoothed[j]
            moments[j, COUNT] += held
            if not np.isinf(nu):
                square = (away / vols[j]) ** 2
                pull = (nu + 1.0) / (nu - 2.0 + square)
                moments[j, TAIL] += held * 0.5 * (square * pull / (nu - 2.0) - np.log1p(square / (nu - 2.0)))
                held *= pull
            moments[j, PULL] += held
            moments[j, SUM] += held * away
            moments[j, SQUARE] += held * away * away
    return loglik + np.log(product), moments, crossings * transitions, smoothed


@njit(cache=True, nogil=True)
def _rescued(value: float, means: Float, vols: Float, predicted: Float, weight: Float) -> float:
    """Weights of a return so far out that every Gaussian density underflows, scaled by the largest, whose log is returned."""
    for j in range(len(means)):
        z = (value - means[j]) / vols[j]
        weight[j] = np.log(predicted[j]) - np.log(vols[j]) - 0.5 * (z * z + _LOG_2PI)
    top = weight.max()
    for j in range(len(means)):
        weight[j] = np.exp(weight[j] - top)
    return top


@njit(cache=True, nogil=True)
def em(
    returns: Float,
    means: Float,
    vols: Float,
    transitions: Float,
    initial: Float,
    nu: float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    rest: tuple[float, float],
    floor: float,
    iterations: int,
    tolerance: float,
) -> tuple[Float, Float, Float, Float, float]:
    """EM without autoregression, nu held: means, vols, transitions, initial, and the log-likelihood before the last step.

    pooled : one mean, one vol for all regimes.
    prior : sessions' worth of evidence for a mean of rest[0], a vol of rest[1], and staying with probability STAYING.
    floor : least vol.   Ends when a step gains less than `tolerance`.
    """
    k = len(means)
    means, vols, transitions, initial = means.copy(), vols.copy(), transitions.copy(), initial.copy()
    before = -np.inf
    for _ in range(iterations):
        loglik, moments, crossings, first = expectations(returns, means, vols, transitions, initial, nu)
        pulls, target = moments[:, PULL], moments[:, SUM] + prior[0] * (rest[0] - means)
        if pooled[0]:
            shift = (target / vols**2).sum() / ((pulls + prior[0]) / vols**2).sum() + np.zeros(k)
        else:
            shift = target / (pulls + prior[0] + _TINY)
        squares = moments[:, SQUARE] - 2.0 * shift * moments[:, SUM] + shift**2 * pulls
        means += shift
        squares += prior[0] * (means - rest[0]) ** 2 + prior[1] * rest[1] ** 2
        counts = moments[:, COUNT] + prior[1] + _TINY
        vols = np.sqrt(np.maximum(squares, 0.0) / counts)
        if pooled[1]:
            vols[:] = np.sqrt(squares.sum() / counts.sum())
        vols = np.maximum(vols, floor)
        for i in range(k):
            for j in range(k):
                staying = (STAYING if i == j else (1.0 - STAYING) / (k - 1)) if k > 1 else 1.0
                crossings[i, j] += prior[2] * staying + 1e-12
            transitions[i] = crossings[i] / crossings[i].sum()
        initial = first
        gain, before = loglik - before, loglik
        if gain < tolerance:
            break
    return means, vols, transitions, initial, before
