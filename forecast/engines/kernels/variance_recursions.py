"""Regimes that each run their own variance recursion on common shocks (Haas, Mittnik and Paolella 2004), and its score.

A regime's recursion runs on a `state` s of the variance h: h itself (GARCH, GJR), its root (TARCH) or its log (EGARCH):

    GARCH, GJR   h' = omega + (alpha + gamma 1{e < 0}) e^2 + beta h
    TARCH        s' = omega + (alpha + gamma 1{e < 0}) |e| + beta s
    EGARCH       log h' = omega + alpha (|z| - sqrt(2 / pi)) + gamma z + beta log h,  z = e / sqrt(h)

A missing shock (NaN) enters by its expectation under a symmetric normal law of the regime's own variance. Arguments: shocks
(n,); kinds (k,) of GARCH, TARCH, EGARCH; coefficients (k, 4) omega, alpha, gamma, beta; first (k,) the states at the first
session; shapes (k, SHAPE) as `switching.innovations.shape_constants` gives them, nu = inf for the normal law. The score is by the eight
PARAMETERS of a regime.
"""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float, Int

GARCH, TARCH, EGARCH = 0, 1, 2
PARAMETERS = ("omega", "alpha", "gamma", "beta", "drift", "ar", "nu", "lambda")  # the first six move the recursion
NU, LAMBDA, A, B, CONSTANT, A_NU, A_LAMBDA, B_NU, B_LAMBDA, CONSTANT_NU, CONSTANT_LAMBDA = range(11)
SHAPE = 11  # columns of `shapes`: the innovations' constants above, and their derivatives

_MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
_LOG_2PI = np.log(2 * np.pi)
WIDEST = 300.0  # bound of EGARCH's log variance, either side: e^300 = 1e130, the square of returns far beyond any that are taken


@njit(cache=True, nogil=True, error_model="numpy")
def ar_shocks(returns: Float, drift: float, ar: float) -> tuple[Float, Float]:
    """e_t = (r_t - drift) - ar (r_{t-1} - drift), (n,), and their derivatives by drift and ar, (n, 2).

    The term in ar is left out at the first session and after a missing one.
    """
    n = len(returns)
    shocks, slopes = np.empty(n), np.empty((n, 2))
    before = np.nan
    for t in range(n):
        deviation = returns[t] - drift
        if np.isnan(before):
            shocks[t], slopes[t, 0], slopes[t, 1] = deviation, -1.0, 0.0
        else:
            shocks[t], slopes[t, 0], slopes[t, 1] = deviation - ar * before, ar - 1.0, -before
        before = deviation
    return shocks, slopes


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def next_state(kind: int, state: float, shock: float, omega: float, alpha: float, gamma: float, beta: float) -> float:
    """The recursion's next state."""
    if kind == GARCH:
        if np.isnan(shock):
            return omega + (alpha + 0.5 * gamma + beta) * state
        return omega + (alpha + (gamma if shock < 0.0 else 0.0)) * shock * shock + beta * state
    if kind == TARCH:
        if np.isnan(shock):
            return omega + ((alpha + 0.5 * gamma) * _MEAN_ABSOLUTE + beta) * state
        return omega + (alpha + (gamma if shock < 0.0 else 0.0)) * abs(shock) + beta * state
    z = 0.0 if np.isnan(shock) else shock * np.exp(-0.5 * state)
    size = 0.0 if np.isnan(shock) else abs(z) - _MEAN_ABSOLUTE
    return min(max(omega + alpha * size + gamma * z + beta * state, -WIDEST), WIDEST)


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def variance_of(kind: int, state: float) -> float:
    """The variance that a state stands for."""
    if kind == GARCH:
        return state
    return state * state if kind == TARCH else np.exp(state)


@njit(cache=True, nogil=True, error_model="numpy")
def regime_states(shocks: Float, kinds: Int, coefficients: Float, first: Float) -> Float:
    """State of each regime's recursion at each session and at the one after the last, (n + 1, k)."""
    n, k = len(shocks), len(kinds)
    states = np.empty((n + 1, k))
    for j in range(k):
        omega, alpha, gamma, beta = coefficients[j, 0], coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
        states[0, j] = first[j]
        for t in range(n):
            states[t + 1, j] = next_state(kinds[j], states[t, j], shocks[t], omega, alpha, gamma, beta)
    return states


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def log_density(z: float, shape: Float) -> float:
    """Log density of a standardised innovation: Hansen's (1994) skewed t, Student's t (lambda = 0) or normal (nu = inf)."""
    if np.isinf(shape[NU]):
        return -0.5 * (z * z + _LOG_2PI)
    y = shape[B] * z + shape[A]
    u = y / (1.0 + shape[LAMBDA] if y > 0.0 else 1.0 - shape[LAMBDA])
    return shape[CONSTANT] - 0.5 * (shape[NU] + 1.0) * np.log(1.0 + u * u / (shape[NU] - 2.0))


@njit(cache=True, nogil=True, error_model="numpy")
def regime_densities(shocks: Float, states: Float, kinds: Int, shapes: Float) -> Float:
    """Log density of each shock in each regime, (n, k); zero where the shock is missing."""
    n, k = len(shocks), len(kinds)
    out = np.empty((n, k))
    for j in range(k):
        for t in range(n):
            if np.isnan(shocks[t]):
                out[t, j] = 0.0
                continue
            h = variance_of(kinds[j], states[t, j])
            out[t, j] = log_density(shocks[t] / np.sqrt(h), shapes[j]) - 0.5 * np.log(h)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _slopes(z: float, shape: Float, out: Float) -> None:
    """Derivatives of `log_density` by z, nu and lambda, into out (3,)."""
    if np.isinf(shape[NU]):
        out[0], out[1], out[2] = -z, 0.0, 0.0
        return
    nu = shape[NU]
    y = shape[B] * z + shape[A]
    side = 1.0 if y > 0.0 else -1.0
    width = 1.0 + side * shape[LAMBDA]
    u = y / width
    by_u = -(nu + 1.0) * u / (nu - 2.0 + u * u)
    out[0] = by_u * shape[B] / width
    tail = 0.5 * (nu + 1.0) * u * u / ((nu - 2.0) * (nu - 2.0 + u * u)) - 0.5 * np.log(1.0 + u * u / (nu - 2.0))
    out[1] = shape[CONSTANT_NU] + tail + by_u * (shape[B_NU] * z + shape[A_NU]) / width
    out[2] = shape[CONSTANT_LAMBDA] + by_u * (shape[B_LAMBDA] * z + shape[A_LAMBDA] - side * u) / width


@njit(cache=True, nogil=True, error_model="numpy")
def regime_scores(
    shocks: Float, by_mean: Float, states: Float, kinds: Int, coefficients: Float, shapes: Float, slope: Float, weights: Float
) -> Float:
    """Sum over sessions of `weights` times the derivative of each regime's log density by its PARAMETERS, (k, 8).

    `by_mean` (n, 2) are derivatives of the shocks by drift and ar, or (0, 2) where both are fixed and their scores stay zero; `slope`
    (k, 6) those of the first states; `weights` (n, k) the smoothed probabilities, zero where a session is not scored.
    """
    n, k = len(shocks), len(kinds)
    out = np.zeros((k, 8))
    by_shape = np.empty(3)
    moving = len(by_mean) > 0
    active = 6 if moving else 4
    for j in range(k):
        alpha, gamma, beta = coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
        kind = kinds[j]
        d = slope[j].copy()
        for t in range(n):
            e, s = shocks[t], states[t, j]
            missing = np.isnan(e)
            h = variance_of(kind, s)
            root = np.sqrt(h)
            z = 0.0 if missing else e / root
            if weights[t, j] > 0.0 and not missing:
                _slopes(z, shapes[j], by_shape)
                by_h = -0.5 * (1.0 + z * by_shape[0]) / h
                by_s = by_h * (1.0 if kind == GARCH else (2.0 * s if kind == TARCH else h))
                by_e = by_shape[0] / root
                w = weights[t, j]
                for p in range(active):
                    out[j, p] += w * by_s * d[p]
                if moving:
                    out[j, 4] += w * by_e * by_mean[t, 0]
                    out[j, 5] += w * by_e * by_mean[t, 1]
                out[j, 6] += w * by_shape[1]
                out[j, 7] += w * by_shape[2]
            down = 1.0 if (not missing and e < 0.0) else 0.0
            if kind == EGARCH:
                clipped = abs(states[t + 1, j]) >= WIDEST
                carry = 0.0 if clipped else beta - 0.5 * (alpha * abs(z) + gamma * z)
                by_shock = 0.0 if missing or clipped else (alpha * np.sign(z) + gamma) / root
                size, tilt = (0.0 if missing else abs(z) - _MEAN_ABSOLUTE), z
            elif missing:
                expected = _MEAN_ABSOLUTE if kind == TARCH else 1.0
                carry, by_shock, size, tilt = (alpha + 0.5 * gamma) * expected + beta, 0.0, expected * s, 0.5 * expected * s
            elif kind == GARCH:
                carry, by_shock, size, tilt = beta, 2.0 * (alpha + gamma * down) * e, e * e, down * e * e
            else:
                carry, by_shock, size, tilt = beta, (alpha + gamma * down) * np.sign(e), abs(e), down * abs(e)
            for p in range(active):
                d[p] *= carry
            if not (kind == EGARCH and abs(states[t + 1, j]) >= WIDEST):
                d[0] += 1.0
                d[1] += size
                d[2] += tilt
                d[3] += s
            if moving and not missing:
                d[4] += by_shock * by_mean[t, 0]
                d[5] += by_shock * by_mean[t, 1]
    return out
