"""No law ends below one that it contains, or it says so; and its paths stay of the data's size, or it says that they explode."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.garch.msgarch_law import variance_bound
from forecast.engines.garch.one_regime import SIMPLER_DIST, SIMPLER_VARIANCE
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.switching.maximum_likelihood import Optimum, above_nested, climb
from forecast.engines.switching.remarks import AHEAD, EXPLOSIVE, explosion
from forecast.engines.switching.switching_model import SwitchingModel
from forecast.engines.switching.transition_matrix import split_regime, stationary
from tests.forecast.engines.hard_series import hard_series
from tests.forecast.engines.simulated_returns import two_volatilities

pytestmark = pytest.mark.slow

VARIANCES, DISTS = ("garch", "gjr", "tarch", "egarch"), ("normal", "t", "skewt")
SERIES = hard_series()
ROUNDING = 1e-6  # of sums of a thousand terms, of parameters at a bound, which are brought just inside it


def fitted(model: SwitchingModel, returns: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is said stands in warnings_
        return model.fit(returns)


def constant(returns: np.ndarray) -> float:
    return -0.5 * len(returns) * (np.log(2 * np.pi * returns.var()) + 1)


def at(model: Any, simpler: Any) -> float:
    """The likelihood of `model` at the parameters of a simpler one: nu at its bound where that is normal."""
    coordinates = model._likelihood.coordinates
    x = coordinates.free(model._likelihood.theta(simpler.law_))
    return float(model._likelihood.value_and_score(coordinates.natural(x)[0])[0])


@pytest.mark.parametrize("name", SERIES)
def test_no_law_of_one_regime_is_below_what_it_contains(name: str) -> None:
    returns = SERIES[name]
    fits = {(variance, dist): fitted(Garch(variance=variance, dist=dist), returns) for variance in VARIANCES for dist in DISTS}
    for (variance, dist), model in fits.items():
        simpler = [(SIMPLER_VARIANCE.get(variance), dist), (variance, SIMPLER_DIST.get(dist))]
        least = [at(model, fits[name]) for name in simpler if name in fits and fits[name].converged_]
        if dist == "normal":
            least.append(constant(returns))
        assert model.loglikelihood_ >= max(least, default=-np.inf) - ROUNDING, (variance, dist)
        assert model.converged_ or "climb" in model.warnings_[0]
        if not any("explode" in text for text in model.warnings_):
            # the size of other paths: of heavy tails it is known to a factor
            largest, paths = np.abs(returns - returns.mean()).max(), model.simulate(AHEAD, 500, seed=1) - returns.mean()
            assert np.sqrt((paths**2).mean(axis=0)).max() < 5 * EXPLOSIVE * largest, (variance, dist)


@pytest.mark.parametrize(("seed", "dist"), [(0, "normal"), (3, "t")])
def test_an_egarch_after_a_jump_is_no_worse_than_a_constant_variance(seed: int, dist: str) -> None:
    rng = np.random.default_rng(seed)
    returns = np.r_[rng.normal(0, 5e-4, 400), [-0.19], rng.normal(0, 0.006, 75)]
    first = fitted(Garch(variance="egarch", dist=dist), returns)
    for model in (first, Garch(variance="egarch", dist=dist).refit(returns, first)):
        assert model.loglikelihood_ >= constant(returns) - ROUNDING
    assert first.converged_ or first.warnings_


def test_a_constant_variance_with_a_t_is_contained_too() -> None:
    returns = SERIES["heavy"]
    nu, location, scale = stats.t.fit(returns)
    model = fitted(Garch(variance="tarch", dist="t", drift="model"), returns)
    assert model.loglikelihood_ >= stats.t.logpdf(returns, nu, location, scale).sum() - ROUNDING or nu < 2.05


@pytest.mark.parametrize("targeting", [False, True])
def test_targeting_and_a_fitted_drift_change_nothing_of_it(targeting: bool) -> None:
    returns = SERIES["a volatility that falls by steps"]
    options = {"targeting": targeting, "drift": "model", "ar": 1}
    laws = [fitted(Garch(variance="garch", dist="normal", **options), returns), fitted(Garch(**options), returns)]
    assert laws[1].loglikelihood_ >= at(laws[1], laws[0]) - ROUNDING
    assert laws[0].loglikelihood_ >= constant(returns) - (50 if targeting else ROUNDING)  # its variance is held at the sample's


# regimes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a floor let go", "a volatility that falls by steps", "heavy"])
@pytest.mark.parametrize("dist", ["normal", "t"])
def test_more_regimes_are_no_worse_than_fewer(name: str, dist: str) -> None:
    for build in (lambda k: MarkovSwitching(k, dist=dist), lambda k: MSGarch(k, dist=dist, n_starts=1)):
        values = [fitted(build(k), SERIES[name]).loglikelihood_ for k in (1, 2)]
        assert values[1] >= values[0] - ROUNDING


@pytest.mark.parametrize("dist", ["normal", "t"])
def test_three_regimes_are_no_worse_than_two(dist: str) -> None:
    returns = two_volatilities(500, seed=7)
    two, three = (fitted(MarkovSwitching(k, dist=dist), returns) for k in (2, 3))
    assert three.loglikelihood_ >= two.loglikelihood_ - ROUNDING


def test_a_chain_of_t_is_no_worse_than_one_of_normals() -> None:
    returns = SERIES["light"]
    normal, heavy = (fitted(MarkovSwitching(2, dist=dist), returns) for dist in ("normal", "t"))
    assert heavy.loglikelihood_ >= at(heavy, normal) - ROUNDING


def test_regimes_of_two_kinds_are_no_worse_than_either(smi: np.ndarray) -> None:
    both = fitted(MSGarch(2, variance=("garch", "egarch"), n_starts=1), smi[:800])
    for variance in ("garch", "egarch"):
        # the other regime keeps a probability of a millionth
        assert both.loglikelihood_ >= fitted(MSGarch(1, variance=variance), smi[:800]).loglikelihood_ - 1e-2


def test_a_regime_in_two_copies_is_the_same_chain() -> None:
    chain = np.random.default_rng(1).dirichlet(np.ones(3), 3)
    split = split_regime(chain, 1)
    np.testing.assert_allclose(split.sum(axis=1), 1, rtol=1e-14)
    law = stationary(split)
    np.testing.assert_allclose([law[0], law[1] + law[2], law[3]], stationary(chain), rtol=1e-12)
    np.testing.assert_array_equal(split[1], split[2])


def test_an_end_below_a_simpler_law_climbs_again_or_says_by_how_much() -> None:
    returns = two_volatilities(400, seed=8)
    model = fitted(Garch(variance="egarch", dist="normal"), returns)
    likelihood, x = model._likelihood, model._likelihood.coordinates.free(model.params_.to_numpy())
    astray = Optimum(np.array([0.0, 3.0, 3.0, 4.0]), -1e5, True, 7, None)
    again = above_nested(likelihood, astray, [x], iterations=50, tolerance=1e-7)
    assert again.value >= model.loglikelihood_ - ROUNDING
    assert again.converged
    assert again.missed == 0


def test_a_climb_ends_where_it_is_seen_to_be_bound_for_a_known_top(smi: np.ndarray) -> None:
    likelihood = fitted(Garch(variance="garch", dist="normal"), smi)._likelihood
    start = np.array([-3.0, 2.0, 1.0])
    top = climb(likelihood, start, iterations=500, tolerance=1e-7)
    again = climb(likelihood, start + 0.3, iterations=500, tolerance=1e-7, beside=top)
    assert top.value - 1.0 <= again.value <= top.value  # two of the log-likelihood apart are twins
    assert again.n_iter < climb(likelihood, start + 0.3, iterations=500, tolerance=1e-7).n_iter
    lower = replace(top, value=top.value - 50)  # a top elsewhere, that this climb passes
    assert climb(likelihood, start, iterations=500, tolerance=1e-7, beside=lower).value == pytest.approx(top.value, rel=1e-12)


def test_a_missed_law_is_a_reason_to_fall_back() -> None:
    lines = Garch()._stalled(Optimum(np.zeros(1), -10.0, False, 3, None, missed=2.5))
    assert lines == ("the climb ended 2.5 below the log-likelihood of a simpler law that this one contains",)


# paths ------------------------------------------------------------------------------------------------------------------


def test_paths_that_outgrow_the_data_are_called_explosive() -> None:
    returns, rng = two_volatilities(300, seed=9), np.random.default_rng(9)
    calm = rng.standard_normal((200, 60)) * returns.std()
    assert explosion(calm, returns) == ()
    (line,) = explosion(calm * 2.0 ** np.arange(60), returns)
    assert line.startswith("simulated paths explode: within 126 sessions their volatility is")
    assert explosion(np.full((2, 3), np.inf), returns) != ()
    trend = two_volatilities(300, seed=9, mean=1e6)
    assert explosion(calm + 1e6, trend) == ()  # a level is no size


def test_the_variance_of_the_sessions_ahead_is_within_its_bound(smi: np.ndarray) -> None:
    for k, dist in ((1, "skewt"), (2, "t")):
        model = fitted(MSGarch(k, variance="gjr", dist=dist, n_starts=1), smi[:800])
        bound, ahead = variance_bound(model.law_, model.history_, 126), model.forecast_variance(126)
        assert ahead.max() <= bound * (1 + 1e-12)
        assert bound == pytest.approx(ahead.max(), rel=1e-12) or k > 1
    assert variance_bound(fitted(Garch(variance="tarch"), smi[:800]).law_, model.history_, 126) == np.inf


def test_an_autoregression_that_explodes_says_so() -> None:
    level = np.cumprod(np.r_[1.0, np.full(120, 1.08)]) + np.random.default_rng(3).normal(0, 0.01, 121)
    model = fitted(MarkovSwitching(1, ar=1), level)
    assert model.params_["ar[1]"] > 1
    assert any("explode" in text for text in model.warnings_)
