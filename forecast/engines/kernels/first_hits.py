"""First hits: the session and the side at which a path first meets each of a ladder of barriers, on either side or on the lower one.

Paths come in blocks (h, 2, p): the cumulative log moves after each of h sessions of p antithetic pairs, [:, 0] as drawn and
[:, 1] with the mirrored draws. Sessions come first, so that the inner loop runs over independent pairs.
"""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float, Int


@njit(cache=True, nogil=True)
def count_first_hits(moves: Float, barriers: Float, hits: Int) -> None:
    """Add to `hits` (b, 2, h) the session at which each path of the block first meets each barrier: side 0 is -b, 1 is +b.

    `barriers` (b,) are log moves > 0, sorted rising. A path meets the lowest first, so that one pointer a path suffices, and every
    horizon up to h comes from one pass. NaN meets nothing.
    """
    sessions, sides, pairs = moves.shape
    met = np.zeros((sides, pairs), dtype=np.int64)
    ahead = np.full((sides, pairs), barriers[0])
    for t in range(sessions):
        for mirrored in range(sides):
            for p in range(pairs):
                move = moves[t, mirrored, p]
                size = abs(move)
                if size >= ahead[mirrored, p]:
                    side = 1 if move > 0.0 else 0
                    place = met[mirrored, p]
                    while place < len(barriers) and size >= barriers[place]:
                        hits[place, side, t] += 1
                        place += 1
                    met[mirrored, p] = place
                    ahead[mirrored, p] = barriers[place] if place < len(barriers) else np.inf


@njit(cache=True, nogil=True)
def count_first_falls(moves: Float, barriers: Float, hits: Int) -> None:
    """Add to `hits` (b, h) the session at which each path of the block first meets each -b, whatever came before; else as above."""
    sessions, sides, pairs = moves.shape
    met = np.zeros((sides, pairs), dtype=np.int64)
    ahead = np.full((sides, pairs), -barriers[0])
    for t in range(sessions):
        for mirrored in range(sides):
            for p in range(pairs):
                move = moves[t, mirrored, p]
                if move <= ahead[mirrored, p]:
                    place = met[mirrored, p]
                    while place < len(barriers) and -move >= barriers[place]:
                        hits[place, t] += 1
                        place += 1
                    met[mirrored, p] = place
                    ahead[mirrored, p] = -barriers[place] if place < len(barriers) else -np.inf


@njit(cache=True, nogil=True)
def first_falls(moves: Float, barriers: Float) -> Int:
    """The session at which each path of `moves` (m, h) first meets each -b, (m, b): from -1 down, 0 for never; as `first_meetings`."""
    out = np.zeros((len(moves), len(barriers)), dtype=np.int64)
    for p in range(len(moves)):
        place = 0
        for t in range(moves.shape[1]):
            while place < len(barriers) and -moves[p, t] >= barriers[place]:
                out[p, place] = -t - 1
                place += 1
    return out


@njit(cache=True, nogil=True)
def first_meetings(moves: Float, barriers: Float) -> Int:
    """The session at which each path of `moves` (m, h) first meets each barrier, (m, b): from 1 on at +b, from -1 down at -b, 0 for never.

    `barriers` (b,) > 0, sorted rising. NaN meets nothing.
    """
    out = np.zeros((len(moves), len(barriers)), dtype=np.int64)
    for p in range(len(moves)):
        place = 0
        for t in range(moves.shape[1]):
            while place < len(barriers) and abs(moves[p, t]) >= barriers[place]:
                out[p, place] = t + 1 if moves[p, t] > 0.0 else -t - 1
                place += 1
    return out
