"""Barriers, and what became of them: the only door to the future."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.target.question import Question

REVERSE, STALL, CONTINUE = 0, 1, 2
UNSETTLED = -1
OUTCOMES = ("reverse", "stall", "continue")


def barriers(surges: pd.DataFrame, questions: Sequence[Question]) -> np.ndarray:
    """Barrier of each surge for each question: log moves > 0, (n_surges, n_questions).

    surges : with columns `surge_return` and `vol`, as `find_surges` gives them.
    """
    return np.column_stack([_barrier(surges, question) for question in questions]).reshape(len(surges), len(questions))


def _barrier(surges: pd.DataFrame, question: Question) -> np.ndarray:
    if question.barrier == "surge":
        return question.size * surges["surge_return"].to_numpy("float64")
    if question.barrier == "sigma":
        return question.size * surges["vol"].to_numpy("float64") * question.horizon**0.5
    return np.full(len(surges), question.size)


def settle(close: np.ndarray, rows: np.ndarray, barrier: np.ndarray, horizon: int) -> np.ndarray:
    """Outcome of each surge: which side of +-barrier the closes of the next `horizon` sessions reach first.

    close : (n,) prices > 0. rows : (m,) surge sessions. barrier : (m,) log moves > 0.
    Returns (m,) of REVERSE, STALL, CONTINUE, or UNSETTLED while the horizon is not over: an outcome is known at row +
    horizon, also when a barrier is met early, so that early ends are not learned from sooner than stalls.
    """
    outcome = np.full(len(rows), UNSETTLED, dtype=np.int8)
    over = np.flatnonzero(rows + horizon < len(close))
    if len(over):
        outcome[over] = first_met(moves_after(close, rows[over], horizon), barrier[over])
    return outcome


def moves_after(close: np.ndarray, rows: np.ndarray, horizon: int) -> np.ndarray:
    """Log moves from the close of each of `rows` (m,) to those of the next `horizon` sessions, (m, horizon); NaN beyond the last close."""
    ahead = rows[:, None] + np.arange(1, horizon + 1)
    known = ahead < len(close)
    moves = np.log(close[np.where(known, ahead, 0)] / close[rows][:, None])
    return np.where(known, moves, np.nan)


def first_met(moves: np.ndarray, barrier: np.ndarray) -> np.ndarray:
    """REVERSE, STALL or CONTINUE of each path of `moves` (m, horizon), (m,): which side of +-barrier (m,) it reaches first."""
    first_up, first_down = _first(moves >= barrier[:, None]), _first(moves <= -barrier[:, None])
    return np.where(first_up < first_down, CONTINUE, np.where(first_down < first_up, REVERSE, STALL)).astype(np.int8)


def met_so_far(close: np.ndarray, row: int, barrier: float, horizon: int) -> tuple[int, int] | None:
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
