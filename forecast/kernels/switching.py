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
_LOG2_E, _LOG_2_HIGH, _LOG_2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TAYLOR = tuple(1 / math.factorial(degree) for degree in range(13, -1, -1))
_ROUNDER = 1.5 * 2.0**52
_DEEPEST = -460.0  # log of a density, against the highest of its session, below which it is as good as none
_LEAST, _SMALL = 1e-30, 1e-100  # least probability of a step; size at which the recursions are normalised
_TINY = 1e-300
_LONGEST = 64.0  # longest leap, in steps


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


@njit(cache=True, nogil=True, error_model="numpy")
def expectations(
    returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float
) -> tuple[float, Float, Float, Float]:
    """Log-likelihood and what EM and the score need of a constant chain without autoregression.

    Returns the log-likelihood; MOMENTS of each regime (k, 5), weighted by its smoothed probabilities; the expected count of
    each transition (k, k); and the smoothed probabilities of the first session (k,). transitions : (k, k).
    """
    logs, densities, tops = _scaled_densities(returns, means, vols, nu)
    k, n = densities.shape
    steps, begin = np.maximum(transitions, _LEAST), np.maximum(initial, _LEAST)
    if k == 2:
        loglik, predicted, filtered, shares = _passes(densities, steps, begin, (0, 1))
    elif k == 3:
        loglik, predicted, filtered, shares = _passes(densities, steps, begin, (0, 1, 2))
    else:
        loglik, predicted, filtered, shares = _passes(densities, steps, begin, ())
    crossings = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            total = 0.0
            for t in range(n - 1):
                total += filtered[i, t] * shares[j, t + 1]
            crossings[i, j] = total * transitions[i, j]
    shares *= predicted
    return loglik + tops, _moments(returns, means, vols, nu, shares, logs), crossings, shares[:, 0].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def plain_score(returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float) -> tuple[float, Float, Float]:
    """Log-likelihood of a constant chain without autoregression, and its derivatives.

    These are by means, vols and nu, (2 k + 1,), as `state_scores` gives them; and by transitions, (k, k), the start's included.
    initial : (k,); empty for the stationary law, and then LinAlgError where a chain that is reducible has more than one.
    The slope of the stationary law is that of Golub and Meyer (1986).
    """
    k = len(means)
    start = initial
    if len(initial) == 0:
        adjoint = np.linalg.inv(np.eye(k) - transitions + 1.0)  # its columns sum to the stationary law
        start = np.maximum(adjoint.sum(axis=0), 0.0)
        start /= start.sum()
    loglik, moments, crossings, first = expectations(returns, means, vols, transitions, start, nu)
    by_law = np.empty(2 * k + 1)
    by_law[:k] = moments[:, SUM] / vols**2
    by_law[k : 2 * k] = (moments[:, SQUARE] / vols**2 - moments[:, COUNT]) / vols
    by_law[2 * k] = moments[:, TAIL].sum()
    by_step = crossings / np.maximum(transitions, _TINY)
    if len(initial) == 0:
        by_step += np.outer(start, (adjoint * (first / np.maximum(start, _TINY))).sum(axis=1))
    return loglik, by_law, by_step


@njit(cache=True, nogil=True, error_model="numpy")
def _scaled_densities(returns: Float, means: Float, vols: Float, nu: float) -> tuple[Float, Float, float]:
    """Log densities (k, n), without the constant; the densities over the session's highest, (k, n); the sum of the highest logs.

    However far out a return is, the highest of its session is one. A missing session has ones.
    """
    n, k = len(returns), len(means)
    logs, densities, tops = np.empty((k, n)), np.empty((k, n)), np.full(n, -np.inf)
    for j in range(k):
        height, scale = -np.log(vols[j]), 1.0 / vols[j]
        for t in range(n):
            z = (returns[t] - means[j]) * scale
            logs[j, t] = height - 0.5 * z * z if np.isinf(nu) else z * z / (nu - 2.0)
        if not np.isinf(nu):
            for t in range(n):
                logs[j, t] = height - 0.5 * (nu + 1.0) * np.log1p(logs[j, t])
        for t in range(n):
            tops[t] = logs[j, t] if logs[j, t] > tops[t] else tops[t]
    for j in range(k):
        for t in range(n):
            densities[j, t] = logs[j, t] - tops[t]
        _exponentiate(densities[j])
    known = n
    for t in range(n):
        if np.isnan(returns[t]):
            known -= 1
            logs[:, t], densities[:, t], tops[t] = 0.0, 1.0, 0.0
    return logs, densities, tops.sum() + known * _constant(nu)


@njit(cache=True, nogil=True, error_model="numpy")
def _exponentiate(values: Float) -> None:
    """exp of non-positive values (n,), in place, to 3e-16; of those below DEEPEST, that of DEEPEST.

    exp(x) = 2^m exp(r) with r in +-log(2) / 2 by its Taylor series: plain arithmetic, which the compiler does several at a time,
    and so several times faster than the library's. Adding ROUNDER leaves m in the lowest bits (Cody and Waite 1980).
    """
    powers = np.empty(len(values))
    bits = powers.view(np.int64)
    for t in range(len(values)):
        values[t] = values[t] if values[t] > _DEEPEST else _DEEPEST
        powers[t] = values[t] * _LOG2_E + _ROUNDER
    for t in range(len(values)):
        bits[t] = (bits[t] << 52) + (1023 << 52)
    for t in range(len(values)):
        m = (values[t] * _LOG2_E + _ROUNDER) - _ROUNDER
        r = (values[t] - m * _LOG_2_HIGH) - m * _LOG_2_LOW
        series = _TAYLOR[0]
        for coefficient in _TAYLOR[1:]:
            series = series * r + coefficient
        values[t] = powers[t] * series


@njit(cache=True, nogil=True, error_model="numpy")
def _passes(densities: Float, transitions: Float, initial: Float, regimes: tuple[int, ...]) -> tuple[float, Float, Float, Float]:
    """Forward and backward recursions of a chain over `densities` (k, n), side by side, each hiding the other's latency.

    Neither is normalised but once in hundreds of sessions. Returns the log-likelihood; the predicted and the filtered
    probabilities, up to a factor a session; and `shares`, by which the predicted are to be multiplied for the smoothed.
    Over them, filtered[i, t] transitions[i, j] shares[j, t + 1] are the probabilities of each step. All (k, n).
    regimes : a tuple of k, known when the loops are compiled, which are then unrolled and twice as fast; or an empty one.
    """
    n = densities.shape[1]
    k = len(regimes) if len(regimes) > 0 else len(densities)
    predicted, filtered, shares = np.empty((k, n)), np.empty((k, n)), np.empty((k, n))
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
            filtered[:, t] /= forth
            loglik += np.log(forth)
        if back < _SMALL:
            shares[:, u] /= back
    total = np.zeros(n)
    for j in range(k):
        for t in range(n):
            total[t] += predicted[j, t] * shares[j, t]
    total = 1.0 / total
    for j in range(k):
        for t in range(n):
            shares[j, t] *= total[t]
    return loglik + np.log(filtered[:, n - 1].sum()), predicted, filtered, shares


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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
    """EM without autoregression, nu held, each two steps followed by a leap (SQUAREM: Varadhan and Roland 2008, step length S3).

    Returns means, vols, transitions, initial, and the log-likelihood before the last step. A leap that lands lower than the
    steps did is taken back, so that the log-likelihood, with the log prior, never falls from one round to the next.
    pooled : one mean, one vol for all regimes.
    prior : sessions' worth of evidence for a mean of rest[0], a vol of rest[1], and staying with probability STAYING.
    floor : least vol.   Ends after `iterations` steps, or when a round gains less than `tolerance`.
    """
    here = (means, vols, transitions, initial)
    before = -np.inf
    for _ in range(0, iterations, 3):
        first, loglik, height = em_step(returns, here, nu, pooled, prior, rest, floor)
        if height - before < tolerance:
            return first[0], first[1], first[2], first[3], loglik
        before = height
        second, loglik, least = em_step(returns, first, nu, pooled, prior, rest, floor)
        here, leapt, height = em_step(returns, _leap(here, first, second, rest[1], floor), nu, pooled, prior, rest, floor)
        if height >= least:
            loglik = leapt
        else:
            here = second
    return here[0], here[1], here[2], here[3], loglik


@njit(cache=True, nogil=True, error_model="numpy")
def em_step(
    returns: Float,
    point: tuple[Float, Float, Float, Float],
    nu: float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    rest: tuple[float, float],
    floor: float,
) -> tuple[tuple[Float, Float, Float, Float], float, float]:
    """The means, vols, transitions and initial that one step of EM leads to; the log-likelihood before it, without and with the prior."""
    means, vols, transitions, initial = point
    k = len(means)
    loglik, moments, crossings, first = expectations(returns, means, vols, transitions, initial, nu)
    away, ratio = means - rest[0], (rest[1] / vols) ** 2
    height = loglik - 0.5 * (prior[0] * away**2 / vols**2 + prior[1] * (ratio + 2.0 * np.log(vols))).sum()
    pulls, target = moments[:, PULL], moments[:, SUM] - prior[0] * away
    if pooled[0]:
        shift = (target / vols**2).sum() / ((pulls + prior[0]) / vols**2).sum() + np.zeros(k)
    else:
        shift = target / (pulls + prior[0] + _TINY)
    squares = moments[:, SQUARE] - 2.0 * shift * moments[:, SUM] + shift**2 * pulls
    squares += prior[0] * (away + shift) ** 2 + prior[1] * rest[1] ** 2
    counts = moments[:, COUNT] + prior[1] + _TINY
    if pooled[1]:
        squares[:], counts[:] = squares.sum(), counts.sum()
    spread = np.sqrt(np.maximum(squares, 0.0) / counts)
    for i in range(k):
        for j in range(k):
            staying = (STAYING if i == j else (1.0 - STAYING) / (k - 1)) if k > 1 else 1.0
            height += prior[2] * staying * np.log(max(transitions[i, j], _TINY))
            crossings[i, j] += prior[2] * staying + 1e-12
        crossings[i] /= crossings[i].sum()
    return (means + shift, np.maximum(spread, floor), crossings, first), loglik, height


@njit(cache=True, nogil=True, error_model="numpy")
def _leap(
    start: tuple[Float, Float, Float, Float],
    first: tuple[Float, Float, Float, Float],
    second: tuple[Float, Float, Float, Float],
    unit: float,
    floor: float,
) -> tuple[Float, Float, Float, Float]:
    """Where two steps of EM are heading. Means count in `unit`, vols by their logs, probabilities by their square roots."""
    at, k = _flat(start, unit), len(start[0])
    step = _flat(first, unit) - at
    bend = _flat(second, unit) - at - 2.0 * step
    length = min(max(np.sqrt((step**2).sum() / ((bend**2).sum() + _TINY)), 1.0), _LONGEST)
    to = at + 2.0 * length * step + length**2 * bend
    transitions, initial = (to[2 * k : 2 * k + k * k] ** 2).reshape(k, k), to[2 * k + k * k :] ** 2
    for i in range(k):
        transitions[i] /= transitions[i].sum()
    return to[:k] * unit, np.maximum(np.exp(to[k : 2 * k]), floor), transitions, initial / initial.sum()


@njit(cache=True, nogil=True, error_model="numpy")
def _flat(point: tuple[Float, Float, Float, Float], unit: float) -> Float:
    means, vols, transitions, initial = point
    return np.concatenate((means / unit, np.log(vols), np.sqrt(transitions).ravel(), np.sqrt(initial)))
