"""Falls, which have no upper barrier: counts by hand, exact laws, and the limit of two barriers."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from forecast.engines.arrays import Float
from forecast.engines.kernels.first_hits import first_falls
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw, exact_passage
from forecast.engines.passage.exact_passage import exact_passage as exact
from forecast.engines.passage.first_passage import first_passage, passage_shares, simulate_paths
from forecast.engines.passage.random_walk import falling_probability, meeting_probability

VOL = 0.01  # of a session; only distances matter
STILL = MarkovPathLaw(np.ones(1), np.ones((1, 1)), np.zeros(1), np.array([VOL]))
CHAIN = MarkovPathLaw(
    regimes=np.array([0.3, 0.7]),
    transitions=np.array([[0.97, 0.03], [0.02, 0.98]]),
    means=np.array([-2e-3, 5e-4]),
    vols=np.array([0.02, 0.01]),
)
SHOCKS = np.sort(np.random.default_rng(1).standard_t(5, 500))
GARCH = GarchPathLaw(0.0002, 2e-6, 0.05, 0.1, 0.87, 1e-4, (SHOCKS - SHOCKS.mean()) / SHOCKS.std())
GRID = np.array([0.03, 0.05, 0.03, 0.05]), np.array([5, 5, 21, 21])
FALLS = np.ones(4, dtype=bool)


def test_a_path_falls_at_the_first_close_as_low_whatever_rise_came_before() -> None:
    moves = np.array([[0.09, -0.03, -0.08], [-0.01, 0.2, 0.3], [-0.05, 0.1, -0.05]])  # counted by hand
    np.testing.assert_array_equal(first_falls(moves, np.array([0.03, 0.05, 0.08])), [[-2, -3, -3], [0, 0, 0], [-1, -1, 0]])


def test_simulated_falls_are_the_counts_of_the_simulated_paths_and_none_is_a_rise() -> None:
    paths = simulate_paths(GARCH, 21, key=5, paths=1000)
    lows = np.minimum.accumulate(paths, axis=1)[:, GRID[1] - 1]
    counts = (lows <= -GRID[0]).sum(axis=0)
    prediction = first_passage(GARCH, *GRID, key=5, paths=1000, falls=FALLS)
    np.testing.assert_allclose(prediction.probabilities[:, 0], (counts + 0.5) / 1001, rtol=1e-15)  # half a path to each of two outcomes
    np.testing.assert_array_equal(prediction.probabilities[:, 2], 0)
    np.testing.assert_array_equal(prediction.errors[:, 2], 0)
    np.testing.assert_allclose(prediction.errors[:, 0], prediction.errors[:, 1], rtol=1e-12)


def test_a_fall_is_what_two_barriers_tend_to_as_the_upper_one_goes_away() -> None:
    paths = simulate_paths(GARCH, 21, key=5, paths=2000)

    def first_down(upper: float) -> float:
        up, down = paths >= upper, paths <= -0.03
        down_at, up_at = (np.where(met.any(axis=1), met.argmax(axis=1), 99) for met in (down, up))
        return float((down_at < up_at).mean())

    fall = first_passage(GARCH, np.array([0.03]), np.array([21]), key=5, paths=2000, falls=np.array([True])).probabilities[0, 0]
    shares = [first_down(upper) for upper in (0.02, 0.03, 0.06, 1.0)]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]
    assert fall == pytest.approx((2000 * shares[-1] + 0.5) / 2001, rel=1e-12)


def test_questions_of_two_barriers_have_the_same_bits_beside_falls() -> None:
    both = np.tile(GRID[0], 2), np.tile(GRID[1], 2)
    flags = np.repeat([False, True], 4)
    alone, beside = first_passage(GARCH, *GRID, key=5, paths=400), first_passage(GARCH, *both, key=5, paths=400, falls=flags)
    np.testing.assert_array_equal(beside.probabilities[:4], alone.probabilities)
    np.testing.assert_array_equal(beside.errors[:4], alone.errors)
    np.testing.assert_array_equal(beside.probabilities, passage_shares([GARCH], *both, key=5, paths=400, falls=flags)[0])
    np.testing.assert_array_equal(exact(CHAIN, *both, flags)[:4], exact(CHAIN, *GRID))


def test_falls_that_are_no_flags_are_refused() -> None:
    with pytest.raises(ValueError, match=r"falls must be 4 flags, one a barrier, got shape \(4,\) of float64"):
        first_passage(GARCH, *GRID, key=5, paths=400, falls=np.ones(4))


@pytest.mark.parametrize("sessions", [1, 5, 21, 63])
def test_a_symmetric_walk_stays_above_its_start_as_sparre_andersen_has_it(sessions: int) -> None:
    stays = comb(2 * sessions, sessions) / 4**sessions  # Feller 1971, XII.8: whatever the continuous symmetric law of the steps
    chances = exact(STILL, np.array([1e-12]), np.array([sessions]), np.array([True]))
    assert chances[0, 1] == pytest.approx(stays, abs=1e-6)  # the docstring's bound
    assert chances[0, 2] == 0


def test_a_fall_within_one_session_is_the_tail_of_its_law() -> None:
    chances = exact(CHAIN, np.array([0.03]), np.array([1]), np.array([True]))[0]
    expected = CHAIN.opening @ norm.cdf((-0.03 - CHAIN.means) / CHAIN.vols)
    assert chances[0] == pytest.approx(expected, abs=1e-12)


def test_exact_falls_of_a_chain_lie_within_the_error_of_simulated_ones() -> None:
    simulated = first_passage(CHAIN, *GRID, key=1, paths=40_000, falls=FALLS)
    off = (exact(CHAIN, *GRID, FALLS) - simulated.probabilities)[:, 0] / simulated.errors[:, 0]
    assert np.abs(off).max() < 4  # standard errors, of four that go together: one in ten thousand


def test_exact_falls_hold_with_twice_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    chances, count = exact(CHAIN, *GRID, FALLS), exact_passage.node_count
    monkeypatch.setattr(exact_passage, "node_count", lambda law, width: 2 * count(law, width))
    np.testing.assert_allclose(exact(CHAIN, *GRID, FALLS), chances, rtol=0, atol=1e-6)  # the docstring's bound


@pytest.mark.parametrize(("horizon", "bound"), [(5, 0.037), (10, 0.026), (21, 0.018), (63, 0.009)])  # the docstring's
def test_the_closed_form_is_within_the_stated_error_of_the_exact_sum_over_sessions(horizon: int, bound: float) -> None:
    distances = np.linspace(0.02, 6, 40)
    chances = exact(STILL, distances * VOL * horizon**0.5, np.full(40, horizon), np.ones(40, dtype=bool))[:, 0]
    off = np.abs(falling_probability(distances, horizon) - chances)
    assert bound / 2 < off.max() <= bound  # a bound twice what is seen would say little
    assert off[distances >= 0.5].max() <= bound / 2.9


@given(distance=st.floats(0.05, 6), horizon=st.integers(1, 252))
def test_one_of_two_barriers_is_met_as_often_as_a_fall_at_least_and_twice_as_often_at_most(distance: float, horizon: int) -> None:
    one, two = (law(np.array([distance]), horizon)[0] for law in (falling_probability, meeting_probability))
    assert one - 1e-8 <= two <= 2 * one + 1e-8  # FARTHEST's


@given(st.lists(st.floats(0.001, 0.3), min_size=1, max_size=4, unique=True), st.integers(1, 40))
def test_no_deeper_fall_comes_more_often_nor_within_a_shorter_time(sizes: list[float], horizon: int) -> None:
    barriers = np.repeat(sorted(sizes), 2)
    horizons = np.tile([horizon, horizon + 3], len(sizes))
    falls: Float = first_passage(GARCH, barriers, horizons, key=3, paths=200, falls=np.ones(len(barriers), dtype=bool)).probabilities[:, 0]
    table = falls.reshape(len(sizes), 2)
    assert (np.diff(table, axis=0) <= 0).all()
    assert (np.diff(table, axis=1) >= 0).all()
