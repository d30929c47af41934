"""The plain walk's closed form: against the exact sum over sessions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.passage.random_walk import FARTHEST, meeting_probability

pytestmark = pytest.mark.slow

VOL = 0.01  # of a session; only the distance matters
STILL = MarkovPathLaw(np.ones(1), np.ones((1, 1)), np.zeros(1), np.array([VOL]))
DISTANCES = np.linspace(0.02, FARTHEST + 0.5, 50)


@pytest.mark.parametrize(("horizon", "bound"), [(5, 0.024), (10, 0.012), (21, 0.006), (63, 0.002)])  # the docstring's
def test_it_is_within_the_stated_error_of_the_exact_sum_over_sessions(horizon: int, bound: float) -> None:
    exact = 1 - exact_passage(STILL, DISTANCES * VOL * horizon**0.5, np.full(len(DISTANCES), horizon))[:, 1]
    off = np.abs(meeting_probability(DISTANCES, horizon) - exact).max()
    assert bound / 2 < off <= bound  # a bound twice what is seen would say little


@given(near=st.floats(1e-6, 20), farther=st.floats(0, 5), horizon=st.integers(1, 252))
def test_a_farther_barrier_is_met_no_more_often(near: float, farther: float, horizon: int) -> None:
    first, second = meeting_probability(np.array([near, near + farther]), horizon)
    assert 0 <= second <= first + 1e-12  # the series' rounding
    assert first <= 1


@given(distance=st.floats(0.01, FARTHEST), horizon=st.integers(1, 251))
def test_a_walk_watched_more_often_meets_a_barrier_as_many_deviations_off_no_less_often(distance: float, horizon: int) -> None:
    seldom, often = (meeting_probability(np.array([distance]), h)[0] for h in (horizon, horizon + 1))
    assert often >= seldom - 1e-12


def test_a_barrier_at_hand_is_met_one_out_of_reach_is_not_and_an_unknown_one_is_unknown() -> None:
    probability = meeting_probability(np.array([[1e-9, 50.0, np.nan]]), 63)
    assert probability.shape == (1, 3)
    assert probability[0, 0] == pytest.approx(1, abs=1e-12)
    assert 0 <= probability[0, 1] < 1e-8  # FARTHEST's
    assert np.isnan(probability[0, 2])
