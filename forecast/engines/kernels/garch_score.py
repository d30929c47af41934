"""The slope of a Markov-switching GARCH's log-likelihood, of what `kernels.garch_densities` left.

The score is by Fisher's identity: smoothed probabilities weigh each regime's own. A regime's is summed backwards: the derivative by one
state carries all that the state still moves (the adjoint of the recursion), so that one number goes along the sessions in the place of one
for each parameter. Arguments as there.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.garch_densities import SHARED, fill, mean_slopes
from forecast.engines.kernels.garch_parameters import parameter_score
from forecast.engines.kernels.lanes import LANES, add_lanes, dot, total
from forecast.engines.kernels.linear_recursion import accumulate_back
from forecast.engines.kernels.variance_recursions import (
    A_LAMBDA,
    A_NU,
    B_LAMBDA,
    B_NU,
    CONSTANT_LAMBDA,
    CONSTANT_NU,
    EGARCH,
    GARCH,
    LAMBDA,
    NU,
    WIDEST,
    A,
    B,
)

_MEAN_ABSOLUTE = np.sqrt(2 / np.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def garch_score(
    returns: Float,
    gaps: Int,
    kinds: Int,
    mean_places: Int,
    mean: Float,
    places: Int,
    exits: int,
    units: Float,
    shifts: Float,
    prior: Float,
    scored: int,
    work: Float,
    crossings: Float,
    first_slopes: Float,
    tails: Float,
    theta: Float,
    jacobian: Float,
    coefficients: Float,
    shapes: Float,
    transitions: Float,
    fundamental: Float,
    start: Float,
) -> tuple[float, Float]:
    """Log density of the prior up to a constant, NaN where the slope is not finite, and the slope by the coordinates (p,), prior included.

    Of what `garch_densities` left in `work` and returned, with the smoothed probabilities of several regimes. crossings : (k, k) expected
    counts of transitions. prior : as `kernels.garch_parameters` has it.
    """
    k, n = len(kinds), len(returns)
    by_regime, opening, sums = np.zeros((k, 8)), np.ones(k), np.empty(3)
    moving = mean_places[0] >= 0 or mean_places[1] >= 0
    shocks = work[1] if moving else returns
    ar = theta[mean_places[1]] if mean_places[1] >= 0 else mean[1]
    for j in range(k):
        rows, out = SHARED + j, by_regime[j]
        states, narrow, tail, by_z, by_state = work[rows], work[rows + k], work[rows + 2 * k], work[rows + 3 * k], work[rows + 4 * k]
        weight = float(n - len(gaps) - (scored if len(gaps) == 0 or gaps[0] >= scored else 0))
        if k > 1:
            smoothed = work[rows + 8 * k]
            opening[j] = smoothed[0]
            for t in range(n):
                by_z[t] *= smoothed[t]
            for t in range(n):
                by_state[t] *= smoothed[t]
            fill(smoothed, gaps, scored, 0.0)
            weight, tails[j] = total(smoothed), 0.0 if np.isinf(shapes[j, NU]) else dot(smoothed, tail)
        if not np.isinf(shapes[j, NU]):
            _shape_sums(shocks, narrow, by_z, shapes[j, A], shapes[j, B], sums)
            _shape_score(shapes[j], weight, tails[j], sums, out)
        if kinds[j] == EGARCH:
            _log_recursion_score(shocks, gaps, coefficients[j], states, narrow, by_z, by_state, tail, out)
        else:
            _recursion_score(shocks, gaps, kinds[j], coefficients[j], states, narrow, by_z, by_state, moving, tail, out)
        if moving:
            mean_slopes(tail, gaps, ar, work[0], out[4:6])
            out[4] /= mean[2]
        for p in range(6):
            out[p] += by_state[0] * first_slopes[j, p]
    log_prior, score = parameter_score(
        theta, by_regime, crossings, opening, transitions, fundamental, start, places, exits, mean_places, units, shifts, prior
    )
    slope = np.zeros(jacobian.shape[1])
    for p in range(len(score)):
        for i in range(len(slope)):
            slope[i] += jacobian[p, i] * score[p]
    for i in range(len(slope)):
        log_prior += 0.0 * slope[i]  # NaN where it is not finite
    return log_prior, slope


@njit(cache=True, nogil=True, error_model="numpy")
def _shape_score(shape: Float, weight: float, tail: float, sums: Float, out: Float) -> None:
    """The score by nu and lambda, into the last two of out (8,)."""
    nu, skew, a, b = shape[NU], shape[LAMBDA], shape[A], shape[B]
    pull, turn, rising = sums[0], sums[1], sums[2]
    moment = (turn - a * pull) / b  # of z times the derivative by z
    size = rising / (1.0 + skew) - (turn - rising) / (1.0 - skew)
    out[6] += shape[CONSTANT_NU] * weight - 0.5 * tail
    out[6] += (shape[B_NU] * moment + shape[A_NU] * pull - 0.5 * turn / (nu - 2.0)) / b
    out[7] += shape[CONSTANT_LAMBDA] * weight + (shape[B_LAMBDA] * moment + shape[A_LAMBDA] * pull - size) / b


@njit(cache=True, nogil=True, error_model="numpy")
def _recursion_score(
    shocks: Float,
    gaps: Int,
    kind: int,
    coefficients: Float,
    states: Float,
    narrow: Float,
    by_z: Float,
    by_state: Float,
    moving: bool,
    through: Float,
    out: Float,
) -> None:
    """The score by omega, alpha, gamma and beta but for the first state, into out (8,); what moves with each shock into `through` (n,).

    `by_state` becomes the derivative by all that a state still moves.
    """
    n, alpha, gamma, beta = len(shocks), coefficients[1], coefficients[2], coefficients[3]
    expected = 1.0 if kind == GARCH else _MEAN_ABSOLUTE
    end = n - 1
    for place in range(len(gaps) - 1, -1, -1):
        g = gaps[place]
        if g + 1 < n:
            accumulate_back(by_state, beta, g + 1, end)
            by_state[g] = (beta + (alpha + 0.5 * gamma) * expected) * by_state[g + 1]
            end = g
    accumulate_back(by_state, beta, int(np.int64(0)), end)
    onward = by_state[1:]
    squared = 1.0 if kind == GARCH else 0.0
    _recursion_sums(shocks, onward, states, squared, out[:4])
    for g in gaps:
        if g + 1 < n:
            out[1] += by_state[g + 1] * expected * states[g]
            out[2] += by_state[g + 1] * 0.5 * expected * states[g]
    if not moving:
        return
    through[n - 1] = by_z[n - 1] * narrow[n - 1]
    for t in range(n - 1):
        e = shocks[t]
        size = 2.0 * squared * e + (1.0 - squared) * (1.0 if e > 0.0 else (-1.0 if e < 0.0 else 0.0))
        through[t] = by_z[t] * narrow[t] + onward[t] * ((alpha + (gamma if e < 0.0 else 0.0)) * size)


@njit(cache=True, nogil=True, error_model="numpy")
def _log_recursion_score(
    shocks: Float, gaps: Int, coefficients: Float, states: Float, narrow: Float, by_z: Float, by_state: Float, through: Float, out: Float
) -> None:
    """As `_recursion_score`, of an EGARCH."""
    alpha, gamma, beta = coefficients[1], coefficients[2], coefficients[3]
    n, onward, at = len(shocks), 0.0, len(gaps) - 1
    for t in range(n - 1, -1, -1):
        missing = at >= 0 and gaps[at] == t
        z, through[t] = shocks[t] * narrow[t], by_z[t] * narrow[t]
        if t + 1 < n and abs(states[t + 1]) >= WIDEST:
            onward = 0.0
        carry = beta
        out[0] += onward
        out[3] += onward * states[t]
        if missing:
            at -= 1
        else:
            out[1] += onward * (abs(z) - _MEAN_ABSOLUTE)
            out[2] += onward * z
            through[t] += onward * (alpha * np.sign(z) + gamma) * narrow[t]
            carry -= 0.5 * (alpha * abs(z) + gamma * z)
        onward = onward * carry + by_state[t]
        by_state[t] = onward


@njit(cache=True, nogil=True, error_model="numpy")
def _shape_sums(shocks: Float, narrow: Float, by_z: Float, a: float, b: float, out: Float) -> None:
    """Of the derivative by z, of y = b z + a times it, and of that where y is above zero, into out (3,)."""
    lanes = np.zeros((3, LANES))
    pull, turn, rising = lanes[0], lanes[1], lanes[2]
    for begin in range(0, len(shocks), LANES):
        end = min(begin + LANES, len(shocks))
        e, w, p = shocks[begin:end], narrow[begin:end], by_z[begin:end]
        for j in range(len(p)):
            pull[j] += p[j]
            turn[j] += p[j] * (b * (e[j] * w[j]) + a)
        for j in range(len(p)):
            y = b * (e[j] * w[j]) + a
            rising[j] += p[j] * (y if y > 0.0 else 0.0)
    add_lanes(lanes, out)


@njit(cache=True, nogil=True, error_model="numpy")
def _recursion_sums(shocks: Float, onward: Float, states: Float, squared: float, out: Float) -> None:
    """Of the derivatives by the next states (n - 1,): themselves, times sizes of shocks or their squares, those of falls, and states."""
    lanes = np.zeros((4, LANES))
    plain, every, fall, carried = lanes[0], lanes[1], lanes[2], lanes[3]
    for begin in range(0, len(onward), LANES):
        end = min(begin + LANES, len(onward))
        e, o, s = shocks[begin:end], onward[begin:end], states[begin:end]
        for j in range(len(o)):
            plain[j] += o[j]
            carried[j] += o[j] * s[j]
        for j in range(len(o)):
            size = abs(e[j])
            move = o[j] * (size * (squared * size + (1.0 - squared)))
            every[j] += move
            fall[j] += move if e[j] < 0.0 else 0.0
    add_lanes(lanes, out)
