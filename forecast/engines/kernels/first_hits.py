"""First hits: the session and the side at which a path first meets each of a ladder of barriers, on either side or on the lower one.

Paths come in blocks (h, 2, p): the cumulative log moves after each of h sessions of p antithetic pairs, [:, 0] as drawn and
[:, 1] with the mirrored draws. Sessions come first, so that the inner loop runs over independent pairs.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True, inline="always")
def _widen(moves: Float, t: int, low: Float, high: Float) -> None:
    """Take session `t` into the lowest and the highest move of each path so far, (2, p) each, in place; NaN is neither."""
    for mirrored in range(low.shape[0]):
        for p in range(low.shape[1]):
            move = moves[t, mirrored, p]
            low[mirrored, p] = move if move < low[mirrored, p] else low[mirrored, p]
            high[mirrored, p] = move if move > high[mirrored, p] else high[mirrored, p]


@njit(cache=True, nogil=True)
def _count_met(low: Float, high: Float, barriers: Float, met: Int) -> None:
    """How many of the barriers each path that moved from `low` to `high` (2, p) has met, into `met` (2, p).

    Barrier by barrier over all paths, up to the first that none has met: no processor foresees how many one path has met.
    """
    for mirrored in range(low.shape[0]):
        for p in range(low.shape[1]):
            met[mirrored, p] = 0
        for k in range(len(barriers)):
            count = 0
            for p in range(low.shape[1]):
                far = max(-low[mirrored, p], high[mirrored, p]) >= barriers[k]
                met[mirrored, p] += far
                count += far
            if count == 0:
                break


@njit(cache=True, nogil=True)
def count_first_hits(moves: Float, batch: Int, barriers: Float, falls: Float, span: Int, hits: Int, fallen: Int) -> None:
    """Add when each path of the block first meets each barrier: to `hits` on either side, to `fallen` each of `falls` on the lower one.

    `batch` (p,) is the row that a pair counts in, `span` (h,) the column that a session counts in, never falling. `barriers` (b,) and
    `falls` (f,) are log moves > 0, sorted rising. `hits` (n, b + 1, 2, s), where side 0 is -b and 1 is +b, and `fallen` (n, f + 1, s)
    receive how many more paths meet a barrier than meet the one before it: most paths meet some that follow one another, on one side, and
    change two numbers. A path is looked at where a column ends; session by session only if it has met a barrier on both sides meanwhile.
    """
    sessions, sides, pairs = moves.shape
    low, high, level = np.zeros((sides, pairs)), np.zeros((sides, pairs)), np.zeros((sides, pairs))
    met, now = np.zeros((sides, pairs), dtype=np.int64), np.zeros((sides, pairs), dtype=np.int64)
    fell = np.zeros((sides, pairs), dtype=np.int64)
    start = 0
    for t in range(sessions):
        _widen(moves, t, low, high)
        column = span[t]
        if t + 1 < sessions and span[t + 1] == column:
            continue
        _count_met(low, high, barriers, now)
        for mirrored in range(sides):
            for p in range(pairs):
                first, last = met[mirrored, p], now[mirrored, p]
                fall, rise = -low[mirrored, p], high[mirrored, p]
                if first < last and min(fall, rise) >= barriers[first]:
                    session = start
                    for k in range(first, last):
                        while not abs(moves[session, mirrored, p]) >= barriers[k]:
                            session += 1
                        side = np.int64(moves[session, mirrored, p] > 0.0)
                        hits[batch[p], k, side, column] += 1
                        hits[batch[p], k + 1, side, column] -= 1
                else:
                    side = np.int64(rise > fall)
                    hits[batch[p], first, side, column] += 1
                    hits[batch[p], last, side, column] -= 1
                met[mirrored, p] = last
        _count_met(low, level, falls, now)
        for mirrored in range(sides):
            for p in range(pairs):
                fallen[batch[p], fell[mirrored, p], column] += 1
                fallen[batch[p], now[mirrored, p], column] -= 1
                fell[mirrored, p] = now[mirrored, p]
        start = t + 1


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
