"""Paths of autocorrelated returns, made in place of paths of uncorrelated ones."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True)
def correlate_paths(drift: float, coefficient: float, last: float, moves: Float) -> None:
    """Turn the cumulative `moves` (h, 2, p) of uncorrelated returns into those of a first-order autoregression, in place.

    A return becomes drift + y with y' = coefficient y + sqrt(1 - coefficient^2) e, where e is what it was less the drift; `last` is the y
    of the session before the first. A session keeps its variance, sums over several do not.
    """
    sessions, sides, pairs = moves.shape
    share = np.sqrt(1.0 - coefficient * coefficient)
    before, away = np.zeros((sides, pairs)), np.full((sides, pairs), last)
    for t in range(sessions):
        for side in range(sides):
            for p in range(pairs):
                shock = moves[t, side, p] - before[side, p] - drift
                before[side, p] = moves[t, side, p]
                away[side, p] = coefficient * away[side, p] + share * shock
                moves[t, side, p] = drift + away[side, p] + (moves[t - 1, side, p] if t > 0 else 0.0)
