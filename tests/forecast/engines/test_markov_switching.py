"""MarkovSwitching against what Hamilton, Stata and Filardo published, statsmodels, and its own law."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.tsa.regime_switching import markov_regression

from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.kernels.state_densities import state_densities, state_locations
from forecast.engines.markov.em import em
from forecast.engines.markov.markov_law import MarkovLaw, MarkovPrior, logit_transitions
from forecast.engines.markov.markov_likelihood import MarkovLikelihood
from forecast.engines.markov.markov_spec import MarkovSpec
from forecast.engines.markov.markov_starts import quantile_groups
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.switching.validation import CannotFitError
from tests.forecast.engines import published
from tests.forecast.engines.score_differences import assert_score_is_the_slope

GNP = published.array("test_markov_autoregression", "rgnp")
FEDFUNDS = published.array("test_markov_regression", "fedfunds")
RESULTS = published.FOLDER / "results"
SIX_DIGITS = 2e-6  # one printed in the last place of six decimals, and what a climb that ends at a slope of 1e-7 leaves open


@pytest.fixture(scope="module")
def gnp() -> MarkovSwitching:
    return MarkovSwitching(2, variance="common", ar=4).fit(GNP)


@pytest.fixture(scope="module")
def fedfunds() -> MarkovSwitching:
    return MarkovSwitching(2, variance="common").fit(FEDFUNDS)


@pytest.fixture(scope="module")
def filardo_data() -> pd.DataFrame:
    return pd.read_csv(RESULTS / "mar_filardo.csv")


# published values -------------------------------------------------------------------------------------------------------


def test_hamiltons_gnp_is_refitted_to_the_printed_digits(gnp: MarkovSwitching) -> None:
    """Hamilton (1989), as EViews and Stata have it in statsmodels' own tests."""
    assert gnp.loglikelihood_ == pytest.approx(-181.26339, abs=5e-6)
    names, (estimates, errors) = list(published.GNP), zip(*published.GNP.values(), strict=True)
    assert_allclose(gnp.params_[names], estimates, atol=2 * SIX_DIGITS)
    assert_allclose(gnp.params_["sigma"], np.exp(-0.262658), atol=2 * SIX_DIGITS)
    assert_allclose(gnp.standard_errors()[names], errors, atol=2e-6)  # statsmodels compares its own to 1e-6
    assert_allclose(gnp.expected_durations_, [4.076, 10.426], atol=5e-4)


def test_hamiltons_recessions_are_the_published_probabilities(gnp: MarkovSwitching) -> None:
    # of the second regime, growth; statsmodels compares its own to 1e-5
    assert_allclose(gnp.smoothed_probabilities_[4:, 1], published.array("test_markov_autoregression", "hamilton_ar4_smoothed"), atol=1e-5)
    assert_allclose(gnp.filtered_probabilities_[4:, 1], published.array("test_markov_autoregression", "hamilton_ar4_filtered"), atol=1e-5)


def test_fed_funds_are_refitted_to_the_printed_digits(fedfunds: MarkovSwitching) -> None:
    """Stata's manual of mswitch, example 1."""
    assert fedfunds.loglikelihood_ == pytest.approx(-508.63592, abs=5e-6)
    assert_allclose(fedfunds.params_, [3.70877, 9.556793, 2.107562, 1 - 0.9820939, 0.0503587], atol=SIX_DIGITS)
    stata = {"mean[1]": 0.1767083, "mean[2]": 0.2999889, "p[1->2]": 0.0104002, "p[2->1]": 0.0268434}
    assert_allclose(fedfunds.standard_errors()[list(stata)], list(stata.values()), atol=2e-6)
    smoothed = pd.read_csv(RESULTS / "results_predict_fedfunds.csv")[["const_sm1", "const_sm2"]]
    assert_allclose(fedfunds.smoothed_probabilities_, smoothed, atol=1e-6)
    predicted = pd.read_csv(RESULTS / "results_predict_fedfunds.csv")["const_pyhat"]
    assert_allclose(fedfunds.history_.mean()[:-1], predicted, atol=1e-5)


def test_filardos_driven_transitions_are_refitted_to_the_printed_digits(filardo_data: pd.DataFrame) -> None:
    """Filardo (1994), as in statsmodels' own tests: expansions, its first regime, have the higher mean."""
    output = filardo_data["dlip"].to_numpy().copy()
    output[0] = np.nan  # the first month lends its indicator only
    fitted = MarkovSwitching(2, variance="common", ar=4, transitions="logit", n_starts=1).fit(output, filardo_data[["dmdlleading"]])
    assert fitted.loglikelihood_ == pytest.approx(-586.5718, abs=5e-5)
    params = fitted.params_
    assert_allclose(params[["mean[2]", "mean[1]"]], [0.517298, -0.865888], atol=1e-5)
    assert_allclose(params["sigma"], np.exp(-0.362469), atol=1e-5)
    assert_allclose(params.filter(like="ar["), [0.189474, 0.079344, 0.110944, 0.122251], atol=1e-5)
    # theirs are logits of moving to the first regime, ours of leaving: those of staying in it change sign
    assert_allclose(params[["p[2->1].x0", "p[2->1].x1"]], [-4.35941747, -1.7702123], atol=5e-5)
    assert_allclose(params[["p[1->2].x0", "p[1->2].x1"]], [-1.6493936, 0.9945672], atol=5e-5)
    # statsmodels compares its own probabilities, at the printed parameters, to 1e-5
    assert_allclose(fitted.filtered_probabilities_[5:, 1], filardo_data["filtered_0"][5:], atol=2e-5)
    assert_allclose(fitted.smoothed_probabilities_[5:, 1], filardo_data["smoothed_0"][5:], atol=2e-5)


# exact computation ------------------------------------------------------------------------------------------------------


def slow_location(law: MarkovLaw, returns: np.ndarray, t: int, regimes: tuple[int, ...]) -> float:
    return law.means[regimes[0]] + sum(law.ar[i] * (returns[t - 1 - i] - law.means[regimes[i + 1]]) for i in range(len(law.ar)))


@pytest.mark.parametrize("nu", [np.inf, 5.0])
def test_densities_are_those_of_the_slow_twin(nu: float) -> None:
    from scipy import stats

    transitions = np.array([[0.9, 0.1], [0.3, 0.7]])
    law = MarkovLaw(np.array([0.3, -0.5]), np.array([0.8, 2.0]), np.array([0.4, -0.2]), nu, transitions)
    returns = np.random.default_rng(4).standard_normal(9)
    returns[5] = np.nan
    locations = state_locations(returns, law.means, law.ar, law.digits)
    densities = state_densities(returns, locations, law.vols, law.digits, nu)
    z = stats.norm() if np.isinf(nu) else stats.t(nu, scale=np.sqrt((nu - 2) / nu))
    for t, (s, regimes) in itertools.product(range(2, 9), enumerate(itertools.product(range(2), repeat=3))):
        if t in (5, 6, 7):  # it, or a lag of it, is missing
            assert densities[t, s] == 0
            continue
        vol = law.vols[regimes[0]]
        slow = z.logpdf((returns[t] - slow_location(law, returns, t, regimes)) / vol) - np.log(vol)
        assert densities[t, s] == pytest.approx(slow, rel=1e-12)


def test_the_likelihood_with_lags_is_a_sum_over_all_paths() -> None:
    transitions = np.array([[0.9, 0.1], [0.3, 0.7]])
    law = MarkovLaw(np.array([0.3, -0.5]), np.array([0.8, 2.0]), np.array([0.4]), np.inf, transitions)
    returns = np.array([0.1, -0.4, 1.2, 0.3, -2.0])
    total = 0.0
    for path in itertools.product(range(2), repeat=5):
        weight = [0.75, 0.25][path[0]]  # stationary: 0.3 / 0.4 and 0.1 / 0.4
        for t in range(1, 5):
            z = (returns[t] - slow_location(law, returns, t, (path[t], path[t - 1]))) / law.vols[path[t]]
            weight *= transitions[path[t - 1], path[t]] * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / law.vols[path[t]]
        total += weight
    assert law.run(returns).contributions.sum() == pytest.approx(np.log(total), rel=1e-12)


def test_driven_transitions_go_on_from_the_last_row_known() -> None:
    rng = np.random.default_rng(7)
    slopes = np.zeros((2, 2, 2))
    slopes[0, 1], slopes[1, 0] = [-1.0, 0.8], [-0.5, -1.0]
    law = MarkovLaw(np.zeros(2), np.array([0.5, 1.5]), np.empty(0), np.inf, np.eye(2), slopes=slopes)
    covariates = np.column_stack([np.ones(30), rng.standard_normal(30)])
    model = MarkovSwitching(2, transitions="logit")
    model.law_, model.history_ = law, law.run(rng.standard_normal(30), covariates)
    last = logit_transitions(slopes, covariates[-1:])[0]
    today = model.history_.filtered[-1]
    assert_allclose(model.forecast_regimes(3), [today @ last, today @ last @ last, today @ last @ last @ last], rtol=1e-12)
    # frequencies of 40,000 paths: standard errors below 0.0025; a chain that stays with its regimes apart by their size
    paths = model.simulate(2, 40_000, seed=5)
    expected = model.forecast_regimes(2) @ law.vols**2
    assert_allclose((paths**2).mean(axis=0), expected, atol=4 * (paths**2).std() / np.sqrt(40_000))


# properties -------------------------------------------------------------------------------------------------------------

PRIORS = {"flat": MarkovPrior(), "prior": MarkovPrior(mean=30.0, vol=5.0, stay=4.0)}
SPECS = [
    (k, mean, variance, lags, dist, init, prior, driven)
    for k, mean, variance, lags, dist, init, prior, driven in itertools.product(
        (1, 2, 3), ("switching", "common"), ("switching", "common"), (0, 2), ("normal", "t"), (None, "given"), PRIORS, (False, True)
    )
    if (lags == 0 or k < 3)  # 27 states say no more than 8
    and (prior == "flat" or (lags == 0 and dist == "normal" and init is None))  # a prior is a term of its own
]


@pytest.mark.parametrize(("k", "mean", "variance", "lags", "dist", "init", "prior", "driven"), SPECS)
def test_the_score_is_the_slope_of_the_likelihood(
    k: int, mean: str, variance: str, lags: int, dist: str, init: str | None, prior: str, driven: bool
) -> None:
    rng = np.random.default_rng(k + 10 * lags)
    returns = 0.1 + rng.standard_normal(60) * np.repeat([0.5, 1.5, 0.7], 20)
    returns[[3, 31]] = np.nan
    initial = None if init is None else np.arange(1, k + 1) / np.arange(1, k + 1).sum()
    covariates = np.column_stack([np.ones(60), rng.standard_normal(60)]) if driven else None
    likelihood = MarkovLikelihood(returns, MarkovSpec(k, mean, variance, lags, dist, initial, PRIORS[prior]), covariates)
    x = rng.normal(0, 0.7, likelihood.coordinates.size)
    assert_score_is_the_slope(likelihood, likelihood.coordinates.natural(x)[0])


@pytest.mark.parametrize(("lags", "dist"), [(0, "normal"), (0, "t"), (1, "normal")])
def test_value_and_contributions_are_one_likelihood(lags: int, dist: str) -> None:
    returns = np.random.default_rng(1).standard_normal(80)
    returns[40] = 400.0  # beyond every density a double can hold
    likelihood = MarkovLikelihood(returns, MarkovSpec(2, "switching", "switching", lags, dist, None, MarkovPrior()))
    law = MarkovLaw(np.array([0.0, 0.1]), np.array([0.5, 1.0]), np.full(lags, 0.1), 300.0, np.array([[0.9, 0.1], [0.2, 0.8]]))
    theta = likelihood.theta(law)
    assert likelihood.value_and_score(theta)[0] == pytest.approx(likelihood.contributions(theta).sum(), rel=1e-12)
    np.testing.assert_array_equal(likelihood.theta(likelihood.law(theta)), theta)


@pytest.mark.parametrize("pooled", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("prior", [(0.0, 0.0, 0.0), (252.0, 5.0, 5.0)])
@pytest.mark.parametrize("nu", [np.inf, 6.0])
def test_neither_a_step_nor_a_round_of_em_lowers_the_penalised_likelihood(
    pooled: tuple[bool, bool], prior: tuple[float, float, float], nu: float
) -> None:
    returns = np.random.default_rng(2).standard_normal(400) * np.repeat([0.5, 2.0, 0.8, 1.5], 100)
    returns[[5, 300]] = np.nan
    sample = float(np.nanmean(returns)), float(np.nanstd(returns))
    shape = ("common" if pooled[0] else "switching", "common" if pooled[1] else "switching")
    likelihood = MarkovLikelihood(
        returns, MarkovSpec(2, *shape, 0, "normal" if np.isinf(nu) else "t", np.array([0.5, 0.5]), MarkovPrior(*prior))
    )
    means = np.array([0.3, 0.3]) if pooled[0] else np.array([-0.4, 0.6])
    vols = np.array([1.0, 1.0]) if pooled[1] else np.array([0.6, 1.6])
    begin = np.array([means, vols, [0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])

    def penalised(point: np.ndarray) -> float:
        law = MarkovLaw(point[0], point[1], np.empty(0), nu, point[2:-1], point[-1])
        likelihood.spec = dataclasses.replace(likelihood.spec, initial=point[-1])
        return likelihood.value_and_score(likelihood.theta(law))[0]

    arguments = nu, pooled, prior, sample, 0.01 * sample[1]
    point, values = begin, []
    for _ in range(40):
        values.append(penalised(point))
        point, _ = em(returns, point, *arguments, 1, np.inf)  # a gain below infinity ends it after a step
    assert np.diff(values).min() > -1e-9 * abs(values[-1])  # rounding
    rounds = [penalised(em(returns, begin, *arguments, steps, 0.0)[0]) for steps in range(3, 40, 3)]
    assert np.diff(rounds).min() > -1e-9 * abs(rounds[-1])
    assert rounds[-1] > values[0]


@pytest.mark.parametrize("lags", [0, 1])
def test_the_order_of_the_regimes_leaves_the_likelihood_alone(lags: int) -> None:
    rng = np.random.default_rng(3)
    law = MarkovLaw(rng.normal(size=3), rng.uniform(0.5, 2, 3), np.full(lags, 0.3), 6.0, rng.dirichlet(np.ones(3), 3))
    returns = rng.standard_normal(50)
    there = law.run(returns)
    for order in itertools.permutations(range(3)):
        here = law.reordered(np.array(order)).run(returns)
        assert_allclose(here.contributions, there.contributions, rtol=1e-10)
        assert_allclose(here.by_regime(here.filtered), there.by_regime(there.filtered)[:, order], atol=1e-12)


def test_a_free_start_is_a_corner_and_no_worse_than_the_stationary_law(fedfunds: MarkovSwitching) -> None:
    free = MarkovSwitching(2, variance="common", init="free").fit(FEDFUNDS)
    assert set(free.law_.initial) == {0.0, 1.0}
    # the stationary law is one of those that a free start may take, up to where the two climbs end
    assert free.loglikelihood_ >= fedfunds.loglikelihood_ - 1e-6


@pytest.mark.parametrize("lags", [0, 1])
def test_a_free_start_is_the_better_corner_whatever_the_lags(lags: int) -> None:
    returns = FEDFUNDS[:120]
    free = MarkovSwitching(2, variance="common", ar=lags, init="free").fit(returns)
    corners = [dataclasses.replace(free.law_, initial=corner).run(returns).contributions.sum() for corner in np.eye(2)]
    assert_allclose(free.loglikelihood_, max(corners), rtol=1e-12)


@given(values=st.lists(st.integers(-4, 4), min_size=1, max_size=40), k=st.integers(1, 5))
def test_equal_groups_are_those_of_a_stable_order(values: list[int], k: int) -> None:
    ranks = np.argsort(np.argsort(values, kind="stable"))
    assert quantile_groups(np.array(values, dtype=float), k).tolist() == (ranks * k // len(values)).tolist()


@pytest.mark.parametrize("prior", [MarkovPrior(), MarkovPrior(mean=3.0, vol=5.0)])
def test_one_regime_is_the_moments_of_the_sample(prior: MarkovPrior) -> None:
    returns = np.random.default_rng(5).standard_t(5, 300)
    fit = MarkovSwitching(1, prior=prior).fit(returns)
    assert_allclose(fit.params_, [returns.mean(), returns.std()], rtol=1e-7, atol=1e-7)  # where a slope of 1e-7 ends


@pytest.mark.parametrize("init", [(1.0, 0.0), (0.0, 1.0)])
def test_a_given_law_of_the_first_regime_is_by_volatility(init: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    returns = rng.standard_normal(900) * np.where(np.arange(900) // 60 % 2, 2.0, 0.7)
    for n in (900, 600, 300):
        assert MarkovSwitching(2, init=init).fit(returns[:n]).law_.initial.tolist() == list(init)


def test_a_t_is_no_worse_than_the_normal_that_it_holds() -> None:
    returns = np.random.default_rng(8).standard_t(4, 600) * np.repeat([0.5, 1.5], 300)
    normal, heavy = (MarkovSwitching(2, dist=dist).fit(returns) for dist in ("normal", "t"))
    assert heavy.loglikelihood_ > normal.loglikelihood_


# another library --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "variance"), [("switching", "switching"), ("switching", "common"), ("common", "switching")])
def test_statsmodels_gives_our_parameters_our_likelihood_and_probabilities(mean: str, variance: str) -> None:
    fitted = MarkovSwitching(2, mean=mean, variance=variance).fit(FEDFUNDS)
    trend = markov_regression.MarkovRegression(
        FEDFUNDS, k_regimes=2, trend="c", switching_trend=mean == "switching", switching_variance=variance == "switching"
    )
    means = fitted.params_.filter(like="mean").to_list()
    variances = (fitted.params_.filter(like="sigma") ** 2).to_list()
    params = [1 - fitted.params_["p[1->2]"], fitted.params_["p[2->1]"], *means, *variances]
    theirs = trend.smooth(params)
    assert fitted.loglikelihood_ == pytest.approx(theirs.llf, abs=1e-8)  # rounding of a sum of 226
    assert_allclose(fitted.smoothed_probabilities_, theirs.smoothed_marginal_probabilities, atol=1e-8)
    assert_allclose(fitted.filtered_probabilities_, theirs.filtered_marginal_probabilities, atol=1e-8)


# what is refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": "none"}, "mean must be one of 'switching', 'common', got 'none'"),
        ({"n_regimes": 0}, "n_regimes must be a whole number of at least 1, got 0"),
        ({"n_starts": 0}, "n_starts must be a whole number of at least 1, got 0"),
        ({"init": (0.3, 0.3)}, "init must be 2 probabilities"),
        ({"init": "middle"}, "init must be one of"),
        ({"ar": -1}, "ar must be a whole number of at least 0, got -1"),
        ({"transitions": "probit"}, "transitions must be one of None, 'logit', got 'probit'"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(change: dict[str, object], message: str) -> None:
    covariates = FEDFUNDS if "transitions" in change else None
    with pytest.raises(ValueError, match=message):
        MarkovSwitching(**change).fit(FEDFUNDS, covariates)


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (np.ones((3, 3)), "one dimension, got 2"),
        ([1.0, np.inf], "within"),
        ([1.0, np.nan], "at least 2 returns are needed, got 1"),
        (np.full(100, 0.3), "returns must move, all are 0.3"),
        (FEDFUNDS[:40], "6 parameters need 48 sessions, got 40"),
    ],
)
def test_returns_that_cannot_be_fitted_are_refused(returns: object, message: str) -> None:
    with pytest.raises(CannotFitError, match=message):
        MarkovSwitching(2).fit(returns)


def test_covariates_belong_to_driven_transitions() -> None:
    with pytest.raises(ValueError, match="covariates belong to transitions='logit'"):
        MarkovSwitching(2).fit(FEDFUNDS, FEDFUNDS)
    with pytest.raises(ValueError, match="a row a return: 3 rows for 226 returns"):
        MarkovSwitching(2, transitions="logit").fit(FEDFUNDS, np.ones(3))
    with pytest.raises(ValueError, match="MSGarch takes no covariates"):
        MSGarch(2).fit(FEDFUNDS, FEDFUNDS)


def test_the_law_ahead_is_of_gaussian_regimes_only(fedfunds: MarkovSwitching, gnp: MarkovSwitching) -> None:
    ahead = fedfunds.ahead()
    assert_allclose(ahead.opening, fedfunds.forecast_regimes(1)[0], rtol=1e-12)
    with pytest.raises(ValueError, match="only Gaussian regimes"):
        gnp.ahead()
