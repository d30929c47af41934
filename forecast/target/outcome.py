"""Outcomes: which side of the barrier came first. The only place that looks ahead."""

import numpy as np

REVERSE, STALL, CONTINUE = 0, 1, 2
UNSETTLED = -1
OUTCOMES = ("reverse", "stall", "continue")


def label_outcomes(close: np.ndarray, rows: np.ndarray, barrier: np.ndarray, horizon: int) -> np.ndarray:
    """Outcome of each surge: which side of the barrier the closes of the next sessions reach first.

    An outcome is settled at row + horizon, also when a barrier is met early, so that early ends are not learned from sooner than
    stalls.

    Parameters
    ----------
    close : numpy.ndarray of shape (n,)
        Prices > 0, one a session.
    rows : numpy.ndarray of shape (m,)
        Places of the surge sessions in `close`.
    barrier : numpy.ndarray of shape (m,)
        Log moves > 0.
    horizon : int
        Sessions that the question looks ahead.

    Returns
    -------
    numpy.ndarray of shape (m,), int8
        REVERSE, STALL or CONTINUE; UNSETTLED while the horizon is not over.
    """
    outcome = np.full(len(rows), UNSETTLED, dtype=np.int8)
    over = np.flatnonzero(rows + horizon < len(close))
    if len(over):
        outcome[over] = first_barrier_met(future_moves(close, rows[over], horizon), barrier[over])
    return outcome


def future_moves(close: np.ndarray, rows: np.ndarray, horizon: int) -> np.ndarray:
    """Log moves from the close of each of `rows` (m,) to those of the next `horizon` sessions, (m, horizon); NaN beyond the last close."""
    ahead = rows[:, None] + np.arange(1, horizon + 1)
    inside = ahead < len(close)
    moves = np.log(close[np.where(inside, ahead, 0)] / close[rows][:, None])
    return np.where(inside, moves, np.nan)


def first_barrier_met(moves: np.ndarray, barrier: np.ndarray) -> np.ndarray:
    """REVERSE, STALL or CONTINUE of each path of `moves` (m, horizon), (m,): which side of +-barrier (m,) it reaches first."""
    first_up, first_down = _first(moves >= barrier[:, None]), _first(moves <= -barrier[:, None])
    return np.where(first_up < first_down, CONTINUE, np.where(first_down < first_up, REVERSE, STALL)).astype(np.int8)


def outcomes_of_meetings(meetings: np.ndarray, horizon: int) -> np.ndarray:
    """REVERSE, STALL or CONTINUE of paths within `horizon`, (m,).

    meetings : (m,), the session at which each first meets +-barrier, below 0 for -barrier, 0 for never.
    """
    met = np.where(meetings > 0, CONTINUE, REVERSE)
    return np.where((meetings == 0) | (np.abs(meetings) > horizon), STALL, met)


def barrier_met_so_far(close: np.ndarray, row: int, barrier: float, horizon: int) -> tuple[int, int] | None:
    """Outcome and row of the first barrier that the closes after `row` have met within `horizon`; None while neither is."""
    path = np.log(close[row + 1 : row + 1 + horizon] / close[row])
    crossed = np.flatnonzero(np.abs(path) >= barrier)
    if not len(crossed):
        return None
    first = int(crossed[0])
    return (CONTINUE if path[first] > 0 else REVERSE), row + 1 + first


def _first(reached: np.ndarray) -> np.ndarray:
    """Step at which each row is first True; its length where it never is."""
    return np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1])
