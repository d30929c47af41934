"""The ensemble: blind to the future, the same when stored, and the method in force chosen by what is settled."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.engines.arrays import Float
from forecast.engines.probabilities import Prediction
from forecast.models.ensemble.calibration import Calibrator
from forecast.models.ensemble.ensemble import Ensemble, fit_ensemble
from forecast.models.ensemble.episode_weights import evidence_of
from forecast.models.ensemble.intervals import calibration_error, forecast_bounds
from forecast.models.ensemble.methods import METHODS, best_method
from forecast.models.forecasts import Forecasts
from forecast.models.rules import CalibrationRule, PoolRule
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from tests.forecast.records import drawn, forecasts, record

HORIZONS = np.array([5, 10, 21, 63])


def walked(sample: Sample, seed: int = 41) -> Forecasts:
    """Forecasts of every surge by three components, pooled by nobody yet."""
    n, q = len(sample.rows), len(sample.questions)
    by_method = forecasts(n, len(METHODS), q, seed=seed + 2)
    return replace(
        Forecasts.empty(components=3, questions=q, methods=len(METHODS)),
        surges=np.arange(n),
        components=forecasts(n, 3, q, seed=seed),
        climatology=forecasts(n, q, seed=seed + 1),
        base_rates=forecasts(n, q, seed=seed + 3),
        base_bounds=np.zeros((n, q, 2, 3)),
        base_episodes=np.zeros((n, q), dtype=np.int64),
        by_method=by_method,
        uncalibrated=by_method[:, 0],
    )


def fitted(sample: Sample, past: Forecasts, row: int) -> tuple[Ensemble, tuple[str, ...]]:
    return fit_ensemble(
        sample,
        past,
        row,
        prior=np.full(past.components.shape[1], 1 / past.components.shape[1]),
        pool=PoolRule(),
        calibration=CalibrationRule(),
    )


def test_what_comes_later_changes_no_bit_of_an_ensemble(sample: Sample) -> None:
    row = int(sample.rows[len(sample.rows) // 2])
    settled = sample.settled_row() < row
    noise = np.random.default_rng(42).integers(0, 3, sample.outcomes.shape)
    other = replace(sample, outcomes=np.where(settled, sample.outcomes, noise).astype(np.int8))
    first, later = walked(sample), walked(sample)
    after = sample.rows > row
    for part in (later.components, later.by_method, later.uncalibrated, later.climatology):
        part[after] = np.nan
    one, two = (fitted(market, past, row)[0] for market, past in ((sample, first), (other, later)))
    assert one.dump() == two.dump()
    assert np.abs(one.weights[0] - 1 / 3).max() > 1e-3


def test_an_ensemble_is_read_back_to_the_bit_and_refused_where_it_does_not_fit(sample: Sample) -> None:
    ensemble, notes = fitted(sample, walked(sample), len(sample) - 1)
    assert notes == ()
    stored = json.loads(json.dumps(ensemble.dump()))
    back = Ensemble.load(stored, questions=3, components=3)
    components, climatology = forecasts(3, 3, seed=43), forecasts(3, seed=44)
    first, second = (c.calibrate(c.pool(components), climatology, sample.barriers[0], sample.horizons) for c in (ensemble, back))
    assert first.tobytes() == second.tobytes()
    for wrong in ({"questions": 2, "components": 3}, {"questions": 3, "components": 4}):
        with pytest.raises(ValueError, match="not an ensemble for"):
            Ensemble.load(stored, **wrong)
    with pytest.raises(ValueError, match="not an ensemble for"):
        Ensemble.load(stored | {"method": "guess"}, questions=3, components=3)


def test_the_cases_of_a_question_are_its_settled_episodes_and_fade_by_half_in_a_half_life(sample: Sample) -> None:
    every, row = np.arange(len(sample.rows)), len(sample) - 1
    whole, faded = (evidence_of(sample, every, row, half_life) for half_life in (1000, 2.0))
    seen = sample.up_to(row)
    for q, question in enumerate(sample.questions):
        settled = seen.outcomes[:, q] != UNSETTLED
        episodes = 1 + int((np.diff(sample.rows[settled]) > question.horizon).sum())
        assert whole.cases[:, q].sum() == pytest.approx(episodes, rel=0.01)  # in 1,000 years half is forgotten, in 8 half a percent
        assert not whole.cases[~settled, q].any()
        age = (sample.sessions[row] - sample.sessions[sample.rows[settled] + question.horizon]).astype(float) / 365.25
        np.testing.assert_allclose(faded.cases[settled, q] / whole.cases[settled, q], 0.5 ** (age / 2 - age / 1000), rtol=1e-12)


def competing(n: int, better: int, seed: int = 45) -> tuple[Float, np.ndarray]:
    """Forecasts of each method for n surges, (n, 4, 2, 3), of which one's are the truth, and outcomes."""
    by_method = forecasts(n, len(METHODS), 2, seed=seed)
    return by_method, drawn(by_method[:, better], seed + 1)


@pytest.mark.parametrize("better", range(4))
def test_the_method_that_is_clearly_better_is_best_method(better: int) -> None:
    by_method, outcomes = competing(200, better)
    assert best_method(by_method, record(outcomes), PoolRule()) == METHODS[better]


def test_three_episodes_prove_nothing() -> None:
    for seed in range(40):
        by_method, outcomes = competing(3, better=3, seed=seed)
        assert best_method(by_method, record(outcomes), PoolRule(margin=2)) == METHODS[0]  # t is at most the root of 3


def test_methods_that_do_as_well_as_the_learned_one_seldom_take_its_place() -> None:
    """Three rivals at two standard errors: 2.3 % each, so 7 % or 10 of 150 at most; 20 are three deviations more."""
    away = 0
    for seed in range(150):
        by_method = forecasts(60, len(METHODS), 1, seed=1000 + seed)
        outcomes = np.random.default_rng(seed).integers(0, 3, (60, 1))  # of which none knows more than another
        away += best_method(by_method, record(outcomes), PoolRule(margin=2)) != METHODS[0]
    assert 1 <= away <= 20


def test_sessions_of_one_episode_are_one_piece_of_evidence() -> None:
    by_method, outcomes = competing(40, better=1)
    evidence = record(outcomes)
    one = replace(evidence, streaks=np.repeat([1, 2, 3], [13, 13, 14]))
    assert best_method(by_method, evidence, PoolRule()) == "equal"
    assert best_method(by_method, one, PoolRule()) == METHODS[0]


@given(st.integers(0, 10**6), st.sampled_from(METHODS), st.floats(0.05, 20))
def test_every_forecast_is_a_distribution_without_a_zero(seed: int, method: str, sharp: float) -> None:
    components = np.maximum(np.random.default_rng(seed).dirichlet([sharp] * 3, size=(5, 4)), 1e-9)
    components /= components.sum(axis=-1, keepdims=True)
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(5), size=(len(METHODS), 4))
    calibrator = Calibrator(moves=rng.normal(0, 0.2, (4, 4)), covariance=np.zeros((4, 4, 4)))
    ensemble = Ensemble(method=method, weights=weights, calibrator=calibrator)
    forecast = ensemble.calibrate(ensemble.pool(components), forecasts(4, seed=seed), np.array([0.01, 0.03, 0.05, 0.07]), HORIZONS)
    assert (forecast > 0).all()
    np.testing.assert_allclose(forecast.sum(axis=-1), 1, rtol=1e-12)


@given(st.integers(0, 10**6), st.floats(0, 3), st.floats(0.5, 0.99))
def test_the_interval_holds_the_forecast_however_far_coherence_moved_it(seed: int, moved: float, level: float) -> None:
    rng = np.random.default_rng(seed)
    components = forecasts(5, 4, seed=seed)
    climatology, weights = forecasts(4, seed=seed + 1), rng.dirichlet(np.ones(5), size=(len(METHODS), 4))
    calibrator = Calibrator(moves=rng.normal(0, moved, (4, 4)), covariance=np.tile(moved**2 * np.eye(4), (4, 1, 1)))
    ensemble = Ensemble(method="learned", weights=weights, calibrator=calibrator)
    pool = ensemble.calibrate(ensemble.pool(components), climatology, np.array([0.07, 0.05, 0.03, 0.01]), HORIZONS)
    prediction, error = (
        Prediction.exact(components, np.zeros_like(components)),
        ensemble.calibration_error(ensemble.pool(components), climatology),
    )
    low, high = np.moveaxis(forecast_bounds(prediction, pool, weights[0], rng.uniform(0, 1e6, pool.shape), error, level), -2, 0)
    assert ((low >= 0) & (low <= pool) & (pool <= high) & (high <= 1)).all()


def test_of_the_two_accounts_of_calibration_the_larger_counts() -> None:
    components, weights = forecasts(5, 4, seed=51), np.full((4, 5), 0.2)
    pool, prediction = forecasts(4, seed=52), Prediction.exact(components, np.zeros_like(components))
    evidence = np.full(pool.shape, 40.0)
    counted = calibration_error(pool, evidence)
    widths = [np.diff(forecast_bounds(prediction, pool, weights, evidence, share * counted, 0.9), axis=-2) for share in (0, 0.9, 1, 1.1)]
    np.testing.assert_array_equal(widths[0], widths[1])
    np.testing.assert_array_equal(widths[1], widths[2])
    assert (widths[3] > widths[2]).all()


def test_what_calibration_leaves_open_grows_with_the_distance_from_climatology(sample: Sample) -> None:
    ensemble, _ = fitted(sample, walked(sample), len(sample) - 1)
    climatology = np.tile([0.4, 0.2, 0.4], (3, 1))
    near, far = (ensemble.calibration_error(np.tile(p, (3, 1)), climatology) for p in ([0.4, 0.2, 0.4], [0.05, 0.02, 0.93]))
    assert (far[:, [0, 2]] > near[:, [0, 2]]).all()


def test_what_cannot_be_found_stays_at_its_prior_and_is_noted(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.engines.regression.newton.STEPS", 0)
    ensemble, notes = fitted(sample, walked(sample), len(sample) - 1)
    np.testing.assert_array_equal(ensemble.weights[0], 1 / 3)
    np.testing.assert_array_equal(ensemble.calibrator.moves, 0)
    assert [note.split()[0] for note in notes] == ["pool:", "pool:", "calibration:"]


def test_before_anything_is_settled_the_learned_method_is_in_force_with_equal_weights(sample: Sample) -> None:
    ensemble, _ = fitted(sample, walked(sample), int(sample.rows[0]))
    assert ensemble.method == METHODS[0]
    np.testing.assert_array_equal(ensemble.weights_in_force, 1 / 3)
    np.testing.assert_array_equal(ensemble.calibrator.moves, 0)


def test_leverage_is_what_a_component_moves_the_forecasts_direction_by(sample: Sample) -> None:
    ensemble, _ = fitted(sample, walked(sample), len(sample) - 1)
    components, climatology = forecasts(3, 3, seed=46), forecasts(3, seed=47)

    def forecast(each: Float) -> Float:
        return ensemble.calibrator.calibrated(ensemble.pool(each), climatology)  # coherence moves only what contradicts other questions

    step = 1e-4
    tilted = components.copy()
    tilted[1] *= np.exp(step * np.array([-0.5, 0.0, 0.5]))
    tilted /= tilted.sum(axis=-1, keepdims=True)
    before, after = (np.log(p[:, 2] / p[:, 0]) for p in (forecast(c) for c in (components, tilted)))
    leverage = ensemble.leverage()
    assert leverage is not None
    np.testing.assert_allclose((after - before) / step, leverage[:, 1], rtol=1e-9)
    assert replace(ensemble, method="stacking").leverage() is None
