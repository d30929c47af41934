import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.target.barrier import barriers
from forecast.target.outcome import CONTINUE, REVERSE, STALL, UNSETTLED, barrier_met_so_far, label_outcomes, label_questions
from forecast.target.question import Question


def slow_settle(close: np.ndarray, row: int, barrier: float, horizon: int) -> int:
    """What the definition says, one session at a time."""
    if row + horizon >= len(close):
        return UNSETTLED
    for ahead in range(row + 1, row + horizon + 1):
        move = np.log(close[ahead] / close[row])
        if move >= barrier:
            return CONTINUE
        if move <= -barrier:
            return REVERSE
    return STALL


@given(st.lists(st.floats(-0.05, 0.05), min_size=30, max_size=80), st.floats(0.005, 0.15), st.integers(1, 25))
def test_outcomes_are_those_of_the_definition(moves: list[float], barrier: float, horizon: int) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    rows = np.arange(0, len(close), 3)
    expected = [slow_settle(close, int(row), barrier, horizon) for row in rows]
    np.testing.assert_array_equal(label_outcomes(close, rows, np.full(len(rows), barrier), horizon), expected)


@pytest.mark.parametrize(
    ("after", "outcome"),
    [([1.0, 1.06, 0.90], CONTINUE), ([1.0, 0.94, 1.10], REVERSE), ([1.01, 0.99, 1.02], STALL), ([1.06, 0.9], UNSETTLED)],
)
def test_the_first_barrier_met_decides_once_the_horizon_is_over(after: list[float], outcome: int) -> None:
    close = 100 * np.array([1.0, *after])
    assert label_outcomes(close, np.array([0]), np.array([0.05]), 3)[0] == outcome


@given(st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=40), st.floats(0.005, 0.15), st.integers(0, 12))
def test_the_labels_of_many_questions_are_those_of_each(moves: list[float], size: float, count: int) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    rows = np.arange(len(close))[:count]
    questions = [Question(horizon=h, barrier=kind, size=size) for h in (1, 5, 25) for kind in ("fixed", "fall")]
    levels = np.tile([each.fixed_move for each in questions], (len(rows), 1)) * np.linspace(0.5, 2, len(rows))[:, None]
    labels = label_questions(close, rows, levels, questions)
    each = [label_outcomes(close, rows, levels[:, q], one.horizon, fall=one.is_fall) for q, one in enumerate(questions)]
    np.testing.assert_array_equal(labels, np.column_stack(each))
    for known in range(len(close)):  # fewer closes, and fewer surges
        before = rows[rows <= known]
        earlier = label_questions(close[: known + 1], before, levels[: len(before)], questions)
        np.testing.assert_array_equal(label_questions(close, rows, levels, questions, earlier), labels)
    assert labels.dtype == np.int8


@given(st.lists(st.floats(-0.05, 0.05), min_size=30, max_size=80), st.floats(0.005, 0.15), st.integers(1, 25))
def test_the_barrier_met_so_far_is_the_outcome_once_it_is_settled(moves: list[float], barrier: float, horizon: int) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    met = barrier_met_so_far(close, 0, barrier, horizon)
    settled = slow_settle(close, 0, barrier, horizon)
    assert settled == (STALL if met is None else met[0])
    if met:
        assert barrier_met_so_far(close[: met[1]], 0, barrier, horizon) is None
        assert barrier_met_so_far(close[: met[1] + 1], 0, barrier, horizon) == met


def test_barriers_are_log_moves_of_each_kind() -> None:
    surges = pd.DataFrame({"surge_return": [0.10], "vol": [0.01]})
    questions = [
        Question(horizon=25, barrier="surge", size=0.5),
        Question(horizon=25, barrier="sigma", size=0.75),
        Question(barrier="fixed", size=0.05),
    ]
    np.testing.assert_allclose(barriers(surges, questions), [[0.05, 0.75 * 0.01 * 5, 0.05]])


def test_no_surge_has_no_barrier() -> None:
    assert barriers(pd.DataFrame({"surge_return": [], "vol": []}), [Question(), Question(size=1)]).shape == (0, 2)
