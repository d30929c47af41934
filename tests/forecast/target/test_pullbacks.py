"""Falls as questions: their words, their outcomes, and the order of these."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.backtest.experiment import Pullback
from forecast.target.outcome import (
    CONTINUE,
    REVERSE,
    STALL,
    UNSETTLED,
    barrier_met_so_far,
    label_outcomes,
    outcome_words,
    possible_outcomes,
)
from forecast.target.question import Question

MOVES = st.lists(st.floats(-0.05, 0.05), min_size=30, max_size=80)
FALL = Question(horizon=21, barrier="fall", size=0.05)


def test_a_fall_is_asked_in_percent_as_people_say_it() -> None:
    assert FALL.label == "fall_0.05_h21"
    assert FALL.sentence == "does a close fall by 5 % or more within 21 sessions?"
    assert np.exp(-FALL.fixed_move) == pytest.approx(0.95, rel=1e-15)
    assert outcome_words(FALL.barrier) == {"reverse": "falls", "stall": "does not"}
    assert list(outcome_words("surge")) == ["continue", "stall", "reverse"]
    np.testing.assert_array_equal(possible_outcomes([Question(), FALL]), [[True] * 3, [True, True, False]])


def test_a_fall_by_the_whole_price_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"size of a fall must be below 1, the whole price, got 1; 0\.05 is five percent"):
        Question(barrier="fall", size=1.0)


@pytest.mark.parametrize(
    ("after", "outcome"),
    [([1.2, 1.06, 0.90], REVERSE), ([1.0, 0.94, 1.10], REVERSE), ([1.1, 0.96, 1.2], STALL), ([0.8, 0.9], UNSETTLED)],
)
def test_a_fall_comes_whatever_came_first(after: list[float], outcome: int) -> None:
    close = 100 * np.array([1.0, *after])
    assert label_outcomes(close, np.array([0]), np.array([FALL.fixed_move]), 3, fall=True)[0] == outcome


@given(MOVES, st.floats(0.005, 0.15), st.integers(1, 25))
def test_it_is_what_two_barriers_say_with_the_upper_one_out_of_reach(moves: list[float], barrier: float, horizon: int) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    rows = np.arange(0, len(close), 3)
    lows = [np.log(close[row + 1 : row + 1 + horizon] / close[row]).min(initial=0.0) for row in rows]
    expected = [
        UNSETTLED if row + horizon >= len(close) else REVERSE if low <= -barrier else STALL for row, low in zip(rows, lows, strict=True)
    ]
    np.testing.assert_array_equal(label_outcomes(close, rows, np.full(len(rows), barrier), horizon, fall=True), expected)
    met = barrier_met_so_far(close, 0, barrier, horizon, fall=True)
    assert (met is not None) == (lows[0] <= -barrier)


@given(MOVES)
def test_over_all_sessions_and_the_grid_no_nearer_fall_is_met_less_often_and_no_longer_horizon_either(moves: list[float]) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    rows = np.arange(len(close))
    grid = Pullback(horizons=(5, 10, 21))
    came = {
        (one.size, one.horizon): label_outcomes(close, rows, np.full(len(rows), one.fixed_move), one.horizon, fall=True) == REVERSE
        for one in grid.questions
    }
    settled = rows + max(grid.horizons) < len(close)
    for size, horizon in came:
        for other, longer in came:
            if other <= size and longer >= horizon:
                assert (came[other, longer] >= came[size, horizon])[settled].all()


@given(MOVES, st.floats(0.01, 0.1), st.integers(1, 20))
def test_who_reverses_first_has_fallen_and_who_stalls_has_not(moves: list[float], barrier: float, horizon: int) -> None:
    close = 100 * np.exp(np.cumsum(moves))
    rows = np.arange(len(close) - horizon - 1)
    levels = np.full(len(rows), barrier)
    two, one = label_outcomes(close, rows, levels, horizon), label_outcomes(close, rows, levels, horizon, fall=True)
    assert (one[two == REVERSE] == REVERSE).all()
    assert (one[two == STALL] == STALL).all()
    assert not (one == CONTINUE).any()
