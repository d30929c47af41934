"""The base rate: counted by hand, true of a walk whose frequencies are known, coherent, and blind to what comes later."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.stats import beta

from forecast.engines.arrays import Float
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets
from forecast.models.base_rate import FittedBaseRate, fit_base_rate
from forecast.models.base_rate_curves import passage_curves
from forecast.models.ensemble.coherence import coherent
from forecast.models.own_volatility import settled_moves
from forecast.models.session_vol import blended_vol
from forecast.models.surge_base_rate import (
    CASE,
    CONTINUE_CURVE,
    FALL_CURVE,
    LEVELS,
    MONTH,
    PRIOR_EPISODES,
    REVERSE_CURVE,
    at_levels,
    beta_bounds,
)
from forecast.target.outcome import CONTINUE, REVERSE
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers
from tests.indices import simulated_sample

GRID = np.array([(barrier, horizon) for barrier in (0.5, 1.7, 3.0, 9.0) for horizon in (1, 5, 21)])


@pytest.fixture(scope="module")
def target() -> Sample:
    """A market up to the session of its last surge."""
    whole = simulated_sample(3)
    return whole.up_to(int(whole.rows[-1]))


@pytest.fixture(scope="module")
def companion() -> Sample:
    return simulated_sample(4, name="Companion")


@pytest.fixture(scope="module")
def fitted(target: Sample, companion: Sample) -> FittedBaseRate:
    return fit_base_rate([target, companion])


def table_of(curves: Float, levels: Float, horizons: Float) -> Float:
    """Reverse, stall and continue at levels and horizons, a little of each added so that all are above 0, (q, 3)."""
    shares = at_levels(curves, levels, horizons.astype(np.int64))
    met = (shares[[REVERSE_CURVE, CONTINUE_CURVE]] * 100 + CASE) / (100 + 3 * CASE)
    return np.stack([met[0], 1 - met.sum(axis=0), met[1]], axis=1)


def test_four_paths_are_counted_by_hand() -> None:
    moves = np.array([[8.0, 8.0, -8.0], [0.1, 0.1, -8.0], [-8.0, 8.0, 8.0], [0.1, -0.1, 0.1]])
    shares = at_levels(passage_curves(moves, np.array([1.0, 1.0, 2.0, 4.0])), np.full(3, 2.0), np.array([1, 2, 3]))
    np.testing.assert_allclose(shares[CONTINUE_CURVE], [1 / 8, 1 / 8, 1 / 8], atol=1e-12)
    np.testing.assert_allclose(shares[REVERSE_CURVE], [2 / 8, 2 / 8, 3 / 8], atol=1e-12)
    np.testing.assert_allclose(shares[FALL_CURVE], [2 / 8, 2 / 8, 4 / 8], atol=1e-12)  # the first path falls after it has risen


def test_a_walk_meets_barriers_as_often_as_it_truly_does() -> None:
    drift, paths, horizon = 0.05, 20_000, 21
    moves = np.cumsum(np.random.default_rng(5).normal(drift, 1.0, (paths, horizon)), axis=1)
    curves = passage_curves(moves, np.ones(paths))
    levels, horizons = np.array([1.5, 3.0, 5.0, 3.0]), np.array([21, 21, 21, 5])
    truth = exact_passage(MarkovPathLaw(np.ones(1), np.ones((1, 1)), np.array([drift]), np.ones(1)), levels, horizons)
    shares = at_levels(curves, levels, horizons)
    allowed = 4 * 0.5 / paths**0.5 + 0.005  # four standard errors of a share, and what smoothing over a tenth of the distance may bend
    np.testing.assert_allclose(shares[REVERSE_CURVE], truth[:, REVERSE], atol=allowed)
    np.testing.assert_allclose(shares[CONTINUE_CURVE], truth[:, CONTINUE], atol=allowed)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_no_nearer_barrier_and_no_longer_horizon_is_met_less_often(seed: int, paths: int) -> None:
    rng = np.random.default_rng(seed)
    moves = np.cumsum(rng.standard_t(3, (paths, 21)), axis=1)
    curves = passage_curves(moves, rng.uniform(0.1, 1.0, paths))
    levels = np.r_[GRID[:, 0], rng.uniform(0.05, 80.0, 6)]
    horizons = np.r_[GRID[:, 1], rng.integers(1, 22, 6)].astype(np.int64)
    table = table_of(curves, levels, horizons)
    assert coherent(table, levels, horizons).tobytes() == table.tobytes()
    rising = np.sort(rng.uniform(0.05, 80.0, 8))
    falls = np.stack([at_levels(curves, rising, np.full(8, horizon))[FALL_CURVE] for horizon in (1, 5, 21)])
    assert (np.diff(falls, axis=0) >= -1e-12).all()
    assert (np.diff(falls, axis=1) <= 1e-12).all()


def test_the_rates_of_every_surge_are_coherent_and_lie_in_their_intervals(target: Sample, fitted: FittedBaseRate) -> None:
    for row in target.rows[::7]:
        seen = target.up_to(int(row))
        rates = fitted.rates(seen)
        barriers, horizons = np.tile(seen.barriers[-1], 2), np.tile(seen.horizons, 2)
        falls = np.arange(len(barriers)) >= len(seen.horizons)
        table = fitted.of_surge(seen).rates(barriers, horizons, falls)
        assert coherent(table.frequencies, barriers, horizons, falls).tobytes() == table.frequencies.tobytes()
        assert (table.frequencies[falls, CONTINUE] == 0).all()
        assert (table.bounds(0.9)[falls, :, CONTINUE] == 0).all()
        np.testing.assert_array_equal(table.frequencies[~falls], rates.frequencies)
        low, high = np.moveaxis(rates.bounds(0.9), -2, 0)
        assert ((low >= 0) & (low <= rates.frequencies) & (rates.frequencies <= high) & (high <= 1)).all()


def test_what_comes_later_changes_no_bit(companion: Sample) -> None:
    whole = simulated_sample(3)
    row = int(whole.rows[len(whole.rows) // 2])
    noise = np.exp(np.random.default_rng(1).normal(0, 0.02, len(whole) - row - 1).cumsum())
    other = replace(whole, close=np.r_[whole.close[: row + 1], whole.close[row] * noise])
    one, two = (fit_base_rate([market.up_to(row), companion.up_to(row)]).rates(market.up_to(row)) for market in (whole, other))
    assert one.frequencies.tobytes() == two.frequencies.tobytes()
    assert one.evidence.tobytes() == two.evidence.tobytes()


def test_only_surges_settled_over_the_longest_horizon_count_in_their_own_volatility(target: Sample) -> None:
    longest = int(target.horizons.max())
    rows, moves = settled_moves(target, longest)
    np.testing.assert_array_equal(rows, [row for row in target.rows if row + longest < len(target) - 1])
    place = int(rows[len(rows) // 2])
    path = np.log(target.close[place + 1 : place + 1 + longest] / target.close[place])
    np.testing.assert_allclose(moves[len(rows) // 2], path / blended_vol(target)[place])


def test_the_target_s_own_frequencies_are_drawn_to_the_companions_by_so_many_episodes(
    target: Sample, companion: Sample, fitted: FittedBaseRate
) -> None:
    rates, alone = fitted.rates(target), fit_base_rate([target]).rates(target)
    rows, moves = settled_moves(target, MONTH)
    spans = [Spans(target.sessions, rows + 1, rows + MONTH)]
    own = passage_curves(moves, uniqueness_of_markets(spans)[0])
    level = target.barriers[-1, :1] / blended_vol(target)[-1]
    months = len(np.unique(episode_numbers(rows, MONTH)))
    cover = fitted.episodes
    prior = PRIOR_EPISODES * cover / (PRIOR_EPISODES + cover)
    share, lent = (at_levels(curves, level, np.array([MONTH]))[CONTINUE_CURVE, 0] for curves in (own, fitted.curves))
    np.testing.assert_allclose(alone.frequencies[0, CONTINUE], (months * share + CASE) / (months + 3 * CASE))
    np.testing.assert_allclose(rates.frequencies[0, CONTINUE], (months * share + prior * lent + CASE) / (months + prior + 3 * CASE))
    np.testing.assert_allclose(rates.evidence[0], months + prior)
    assert alone.evidence[0] == months


def test_a_companion_three_times_as_wild_says_the_same(target: Sample, companion: Sample, fitted: FittedBaseRate) -> None:
    wild = replace(companion, close=companion.close[0] * (companion.close / companion.close[0]) ** 3, ranges=9 * companion.ranges)
    np.testing.assert_allclose(fit_base_rate([target, wild]).curves, fitted.curves, atol=1e-6)  # the digits that are stored


def test_the_interval_is_beta_of_its_cases() -> None:
    p, evidence = np.array([0.2, 0.5, 0.3]), 40.0
    cases = evidence + 3 * CASE
    expected = beta.ppf([[0.05], [0.95]], p * cases, (1 - p) * cases)
    np.testing.assert_allclose(beta_bounds(p, np.array([evidence]), 0.9), expected)


def test_without_a_settled_surge_a_third_each_and_no_evidence(target: Sample) -> None:
    first = target.up_to(int(target.rows[0]))
    rates = fit_base_rate([first]).rates(first)
    np.testing.assert_allclose(rates.frequencies, 1 / 3)
    assert (rates.evidence == 0).all()


def test_the_rates_stand_in_for_a_component_and_are_read_back_to_the_bit(target: Sample, fitted: FittedBaseRate) -> None:
    adapter = TypeAdapter(FittedBaseRate)
    again = adapter.validate_python(adapter.dump_python(fitted, mode="json"))
    prediction = again.predict(target, key=0, paths=0)
    np.testing.assert_array_equal(prediction.probabilities, fitted.rates(target).frequencies)
    assert (prediction.errors == 0).all()
    assert (prediction.spread_or_nan > 0).all()


def test_state_that_cannot_be_and_horizons_that_were_not_asked_are_refused(target: Sample, fitted: FittedBaseRate) -> None:
    for wrong in ({"curves": fitted.curves[:, 1:]}, {"curves": fitted.curves + 1}, {"episodes": -1.0}):
        with pytest.raises(ValidationError):
            FittedBaseRate(**{"curves": fitted.curves, "episodes": 1.0} | wrong)
    with pytest.raises(ValueError, match="horizons must be at most 21"):
        fitted.of_surge(target).rates(np.array([0.03]), np.array([63]), np.array([False]))


def test_beyond_the_levels_the_outermost_answer() -> None:
    curves = passage_curves(np.array([[0.5, 30.0]]), np.ones(1))
    shares = at_levels(curves, np.array([1e-9, LEVELS[-1] * 10]), np.array([1, 2]))
    np.testing.assert_allclose(shares[CONTINUE_CURVE], [1.0, 0.0], atol=1e-6)
