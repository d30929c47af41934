"""Regimes that each run their own variance recursion on common shocks (Haas, Mittnik and Paolella 2004).

A regime's recursion runs on a `state` s of the variance h: h itself (GARCH, GJR), its root (TARCH) or its log (EGARCH):

    GARCH, GJR   h' = omega + (alpha + gamma 1{e < 0}) e^2 + beta h
    TARCH        s' = omega + (alpha + gamma 1{e < 0}) |e| + beta s
    EGARCH       log h' = omega + alpha (|z| - sqrt(2 / pi)) + gamma z + beta log h,  z = e / sqrt(h)

A missing shock (NaN) enters by its expectation under a symmetric normal law of the regime's own variance. Arguments: shocks
(n,); kinds (k,) of GARCH, TARCH, EGARCH; coefficients (k, 4) omega, alpha, gamma, beta; first (k,) the states at the first
session; shapes (k, SHAPE) as `switching.innovations.shape_constants` gives them, nu = inf for the normal law.
`kernels.garch_score` has the score, by the eight PARAMETERS of a regime.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit

GARCH, TARCH, EGARCH = 0, 1, 2
PARAMETERS = ("omega", "alpha", "gamma", "beta", "drift", "ar", "nu", "lambda")  # the first six move the recursion
NU, LAMBDA, A, B, CONSTANT, A_NU, A_LAMBDA, B_NU, B_LAMBDA, CONSTANT_NU, CONSTANT_LAMBDA = range(11)
SHAPE = 11  # columns of `shapes`: the innovations' constants above, and their derivatives

_MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
_LOG_2PI = np.log(2 * np.pi)
WIDEST = 300.0  # bound of EGARCH's log variance, either side: e^300 = 1e130, the square of returns far beyond any that are taken


@njit(cache=True, nogil=True, error_model="numpy")
def ar_shocks(returns: Float, drift: float, ar: float) -> Float:
    """e_t = (r_t - drift) - ar (r_{t-1} - drift), (n,); the term in ar is left out at the first session and after a missing one."""
    shocks, before = np.empty(len(returns)), np.nan
    for t in range(len(returns)):
        deviation = returns[t] - drift
        shocks[t] = deviation if np.isnan(before) else deviation - ar * before
        before = deviation
    return shocks


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
