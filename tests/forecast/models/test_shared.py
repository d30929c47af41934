"""The shared model: what it recovers, what it borrows from other markets, and that it is blind to what comes after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from features.panel.indices import Index
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment, Outcome, Pullback, Sensitivity
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models.barrier_hit import COLUMNS, FittedBarrierHit, barrier_hit_inputs, fit_barrier_hit
from forecast.models.component import FitError
from forecast.models.drift import PREMIUM
from forecast.models.rules import IntervalRule, ModelRule
from forecast.models.shared import Shared
from forecast.target.outcome import CONTINUE, STALL, UNSETTLED
from forecast.target.sample import Sample, price_sample, samples_as_of
from tests.indices import QUESTIONS, RULE, simulated_index, simulated_sample

pytestmark = pytest.mark.slow

KEY, PATHS = 1, 100  # nothing is simulated


@pytest.fixture(scope="module")
def markets() -> list[Sample]:
    """Six markets of two thousand sessions, each a calendar of its own, so that no days are shared."""
    return [simulated_sample(seed, name=f"Index {seed}", first=f"{1960 + 8 * seed}-01-04") for seed in range(6)]


@pytest.fixture(scope="module")
def target() -> Sample:
    """The market asked about."""
    return simulated_sample(1, name="Target")


def planted(sample: Sample, intercept: float, slopes: np.ndarray, seed: int) -> Sample:
    """The sample with moves drawn at a walk's log odds plus `intercept` and `slopes` (k,) times the columns, in their own units."""
    shape = barrier_hit_inputs(sample)
    odds = shape.walk + intercept + np.nan_to_num(shape.columns) @ slopes
    moved = np.random.default_rng(seed).random(odds.shape) < expit(odds)
    return replace(sample, outcomes=np.where(sample.outcomes == UNSETTLED, UNSETTLED, np.where(moved, CONTINUE, STALL)).astype(np.int8))


def test_planted_coefficients_are_recovered(markets: list[Sample]) -> None:
    slopes = np.zeros(len(COLUMNS))
    slopes[[COLUMNS.index("distance"), COLUMNS.index("month")]] = -1.0, 1.0
    samples = [planted(sample, 0.3, slopes, seed) for seed, sample in enumerate(markets)]
    fitted = fit_barrier_hit(samples, prior_sd=100.0, market_sd=0.5, evidence=4.0)
    month = 1 + COLUMNS.index("month")
    for q in range(len(QUESTIONS)):
        error = np.sqrt(np.diag(fitted.covariance[q]))
        off = fitted.coefficients[q, 1:] - slopes * fitted.scale[q]
        # the outcomes planted are independent, and count for up to four cases each, so for twice the error at most
        assert (np.abs(off) < 4 * 2 * error[1:]).all()
        assert np.abs(off[month - 1]) < slopes[month - 1] * fitted.scale[q, month - 1] / 2
        assert fitted.coefficients[q, month] > 3 * error[month]


def test_without_surges_the_prior_is_a_plain_walk(target: Sample) -> None:
    blank = replace(target, outcomes=np.full_like(target.outcomes, UNSETTLED))
    odds, error = fit_barrier_hit([blank], prior_sd=0.5, market_sd=0.5, evidence=4.0).log_odds(blank)
    np.testing.assert_array_equal(odds, barrier_hit_inputs(blank).walk[-1])
    assert (error > 0.5).all()  # of the intercept alone


def test_a_markets_departure_is_held_by_its_prior(markets: list[Sample]) -> None:
    none = np.zeros(len(COLUMNS))
    wilder = planted(markets[0], 1.0, none, 1)
    others = [planted(sample, 0.0, none, 2 + i) for i, sample in enumerate(markets[1:])]
    held = [fit_barrier_hit([wilder, *others], prior_sd=0.5, market_sd=sd, evidence=4.0).coefficients[:, 0] for sd in (1e-3, 0.5, 5.0)]
    assert (held[0] < held[1]).all()
    assert (held[1] < held[2]).all()
    alone = [fit_barrier_hit([*others, wilder], prior_sd=0.5, market_sd=sd, evidence=4.0).coefficients[:, 0] for sd in (1e-3, 5.0)]
    assert (np.abs(held[0] - alone[0]) < 0.01).all()  # without departures it is all one whose turn it is
    assert (held[2] - alone[1] > 0.3).all()  # of the one planted


def test_ten_copies_of_an_index_are_worth_one(target: Sample) -> None:
    young = target.up_to(0)
    lent = replace(simulated_sample(2, name="Lent"), sessions=target.sessions, known=target.known)
    copies = [replace(lent, market=f"Copy {number}") for number in range(10)]
    one, ten = (fit_barrier_hit([young, *others], prior_sd=0.5, market_sd=0.01, evidence=4.0) for others in ([lent], copies))
    (odds, error), (odds_of_ten, error_of_ten) = one.log_odds(target), ten.log_odds(target)
    # but for departures of one per cent
    np.testing.assert_allclose(odds_of_ten, odds, rtol=0, atol=1e-3)
    np.testing.assert_allclose(error_of_ten, error, rtol=1e-3)


def test_other_markets_make_it_surer(target: Sample, markets: list[Sample]) -> None:
    alone, together = (fit_barrier_hit([target, *others], prior_sd=0.5, market_sd=0.5, evidence=4.0) for others in ([], markets))
    assert (together.log_odds(target)[1] < 0.8 * alone.log_odds(target)[1]).all()


@pytest.mark.parametrize("place", [0, 40, -1])
def test_what_is_seen_of_a_surge_is_known_at_its_close(target: Sample, place: int) -> None:
    row = int(target.rows[place])
    now, later = barrier_hit_inputs(replace(target.up_to(row))), barrier_hit_inputs(target)  # the former of a sample that ends there
    count = len(now.walk)
    assert now.columns.tobytes() == later.columns[:count].tobytes()
    assert now.walk.tobytes() == later.walk[:count].tobytes()


def with_noise_after(index: Index, day: pd.Timestamp, seed: int) -> Index:
    """The same index up to `day`, and noise in its closes and ranges after it."""
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.1, len(index.close)))
    later = index.close.index > day
    return replace(index, close=index.close.where(~later, index.close * noise), ranges=index.ranges.where(~later, index.ranges * noise))


def test_noise_after_a_day_in_target_and_companions_changes_no_forecast_up_to_it() -> None:
    day = pd.Timestamp("2006-03-31")
    indices = [simulated_index(seed, name=f"Index {seed}") for seed in (1, 2, 3)]
    noisy = [with_noise_after(index, day, seed) for seed, index in enumerate(indices)]
    experiment = Experiment(
        surge=RULE,
        outcome=Outcome(also=QUESTIONS[1:]),
        sensitivity=Sensitivity(horizons=()),
        pullback=Pullback(horizons=()),
        model=ModelRule(components=("climatology", "range", "shared"), paths=100),
        walk_forward=WalkForward(start="2005-07-01", refit_every=63),
        interval=IntervalRule(paths=100),
    )
    whole, blind = (backtest([price_sample(index, RULE, QUESTIONS) for index in each], experiment).forecasts for each in (indices, noisy))
    days = price_sample(indices[0], RULE, QUESTIONS).surge_sessions[whole.surges]
    count = int((days <= np.datetime64(day, "D")).sum())
    assert 20 < count < len(whole.surges)
    for name in ("components", "errors", "spread", "probabilities", "bounds"):
        assert getattr(blind, name)[:count].tobytes() == getattr(whole, name)[:count].tobytes(), name
    assert blind.components[count:].tobytes() != whole.components[count:].tobytes()


def fitted_barrier_hit(samples: list[Sample]) -> FittedBarrierHit:
    return Shared().fit(samples).barrier_hit


def test_a_companion_is_learned_from_only_once_it_is_published(target: Sample) -> None:
    lent = simulated_sample(2, name="Lent")
    lagged = replace(lent, known=lent.known + 400)
    now = target.up_to(int(target.rows[-1]))
    eve = now.sessions[-1].astype("datetime64[Y]").astype("datetime64[D]")
    ended = lent.up_to(int(np.searchsorted(lent.sessions, eve - 400)) - 1)
    assert 0 < len(ended.rows) < len(lent.rows)
    np.testing.assert_array_equal(fitted_barrier_hit([now, lagged]).coefficients, fitted_barrier_hit([now, ended]).coefficients)
    assert (fitted_barrier_hit([now, lagged]).coefficients != fitted_barrier_hit([now, lent]).coefficients).any()
    unpublished = replace(lent, known=lent.known + 40_000)
    np.testing.assert_array_equal(fitted_barrier_hit([now, unpublished]).coefficients, fitted_barrier_hit([now]).coefficients)
    assert samples_as_of([unpublished], now.sessions[-1]) == []


def test_a_market_whose_first_surge_is_of_this_year_is_forecast_by_what_others_lend(target: Sample) -> None:
    later = simulated_sample(4, name="Young", first=str(np.datetime64("2006-01-02")), sessions=250)
    assert len(later.rows) > 0
    with pytest.raises(FitError, match="Young: no surge before the year of 2006"):
        Shared().fit([later])
    prediction = Shared().fit([later, target]).predict(later, key=KEY, paths=PATHS)
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (prediction.spread_or_nan > 0).all()


def test_a_year_is_fitted_once_on_what_was_known_when_it_began(target: Sample) -> None:
    last = target.sessions[-1].astype("datetime64[Y]")
    rows = [int(row) for row in target.rows if target.sessions[row].astype("datetime64[Y]") == last]
    first, again = (Shared().fit([target.up_to(row)]) for row in (rows[0], rows[-1]))
    assert first.barrier_hit is again.barrier_hit
    assert first.drift != again.drift  # the drift is of all returns so far
    before = [int(row) for row in target.rows if target.sessions[row].astype("datetime64[Y]") == last - 1]
    assert Shared().fit([target.up_to(before[-1])]).barrier_hit is not first.barrier_hit


def test_markets_that_differ_in_anything_that_is_learned_from_are_fitted_anew(target: Sample) -> None:
    first = fitted_barrier_hit([target])
    assert fitted_barrier_hit([replace(target, surge_z=2 * target.surge_z)]) is not first
    assert fitted_barrier_hit([replace(target, ranges=2 * target.ranges)]) is not first
    assert fitted_barrier_hit([target]) is first


def test_the_direction_leans_with_a_drift_that_is_drawn_to_a_premium(target: Sample) -> None:
    steady = Shared().fit([target])
    returns = target.returns
    assert min(PREMIUM, returns.mean()) < steady.drift < max(PREMIUM, returns.mean())
    risen = steady.predict(target, key=KEY, paths=PATHS).probabilities
    fallen = replace(steady, drift=-steady.drift).predict(target, key=KEY, paths=PATHS).probabilities
    np.testing.assert_allclose(risen[:, [0, 2]], fallen[:, [2, 0]], rtol=1e-12)  # a drift turned round turns the outcomes round
    np.testing.assert_allclose(
        np.log(risen[:, 2] / risen[:, 0]), np.clip(steady.drift * steady.odds_per_drift(target), -0.6, 0.6), rtol=1e-9
    )
