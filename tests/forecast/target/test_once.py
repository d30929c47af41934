"""What is worked out once for a sample serves every cut of it: its rows hang on the sessions up to their own alone."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import forecast.models
from forecast.models import autocorrelation, barrier_hit, heavy, range_variance, session_vol, variance_regression
from forecast.target.sample import Sample, once
from tests.indices import simulated_sample

FUNCTIONS: dict[Callable[..., np.ndarray], tuple[float, ...]] = {
    range_variance.range_variance: (11.5,),
    range_variance.measured_variance: (23,),
    range_variance.session_measure: (),
    session_vol.session_vol: (),
    session_vol.blended_vol: (),
    session_vol.closes_vol: (23,),
    autocorrelation.autocorrelation: (),
    heavy.sample_level: (),
    variance_regression.relative_variance: (),
    variance_regression.slow_variance: (),
    barrier_hit._log_vol: (5,),
    barrier_hit._momentum: (),
}


@pytest.fixture(scope="module")
def sample() -> Sample:
    """A market with surges, whose sessions have ranges from the 300th on."""
    whole = simulated_sample(3)
    return replace(whole, ranges=np.where(np.arange(len(whole)) < 300, np.nan, np.r_[np.nan, whole.returns**2]))


def test_every_such_function_is_held_to_it() -> None:
    names = [module.name for module in pkgutil.walk_packages(forecast.models.__path__, "forecast.models.")]
    members = [value for name in names for value in vars(importlib.import_module(name)).values()]
    wrapper = once(lambda sample: np.zeros(len(sample))).__code__
    assert {value for value in members if getattr(value, "__code__", None) is wrapper} == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_cut_has_the_bits_that_it_would_have_without_what_came_later(function: Callable[..., np.ndarray], sample: Sample) -> None:
    options = FUNCTIONS[function]
    for row in (310, 700, int(sample.rows[-1])):
        cut = sample.up_to(row)
        alone = replace(cut)  # of no other sample
        assert alone._whole is alone
        assert function(cut, *options).tobytes() == function(alone, *options).tobytes()
        assert len(function(cut, *options)) == row + 1
