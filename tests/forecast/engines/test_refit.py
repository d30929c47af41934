"""A refit never raises: whatever the returns, a fit or a labelled fallback, warnings being errors."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.switching.switching_model import SwitchingModel
from tests.forecast.engines.simulated_returns import two_volatilities

pytestmark = pytest.mark.slow

MODELS: dict[str, Callable[[], Any]] = {
    "chain": lambda: MarkovSwitching(2),
    "chain of t": lambda: MarkovSwitching(3, dist="t"),
    "chain with lags": lambda: MarkovSwitching(2, variance="common", ar=1, init="free"),
    "msgarch": lambda: MSGarch(2, dist="t", shared=("nu",), n_starts=2),
    "msgarch of two kinds": lambda: MSGarch(2, variance=("garch", "gjr"), dist=("normal", "t"), n_starts=1),
    "garch": Garch,
    "egarch": lambda: Garch(variance="egarch", dist="t", drift="model", ar=1),
    "targeting": lambda: Garch(variance="garch", dist="normal", targeting=True),
}
KINDS = pytest.mark.parametrize("name", MODELS)
BASE = two_volatilities(900, seed=1)
LABELS = {None, "previous parameters", "one regime", "sample moments"}


def nasty() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    return {
        "thirty returns": BASE[:30],
        "constant": np.full(400, 0.01),
        "an outlier of forty sigma": np.r_[BASE[:300], 40 * BASE.std(), BASE[300:500]],
        "a month of NaN": np.r_[BASE[:300], np.full(21, np.nan), BASE[300:500]],
        "NaN first and last": np.r_[np.full(5, np.nan), BASE[:300], np.full(5, np.nan)],
        "no second regime": rng.standard_normal(250),
        "nothing known": np.full(50, np.nan),
        "one known": np.r_[np.full(50, np.nan), 0.1],
        "empty": [],
        "text": ["a", "b"],
        "text in a column": np.array([["a"]], dtype=object),
        "nothing at all": None,
        "an infinity": np.r_[BASE[:200], np.inf],
        "two dimensions": np.ones((3, 3)),
        "half zeros": np.where(rng.random(600) < 0.5, 0.0, BASE[:600]),
        "all zeros but one": np.r_[np.zeros(300), 1.0, np.zeros(99)],
        "rounded": np.round(BASE[:600]),
        "alternating": np.tile([0.01, -0.01], 150),
        "a trend": np.linspace(0, 1, 200),
        "too large to square": np.r_[BASE[:100], 1e200],
        "hardly anything": 1e-200 * BASE[:300],
        "large": 1e12 * BASE[:300],
        "heavy": rng.standard_cauchy(400) ** 3,
    }


NASTY = nasty()


def assert_sound(model: SwitchingModel, returns: Any) -> None:
    """A fit, or a fallback that says so; either way with probabilities for every session."""
    assert model.fallback_ in LABELS
    assert (model.fallback_ is None) == model.converged_
    if model.fallback_ is not None:
        assert model.warnings_[-1] == f"fallback: {model.fallback_}"
        assert not model.converged_
    assert np.isfinite(model.loglikelihood_)
    assert np.isfinite(model.params_.astype(float)).all()
    for probabilities in (model.filtered_probabilities_, model.predicted_probabilities_, model.smoothed_probabilities_):
        assert probabilities.shape == (len(model.history_.returns), model.n_regimes_)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    assert np.isfinite(model.forecast_regimes(2)).all()
    assert np.isfinite(model.value_at_risk(0.05)).all()
    assert model.most_likely_regimes_.max() < model.n_regimes_


@pytest.fixture(scope="module")
def earlier() -> dict[str, Any]:
    return {name: build().refit(BASE) for name, build in MODELS.items()}


@KINDS
@pytest.mark.parametrize("case", NASTY)
def test_whatever_the_returns_a_refit_is_a_fit_or_a_labelled_fallback(name: str, case: str, earlier: dict[str, Any]) -> None:
    for previous in (None, earlier[name]):
        model = MODELS[name]().refit(NASTY[case], previous)
        assert_sound(model, NASTY[case])
        if previous is not None and previous.fallback_ is None:
            assert model.fallback_ in (None, "previous parameters")
            if model.fallback_ is not None:
                np.testing.assert_array_equal(model.params_, previous.params_)
        assert np.isfinite(model.simulate(3, 4, seed=1)).all() or model.get_params()["ar"]  # lags of missing returns are missing


REFUSED = {
    "constant",
    "nothing known",
    "one known",
    "empty",
    "text",
    "text in a column",
    "nothing at all",
    "two dimensions",
    "hardly anything",
}


@KINDS
@pytest.mark.parametrize("case", sorted(REFUSED))
def test_nothing_is_fitted_on_returns_that_are_refused(name: str, case: str) -> None:
    model = MODELS[name]().refit(NASTY[case])
    assert model.fallback_ == "sample moments"
    assert list(model.params_.index) == ["mean", "sigma"]


@KINDS
def test_a_plain_history_is_fitted(name: str, earlier: dict[str, Any]) -> None:
    assert earlier[name].fallback_ in ((None,) if name in ("chain", "garch", "egarch", "targeting") else LABELS)


def test_too_few_sessions_for_two_regimes_leave_one() -> None:
    for build in (lambda: MarkovSwitching(2, init=(0.5, 0.5)), lambda: MSGarch(2), MODELS["msgarch of two kinds"]):
        model = build().refit(BASE[:45])
        assert model.fallback_ == "one regime"
        assert model.n_regimes_ == 1
        assert "parameters need" in model.warnings_[0]


def test_a_fallback_is_not_carried_on() -> None:
    first = MarkovSwitching(2).refit(BASE[:20])
    assert first.fallback_ == "one regime"
    again = MarkovSwitching(2).refit(BASE[:25], first)
    assert again.fallback_ == "one regime"
    assert MarkovSwitching(2).refit(BASE, first).fallback_ is None


def test_covariates_of_a_refit_are_the_new_ones() -> None:
    rng = np.random.default_rng(3)
    driver = rng.standard_normal(900)
    first = MarkovSwitching(2, transitions="logit").fit(BASE, driver)
    again = MarkovSwitching(2, transitions="logit").refit(BASE[:30], first, driver[:30])
    assert again.fallback_ == "previous parameters"
    assert again.loglikelihood_ == pytest.approx(first.filter(BASE[:30], driver[:30]).loglikelihood_, rel=1e-12)
    assert MarkovSwitching(2, transitions="logit").refit(BASE[:30], None, driver[:30]).fallback_ == "one regime"


@pytest.mark.parametrize("returns", [BASE, np.ones(900)], ids=["plain", "constant"])
def test_an_earlier_fit_that_cannot_be_run_is_left_aside(returns: np.ndarray) -> None:
    driver = np.random.default_rng(3).standard_normal((900, 2))
    chain, garch = MarkovSwitching(2).fit(BASE), MSGarch(2).fit(BASE)
    driven = MarkovSwitching(2, transitions="logit").fit(BASE, driver[:, :1])
    label = None if returns is BASE else "sample moments"
    assert MarkovSwitching(2, transitions="logit").refit(returns, driven, driver).fallback_ == label  # of fewer covariates
    for model, previous in ((MarkovSwitching(2), garch), (MSGarch(2), chain), (MSGarch(2), MSGarch(2)), (MarkovSwitching(2), "none")):
        assert model.refit(returns, previous).fallback_ == label


@pytest.mark.parametrize("covariates", [None, np.full(900, np.nan), np.ones(3), ["a"]], ids=["none", "NaN", "too few", "text"])
def test_covariates_that_are_none_lead_to_a_labelled_fallback(covariates: Any) -> None:
    model = MarkovSwitching(2, transitions="logit").refit(BASE, None, covariates)
    assert_sound(model, BASE)
    assert model.fallback_ == "one regime"


values = st.one_of(
    st.floats(-1, 1),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, 0.0, 1e-3, -1e-3, np.nan]),
)


@pytest.mark.parametrize("name", ["chain", "chain with lags", "msgarch", "egarch", "targeting"])
@given(
    returns=st.integers(0, 150).flatmap(lambda n: hnp.arrays(float, n, elements=values, fill=st.sampled_from([0.0, 0.01, np.nan]))),
    scale=st.integers(-60, 60),
    noise=st.floats(0, 1),
    seed=st.integers(0, 99),
)
@settings(max_examples=6, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_no_array_breaks_a_refit(name: str, returns: np.ndarray, scale: int, noise: float, seed: int, earlier: dict[str, Any]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        returns = 10.0**scale * (returns + noise * np.random.default_rng(seed).standard_normal(len(returns)))
    for previous in (None, earlier[name]):
        assert_sound(MODELS[name]().refit(returns, previous), returns)


@pytest.mark.parametrize("build", [lambda: MarkovSwitching(2), lambda: MSGarch(2, n_starts=2)])
def test_regimes_stay_ordered_by_volatility_as_windows_grow(build: Callable[[], Any]) -> None:
    returns, previous, fits = two_volatilities(1200, seed=5), None, []
    for end in range(600, 1201, 100):
        previous = build().refit(returns[:end], previous)
        assert previous.fallback_ is None
        vols = previous.law_.vols if hasattr(previous.law_, "vols") else previous.law_.resting_variances() ** 0.5
        assert (np.diff(vols) > 0).all()
        fits.append(previous)
    for one, other in itertools.pairwise(fits):  # the same sessions stay wild
        both = [model.smoothed_probabilities_[:600, 1] for model in (one, other)]
        assert np.corrcoef(both)[0, 1] > 0.9
