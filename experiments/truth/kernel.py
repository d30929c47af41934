"""Paths of a Markov-switching GARCH whose drift follows an observed autoregression."""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit
from forecast.engines.kernels.variance_recursions import LAMBDA, NU, A, B, next_state, variance_of


@njit(cache=True, nogil=True)
def innovation(u: float, v: float, side: float, shape: Float) -> float:
    """A standardised innovation of three uniforms, the third choosing the side: 1 - side mirrors it.

    Its size is that of a normal by Box and Muller (1958), or of a t by Bailey's (1994) polar form, which rejects nothing.
    """
    nu, skew, turn = shape[NU], shape[LAMBDA], abs(np.cos(2.0 * np.pi * v))
    size = np.sqrt(-2.0 * np.log(u)) * turn if np.isinf(nu) else np.sqrt((nu - 2.0) * (u ** (-2.0 / nu) - 1.0)) * turn
    y = -(1.0 - skew) * size if side < 0.5 * (1.0 - skew) else (1.0 + skew) * size
    return (y - shape[A]) / shape[B]


@njit(cache=True, nogil=True)
def driven_paths(
    key: np.uint64,
    first: int,
    chain: Float,
    kinds: Int,
    coefficients: Float,
    shapes: Float,
    states: Float,
    drift: float,
    slope: float,
    driver: float,
    stay: float,
    spread: float,
    moves: Float,
) -> None:
    """Fills `moves` (h, 2, p) with the pairs number `first` and on: cumulative log moves.

    A session's drift is drift + slope x, x the driver at the close before, and x' = stay x + spread n with n standard normal,
    independent of the returns. The other arguments are those of `msgarch_paths`; the mirrored path mirrors n too.
    """
    sessions, _, pairs = moves.shape
    now = np.empty(len(states))
    for pair in range(pairs):
        start = stream(key, first + pair)
        for side in range(2):
            now[:] = states
            x, move, regime = driver, 0.0, len(states)
            for t in range(sessions):
                one, two, three = bits(start, 3 * t), bits(start, 3 * t + 1), bits(start, 3 * t + 2)
                regime = chosen(unit(low(one)), chain, regime)
                which = unit(high(two))
                z = innovation(unit(high(one)), unit(low(two)), which if side == 0 else 1.0 - which, shapes[regime])
                shock = np.sqrt(variance_of(kinds[regime], now[regime])) * z
                move += drift + slope * x + shock
                moves[t, side, pair] = move
                n = np.sqrt(-2.0 * np.log(unit(low(three)))) * np.cos(2.0 * np.pi * unit(high(three)))
                x = stay * x + (spread * n if side == 0 else -spread * n)
                for j in range(len(kinds)):
                    now[j] = next_state(
                        kinds[j], now[j], shock, coefficients[j, 0], coefficients[j, 1], coefficients[j, 2], coefficients[j, 3]
                    )
