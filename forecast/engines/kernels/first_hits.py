"""First hits: the session and the side at which a path first meets each of a ladder of barriers, on either side or on the lower one.

Paths come in blocks (h, 2, p): the cumulative log moves after each of h sessions of p antithetic pairs, [:, 0] as drawn and
[:, 1] with the mirrored draws. Sessions come first, so that the inner loop runs over independent pairs.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True)
def count_first_hits(moves: Float, batch: Int, barriers: Float, span: Int, hits: Int) -> None:
    """Add to `hits` (n, b, 2, s) when each path of the block first meets each barrier: side 0 is -b, 1 is +b.

    `batch` (p,) is the row of `hits` that a pair counts in, `span` (h,) the column that a session counts in. `barriers` (b,) are log moves
    > 0, sorted rising. A path meets the lowest first, so that one pointer a path suffices, and every horizon comes from one pass. NaN
    meets nothing. The pairs that meet one are listed without a branch, as no processor foresees which they are.
    """
    sessions, sides, pairs = moves.shape
    met = np.zeros((sides, pairs), dtype=np.int64)
    ahead = np.full((sides, pairs), barriers[0])
    crossed = np.empty(pairs, dtype=np.int64)
    for t in range(sessions):
        for mirrored in range(sides):
            count = 0
            for p in range(pairs):
                crossed[count] = p
                count += abs(moves[t, mirrored, p]) >= ahead[mirrored, p]
            for k in range(count):
                p = crossed[k]
                move = moves[t, mirrored, p]
                size = abs(move)
                side = 1 if move > 0.0 else 0
                place = met[mirrored, p]
                while place < len(barriers) and size >= barriers[place]:
                    hits[batch[p], place, side, span[t]] += 1
                    place += 1
                met[mirrored, p] = place
                ahead[mirrored, p] = barriers[place] if place < len(barriers) else np.inf


@njit(cache=True, nogil=True)
def count_first_falls(moves: Float, batch: Int, barriers: Float, span: Int, hits: Int) -> None:
    """Add to `hits` (n, b, s) when each path of the block first meets each -b, whatever came before; else as above."""
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
                        hits[batch[p], place, span[t]] += 1
                        place += 1
                    met[mirrored, p] = place
                    ahead[mirrored, p] = -barriers[place] if place < len(barriers) else -np.inf


@njit(cache=True, nogil=True)
def weigh_first_hits(moves: Float, weights: Float, barriers: Float, shares: Float) -> None:
    """Add to `shares` (4, b, h) the weight of each path of `moves` (m, h) at the session at which it first meets each barrier.

    The lower side first, the upper side first, the lower at all, the upper at all. NaN meets nothing.
    """
    for p in range(len(moves)):
        first, fall, rise = 0, 0, 0
        for t in range(moves.shape[1]):
            move = moves[p, t]
            while first < len(barriers) and abs(move) >= barriers[first]:
                shares[1 if move > 0.0 else 0, first, t] += weights[p]
                first += 1
            while fall < len(barriers) and -move >= barriers[fall]:
                shares[2, fall, t] += weights[p]
                fall += 1
            while rise < len(barriers) and move >= barriers[rise]:
                shares[3, rise, t] += weights[p]
                rise += 1


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
