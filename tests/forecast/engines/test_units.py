"""The unit of the returns changes the unit of the fit, and nothing else."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.markov.markov_law import MarkovPrior
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.regression.scaling import scaling
from tests.forecast.engines.simulated_returns import two_volatilities

pytestmark = pytest.mark.slow

RETURNS = 0.01 * two_volatilities(300, seed=11)
RETURNS[[5, 77]] = np.nan
MODELS: dict[str, Callable[[], Any]] = {
    "chain": lambda: MarkovSwitching(2),
    "chain with a lag and a prior": lambda: MarkovSwitching(2, variance="common", ar=1, prior=MarkovPrior(20.0, 5.0, 5.0)),
    "msgarch": lambda: MSGarch(2, n_starts=1),
    "msgarch of skewed t": lambda: MSGarch(2, variance=("gjr", "egarch"), dist=("skewt", "t"), drift="model", ar=1, n_starts=1),
    "garch": lambda: Garch(variance="garch", dist="normal"),
    "gjr": Garch,
    "tarch": lambda: Garch(variance="tarch", dist="t", start="sample", drift="model"),
    "egarch": lambda: Garch(variance="egarch", dist="t", start="unconditional"),
    "targeting": lambda: Garch(variance="gjr", dist="normal", targeting=True),
}
# Both climbs take the same steps up to the rounding of the returns, 1e-16, which the likelihood's curvature and the search multiply; at worst
# they stop a step apart, at a slope of 1e-7 a session: far below a millionth of a log-likelihood, and of 1e-5 of a parameter.
LOGLIK, SIZE = 1e-6, 1e-4


@cache
def fitted(name: str) -> Any:
    """The model's fit to RETURNS, in their own unit."""
    return MODELS[name]().refit(RETURNS)


def assert_same_fit(one: Any, other: Any, factor: float) -> None:
    scored = one._likelihood.scored
    assert other.fallback_ == one.fallback_
    assert other.converged_ == one.converged_
    assert len(other.bounds_) == len(one.bounds_)
    assert other.loglikelihood_ + scored * np.log(factor) == pytest.approx(one.loglikelihood_, abs=LOGLIK)
    assert_allclose(other.conditional_volatility_ / factor, one.conditional_volatility_, rtol=SIZE)
    assert_allclose(other.filtered_probabilities_, one.filtered_probabilities_, atol=SIZE)
    free = [name for name in one.params_.index if not name.startswith(("omega", "mean", "sigma", "drift"))]
    assert_allclose(other.params_[free], one.params_[free], rtol=SIZE, atol=SIZE)
    assert_allclose(other.simulate(5, 3, seed=4) / factor, one.simulate(5, 3, seed=4), rtol=100 * SIZE, atol=SIZE * 0.02)
    assert_allclose(other.value_at_risk(0.05) / factor, one.value_at_risk(0.05), rtol=SIZE)


@pytest.mark.parametrize("name", MODELS)
@given(exponent=st.floats(-6, 14))
@example(exponent=-6.0)
@example(exponent=14.0)
@settings(max_examples=3)
def test_returns_in_any_unit_have_one_fit(name: str, exponent: float) -> None:
    factor = 10.0**exponent
    assert_same_fit(fitted(name), MODELS[name]().refit(RETURNS * factor), factor)


@pytest.mark.parametrize("name", MODELS)
def test_standard_errors_and_drawn_laws_scale_with_the_returns(name: str) -> None:
    factor = 2.0**40
    one, other = fitted(name), MODELS[name]().refit(RETURNS * factor)
    free = [place for place in one.params_.index if not place.startswith(("omega", "mean", "sigma", "drift"))]
    errors = one.standard_errors()[free].dropna()
    assert_allclose(other.standard_errors()[errors.index], errors, rtol=0.02)
    normals = np.random.default_rng(2).standard_normal((3, 20))
    for first, second in zip(one.draw_laws(normals), other.draw_laws(normals), strict=True):
        drawn = [law.run(returns).scales.mean() for law, returns in ((first, RETURNS), (second, RETURNS * factor))]
        assert drawn[1] / factor == pytest.approx(drawn[0], rel=0.05)


def test_the_extremes_that_are_taken_are_fitted() -> None:
    for factor in (1e45, 1e-40):
        assert_same_fit(fitted("egarch"), MODELS["egarch"]().refit(RETURNS * factor), factor)


def test_covariates_in_any_unit_drive_one_chain() -> None:
    driver = np.random.default_rng(5).standard_normal(300)
    fits = [MarkovSwitching(2, transitions="logit", n_starts=1).fit(RETURNS, driver * factor) for factor in (1.0, 1e-15, 1e12)]
    for other in fits[1:]:
        assert other.loglikelihood_ == pytest.approx(fits[0].loglikelihood_, abs=LOGLIK)


def test_a_column_of_any_unit_varies_and_a_constant_does_not() -> None:
    column = np.random.default_rng(6).standard_normal(50)
    columns = np.column_stack([column * 1e-15, column * 1e20, 1e6 + np.zeros(50), np.full(50, 0.1)])
    np.testing.assert_array_equal(scaling(columns, coverage=0.5)[2], [True, True, False, False])
