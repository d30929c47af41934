"""Log-likelihood of a Markov-switching GARCH by its coordinates, and its slope; `kernels.forward_backward` smooths between the two.

Recursions as in `kernels.variance_recursions`, on returns of volatility one. The score is by Fisher's identity: smoothed probabilities
weigh each regime's own. A regime's is summed backwards: the derivative by one state carries all that the state still moves (the adjoint of
the recursion), so that one number goes along the sessions in the place of one for each parameter.

Throughout, `returns` (n,) are in units of their volatility, or shocks where both drift and ar are fixed, nought in the `gaps` (m,), the
sessions that are missing; `work` (9 k + 2, n) is written to: deviations from the drift, shocks, then a row a regime of states, inverse
roots of variances, tails, derivatives by z and by the state, and the four of `kernels.forward_backward`.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import exponentiate, log_product, take_logarithms
from forecast.engines.kernels.garch_parameters import SAMPLE, first_states, parameter_score
from forecast.engines.kernels.lanes import LANES, add_lanes, dot, total
from forecast.engines.kernels.linear_recursion import accumulate, accumulate_back
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
_LEAST, _LEAST_ROOT, _MOST_ROOT, _MOST = np.array([1e-70, 1e-35, 1e35, 1e70]).view(np.int64).tolist()  # bits of a variance, and of its root
_SHARED, _ROWS = 2, 5  # rows of work before the regimes', and of each regime before those that are smoothed


@njit(cache=True, nogil=True, error_model="numpy")
def garch_densities(
    returns: Float,
    gaps: Int,
    kinds: Int,
    mean_places: Int,
    mean: Float,
    opening: Float,
    scored: int,
    work: Float,
    theta: Float,
    coefficients: Float,
    shapes: Float,
) -> tuple[float, Float, Float]:
    """The log-likelihood of the sessions from `scored` on, nought with several regimes, NaN where a state is not a variance; the slopes of
    the first states (k, 6) and the sums (k,) of what nu moves.

    mean : (3,) drift and ar, where they are fixed, and the volatility of the returns. opening : (3,) rule of the first states, mean square
    and size of the first shocks. theta, coefficients, shapes : as `kernels.garch_parameters` has them.
    """
    k, moving, by_mean = len(kinds), mean_places[0] >= 0 or mean_places[1] >= 0, np.zeros(2)
    shocks = work[1] if moving else returns
    drift = theta[mean_places[0]] if mean_places[0] >= 0 else mean[0]
    ar = theta[mean_places[1]] if mean_places[1] >= 0 else mean[1]
    if moving:
        _shocks(returns, gaps, drift / mean[2], ar, work[0], shocks)
    square, size = opening[1], opening[2]
    if int(opening[0]) == SAMPLE:
        count = len(returns) - len(gaps)
        square = dot(shocks, shocks) / count
        size = np.sqrt(square)
        if moving:
            _mean_slopes(shocks, gaps, ar, work[0], by_mean)
            by_mean[0] *= 2.0 / (count * mean[2])
            by_mean[1] *= 2.0 / count
    first, first_slopes = first_states(kinds, coefficients, int(opening[0]), square, size, by_mean)
    sound, tails, value = True, np.zeros(k), 0.0
    for j in range(k):
        rows = _SHARED + j
        states, narrow, tail, by_z, by_state = work[rows], work[rows + k], work[rows + 2 * k], work[rows + 3 * k], work[rows + 4 * k]
        sound = _run(shocks, gaps, kinds[j], coefficients[j], first[j], states) and sound
        _standardise(shocks, kinds[j], states, shapes[j], narrow, tail, by_z, by_state)
        _fill(by_z, gaps, scored, 0.0)
        _fill(by_state, gaps, scored, 0.0)
        _fill(tail, gaps, scored, 1.0)
        if k == 1:
            value, tails[0] = _log_likelihood(kinds[j], states, by_z, tail, gaps, scored, shapes[j], work[rows + 5])
    return value if sound else np.nan, first_slopes, tails


@njit(cache=True, nogil=True, error_model="numpy")
def relative_densities(shapes: Float, gaps: Int, scored: int, work: Float) -> float:
    """The log-likelihood of the sessions from `scored` on by the regime in which each is likeliest; over that, the densities of each.

    They go into the rows of `work` that `kernels.forward_backward` takes; one in a session before `scored`, which is as one missing.
    """
    k = len(shapes)
    first = _SHARED + _ROWS * k
    tops, scales = work[first + k], work[first + k + 1]  # where later the predicted probabilities stand
    for j in range(k):
        _log_density(work[_SHARED + 3 * k + j], shapes[j], work[_SHARED + 2 * k + j], work[first + j])
    for t in range(len(tops)):
        tops[t] = work[first, t]
    for j in range(1, k):
        row = work[first + j]
        for t in range(len(tops)):
            tops[t] = row[t] if row[t] > tops[t] else tops[t]
    for j in range(k):
        row, narrow = work[first + j], work[_SHARED + k + j]
        for t in range(len(tops)):
            row[t] -= tops[t]
        exponentiate(row)
        for t in range(len(tops)):
            row[t] *= narrow[t]
    for t in range(len(tops)):
        scales[t] = work[first, t]
    for j in range(1, k):
        row = work[first + j]
        for t in range(len(tops)):
            scales[t] = row[t] if row[t] > scales[t] else scales[t]
    for j in range(k):
        row = work[first + j]
        for t in range(len(tops)):
            row[t] /= scales[t]
        _fill(row, gaps, scored, 1.0)
    _fill(tops, gaps, scored, 0.0)
    _fill(scales, gaps, scored, 1.0)
    return total(tops) + log_product(scales, work[first + k + 2])


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
        rows, out = _SHARED + j, by_regime[j]
        states, narrow, tail, by_z, by_state = work[rows], work[rows + k], work[rows + 2 * k], work[rows + 3 * k], work[rows + 4 * k]
        weight = float(n - len(gaps) - (scored if len(gaps) == 0 or gaps[0] >= scored else 0))
        if k > 1:
            smoothed = work[rows + 8 * k]
            opening[j] = smoothed[0]
            for t in range(n):
                by_z[t] *= smoothed[t]
            for t in range(n):
                by_state[t] *= smoothed[t]
            _fill(smoothed, gaps, scored, 0.0)
            weight, tails[j] = total(smoothed), 0.0 if np.isinf(shapes[j, NU]) else dot(smoothed, tail)
        if not np.isinf(shapes[j, NU]):
            _shape_sums(shocks, narrow, by_z, shapes[j, A], shapes[j, B], sums)
            _shape_score(shapes[j], weight, tails[j], sums, out)
        if kinds[j] == EGARCH:
            _log_recursion_score(shocks, gaps, coefficients[j], states, narrow, by_z, by_state, tail, out)
        else:
            _recursion_score(shocks, gaps, kinds[j], coefficients[j], states, narrow, by_z, by_state, moving, tail, out)
        if moving:
            _mean_slopes(tail, gaps, ar, work[0], out[4:6])
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
def _shocks(returns: Float, gaps: Int, drift: float, ar: float, deviations: Float, shocks: Float) -> None:
    """e_t = d_t - ar d_{t-1} with the deviations d from the drift; the term in ar is left out at the first session and after a gap."""
    for t in range(len(returns)):
        deviations[t] = returns[t] - drift
    for g in gaps:
        deviations[g] = 0.0
    shocks[0] = deviations[0]
    for t in range(1, len(returns)):
        shocks[t] = deviations[t] - ar * deviations[t - 1]
    for g in gaps:
        shocks[g] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_slopes(through: Float, gaps: Int, ar: float, deviations: Float, out: Float) -> None:
    """What moves with each shock (n,) by drift, in units of volatility, and by ar, added to out (2,)."""
    n, fresh = len(through), through[0]
    for g in gaps:
        fresh += through[g + 1] if g + 1 < n else 0.0
    out[0] -= (1.0 - ar) * total(through) + ar * fresh
    out[1] -= dot(through[1:], deviations[: n - 1])


@njit(cache=True, nogil=True, error_model="numpy")
def _run(shocks: Float, gaps: Int, kind: int, coefficients: Float, first: float, states: Float) -> bool:
    """The recursion's states, into (n,); whether each stands for a variance between LEAST and MOST."""
    omega, alpha, gamma, beta = coefficients[0], coefficients[1], coefficients[2], coefficients[3]
    n, states[0] = len(states), first
    if kind == EGARCH:
        at = 0
        for t in range(1, n):
            missing = at < len(gaps) and gaps[at] == t - 1
            at += 1 if missing else 0
            states[t] = next_state(kind, states[t - 1], np.nan if missing else shocks[t - 1], omega, alpha, gamma, beta)
        return np.isfinite(states[n - 1])
    squared = 1.0 if kind == GARCH else 0.0
    for t in range(1, n):
        e = abs(shocks[t - 1])
        states[t] = omega + (alpha + (gamma if shocks[t - 1] < 0.0 else 0.0)) * (e * (squared * e + (1.0 - squared)))
    begin = int(np.int64(1))  # typed: a number that is written out would have kernels of its own
    for g in gaps:
        if g + 1 < n:
            accumulate(states, beta, begin, g + 1)
            states[g + 1] = next_state(kind, states[g], np.nan, omega, alpha, gamma, beta)
            begin = g + 2
    accumulate(states, beta, begin, n)
    bits = states.view(np.int64)  # in the order of positive numbers; negative ones are below, infinity and NaN above
    least, most = bits[0], bits[0]
    for t in range(n):
        least = bits[t] if bits[t] < least else least
        most = bits[t] if bits[t] > most else most
    return (least > _LEAST and most < _MOST) if kind == GARCH else (least > _LEAST_ROOT and most < _MOST_ROOT)


@njit(cache=True, nogil=True, error_model="numpy")
def _standardise(shocks: Float, kind: int, states: Float, shape: Float, narrow: Float, tail: Float, by_z: Float, by_state: Float) -> None:
    """Into (n,): one over the roots of the variances, 1 + u^2 / (nu - 2), and derivatives of the log density by z and the state."""
    n, nu, skew, a, b = len(shocks), shape[NU], shape[LAMBDA], shape[A], shape[B]
    rise, fall = 1.0 / ((nu - 2.0) * (1.0 + skew) ** 2), 1.0 / ((nu - 2.0) * (1.0 - skew) ** 2)  # nought for the normal law
    if kind == EGARCH:
        for t in range(n):
            narrow[t] = np.exp(-0.5 * states[t])
            y = b * (shocks[t] * narrow[t]) + a
            tail[t] = 1.0 + (rise if y > 0.0 else fall) * y * y
    else:
        plain = 1.0 if kind == GARCH else 0.0
        for t in range(n):
            narrow[t] = 1.0 / np.sqrt(states[t] * (plain + (1.0 - plain) * states[t]))
            y = b * (shocks[t] * narrow[t]) + a
            tail[t] = 1.0 + (rise if y > 0.0 else fall) * y * y
    rise, fall = (-1.0, -1.0) if np.isinf(nu) else (-(nu + 1.0) * b * rise, -(nu + 1.0) * b * fall)
    once, twice = -1.0 if kind == TARCH else 0.0, -0.5 if kind == GARCH else 0.0
    none = -0.5 if kind == EGARCH else 0.0
    for t in range(n):
        z = shocks[t] * narrow[t]
        y = b * z + a
        p = (rise if y > 0.0 else fall) * y / tail[t]
        by_z[t] = p
        by_state[t] = (none + narrow[t] * (once + twice * narrow[t])) * (1.0 + z * p)


@njit(cache=True, nogil=True, error_model="numpy")
def _log_likelihood(
    kind: int, states: Float, by_z: Float, tail: Float, gaps: Int, scored: int, shape: Float, spare: Float
) -> tuple[float, float]:
    """Of a single regime, and the sum of the logs of `tail`, one where a session is not scored."""
    count = len(states) - len(gaps) - (scored if len(gaps) == 0 or gaps[0] >= scored else 0)
    sizes = total(states) if kind == EGARCH else (1.0 if kind == GARCH else 2.0) * log_product(states, spare)
    for place in range(scored + len(gaps)):
        t = place if place < scored else gaps[place - scored]
        if place < scored or t >= scored:
            sizes -= states[t] if kind == EGARCH else (1.0 if kind == GARCH else 2.0) * np.log(states[t])
    value = -0.5 * sizes
    if np.isinf(shape[NU]):
        return value - 0.5 * (dot(by_z, by_z) + count * _LOG_2PI), 0.0
    tails = log_product(tail, spare)
    return value + count * shape[CONSTANT] - 0.5 * (shape[NU] + 1.0) * tails, tails


@njit(cache=True, nogil=True, error_model="numpy")
def _log_density(by_z: Float, shape: Float, tail: Float, out: Float) -> None:
    """Log densities of one of several regimes but for its scale, into (n,); `tail` becomes its log."""
    if np.isinf(shape[NU]):
        for t in range(len(out)):
            out[t] = -0.5 * (by_z[t] * by_z[t] + _LOG_2PI)
        return
    take_logarithms(tail)
    for t in range(len(out)):
        out[t] = shape[CONSTANT] - 0.5 * (shape[NU] + 1.0) * tail[t]


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
def _fill(values: Float, gaps: Int, scored: int, value: float) -> None:
    """The value in gaps, and before `scored`."""
    for g in gaps:
        values[g] = value
    for t in range(scored):
        values[t] = value


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
