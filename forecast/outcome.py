"""Barriers, and what became of them: the only door to the future."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.question import Question

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
    if not len(over):
        return outcome
    ahead = rows[over][:, None] + np.arange(1, horizon + 1)
    path = np.log(close[ahead] / close[rows[over]][:, None])
    up, down = path >= barrier[over][:, None], path <= -barrier[over][:, None]
    first_up, first_down = _first(up), _first(down)
    outcome[over] = np.where(first_up < first_down, CONTINUE, np.where(first_down < first_up, REVERSE, STALL))
    return outcome


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
