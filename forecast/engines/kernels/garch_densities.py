"""Log-likelihood of a Markov-switching GARCH; `kernels.garch_score` has its slope, `kernels.forward_backward` smooths between the two.

Recursions as in `kernels.variance_recursions`, on returns of volatility one. Throughout, `returns` (n,) are in units of their volatility,
or shocks where both drift and ar are fixed, nought in the `gaps` (m,), the sessions that are missing; `work` (9 k + 2, n) is written to:
deviations from the drift, shocks, then a row a regime of states, inverse roots of variances, tails, derivatives by z and by the state, and
the four of `kernels.forward_backward`.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import exponentiate, log_product, take_logarithms
from forecast.engines.kernels.garch_parameters import SAMPLE, first_states
from forecast.engines.kernels.lanes import dot, total
from forecast.engines.kernels.linear_recursion import accumulate
from forecast.engines.kernels.variance_recursions import CONSTANT, EGARCH, GARCH, LAMBDA, NU, TARCH, A, B, next_state

_LOG_2PI = np.log(2 * np.pi)
_LEAST, _LEAST_ROOT, _MOST_ROOT, _MOST = np.array([1e-70, 1e-35, 1e35, 1e70]).view(np.int64).tolist()  # bits of a variance, and of its root
SHARED, _ROWS = 2, 5  # rows of work before the regimes', and of each regime before those that are smoothed


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
            mean_slopes(shocks, gaps, ar, work[0], by_mean)
            by_mean[0] *= 2.0 / (count * mean[2])
            by_mean[1] *= 2.0 / count
    first, first_slopes = first_states(kinds, coefficients, int(opening[0]), square, size, by_mean)
    sound, tails, value = True, np.zeros(k), 0.0
    for j in range(k):
        rows = SHARED + j
        states, narrow, tail, by_z, by_state = work[rows], work[rows + k], work[rows + 2 * k], work[rows + 3 * k], work[rows + 4 * k]
        sound = _run(shocks, gaps, kinds[j], coefficients[j], first[j], states) and sound
        _standardise(shocks, kinds[j], states, shapes[j], narrow, tail, by_z, by_state)
        fill(by_z, gaps, scored, 0.0)
        fill(by_state, gaps, scored, 0.0)
        fill(tail, gaps, scored, 1.0)
        if k == 1:
            value, tails[0] = _log_likelihood(kinds[j], states, by_z, tail, gaps, scored, shapes[j], work[rows + 5])
    return value if sound else np.nan, first_slopes, tails


@njit(cache=True, nogil=True, error_model="numpy")
def relative_densities(shapes: Float, gaps: Int, scored: int, work: Float) -> float:
    """The log-likelihood of the sessions from `scored` on by the regime in which each is likeliest; over that, the densities of each.

    They go into the rows of `work` that `kernels.forward_backward` takes; one in a session before `scored`, which is as one missing.
    """
    k = len(shapes)
    first = SHARED + _ROWS * k
    tops, scales = work[first + k], work[first + k + 1]  # where later the predicted probabilities stand
    for j in range(k):
        _log_density(work[SHARED + 3 * k + j], shapes[j], work[SHARED + 2 * k + j], work[first + j])
    _largest(work[first : first + k], tops)
    for j in range(k):
        row, narrow = work[first + j], work[SHARED + k + j]
        for t in range(len(tops)):
            row[t] -= tops[t]
        exponentiate(row)
        for t in range(len(tops)):
            row[t] *= narrow[t]
    _largest(work[first : first + k], scales)
    for j in range(k):
        row = work[first + j]
        for t in range(len(tops)):
            row[t] /= scales[t]
        fill(row, gaps, scored, 1.0)
    fill(tops, gaps, scored, 0.0)
    fill(scales, gaps, scored, 1.0)
    return total(tops) + log_product(scales, work[first + k + 2])


@njit(cache=True, nogil=True, error_model="numpy")
def _largest(rows: Float, out: Float) -> None:
    """The largest of each session over the rows (k, n), into `out` (n,)."""
    for t in range(len(out)):
        out[t] = rows[0, t]
    for j in range(1, len(rows)):
        row = rows[j]
        for t in range(len(out)):
            out[t] = row[t] if row[t] > out[t] else out[t]


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
def mean_slopes(through: Float, gaps: Int, ar: float, deviations: Float, out: Float) -> None:
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
def fill(values: Float, gaps: Int, scored: int, value: float) -> None:
    """The value in gaps, and before `scored`."""
    for g in gaps:
        values[g] = value
    for t in range(scored):
        values[t] = value
