"""Natural parameters of an optimiser's coordinates, with their Jacobian; `switching.coordinates` says which they are."""

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.compilation import njit

REAL, POSITIVE, LOGISTIC, ROW, INNER = range(5)
"""Rule of a coordinate: low + width x; low + width exp(x); low + width of a share by its logit; the first of as many logits of a row of
transitions as low says; one that another's rule, or a stick, has."""
FARTHEST = 30.0  # a coordinate beyond this does not move its parameter
MOST_PERSISTENT = 1 - 1e-6


@njit(cache=True, nogil=True, error_model="numpy")
def natural(
    x: Float, rules: Int, low: Float, width: Float, places: Int, weights: Float, order: Int, units: Float, logs: Flags
) -> tuple[Float, Float]:
    """Natural parameters (p,) of coordinates (p,), and the Jacobian (p, p).

    rules, low, width : (p,) as above. places : (k, 4) of omega, alpha, gamma, beta of each regime, -1 where it has none; weights (k, 4) of
    each in the persistence; order (3,) in which they break the stick; units (k,) of omega, or in an EGARCH, which `logs` (k,) are, the mean
    log variance at x = 0.
    """
    p = len(x)
    theta, jacobian = np.empty(p), np.zeros((p, p))
    for i in range(p):
        rule, near = rules[i], min(max(x[i], -FARTHEST), FARTHEST)
        if rule == REAL:
            theta[i], jacobian[i, i] = low[i] + width[i] * x[i], width[i]
        elif rule == POSITIVE:
            jacobian[i, i] = width[i] * np.exp(near)
            theta[i] = low[i] + jacobian[i, i]
        elif rule == LOGISTIC:
            share = 1.0 / (1.0 + np.exp(-x[i]))
            theta[i], jacobian[i, i] = low[i] + width[i] * share, width[i] * share * (1.0 - share)
        elif rule == ROW:
            _row(x, i, int(low[i]), theta, jacobian)
    for j in range(len(places)):
        if logs[j]:
            _log_recursion(x, places[j], units[j], theta, jacobian)
        else:
            _stick(x, places[j], weights[j], order, units[j], theta, jacobian)
    return theta, jacobian


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _row(x: Float, first: int, count: int, theta: Float, jacobian: Float) -> None:
    """Probabilities of leaving a regime, by logits against staying."""
    total = 1.0
    for i in range(first, first + count):
        theta[i] = np.exp(min(max(x[i], -FARTHEST), FARTHEST))
        total += theta[i]
    for i in range(first, first + count):
        theta[i] /= total
    for i in range(first, first + count):
        for m in range(first, first + count):
            jacobian[i, m] = theta[i] * ((1.0 if i == m else 0.0) - theta[m])


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _stick(x: Float, places: Int, weights: Float, order: Int, unit: float, theta: Float, jacobian: Float) -> None:
    """A regime's persistence, broken into the parts of its coefficients; alpha + gamma has gamma's part until the end."""
    omega = places[0]
    theta[omega] = unit * np.exp(min(max(x[omega], -FARTHEST), FARTHEST))
    jacobian[omega, omega] = theta[omega]
    left, slopes = MOST_PERSISTENT, np.zeros(4)
    for place in order:
        if weights[place] == 0.0:
            continue
        own = places[place]
        share = 1.0 / (1.0 + np.exp(-min(max(x[own], -FARTHEST), FARTHEST)))
        theta[own] = left * share / weights[place]
        for other in range(1, 4):
            slope = slopes[other] * share + (left * share * (1.0 - share) if other == place else 0.0)
            slopes[other] -= slope
            if places[other] >= 0:
                jacobian[own, places[other]] = slope / weights[place]
        left -= left * share
    if places[2] >= 0:
        rises, falls = places[1], places[2]
        theta[falls] -= theta[rises]
        for other in range(1, 4):
            jacobian[falls, places[other]] -= jacobian[rises, places[other]]


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _log_recursion(x: Float, places: Int, level: float, theta: Float, jacobian: Float) -> None:
    """EGARCH: coordinates are the mean log variance less `level`, then alpha, gamma, and beta's."""
    omega, alpha, gamma, last = places[0], places[1], places[2], places[3]
    beta = np.tanh(0.5 * min(max(x[last], -FARTHEST), FARTHEST))  # never one
    by_beta, mean = 0.5 * (1.0 - beta * beta), level + x[omega]
    theta[omega], theta[alpha], theta[gamma], theta[last] = mean * (1.0 - beta), x[alpha], x[gamma], beta
    jacobian[omega, omega], jacobian[omega, last] = 1.0 - beta, -mean * by_beta
    jacobian[alpha, alpha], jacobian[gamma, gamma], jacobian[last, last] = 1.0, 1.0, by_beta
