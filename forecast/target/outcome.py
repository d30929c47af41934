"""Outcomes: which side of the barrier came first, or whether a fall came at all. The only place that looks ahead."""

from collections.abc import Sequence

import numpy as np

from forecast.target.question import FALL, BarrierKind, Question

REVERSE, STALL, CONTINUE = 0, 1, 2
UNSETTLED = -1
OUTCOMES = ("reverse", "stall", "continue")


def possible_outcomes(questions: Sequence[Question]) -> np.ndarray:
    """Which outcomes each question can have.

    Parameters
    ----------
    questions : sequence of q Question

    Returns
    -------
    numpy.ndarray of bool of shape (q, 3)
        All but `continue` of a fall.
    """
    falls = np.array([question.is_fall for question in questions], dtype=bool)
    return np.array([(outcome != CONTINUE) | ~falls for outcome in range(len(OUTCOMES))]).T.reshape(len(falls), len(OUTCOMES))


def outcome_words(kind: BarrierKind) -> dict[str, str]:
    """What people read for each outcome that a question can have, by its name, in the order of print.

    Parameters
    ----------
    kind : str
        Kind of the question's barrier.

    Returns
    -------
    dict of str to str
        The names themselves; of a fall `reverse` is "falls" and `stall` "does not".
    """
    if kind == FALL:
        return {OUTCOMES[REVERSE]: "falls", OUTCOMES[STALL]: "does not"}
    return {name: name for name in reversed(OUTCOMES)}


def label_outcomes(close: np.ndarray, rows: np.ndarray, barrier: np.ndarray, horizon: int, *, fall: bool = False) -> np.ndarray:
    """Outcome of each surge: which side of the barrier the closes of the next sessions reach first, or whether they fall to the lower one.

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
    fall : bool, default False
        Whether there is no upper barrier.

    Returns
    -------
    numpy.ndarray of shape (m,), int8
        REVERSE, STALL or CONTINUE, of a fall REVERSE or STALL; UNSETTLED while the horizon is not over.
    """
    return _settled(first_barrier_met(future_moves(close, rows, horizon), barrier, fall=fall), rows + horizon < len(close))


def label_questions(
    close: np.ndarray, rows: np.ndarray, barriers: np.ndarray, questions: Sequence[Question], earlier: np.ndarray | None = None
) -> np.ndarray:
    """What `label_outcomes` says of each of q questions, (m, q), from moves that are worked out once.

    barriers : (m, q).   earlier : (k, q), what it said of the first k rows when there were fewer closes: what was settled stays.
    """
    first = 0
    if earlier is not None:
        over = (earlier != UNSETTLED).all(axis=1)
        first = len(over) if over.all() else int(over.argmin())
    moves, late = future_moves(close, rows[first:], max(each.horizon for each in questions)), barriers[first:]
    labels = [first_barrier_met(moves[:, : each.horizon], late[:, q], fall=each.is_fall) for q, each in enumerate(questions)]
    over = np.column_stack([rows[first:] + each.horizon < len(close) for each in questions])
    fresh = _settled(np.column_stack(labels), over)
    return fresh if earlier is None else np.concatenate([earlier[:first], fresh])


def _settled(labels: np.ndarray, over: np.ndarray) -> np.ndarray:
    """The labels where the horizon is over."""
    return np.where(over, labels, UNSETTLED).astype(np.int8)


def future_moves(close: np.ndarray, rows: np.ndarray, horizon: int) -> np.ndarray:
    """Log moves from the close of each of `rows` (m,) to those of the next `horizon` sessions, (m, horizon); NaN beyond the last close."""
    ahead = rows[:, None] + np.arange(1, horizon + 1)
    inside = ahead < len(close)
    moves = np.log(close[np.where(inside, ahead, 0)] / close[rows][:, None])
    return np.where(inside, moves, np.nan)


def first_barrier_met(moves: np.ndarray, barrier: np.ndarray, *, fall: bool = False) -> np.ndarray:
    """REVERSE, STALL or CONTINUE of each path of `moves` (m, horizon), (m,): which side of +-barrier (m,) it reaches first.

    fall : whether the upper barrier is at infinity.
    """
    upper = np.full(len(barrier), np.inf) if fall else barrier
    first_up, first_down = _first(moves >= upper[:, None]), _first(moves <= -barrier[:, None])
    return np.where(first_up < first_down, CONTINUE, np.where(first_down < first_up, REVERSE, STALL)).astype(np.int8)


def outcomes_of_meetings(meetings: np.ndarray, horizon: int | np.ndarray) -> np.ndarray:
    """REVERSE, STALL or CONTINUE of paths within `horizon`, (..., m).

    meetings : (..., m), the session at which each first meets +-barrier, below 0 for -barrier, 0 for never.
    """
    met = np.where(meetings > 0, CONTINUE, REVERSE)
    return np.where((meetings == 0) | (np.abs(meetings) > horizon), STALL, met)


def barrier_met_so_far(close: np.ndarray, row: int, barrier: float, horizon: int, *, fall: bool = False) -> tuple[int, int] | None:
    """Outcome and row of the first barrier that the closes after `row` have met within `horizon`; None while none is.

    fall : whether there is no upper barrier.
    """
    path = np.log(close[row + 1 : row + 1 + horizon] / close[row])
    crossed = np.flatnonzero((-path if fall else np.abs(path)) >= barrier)
    if not len(crossed):
        return None
    first = int(crossed[0])
    return (CONTINUE if path[first] > 0 else REVERSE), row + 1 + first


def _first(reached: np.ndarray) -> np.ndarray:
    """Step at which each row is first True; its length where it never is."""
    return np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1])
