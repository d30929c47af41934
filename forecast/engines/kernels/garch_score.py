"""Densities of a Markov-switching GARCH and its derivatives; `kernels.forward_backward` smooths between the two.

Arguments and recursions as in `kernels.variance_recursions`. The score is by Fisher's identity: smoothed probabilities weigh each regime's
own. A regime's is summed backwards: the derivative by one state carries all that the state still moves (the adjoint of the recursion), so
that one number goes along the sessions in the place of one for each parameter.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import exponentiate, take_logarithms
from forecast.engines.kernels.variance_recursions import (
    A_LAMBDA,
    A_NU,
    B_LAMBDA,
    B_NU,
    CONSTANT,
    CONSTANT_LAMBDA,
    CONSTANT_NU,
    EGARCH,
    GARCH,
    LAMBDA,
    NU,
    TARCH,
    WIDEST,
    A,
    B,
    next_state,
)

_MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
_LOG_2PI = np.log(2 * np.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def garch_densities(shocks: Float, kinds: Int, coefficients: Float, first: Float, shapes: Float, scored: int, work: Float) -> float:
    """Run the recursions; the log-likelihood of the sessions from `scored` on by the regime in which each is likeliest.

    NaN where a state is not a variance. What is by session is written into work (11, k, n): states, standardised shocks, derivatives, logs;
    and for `kernels.forward_backward`, from work[6] on, each density over that of the likeliest regime, one in a session before `scored`,
    which is as one that is missing. A single regime has its smoothed probabilities, all one, in work[9] already.
    """
    k, sound = len(kinds), True
    states, z, by_z, by_state, tails, logs, narrow = work[0], work[1], work[2], work[3], work[4], work[5], work[10]
    for j in range(k):
        sound = _run(shocks, kinds[j], coefficients[j], first[j], states[j]) and sound
        _standardise(shocks, kinds[j], states[j], logs[j], narrow[j], z[j], by_state[j])
        _densities(shocks, shapes[j], logs[j], z[j], by_z[j], by_state[j], tails[j])
    total = _tops(logs, scored, work[6], work[9])
    return total if sound else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def garch_score(
    shocks: Float, by_mean: Float, kinds: Int, coefficients: Float, slope: Float, shapes: Float, scored: int, work: Float
) -> tuple[Float, Float]:
    """Each regime's score by its PARAMETERS, (k, 8), and the smoothed probabilities of the first session (k,), of what `work` holds.

    `by_mean` (n, 2) are derivatives of the shocks by drift and ar, or (0, 2) where both are fixed and their scores stay zero; `slope`
    (k, 6) those of the first states.
    """
    k = len(kinds)
    states, z, by_z, by_state, tails, weights, narrow = work[0], work[1], work[2], work[3], work[4], work[9], work[10]
    out, opening = np.zeros((k, 8)), np.empty(k)
    for j in range(k):
        opening[j] = weights[j, 0]
        for t in range(scored):
            weights[j, t] = 0.0
        _shape_score(shocks, weights[j], z[j], by_z[j], tails[j], shapes[j], out[j])
        law, kind = coefficients[j], kinds[j]
        _recursion_score(weights[j], shocks, by_mean, kind, law, states[j], narrow[j], z[j], by_z[j], by_state[j], slope[j], out[j])
    return out, opening


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _run(shocks: Float, kind: int, coefficients: Float, first: float, states: Float) -> bool:
    """The recursion's states, into (n,); whether each stands for a variance above zero and below infinity."""
    omega, alpha, gamma, beta = coefficients[0], coefficients[1], coefficients[2], coefficients[3]
    states[0], least, most = first, first, first
    for t in range(1, len(states)):
        states[t] = next_state(kind, states[t - 1], shocks[t - 1], omega, alpha, gamma, beta)
        least, most = min(least, states[t]), max(most, states[t])
    return np.isfinite(states[-1]) and most < 1e150 and (kind == EGARCH or least > 1e-300)  # the last is NaN if any was


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _standardise(shocks: Float, kind: int, states: Float, variances: Float, narrow: Float, z: Float, by_state: Float) -> None:
    """Into (n,) arrays: the variances, one over their roots, the standardised shocks, and the derivative of half their negative logarithm
    by the state."""
    for t in range(len(shocks)):
        variances[t] = np.exp(states[t]) if kind == EGARCH else (states[t] if kind == GARCH else states[t] * states[t])
    for t in range(len(shocks)):
        narrow[t] = 1.0 / np.sqrt(variances[t])
        z[t] = shocks[t] * narrow[t]
        by_state[t] = -0.5 if kind == EGARCH else (-0.5 * narrow[t] * narrow[t] if kind == GARCH else -narrow[t])


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _densities(shocks: Float, shape: Float, logs: Float, z: Float, by_z: Float, by_state: Float, tails: Float) -> None:
    """Of the variances in `logs` (n,) log densities, with their derivatives by z and by the state, and log(1 + u^2 / (nu - 2)).

    All of them, and z, are zero where the shock is missing.
    """
    n, nu, skew, a, b = len(shocks), shape[NU], shape[LAMBDA], shape[A], shape[B]
    take_logarithms(logs)
    if np.isinf(nu):
        for t in range(n):
            by_z[t] = -z[t]
            logs[t] = -0.5 * (z[t] * z[t] + _LOG_2PI + logs[t])
    else:
        narrow, wide, rarity = 1.0 / (1.0 - skew), 1.0 / (1.0 + skew), 1.0 / (nu - 2.0)
        for t in range(n):
            y = b * z[t] + a
            scale = wide if y > 0.0 else narrow
            u = y * scale
            tails[t] = 1.0 + u * u * rarity
            by_z[t] = -(nu + 1.0) * u / (nu - 2.0 + u * u) * (b * scale)
        take_logarithms(tails)
        for t in range(n):
            logs[t] = shape[CONSTANT] - 0.5 * ((nu + 1.0) * tails[t] + logs[t])
    for t in range(n):
        by_state[t] *= 1.0 + z[t] * by_z[t]
    for t in range(n):
        if np.isnan(shocks[t]):
            logs[t], z[t], by_z[t], by_state[t], tails[t] = 0.0, 0.0, 0.0, 0.0, 0.0


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _tops(logs: Float, scored: int, densities: Float, smoothed: Float) -> float:
    """The sum of the sessions' highest logs; densities over the highest into (k, n)."""
    k, n = logs.shape
    total = 0.0
    if k == 1:
        for t in range(n):
            total += logs[0, t] if t >= scored else 0.0
            smoothed[0, t] = 1.0
        return total
    tops = np.empty(n)
    for t in range(n):
        tops[t] = logs[0, t]
    for j in range(1, k):
        for t in range(n):
            tops[t] = logs[j, t] if logs[j, t] > tops[t] else tops[t]
    for t in range(scored, n):
        total += tops[t]
    for j in range(k):
        for t in range(n):
            densities[j, t] = logs[j, t] - tops[t]
        exponentiate(densities[j])
        for t in range(scored):
            densities[j, t] = 1.0
    return total


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _shape_score(shocks: Float, weights: Float, z: Float, by_z: Float, tails: Float, shape: Float, out: Float) -> None:
    """The score by nu and lambda, into the last two of out (8,)."""
    nu, skew, a, b = shape[NU], shape[LAMBDA], shape[A], shape[B]
    if np.isinf(nu):
        return
    narrow, wide = 1.0 / (1.0 - skew), 1.0 / (1.0 + skew)
    weight, pull, moment, tail, size = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(len(z)):
        y, p = b * z[t] + a, weights[t] * by_z[t]
        weight += 0.0 if np.isnan(shocks[t]) else weights[t]
        pull += p
        moment += p * z[t]
        tail += weights[t] * tails[t]
        size += p * (y * wide if y > 0.0 else -y * narrow)
    out[6] += shape[CONSTANT_NU] * weight - 0.5 * tail
    out[6] += (shape[B_NU] * moment + shape[A_NU] * pull - 0.5 * (b * moment + a * pull) / (nu - 2.0)) / b
    out[7] += shape[CONSTANT_LAMBDA] * weight + (shape[B_LAMBDA] * moment + shape[A_LAMBDA] * pull - size) / b


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _recursion_score(
    weights: Float,
    shocks: Float,
    by_mean: Float,
    kind: int,
    coefficients: Float,
    states: Float,
    narrow: Float,
    z: Float,
    by_z: Float,
    by_state: Float,
    slope: Float,
    out: Float,
) -> None:
    """The score by omega, alpha, gamma, beta, drift and ar, into the first six of out (8,)."""
    alpha, gamma, beta = coefficients[1], coefficients[2], coefficients[3]
    moving, onward = len(by_mean) > 0, 0.0
    by_omega, by_alpha, by_gamma, by_beta, by_drift, by_ar = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(len(shocks) - 1, -1, -1):
        e, s = shocks[t], states[t]
        missing, down = np.isnan(e), 1.0 if e < 0.0 else 0.0
        carry, by_shock = beta, 0.0
        if kind == GARCH:
            size, tilt = e * e, down * e * e
            by_shock = 2.0 * (alpha + gamma * down) * e
        elif kind == TARCH:
            size, tilt = abs(e), down * abs(e)
            by_shock = (alpha + gamma * down) * np.sign(e)
        else:
            size, tilt = abs(z[t]) - _MEAN_ABSOLUTE, z[t]
            carry -= 0.5 * (alpha * abs(z[t]) + gamma * z[t])
            by_shock = (alpha * np.sign(z[t]) + gamma) * narrow[t]
            if t + 1 < len(states) and abs(states[t + 1]) >= WIDEST:
                onward = 0.0
        if missing:
            expected = _MEAN_ABSOLUTE if kind == TARCH else (1.0 if kind == GARCH else 0.0)
            carry, size, tilt, by_shock = carry + (alpha + 0.5 * gamma) * expected, expected * s, 0.5 * expected * s, 0.0
        by_omega += onward
        by_alpha += onward * size
        by_gamma += onward * tilt
        by_beta += onward * s
        if moving and not missing:
            through = onward * by_shock + weights[t] * by_z[t] * narrow[t]
            by_drift += through * by_mean[t, 0]
            by_ar += through * by_mean[t, 1]
        onward = onward * carry + weights[t] * by_state[t]
    sums = (by_omega, by_alpha, by_gamma, by_beta, by_drift, by_ar)
    for p in range(6 if moving else 4):
        out[p] += sums[p] + onward * slope[p]
