"""The component `heavy`: its recursion, its coordinates, and what it finds in a market whose law is its own."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.engines.kernels.heavy_variance import heavy_variances
from forecast.models.heavy import USUAL, Coefficients, HeavyPaths, slow_level
from forecast.models.range_variance import LEAST_VOL
from forecast.target.sample import Sample
from tests.indices import simulated_sample

pytestmark = pytest.mark.slow

KEY = 20240716


def test_the_recursion_is_what_its_formula_says() -> None:
    rng = np.random.default_rng(1)
    measure, fell, level = rng.exponential(size=50), (rng.random(50) < 0.5).astype(float), rng.exponential(size=50)
    expected = [level[0]]
    for t in range(50):
        expected.append(0.02 * level[t] + (0.1 + 0.2 * fell[t]) * measure[t] + 0.7 * expected[-1])
    np.testing.assert_allclose(heavy_variances(measure, fell, level, 0.02, 0.1, 0.2, 0.7), expected, rtol=1e-14)


@given(st.lists(st.floats(-6, 6), min_size=4, max_size=4))
def test_every_coordinate_is_a_law_that_stays_finite(coordinates: list[float]) -> None:
    coefficients = Coefficients.of(np.array(coordinates))
    persistence = coefficients.alpha + coefficients.gamma / 2 + coefficients.beta
    assert 0 < persistence < 1
    assert min(coefficients.omega, coefficients.alpha, coefficients.gamma, coefficients.beta) > 0
    assert coefficients.omega == pytest.approx(np.exp(coordinates[3]) * (1 - persistence), rel=1e-6)


def test_the_usual_law_is_that_of_the_comment() -> None:
    usual = Coefficients.of(USUAL)
    assert usual.alpha + usual.gamma / 2 + usual.beta == pytest.approx(0.98, abs=0.001)
    assert (usual.alpha, usual.gamma, usual.beta) == pytest.approx((0.07, 0.16, 0.83), abs=0.01)


def test_the_level_forgets_half_in_a_year() -> None:
    step = slow_level(np.r_[np.zeros(5000), np.ones(252)])
    assert step[4999] == LEAST_VOL**2
    assert step[-1] == pytest.approx(0.5, abs=1e-5)  # what came before the five thousand would weigh 1e-6


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulated_sample(3)


def test_news_by_range_moves_the_forecast_as_its_size_does(sample: Sample) -> None:
    day = sample.up_to(int(sample.rows[-1]))
    fitted = HeavyPaths().fit([day])
    wide = dataclasses.replace(day, ranges=np.r_[day.ranges[:-1], 50 * day.ranges[-1]])
    calm, wild = (fitted.predict(each, key=KEY, paths=2000).probabilities[:, 1] for each in (day, wide))
    assert (wild < calm).all()  # fewer stalls after a session of wide range


def test_a_longer_history_leaves_less_open(sample: Sample) -> None:
    row = int(sample.rows[-1])
    day = sample.up_to(row)
    late = dataclasses.replace(day, ranges=np.where(np.arange(len(day)) < len(day) - 400, np.nan, day.ranges))
    short, long = (HeavyPaths().fit([each]).drawn[:, 1:].std(axis=0).sum() for each in (late, day))
    assert long < short
