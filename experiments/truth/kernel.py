"""Paths of a Markov-switching GARCH whose drift follows an observed autoregression."""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.msgarch_paths import innovation
from forecast.engines.kernels.random import bits, chosen, high, low, stream, unit
from forecast.engines.kernels.variance_recursions import next_state, variance_of


@njit(cache=True, nogil=True)
def driven_paths(
    key: np.uint64,
    first: int,
    today: Float,
    onward: Float,
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
            x, move, regime = driver, 0.0, 0
            for t in range(sessions):
                one, two, three = bits(start, 3 * t), bits(start, 3 * t + 1), bits(start, 3 * t + 2)
                regime = chosen(unit(low(one)), today if t == 0 else onward[regime])
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
