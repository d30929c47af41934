"""The chain from components to forecast: blind to the future, the same when stored, and the method in force chosen by what is settled."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.backtest.experiment import Experiment
from forecast.engines.arrays import Float
from forecast.engines.probabilities import Prediction
from forecast.models.ensemble.calibration import Calibrator
from forecast.models.ensemble.ensemble import Ensemble, Told, fit_ensemble
from forecast.models.ensemble.episode_weights import evidence
from forecast.models.ensemble.intervals import calibration_error
from forecast.models.ensemble.methods import METHODS, in_force
from forecast.models.rules import PoolRule
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from tests.forecast.records import drawn, forecasts, record

EXPERIMENT = Experiment()
HORIZONS = np.array([5, 10, 21, 63])


def told(sample: Sample, seed: int = 41) -> Told:
    """Forecasts of every surge by three components."""
    n, q = len(sample.rows), len(sample.questions)
    found = Told.blank(sample, np.arange(n), forecasts(n, 3, q, seed=seed), forecasts(n, q, seed=seed + 1))
    found.rivals[:] = forecasts(n, len(METHODS), q, seed=seed + 2)
    found.uncalibrated[:] = found.rivals[:, 0]
    return found


def test_what_comes_later_changes_no_bit_of_a_chain(sample: Sample) -> None:
    row = int(sample.rows[len(sample.rows) // 2])
    settled = sample.settled_row() < row
    noise = np.random.default_rng(42).integers(0, 3, sample.outcomes.shape)
    other = replace(sample, outcomes=np.where(settled, sample.outcomes, noise).astype(np.int8))
    first, later = told(sample), told(sample)
    after = sample.rows > row
    for part in (later.components, later.rivals, later.uncalibrated, later.climatology):
        part[after] = np.nan
    one, two = (fit_ensemble(market, given, row, EXPERIMENT)[0] for market, given in ((sample, first), (other, later)))
    assert one.dump() == two.dump()
    assert np.abs(one.weights[0] - 1 / 3).max() > 1e-3


def test_a_chain_is_read_back_to_the_bit_and_refused_where_it_does_not_fit(sample: Sample) -> None:
    chain, notes = fit_ensemble(sample, told(sample), len(sample) - 1, EXPERIMENT)
    assert notes == ()
    stored = json.loads(json.dumps(chain.dump()))
    back = Ensemble.load(stored, questions=3, components=3)
    components, climatology = forecasts(3, 3, seed=43), forecasts(3, seed=44)
    first, second = (c.forecast(c.pool(components), climatology, sample.barriers[0], sample.horizons) for c in (chain, back))
    assert first.tobytes() == second.tobytes()
    for wrong in ({"questions": 2, "components": 3}, {"questions": 3, "components": 4}):
        with pytest.raises(ValueError, match="it is not"):
            Ensemble.load(stored, **wrong)
    with pytest.raises(ValueError, match="it is not"):
        Ensemble.load(stored | {"method": "guess"}, questions=3, components=3)


def test_the_cases_of_a_question_are_its_settled_episodes_and_fade_by_half_in_a_half_life(sample: Sample) -> None:
    every, row = np.arange(len(sample.rows)), len(sample) - 1
    kept, faded = (evidence(sample, every, row, half_life) for half_life in (1000, 2.0))
    seen = sample.up_to(row)
    for q, question in enumerate(sample.questions):
        settled = seen.outcomes[:, q] != UNSETTLED
        episodes = 1 + int((np.diff(sample.rows[settled]) > question.horizon).sum())
        assert kept.cases[:, q].sum() == pytest.approx(episodes, rel=0.01)  # in 1,000 years half is forgotten, in 8 half a percent
        assert not kept.cases[~settled, q].any()
        age = (sample.sessions[row] - sample.sessions[sample.rows[settled] + question.horizon]).astype(float) / 365.25
        np.testing.assert_allclose(faded.cases[settled, q] / kept.cases[settled, q], 0.5 ** (age / 2 - age / 1000), rtol=1e-12)


def rivals(n: int, better: int, seed: int = 45) -> tuple[Float, np.ndarray]:
    """Forecasts of each method for n surges, (n, 4, 2, 3), of which one's are the truth, and outcomes."""
    given = forecasts(n, len(METHODS), 2, seed=seed)
    return given, drawn(given[:, better], seed + 1)


@pytest.mark.parametrize("better", range(4))
def test_the_method_that_is_clearly_better_is_in_force(better: int) -> None:
    told_by, outcomes = rivals(200, better)
    assert in_force(told_by, record(outcomes), PoolRule()) == METHODS[better]


def test_three_episodes_prove_nothing() -> None:
    for seed in range(40):
        told_by, outcomes = rivals(3, better=3, seed=seed)
        assert in_force(told_by, record(outcomes), PoolRule(margin=2)) == METHODS[0]  # t is at most the root of 3


def test_methods_that_do_as_well_as_the_learned_one_seldom_take_its_place() -> None:
    """Three rivals at two standard errors: 2.3 % each, so 7 % or 10 of 150 at most; 20 are three deviations more."""
    away = 0
    for seed in range(150):
        told_by = forecasts(60, len(METHODS), 1, seed=1000 + seed)
        outcomes = np.random.default_rng(seed).integers(0, 3, (60, 1))  # of which none knows more than another
        away += in_force(told_by, record(outcomes), PoolRule(margin=2)) != METHODS[0]
    assert 1 <= away <= 20


def test_sessions_of_one_episode_are_one_piece_of_evidence() -> None:
    told_by, outcomes = rivals(40, better=1)
    known = record(outcomes)
    one = replace(known, streaks=np.repeat([1, 2, 3], [13, 13, 14]))
    assert in_force(told_by, known, PoolRule()) == "equal"
    assert in_force(told_by, one, PoolRule()) == METHODS[0]


@given(st.integers(0, 10**6), st.sampled_from(METHODS), st.floats(0.05, 20))
def test_every_forecast_is_a_distribution_without_a_zero(seed: int, method: str, sharp: float) -> None:
    components = np.maximum(np.random.default_rng(seed).dirichlet([sharp] * 3, size=(5, 4)), 1e-9)
    components /= components.sum(axis=-1, keepdims=True)
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(5), size=(len(METHODS), 4))
    calibrator = Calibrator(moves=rng.normal(0, 0.2, (4, 4)), covariance=np.zeros((4, 4, 4)))
    chain = Ensemble(method=method, weights=weights, calibrator=calibrator)
    forecast = chain.forecast(chain.pool(components), forecasts(4, seed=seed), np.array([0.01, 0.03, 0.05, 0.07]), HORIZONS)
    assert (forecast > 0).all()
    np.testing.assert_allclose(forecast.sum(axis=-1), 1, rtol=1e-12)


@given(st.integers(0, 10**6), st.floats(0, 3), st.floats(0.5, 0.99))
def test_the_interval_holds_the_forecast_however_far_coherence_moved_it(seed: int, moved: float, level: float) -> None:
    rng = np.random.default_rng(seed)
    given = forecasts(5, 4, seed=seed)
    climatology, weights = forecasts(4, seed=seed + 1), rng.dirichlet(np.ones(5), size=(len(METHODS), 4))
    calibrator = Calibrator(moves=rng.normal(0, moved, (4, 4)), covariance=np.tile(moved**2 * np.eye(4), (4, 1, 1)))
    chain = Ensemble(method="learned", weights=weights, calibrator=calibrator)
    pool = chain.forecast(chain.pool(given), climatology, np.array([0.07, 0.05, 0.03, 0.01]), HORIZONS)
    chances, moves = Prediction.exact(given, np.zeros_like(given)), chain.calibration_error(chain.pool(given), climatology)
    low, high = np.moveaxis(bounds_known(chances, pool, weights[0], rng.uniform(0, 1e6, pool.shape), moves, level), -2, 0)
    assert ((low >= 0) & (low <= pool) & (pool <= high) & (high <= 1)).all()


def test_of_the_two_accounts_of_calibration_the_larger_counts() -> None:
    given, weights = forecasts(5, 4, seed=51), np.full((4, 5), 0.2)
    pool, chances = forecasts(4, seed=52), Prediction.exact(given, np.zeros_like(given))
    evidence = np.full(pool.shape, 40.0)
    counted = calibration_error(pool, evidence)
    widths = [np.diff(bounds_known(chances, pool, weights, evidence, share * counted, 0.9), axis=-2) for share in (0, 0.9, 1, 1.1)]
    np.testing.assert_array_equal(widths[0], widths[1])
    np.testing.assert_array_equal(widths[1], widths[2])
    assert (widths[3] > widths[2]).all()


def test_what_calibration_leaves_open_grows_with_the_distance_from_climatology(sample: Sample) -> None:
    chain, _ = fit_ensemble(sample, told(sample), len(sample) - 1, EXPERIMENT)
    climatology = np.tile([0.4, 0.2, 0.4], (3, 1))
    near, far = (chain.calibration_error(np.tile(p, (3, 1)), climatology) for p in ([0.4, 0.2, 0.4], [0.05, 0.02, 0.93]))
    assert (far[:, [0, 2]] > near[:, [0, 2]]).all()


def test_what_cannot_be_found_stays_at_its_prior_and_is_noted(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.engines.regression.newton.STEPS", 0)
    chain, notes = fit_ensemble(sample, told(sample), len(sample) - 1, EXPERIMENT)
    np.testing.assert_array_equal(chain.weights[0], 1 / 3)
    np.testing.assert_array_equal(chain.calibrator.moves, 0)
    assert [note.split()[0] for note in notes] == ["pool:", "pool:", "calibration:"]


def test_before_anything_is_settled_the_learned_method_is_in_force_with_equal_weights(sample: Sample) -> None:
    chain, _ = fit_ensemble(sample, told(sample), int(sample.rows[0]), EXPERIMENT)
    assert chain.method == METHODS[0]
    np.testing.assert_array_equal(chain.weights_in_force, 1 / 3)
    np.testing.assert_array_equal(chain.calibrator.moves, 0)


def test_leverage_is_what_a_component_moves_the_forecasts_direction_by(sample: Sample) -> None:
    chain, _ = fit_ensemble(sample, told(sample), len(sample) - 1, EXPERIMENT)
    components, climatology = forecasts(3, 3, seed=46), forecasts(3, seed=47)

    def forecast(given: Float) -> Float:
        return chain.calibrator.calibrated(chain.pool(given), climatology)  # coherence moves only what contradicts other questions

    step = 1e-4
    tilted = components.copy()
    tilted[1] *= np.exp(step * np.array([-0.5, 0.0, 0.5]))
    tilted /= tilted.sum(axis=-1, keepdims=True)
    before, after = (np.log(p[:, 2] / p[:, 0]) for p in (forecast(c) for c in (components, tilted)))
    leverage = chain.leverage()
    assert leverage is not None
    np.testing.assert_allclose((after - before) / step, leverage[:, 1], rtol=1e-9)
    assert replace(chain, method="stacking").leverage() is None
