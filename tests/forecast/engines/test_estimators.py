"""What holds of every estimator: scikit-learn's habits, filtering, equivariance, the predictive law."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import kstest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.markov.markov_law import MarkovLaw
from forecast.engines.markov.markov_switching import MarkovSwitching
from tests.forecast.engines.simulated_returns import two_volatilities

MODELS: dict[str, Callable[[], Any]] = {
    "chain": lambda: MarkovSwitching(2),
    "chain with a lag": lambda: MarkovSwitching(2, variance="common", ar=1),
    "chain of t": lambda: MarkovSwitching(2, dist="t", init="free"),
    "msgarch": lambda: MSGarch(2, n_starts=2),
    "msgarch of skewed t": lambda: MSGarch(2, variance="gjr", dist="skewt", shared=("nu", "lambda"), drift="model", ar=1, n_starts=2),
    "garch": Garch,
    "tarch": lambda: Garch(variance="tarch", dist="normal", score_first=True),
    "egarch": lambda: Garch(variance="egarch", dist="t", drift="model"),
}
KINDS = pytest.mark.parametrize("name", MODELS)
RETURNS = two_volatilities(800, seed=11)
LATER = two_volatilities(40, seed=12)
ROUNDING = 1e-9  # of sums of hundreds of terms


@pytest.fixture(scope="module")
def fits() -> dict[str, Any]:
    return {name: build().refit(RETURNS) for name, build in MODELS.items()}


# scikit-learn -----------------------------------------------------------------------------------------------------------


@KINDS
def test_parameters_are_stored_untouched_cloned_and_set(name: str, fits: dict[str, Any]) -> None:
    fresh, fitted = MODELS[name](), fits[name]
    assert fresh.get_params() == fitted.get_params() == clone(fitted).get_params()
    assert not hasattr(clone(fitted), "law_")
    assert repr(fitted) == repr(fresh)
    assert repr(fresh).startswith(type(fresh).__name__)
    assert fresh.set_params(tol=1e-5).get_params()["tol"] == 1e-5
    with pytest.raises(ValueError, match="Invalid parameter"):
        fresh.set_params(gamma=1)


@pytest.mark.parametrize(
    "check",
    [
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_get_params_invariance",
        "check_set_params",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_valid_tag_types",
        "check_mixin_order",
    ],
)
@pytest.mark.parametrize("engine", [Garch, MarkovSwitching, MSGarch])
def test_an_engine_takes_a_series_and_no_table_so_of_scikit_learns_checks_it_passes_those_of_parameters(engine: Any, check: str) -> None:
    getattr(estimator_checks, check)(engine.__name__, engine())


@KINDS
def test_an_estimator_that_is_not_fitted_says_so(name: str) -> None:
    with pytest.raises(NotFittedError):
        MODELS[name]().filter(RETURNS)
    with pytest.raises(NotFittedError):
        MODELS[name]().append(RETURNS)
    questions = (
        lambda m: m.summary(),
        lambda m: m.simulate(5),
        lambda m: m.forecast_regimes(5),
        lambda m: m.value_at_risk(0.05),
        lambda m: m.aic_,
    )
    for what in questions:
        with pytest.raises(NotFittedError, match="call fit first"):
            what(MODELS[name]())
    assert not hasattr(MODELS[name](), "params_")


@KINDS
def test_invalid_arguments_to_a_fit_are_refused_in_one_line(name: str, fits: dict[str, Any]) -> None:
    model = fits[name]
    for level in (0.0, 1.0, -0.1, np.nan):
        with pytest.raises(ValueError, match=f"level must be between 0 and 1, got {level}"):
            model.value_at_risk(level)
    for ask in (
        lambda: model.forecast_regimes(0),
        lambda: model.simulate(0),
        lambda: model.simulate(5, 0),
        lambda: model.simulate(5, seed=-1),
    ):
        with pytest.raises(ValueError, match="must be a whole number of at least"):
            ask()
    with pytest.raises(ValueError, match="kind must be one of 'hessian', 'sandwich', got 'bootstrap'"):
        model.standard_errors("bootstrap")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tol": -1.0}, "tol must be a finite number above 0, got -1.0"),
        ({"max_iter": 0}, "max_iter must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"drift": np.nan}, "drift must be a rule or a finite number, got nan"),
        ({"variance": 3}, "variance must be one of"),
        ({"shared": "nu"}, "shared must be a sequence of names, got 'nu'"),
        ({"prior": {"persistence": (0.9, 0.1)}}, "a name in prior must be one of"),
        ({"prior": {"beta": (0.9, 0.0)}}, "prior of beta must be a mean and a standard deviation above 0"),
    ],
)
def test_an_invalid_parameter_is_reported_by_name_rule_and_value(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MSGarch(**parameters).fit(RETURNS)
    if parameters.keys() <= MarkovSwitching().get_params().keys() - {"prior", "variance"}:
        with pytest.raises(ValueError, match=message):
            MarkovSwitching(**parameters).fit(RETURNS)


def test_filtered_returns_must_have_one_dimension(fits: dict[str, Any]) -> None:
    for model in fits.values():
        with pytest.raises(ValueError, match="returns must have one dimension, got 2"):
            model.filter(np.ones((3, 3)))


def test_appended_covariates_drive_the_appended_sessions() -> None:
    driver = np.random.default_rng(13).standard_normal(840)
    fitted = MarkovSwitching(2, transitions="logit").fit(RETURNS, driver[:800])
    appended, joined = fitted.append(LATER, driver[800:]), fitted.filter(np.r_[RETURNS, LATER], driver)
    np.testing.assert_array_equal(appended.filtered_probabilities_, joined.filtered_probabilities_)
    np.testing.assert_array_equal(appended.forecast_regimes(3), joined.forecast_regimes(3))


@KINDS
def test_the_same_seed_gives_the_same_bits(name: str, fits: dict[str, Any]) -> None:
    again = MODELS[name]().refit(RETURNS)
    assert again.params_.to_numpy().tobytes() == fits[name].params_.to_numpy().tobytes()
    assert again.filtered_probabilities_.tobytes() == fits[name].filtered_probabilities_.tobytes()
    assert again.simulate(5, 3, seed=2).tobytes() == fits[name].simulate(5, 3, seed=2).tobytes()
    assert not np.isclose(again.simulate(5, 3, seed=2), again.simulate(5, 3, seed=3)).any()


@KINDS
def test_a_fit_has_parameters_errors_criteria_and_labels(name: str, fits: dict[str, Any]) -> None:
    fitted = fits[name]
    assert fitted.fallback_ is None
    for kind in ("hessian", "sandwich"):
        table = fitted.summary(kind).table
        assert list(table.index) == list(fitted.params_.index)
        assert table["coef"].equals(fitted.params_.rename("coef"))
        assert table["std err"].equals(fitted.standard_errors(kind).rename("std err"))
        assert (table["std err"].dropna() > 0).all()
    assert fitted.aic_ == pytest.approx(2 * len(table) - 2 * fitted.loglikelihood_)
    assert fitted.bic_ == pytest.approx(np.log(800) * len(table) - 2 * fitted.loglikelihood_)
    assert_allclose(fitted.transitions_.sum(axis=1), 1, rtol=1e-12)


@KINDS
def test_what_is_by_session_has_the_index_of_a_series_and_is_an_array_of_an_array(name: str, fits: dict[str, Any]) -> None:
    days = pd.bdate_range("2000-01-03", periods=840, name="Date")
    of_array, model = fits[name], fits[name].filter(pd.Series(RETURNS, index=days[:800]))
    joined = model.append(pd.Series(LATER, index=days[800:]))
    for attribute in ("filtered_probabilities_", "predicted_probabilities_", "smoothed_probabilities_"):
        assert isinstance(getattr(of_array, attribute), np.ndarray)
        frame = getattr(model, attribute)
        assert frame.index.equals(days[:800])
        assert list(frame.columns) == list(range(model.n_regimes_))
        np.testing.assert_array_equal(frame.to_numpy(), getattr(of_array, attribute))
        assert getattr(joined, attribute).index.equals(days)
    for read in (lambda m: m.conditional_volatility_, lambda m: m.most_likely_regimes_, lambda m: m.pit()):
        assert isinstance(read(of_array), np.ndarray)
        assert read(model).index.equals(days[:800])
        np.testing.assert_array_equal(read(model).to_numpy(), read(of_array))
    assert isinstance(model.append(LATER).conditional_volatility_, np.ndarray)  # days that nobody knows


@pytest.mark.parametrize("returns", [pd.Series(np.zeros(300)), pd.Series(["x"] * 30)])
def test_a_fallback_has_the_index_too_where_every_return_stands_for_a_session(returns: pd.Series) -> None:
    fitted = MarkovSwitching(2).refit(returns)
    assert fitted.fallback_ == "sample moments"
    assert len(fitted.filtered_probabilities_) in (1, len(returns))


# filtering --------------------------------------------------------------------------------------------------------------


@KINDS
def test_filtering_the_fitted_returns_is_the_fit_as_an_array_and_as_a_series(name: str, fits: dict[str, Any]) -> None:
    for returns in (RETURNS, pd.Series(RETURNS, index=pd.bdate_range("2000-01-03", periods=800))):
        again = fits[name].filter(returns)
        assert again is not fits[name]
        np.testing.assert_array_equal(again.filtered_probabilities_, fits[name].filtered_probabilities_)
        assert again.loglikelihood_ == fits[name].loglikelihood_


@KINDS
def test_appending_is_filtering_what_is_joined(name: str, fits: dict[str, Any]) -> None:
    before = fits[name].filtered_probabilities_.copy()
    appended, joined = fits[name].append(LATER), fits[name].filter(np.r_[RETURNS, LATER])
    np.testing.assert_array_equal(appended.filtered_probabilities_, joined.filtered_probabilities_)
    assert appended.loglikelihood_ == joined.loglikelihood_
    np.testing.assert_array_equal(fits[name].filtered_probabilities_, before)
    one_by_one = fits[name]
    for value in LATER[:5]:
        one_by_one = one_by_one.append([value])
    assert_allclose(one_by_one.filtered_probabilities_, joined.filtered_probabilities_[:805], atol=1e-14)


@KINDS
def test_what_is_filtered_knows_nothing_of_later_returns(name: str, fits: dict[str, Any]) -> None:
    other = np.r_[RETURNS[:500], 3 * RETURNS[500:][::-1]]
    whole, blind = fits[name].filter(RETURNS), fits[name].filter(other)
    np.testing.assert_array_equal(whole.filtered_probabilities_[:500], blind.filtered_probabilities_[:500])
    np.testing.assert_array_equal(whole.predicted_probabilities_[:501], blind.predicted_probabilities_[:501])
    np.testing.assert_array_equal(whole.conditional_volatility_[:501], blind.conditional_volatility_[:501])


@KINDS
@pytest.mark.parametrize("gap", [1, 21])
def test_a_missing_session_leaves_the_regimes_where_they_were_predicted(name: str, gap: int, fits: dict[str, Any]) -> None:
    returns = RETURNS.copy()
    returns[300 : 300 + gap] = np.nan
    filtered = fits[name].filter(returns)
    missing = slice(300, 300 + gap)
    assert_allclose(filtered.filtered_probabilities_[missing], filtered.predicted_probabilities_[missing], atol=1e-14)
    assert_allclose(filtered.history_.contributions[missing], 0, atol=1e-14)
    assert np.isfinite(filtered.filtered_probabilities_).all()
    assert np.isfinite(filtered.conditional_volatility_).all()
    assert np.isnan(filtered.pit()[missing]).all()
    assert np.isfinite(filtered.pit()[299])


@KINDS
def test_an_outlier_of_forty_sigma_leaves_everything_finite(name: str, fits: dict[str, Any]) -> None:
    returns = RETURNS.copy()
    returns[[0, 400, 799]] = 40 * RETURNS.std()
    filtered = fits[name].filter(returns)
    for values in (filtered.filtered_probabilities_, filtered.smoothed_probabilities_, filtered.conditional_volatility_, filtered.pit()):
        assert np.isfinite(values).all()
    assert np.isfinite(filtered.loglikelihood_)


@KINDS
def test_no_session_and_one_are_filtered(name: str, fits: dict[str, Any]) -> None:
    for count in (0, 1, 2):
        filtered = fits[name].filter(RETURNS[:count])
        regimes = filtered.n_regimes_
        assert filtered.filtered_probabilities_.shape == filtered.smoothed_probabilities_.shape == (count, regimes)
        assert filtered.most_likely_regimes_.shape == (count,)
        assert_allclose(filtered.forecast_regimes(2).sum(axis=1), 1, rtol=1e-12)


@KINDS
def test_forecast_regimes_tend_to_the_stationary_law(name: str, fits: dict[str, Any]) -> None:
    ahead = fits[name].forecast_regimes(2000)
    assert_allclose(ahead[-1] @ fits[name].transitions_, ahead[-1], atol=1e-9)
    assert_allclose(ahead[0], fits[name].append([np.nan]).predicted_probabilities_[-1], atol=1e-12)


# equivariance -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.01, 100.0])
@KINDS
def test_returns_in_other_units_have_the_same_regimes(name: str, scale: float, fits: dict[str, Any]) -> None:
    one, other = fits[name], MODELS[name]().refit(scale * RETURNS)
    scored = np.count_nonzero(one.history_.contributions)
    # two climbs that end at a slope of 1e-7 a session; both are at one top, flat to second order
    assert other.loglikelihood_ == pytest.approx(one.loglikelihood_ - scored * np.log(scale), abs=1e-4)
    assert_allclose(other.filtered_probabilities_, one.filtered_probabilities_, atol=5e-3)
    assert_allclose(other.conditional_volatility_, scale * one.conditional_volatility_, rtol=5e-3)


# the predictive law -----------------------------------------------------------------------------------------------------


@KINDS
def test_the_predictive_distribution_is_the_integral_of_its_density(name: str, fits: dict[str, Any]) -> None:
    model = fits[name]
    points = np.array([-3.0, -0.5, 0.1, 2.0])
    spread = float(np.sqrt(model.history_.variance()[-1]))
    edges = np.r_[-60 * spread, points]
    pieces = [quad(lambda x: model.pdf(x)[0], a, b, limit=200, epsabs=1e-11)[0] for a, b in zip(edges, points, strict=False)]
    # a t's mass beyond sixty volatilities, and quad's own bound
    beyond = model.cdf(edges[:1])[0]
    assert beyond < 1e-4
    assert_allclose(model.cdf(points), beyond + np.cumsum(pieces), atol=1e-8)


@KINDS
@pytest.mark.parametrize("level", [0.01, 0.05, 0.5, 0.9])
def test_value_at_risk_and_expected_shortfall_are_the_quantile_and_the_mean_below_it(name: str, level: float, fits: dict[str, Any]) -> None:
    model = fits[name]
    quantile = model.value_at_risk(level)
    assert_allclose(model.cdf(quantile), level, atol=1e-9)  # the quantile is found to 1e-10 of its volatility
    # the mean below, sum of quantiles: shortfall = E[x; x < q] / level, by integrating x f(x) over bounded pieces and the tail by cdf
    edges = quantile[0] - np.array([np.inf, 400, 100, 30, 10, 3, 1, 0.3, 0.0])
    density = lambda x: x * float(model.pdf(x)[0])  # noqa: E731
    below = sum(quad(density, a, b, limit=200)[0] for a, b in itertools.pairwise(edges))
    assert_allclose(model.expected_shortfall(level) * level, below, atol=1e-6)
    assert model.expected_shortfall(level)[0] < quantile[0]
    rows = slice(795, 801)  # any session has one, and the last of these is the next
    quantiles = model.value_at_risk(level, rows)
    assert_allclose(model.history_.cdf(quantiles, rows), level, atol=1e-9)
    assert quantiles[-1] == quantile[0]
    assert (model.expected_shortfall(level, rows) < quantiles).all()


@KINDS
def test_volatility_is_the_spread_of_the_predictive_law(name: str, fits: dict[str, Any]) -> None:
    model = fits[name]
    ahead = model.append([np.nan])
    mean, spread = model.history_.mean()[-1], ahead.conditional_volatility_[-1]
    edges = mean + spread * np.array([-np.inf, -100, -10, -3, 0, 3, 10, 100, np.inf])
    second = sum(quad(lambda x: (x - mean) ** 2 * float(model.pdf(x)[0]), a, b, limit=200)[0] for a, b in itertools.pairwise(edges))
    assert spread**2 == pytest.approx(second, rel=1e-4)  # the tail of a t with few degrees integrates slowly


@KINDS
def test_the_transforms_of_the_true_law_are_uniform_and_independent(name: str, fits: dict[str, Any]) -> None:
    """Rosenblatt (1952): of returns drawn from the law itself."""
    drawn = fits[name].simulate(1500, 1, seed=21)[0]
    transformed = fits[name].append(drawn).pit()[-1500:]
    assert kstest(transformed, "uniform").pvalue > 1e-3  # eight laws: one in 125 seeds would fail by chance; the seed is fixed
    scores = transformed - transformed.mean()
    assert abs(np.corrcoef(scores[1:], scores[:-1])[0, 1]) < 4 / np.sqrt(1500)
    squares = (transformed - 0.5) ** 2
    assert abs(np.corrcoef(squares[1:], squares[:-1])[0, 1]) < 4 / np.sqrt(1500)


def test_a_quantile_is_found_where_the_level_dwarfs_the_spread() -> None:
    law = MarkovLaw(np.full(2, 1e15), np.array([0.5, 0.6]), np.empty(0), np.inf, np.array([[0.9, 0.1], [0.2, 0.8]]))
    history = law.run(1e15 + np.arange(5.0))
    np.testing.assert_allclose(history.quantile(0.05), 1e15 - 0.9, atol=0.25)  # doubles there are an eighth apart


def test_viterbi_finds_regimes_that_are_far_apart() -> None:
    rng = np.random.default_rng(30)
    regimes = np.repeat([0, 1, 0, 1], 150)
    model = MarkovSwitching(2).fit(np.array([0.2, 5.0])[regimes] * rng.standard_normal(600))
    # a session at a border, or a wild one that is calm by chance, may go either way
    assert (model.most_likely_regimes_ == regimes).mean() > 0.97


BITS = """
import numpy as np
from forecast.engines.kernels.pooling_losses import stacking_loss
rng = np.random.default_rng(1)
happened, cases = rng.uniform(0.01, 0.99, (1500, 2, 3)), rng.uniform(0, 1, (1500, 2))
print([part.tobytes().hex() for part in stacking_loss(happened, cases, np.array([0, 1]), rng.dirichlet(np.ones(3), 2))])
"""


@pytest.mark.slow
def test_the_process_that_compiles_gives_the_bits_of_those_that_load_what_it_compiled(tmp_path: Path) -> None:
    # licence to reorder sums, which `test_kernels` refuses, would let the compiler choose anew each time
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    first, later = (subprocess.run([sys.executable, "-c", BITS], env=environment, capture_output=True, check=True).stdout for _ in range(2))
    assert first == later
    assert first
