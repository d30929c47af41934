"""Paths whose next return follows the last by a share, made of paths whose returns are independent."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True)
def correlate_paths(drift: float, coefficient: float, last: float, moves: Float) -> None:
    """Make a first-order autoregression of the cumulative `moves` (h, 2, p), in place.

    A return is drift + y with y' = coefficient y + sqrt(1 - coefficient^2) e, where e is the move of the session less the drift; `last` is
    the y of the session before the first. So a session keeps the variance that it had, and sums over several have another.
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
