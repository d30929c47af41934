"""Components and their ensemble asked about falls: two outcomes, and no answer to another question moves."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from forecast.backtest.experiment import validate
from forecast.backtest.study import Study
from forecast.models import MODELS, build
from forecast.models.climatology import frequencies
from forecast.models.component import Drawn
from forecast.models.forecasts import Forecasts
from forecast.models.shared import FittedShared
from forecast.target.outcome import UNSETTLED, label_outcomes
from forecast.target.question import Question
from forecast.target.sample import Sample
from tests import markets
from tests.studies import EXPERIMENT

FALLS = tuple(Question(horizon=h, barrier="fall", size=size) for size in (0.02, 0.04) for h in (5, 21))
KEY, PATHS = 7, 400


def asked(sample: Sample, questions: tuple[Question, ...]) -> Sample:
    """The sample with falls beside its questions, and few features to learn from."""
    close, rows = sample.close, sample.rows
    levels = np.column_stack([np.full(len(rows), question.fixed_move) for question in questions])
    came = [label_outcomes(close, rows, levels[:, k], one.horizon, fall=True) for k, one in enumerate(questions)]
    return dataclasses.replace(
        sample,
        barriers=np.column_stack([sample.barriers, levels]),
        outcomes=np.column_stack([sample.outcomes, *came]),
        questions=(*sample.questions, *questions),
    )


@pytest.fixture(scope="module")
def two(sample: Sample) -> Sample:
    """Questions of two barriers, as of the last surge but twenty."""
    return dataclasses.replace(sample, chosen=sample.chosen[::30]).up_to(int(sample.rows[-20]))


@pytest.fixture(scope="module")
def beside(sample: Sample) -> Sample:
    """The same with falls beside them."""
    return asked(dataclasses.replace(sample, chosen=sample.chosen[::30]), FALLS).up_to(int(sample.rows[-20]))


@pytest.mark.parametrize("name", MODELS)
def test_a_component_says_of_a_fall_that_it_comes_or_not_and_moves_no_other_answer(name: str, two: Sample, beside: Sample) -> None:
    fitted = build(name, {}).fit([beside])
    prediction = fitted.predict(beside, key=KEY, paths=PATHS)
    p, q = prediction.probabilities, len(two.questions)
    np.testing.assert_array_equal(p > 0, beside.possible)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(prediction.errors[q:, 2], 0)
    fall = p[q:, 0].reshape(2, 2)  # by size and horizon
    assert (np.diff(fall, axis=1) > 0).all()
    assert (np.diff(fall, axis=0) < 0).all()
    spread = fitted.spread(beside, key=KEY, paths=100) if isinstance(fitted, Drawn) else prediction.spread_or_nan
    np.testing.assert_array_equal(spread[q:, 2], 0)
    np.testing.assert_allclose(spread[q:, 0], spread[q:, 1], rtol=1e-9, atol=1e-12)
    alone = build(name, {}).fit([two]).predict(two, key=KEY, paths=PATHS)
    np.testing.assert_array_equal(p[:q], alone.probabilities)


def test_climatology_adds_one_case_to_each_of_two_outcomes(beside: Sample) -> None:
    settled = beside.outcomes[:, -1][beside.outcomes[:, -1] != UNSETTLED]
    fell = int((settled == 0).sum())
    np.testing.assert_allclose(
        frequencies(beside)[-1], [(fell + 1) / (len(settled) + 2), (len(settled) - fell + 1) / (len(settled) + 2), 0]
    )


def test_the_shared_model_leans_no_fall_on_a_drift(beside: Sample) -> None:
    fitted = build("shared", {}).fit([beside])
    assert isinstance(fitted, FittedShared)
    odds, _ = fitted.barrier_hit.log_odds(beside)
    p = fitted.predict(beside, key=KEY, paths=PATHS).probabilities
    np.testing.assert_allclose(np.log(p[beside.falls, 0] / p[beside.falls, 1]), odds[beside.falls], rtol=1e-9)


@cache
def forecast_of(pullback: bool) -> Forecasts:
    """The walk-forward of a small study with a grid, with falls beside it or without."""
    grid = {"horizons": [5, 21], "surge": [0.5], "sigma": [], "fixed": [0.02]}
    falls = {"sizes": [0.02, 0.04] if pullback else [], "horizons": [5, 21]}
    study = Study.of(validate(EXPERIMENT | {"sensitivity": grid, "pullback": falls}, "small"), "simulated", markets.panel(), [])
    return study.run(jobs=1).forecasts


def test_a_walk_forward_asked_about_falls_gives_every_other_answer_to_the_bit() -> None:
    alone, beside = forecast_of(False), forecast_of(True)
    q = alone.probabilities.shape[1]
    for field in ("probabilities", "bounds", "uncalibrated", "climatology", "weights"):
        np.testing.assert_array_equal(getattr(beside, field)[:, :q], getattr(alone, field), err_msg=field)
    np.testing.assert_array_equal(beside.method, alone.method)


def test_falls_are_pooled_calibrated_bounded_and_in_the_order_of_the_events() -> None:
    forecasts = forecast_of(True)
    p, bounds = forecasts.probabilities[:, -4:], forecasts.bounds[:, -4:]
    np.testing.assert_array_equal(p[..., 2], 0)
    np.testing.assert_array_equal(bounds[..., 2], 0)
    assert np.isfinite(bounds).all()
    assert ((bounds[:, :, 0] <= p) & (p <= bounds[:, :, 1])).all()
    np.testing.assert_allclose(bounds[:, :, 0, 0], 1 - bounds[:, :, 1, 1], rtol=0, atol=1e-9)  # one number, seen from two sides
    fall = p[..., 0].reshape(-1, 2, 2)
    assert (np.diff(fall, axis=2) >= -1e-12).all()
    assert (np.diff(fall, axis=1) <= 1e-12).all()
    assert (np.abs(p[-1, :, 0] - forecasts.uncalibrated[-1, -4:, 0]) > 0).any()
