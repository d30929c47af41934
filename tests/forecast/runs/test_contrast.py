"""Outcomes of surges with high values of a feature against those with low ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.runs.answer.contrast import contrast
from forecast.target.outcome import CONTINUE, REVERSE, STALL


def test_a_contrast_is_the_mean_above_the_median_less_that_below() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    outcomes = np.array([REVERSE, STALL, CONTINUE, CONTINUE, REVERSE])
    result = contrast(values, outcomes, np.array([1, 2, 3, 4, 5]))
    assert result is not None
    assert (result.difference, result.sessions, result.episodes) == (1.5, 4, 4)  # (1 + 1) / 2 - (-1 + 0) / 2
    # residuals -1/2, 1/2, 0, 0 in groups of two: (1/4)^2 + (1/4)^2 = 1/8, times 4/3 and 3/2
    assert result.t == pytest.approx(1.5 / (1 / 8 * 4 / 3 * 3 / 2) ** 0.5)


def test_its_t_value_is_that_of_a_regression_clustered_by_episode() -> None:
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(1)
    numbers = np.sort(rng.integers(1, 30, 120))
    values, outcomes = rng.normal(size=120), rng.integers(0, 3, 120)
    high = values > np.median(values)
    fit = OLS(outcomes - 1.0, np.column_stack([np.ones(120), high])).fit(cov_type="cluster", cov_kwds={"groups": numbers})
    result = contrast(values, outcomes, numbers)
    assert result is not None
    assert result.difference == pytest.approx(float(fit.params[1]))
    assert result.t == pytest.approx(float(fit.tvalues[1]), rel=1e-9)


@given(st.lists(st.floats(-5, 5).map(lambda x: round(x, 2)), min_size=6, max_size=40), st.integers(0, 2**16))
def test_a_contrast_does_not_hang_on_the_unit_of_the_feature(values: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    outcomes, numbers = rng.integers(0, 3, len(values)), np.arange(len(values))
    result, scaled = (contrast(np.array(values) * scale, outcomes, numbers) for scale in (1.0, 8.0))
    assert result == scaled or (result is not None and scaled is not None and np.isnan(result.t) and np.isnan(scaled.t))


def test_too_few_episodes_or_one_value_tell_nothing() -> None:
    outcomes = np.array([REVERSE, STALL, CONTINUE, CONTINUE])
    assert contrast(np.arange(4.0), outcomes, np.array([1, 1, 2, 2])) is None
    assert contrast(np.ones(4), outcomes, np.arange(4)) is None
    assert contrast(np.full(4, np.nan), outcomes, np.arange(4)) is None
    same = contrast(np.arange(4.0), np.full(4, STALL), np.arange(4))
    assert same is not None
    assert np.isnan(same.t)
