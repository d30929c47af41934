"""A Markov-switching GARCH of natural parameters, as `kernels.garch_score` takes it, and its score by these.

Natural parameters are in the unit of the returns, the recursions of volatility one. Throughout: `places` (k, 6) of omega, alpha, gamma,
beta, nu and lambda of each regime among the natural parameters, -1 where it has none; `exits` the first of the probabilities of leaving.
"""

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.coordinate_maps import MOST_PERSISTENT, natural
from forecast.engines.kernels.fundamental_matrix import fundamental_matrix, stationary_law
from forecast.engines.kernels.innovation_shapes import fill_shape
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, SHAPE, TARCH

RESTING, BACKCAST, SAMPLE = range(3)  # where a recursion starts
MEAN_ABSOLUTE = np.sqrt(2 / np.pi)
_TINY = 1e-300


@njit(cache=True, nogil=True, error_model="numpy")
def regime_recursions(
    x: Float,
    rules: Int,
    low: Float,
    width: Float,
    stick_places: Int,
    weights: Float,
    order: Int,
    stick_units: Float,
    logs: Flags,
    kinds: Int,
    places: Int,
    exits: int,
    units: Float,
    shifts: Float,
) -> tuple[Float, Float, Float, Float, Float, Float, Float]:
    """Of coordinates (p,), as `kernels.coordinate_maps` takes them, the natural parameters (p,) and the Jacobian (p, p); of these
    coefficients (k, 4), shapes (k, SHAPE), transitions (k, k), fundamental matrix (k, k) and stationary law (k,).

    units, shifts : (k,), by which an omega, less the shift times 1 - beta, is that of volatility one.
    """
    theta, jacobian = natural(x, rules, low, width, stick_places, weights, order, stick_units, logs)
    k = len(kinds)
    coefficients, shapes, transitions, start = np.zeros((k, 4)), np.empty((k, SHAPE)), np.ones((k, k)), np.ones(k)
    leaving = exits
    for j in range(k):
        for place in range(4):
            if places[j, place] >= 0:
                coefficients[j, place] = theta[places[j, place]]
        coefficients[j, 0] = (coefficients[j, 0] - shifts[j] * (1.0 - coefficients[j, 3])) / units[j]
        nu = theta[places[j, 4]] if places[j, 4] >= 0 else np.inf
        skew = theta[places[j, 5]] if places[j, 5] >= 0 else 0.0
        fill_shape(nu, skew, shapes[j])
        for other in range(k):
            if other != j:
                transitions[j, other] = theta[leaving]
                transitions[j, j] -= theta[leaving]
                leaving += 1
        transitions[j, j] = max(transitions[j, j], 0.0)
    fundamental = fundamental_matrix(transitions)
    if k > 1:
        stationary_law(fundamental, start)
    return theta, jacobian, coefficients, shapes, transitions, fundamental, start


@njit(cache=True, nogil=True, error_model="numpy")
def first_states(kinds: Int, coefficients: Float, rule: int, square: float, size: float, by_mean: Float) -> tuple[Float, Float]:
    """First state of each regime, (k,), and its derivatives by omega, alpha, gamma, beta, drift and ar, (k, 6).

    Unless it rests, it is that after a session whose squared shock and variance are `square`, and shock `size`; `by_mean` (2,) are the
    square's derivatives by drift and ar. In an EGARCH that session's surprise is 0 in arch's backcast, that of no shock in the older
    benchmark.
    """
    k = len(kinds)
    states, slopes = np.empty(k), np.zeros((k, 6))
    for j in range(k):
        if rule == RESTING:
            states[j] = resting_state(kinds[j], coefficients[j], slopes[j])
            continue
        omega, alpha, gamma, beta = coefficients[j, 0], coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
        slopes[j, 0] = 1.0
        if kinds[j] == EGARCH:
            surprise = -MEAN_ABSOLUTE if rule == SAMPLE else 0.0
            slopes[j, 1], slopes[j, 3] = surprise, np.log(square)
            states[j], by_square = omega + alpha * surprise + beta * np.log(square), beta / square
        else:
            level, carried = square if kinds[j] == GARCH else size, alpha + 0.5 * gamma + beta
            slopes[j, 1], slopes[j, 2], slopes[j, 3] = level, 0.5 * level, level
            states[j], by_square = omega + carried * level, carried * (1.0 if kinds[j] == GARCH else 0.5 / size)
        slopes[j, 4], slopes[j, 5] = by_square * by_mean[0], by_square * by_mean[1]
    return states, slopes


@njit(cache=True, nogil=True, error_model="numpy")
def resting_state(kind: int, coefficients: Float, slopes: Float) -> float:
    """State at which a recursion rests if shocks have its variance, half of it below zero; its derivatives go into `slopes` (6,)."""
    omega, alpha, gamma, beta = coefficients[0], coefficients[1], coefficients[2], coefficients[3]
    if kind == EGARCH:
        state = omega / (1.0 - beta)
        slopes[0], slopes[3] = 1.0 / (1.0 - beta), state / (1.0 - beta)
        return state
    scale = MEAN_ABSOLUTE if kind == TARCH else 1.0
    gap = max(1.0 - scale * (alpha + 0.5 * gamma) - beta, 0.5 * (1.0 - MOST_PERSISTENT))
    state = omega / gap
    slopes[0], slopes[1], slopes[2], slopes[3] = 1.0 / gap, scale * state / gap, 0.5 * scale * state / gap, state / gap
    return state


@njit(cache=True, nogil=True, error_model="numpy")
def parameter_score(
    theta: Float,
    by_regime: Float,
    crossings: Float,
    opening: Float,
    transitions: Float,
    fundamental: Float,
    start: Float,
    places: Int,
    exits: int,
    mean_places: Int,
    units: Float,
    shifts: Float,
    prior: Float,
) -> tuple[float, Float]:
    """Log density of the prior up to a constant, and the score by the natural parameters, (p,), the prior's slope included.

    by_regime, crossings, opening : as `garch_score` gives them. mean_places : of drift and ar, -1 where they are fixed. prior : (p, 2)
    mean and precision, one over the standard deviation, of each parameter, zero where there is no prior.
    """
    k, p = len(start), len(theta)
    score, log_prior = np.zeros(p), 0.0
    for j in range(k):
        for place in range(6):
            if places[j, place] < 0:
                continue
            slope = by_regime[j, place if place < 4 else place + 2]
            if place == 0:
                slope /= units[j]
            elif place == 3:
                slope += shifts[j] * by_regime[j, 0] / units[j]
            score[places[j, place]] += slope
        for place in range(2):
            if mean_places[place] >= 0:
                score[mean_places[place]] += by_regime[j, 4 + place]
    _exit_score(crossings, opening, transitions, fundamental, start, exits, score)
    for place in range(p):
        away = (theta[place] - prior[place, 0]) * prior[place, 1]
        log_prior -= 0.5 * away * away
        score[place] -= away * prior[place, 1]
    return log_prior, score


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _exit_score(crossings: Float, opening: Float, transitions: Float, fundamental: Float, start: Float, exits: int, score: Float) -> None:
    """The score by the probabilities of leaving, against staying."""
    k, leaving = len(start), exits
    for j in range(k):
        own, first = 0.0, leaving
        for i in range(k):
            moved = 0.0  # by what moves the stationary law
            for m in range(k):
                moved += fundamental[i, m] * opening[m] / max(start[m], _TINY)
            slope = crossings[j, i] / max(transitions[j, i], _TINY) + start[j] * moved
            if i == j:
                own = slope
            else:
                score[leaving] = slope
                leaving += 1
        for place in range(first, leaving):
            score[place] -= own
