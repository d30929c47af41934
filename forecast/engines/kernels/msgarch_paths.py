"""Paths of a Markov-switching GARCH with parametric innovations. Arguments as in `kernels.variance_recursions`."""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit
from forecast.engines.kernels.variance_recursions import LAMBDA, NU, A, B, next_state, variance_of


@njit(cache=True, nogil=True)
def _size(u: float, v: float, nu: float) -> float:
    """Absolute value of a symmetric innovation of two uniforms."""
    turn = abs(np.cos(2.0 * np.pi * v))
    return np.sqrt(-2.0 * np.log(u)) * turn if np.isinf(nu) else np.sqrt((nu - 2.0) * (u ** (-2.0 / nu) - 1.0)) * turn


@njit(cache=True, nogil=True)
def _sided(size: float, side: float, shape: Float) -> float:
    """The innovation of that size on one side, skewed and standardised."""
    skew = shape[LAMBDA]
    y = -(1.0 - skew) * size if side < 0.5 * (1.0 - skew) else (1.0 + skew) * size
    return (y - shape[A]) / shape[B]


@njit(cache=True, nogil=True)
def innovation(u: float, v: float, side: float, shape: Float) -> float:
    """A standardised innovation of three uniforms, the third choosing the side: 1 - side mirrors it.

    Its size is that of a normal by Box and Muller (1958), or of a t by Bailey's (1994) polar form, which rejects nothing.
    """
    return _sided(_size(u, v, shape[NU]), side, shape)


@njit(cache=True, nogil=True)
def msgarch_paths(
    key: np.uint64,
    first: int,
    today: Float,
    onward: Float,
    kinds: Int,
    coefficients: Float,
    shapes: Float,
    states: Float,
    drift: float,
    ar: float,
    last: float,
    moves: Float,
) -> None:
    """Fill `moves` (h, 2, p) with the cumulative log moves of the pairs number `first` and on.

    `today` (k,) and the rows of `onward` (k, k) are cumulative probabilities of the first session's regime and of the transitions, `states`
    (k,) those of the first session, `last` the last return's deviation from the drift. A pair has the same regimes; the mirrored path
    takes the other side of each innovation.
    """
    sessions, _, pairs = moves.shape
    now, deviation, move = np.empty((2, len(states))), np.empty(2), np.empty(2)
    for pair in range(pairs):
        start, regime = stream(key, first + pair), 0
        for side in range(2):
            deviation[side], move[side] = last, 0.0
            for j in range(len(states)):
                now[side, j] = states[j]
        for t in range(sessions):
            one, other = bits(start, 2 * t), bits(start, 2 * t + 1)
            regime = chosen(unit(low(one)), today if t == 0 else onward[regime])
            which, size = unit(high(other)), _size(unit(high(one)), unit(low(other)), shapes[regime, NU])  # expensive, and common to both
            for side in range(2):
                z = _sided(size, which if side == 0 else 1.0 - which, shapes[regime])
                shock = np.sqrt(variance_of(kinds[regime], now[side, regime])) * z
                deviation[side] = ar * deviation[side] + shock
                move[side] += drift + deviation[side]
                moves[t, side, pair] = move[side]
                for j in range(len(kinds)):
                    now[side, j] = next_state(
                        kinds[j], now[side, j], shock, coefficients[j, 0], coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
                    )
