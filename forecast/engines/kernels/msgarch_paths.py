"""Paths of a Markov-switching GARCH with parametric innovations. Arguments as in `kernels.variance_recursions`."""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.quantile_table import size_at
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit
from forecast.engines.kernels.variance_recursions import GARCH, LAMBDA, A, B, next_state, variance_of


@njit(cache=True, nogil=True)
def _pieces(shapes: Float) -> Float:
    """Of each regime's innovation: what a size is multiplied with above the mode and below it, what is then taken off, (k, 3)."""
    out = np.empty((len(shapes), 3))
    for j in range(len(shapes)):
        skew, centre, scale = shapes[j, LAMBDA], shapes[j, A], shapes[j, B]
        out[j, 0], out[j, 1], out[j, 2] = (1.0 + skew) / scale, -(1.0 - skew) / scale, centre / scale
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(kinds: Int, coefficients: Float, regime: Int, now: Float, variance: Float, shock: Float) -> None:
    """Turn standardised innovations into the `shock` (p,) of each path, and move the recursions' states `now` (k, p), both in place.

    `variance` (p,) receives that of each shock.
    """
    for j in range(len(kinds)):
        if kinds[j] == GARCH:  # without a branch, for the same reason as below
            for p in range(len(shock)):
                variance[p] = now[j, p] if regime[p] == j else variance[p]
        else:
            for p in range(len(shock)):
                if regime[p] == j:
                    variance[p] = variance_of(kinds[j], now[j, p])
    for p in range(len(shock)):
        shock[p] *= np.sqrt(variance[p])
    for j in range(len(kinds)):
        omega, alpha, gamma, beta = coefficients[j, 0], coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
        if kinds[j] == GARCH:  # nothing but arithmetic on rows, which the compiler turns into vector instructions
            for p in range(len(shock)):
                now[j, p] = omega + (alpha + (gamma if shock[p] < 0.0 else 0.0)) * shock[p] * shock[p] + beta * now[j, p]
        else:
            for p in range(len(shock)):
                now[j, p] = next_state(kinds[j], now[j, p], shock[p], omega, alpha, gamma, beta)


@njit(cache=True, nogil=True)
def msgarch_paths(
    key: np.uint64,
    first: int,
    chain: Float,
    kinds: Int,
    coefficients: Float,
    shapes: Float,
    tables: Float,
    states: Float,
    drift: float,
    ar: float,
    last: float,
    moves: Float,
) -> None:
    """Fill `moves` (h, 2, p) with the cumulative log moves of the pairs number `first` and on.

    `chain` (k + 1, k) are cumulative probabilities, of the transitions and, in the last row, of the first session's regime; `tables`
    (k, nodes) the quantiles of each regime's innovations, `states` (k,) those of the first session, `last` the last return's deviation
    from the drift. A pair has the same regimes; the mirrored path takes the other side of each innovation. Session t takes the draws 4t
    for the regime, 4t + 1 for the size and 4t + 2 for the side.
    """
    sessions, _, pairs = moves.shape
    one, other = np.empty(pairs, dtype=np.uint64), np.empty(pairs, dtype=np.uint64)
    start, regime = np.empty(pairs, dtype=np.uint64), np.full(pairs, len(states))
    shock, deviation, before = np.empty((2, pairs)), np.full((2, pairs), last), np.zeros((2, pairs))
    now, variance = np.empty((2, len(states), pairs)), np.zeros(pairs)
    pieces = _pieces(shapes)
    for j in range(len(states)):
        now[:, j] = states[j]
    for p in range(pairs):
        start[p] = stream(key, first + p)
    for t in range(sessions):
        for p in range(pairs):  # hashes by themselves, which the compiler turns into vector instructions
            one[p], other[p] = bits(start[p], 2 * t), bits(start[p], 2 * t + 1)
        for p in range(pairs):
            regime[p] = chosen(unit(low(one[p])), chain, regime[p])
        for p in range(pairs):
            j = regime[p]
            size, side, lower = size_at(tables, j, high(one[p])), unit(low(other[p])), 0.5 * (1.0 - shapes[j, LAMBDA])
            shock[0, p] = pieces[j, np.int64(side < lower)] * size - pieces[j, 2]
            shock[1, p] = pieces[j, np.int64(1.0 - side < lower)] * size - pieces[j, 2]
        for side in range(2):
            _advance(kinds, coefficients, regime, now[side], variance, shock[side])
            for p in range(pairs):
                deviation[side, p] = ar * deviation[side, p] + shock[side, p]
                moves[t, side, p] = before[side, p] + (drift + deviation[side, p])
        before = moves[t]
