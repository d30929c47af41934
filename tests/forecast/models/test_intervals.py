"""Intervals: they cover the true probability where the law is known, and groups of forecasts their frequency."""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from forecast.engines.arrays import Float
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw
from forecast.engines.passage.first_passage import PathLaw, first_passage
from forecast.engines.passage.parameter_draws import DRAWS, standard_normals
from forecast.engines.regression.multinomial_logit import fit_multinomial
from forecast.models import build
from forecast.models.climatology import FittedClimatology
from forecast.models.ensemble.intervals import LOOSEST, TrackRecord, bounds, calibration_error, disagreement, doubt
from forecast.models.logistic import VAGUE, Logistic
from forecast.report.evaluation.coverage import table_coverage
from forecast.runs.predictions.read import HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS
from forecast.target.question import Question
from forecast.target.sample import Sample

pytestmark = pytest.mark.slow

QUESTIONS = tuple(Question(horizon=h, barrier="fixed", size=size) for h, size in ((10, 0.03), (21, 0.04), (21, 0.06), (63, 0.08)))
SESSIONS = 2500


def sample_of(returns: Float) -> Sample:
    """A sample whose last session is its one surge."""
    close = 1000 * np.exp(np.r_[0.0, np.cumsum(returns)])
    one, q = np.array([len(returns)]), len(QUESTIONS)
    sessions = np.datetime64("2000-01-03") + np.arange(len(close))
    return Sample(
        market="Known",
        sessions=sessions,
        known=sessions,
        close=close,
        ranges=np.full(len(close), np.nan),
        rows=one,
        vol=np.array([0.01]),
        surge_return=np.array([0.04]),
        surge_z=np.array([1.8]),
        features=np.empty((1, 0)),
        feature_names=(),
        chosen=(),
        barriers=np.array([[question.size for question in QUESTIONS]]),
        outcomes=np.full((1, q), -1, dtype=np.int8),
        questions=QUESTIONS,
    )


def garch_market(seed: int, alpha: float = 0.04, gamma: float = 0.08, beta: float = 0.89) -> tuple[Sample, PathLaw]:
    """Returns of a GJR-GARCH with t innovations, and its true law of the sessions ahead."""
    rng = np.random.default_rng(seed)
    z = rng.standard_t(7, SESSIONS) * (5 / 7) ** 0.5
    drift, omega, h = 3e-4, 3e-6, 1e-4
    returns = np.empty(SESSIONS)
    for t in range(SESSIONS):
        shock = h**0.5 * z[t]
        returns[t] = drift + shock
        h = omega + (alpha + gamma * (shock < 0)) * shock**2 + beta * h
    return sample_of(returns), GarchPathLaw(drift, omega, alpha, gamma, beta, h, innovations())


@cache
def innovations() -> np.ndarray:
    """Of the true law of `garch_market`, sorted."""
    return np.sort(np.random.default_rng(0).standard_t(7, 100_000) * (5 / 7) ** 0.5)


def chain_market(seed: int) -> tuple[Sample, PathLaw]:
    """Returns of a chain of two Gaussian regimes, and its true law given the returns (not the regime)."""
    rng = np.random.default_rng(seed)
    means, vols, transitions = np.array([6e-4, -8e-4]), np.array([0.007, 0.018]), np.array([[0.98, 0.02], [0.04, 0.96]])
    regime, belief, returns = 0, np.array([2 / 3, 1 / 3]), np.empty(SESSIONS)
    for t in range(SESSIONS):
        returns[t] = rng.normal(means[regime], vols[regime])
        regime = int(rng.random() < transitions[regime, 1])
        ahead = belief @ transitions if t else belief
        seen = ahead * np.exp(-(((returns[t] - means) / vols) ** 2) / 2) / vols
        belief = seen / seen.sum()
    return sample_of(returns), MarkovPathLaw(belief, transitions, means, vols)


def bound_market(seed: int) -> tuple[Sample, PathLaw]:
    """The same with an alpha of zero, at which half of the fits are held."""
    return garch_market(seed, alpha=0.0, gamma=0.12, beta=0.9)


MARKETS = {
    "garch": (garch_market, "garch", {"dist": "t"}),
    "at a bound": (bound_market, "garch", {"dist": "t"}),
    "chain": (chain_market, "regime", {"regimes": 2, "mean_prior": 0.0}),
}


@pytest.mark.slow
@pytest.mark.parametrize("market", MARKETS)
def test_ninety_per_cent_intervals_of_a_component_hold_the_true_probability(market: str) -> None:
    make, name, options = MARKETS[market]
    inside = []
    for seed in range(40):
        sample, law = make(seed)
        true = first_passage(law, sample.barriers[-1], sample.horizons, key=1, paths=20_000).probabilities
        fitted = build(name, options).fit([sample])
        result = fitted.predict(sample, key=2, paths=4000)
        spread = fitted.spread(sample, key=2, paths=500)
        odds = np.hypot(spread, result.errors) / (result.probabilities * (1 - result.probabilities))
        low, high = np.moveaxis(bounds(result.probabilities, odds, 0.9), -2, 0)
        inside.append((low <= true) & (true <= high))
    # 40 markets: the standard error of a coverage of 0.9 is 0.05 for one question, and its outcomes and the others go together:
    # within two of them over all questions, and three for any one
    assert 0.8 <= np.mean(inside) <= 0.98, np.mean(inside, axis=0)
    assert (np.mean(inside, axis=0) >= 0.75).all()


def test_the_normals_of_the_draws_are_matched() -> None:
    z = standard_normals(13)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.T @ z / DRAWS, np.eye(13), atol=1e-12)
    np.testing.assert_allclose(standard_normals(1), z[:, :1], atol=1e-12)  # the drift's, whatever else is drawn
    assert standard_normals(40).shape == (DRAWS, 40)


def test_a_longer_history_leaves_less_open(sample: Sample) -> None:
    early, late = sample.up_to(int(sample.rows[len(sample.rows) // 4])), sample.up_to(int(sample.rows[-1]))
    late = dataclasses.replace(late, barriers=np.tile(early.barriers[-1], (len(late.rows), 1)))
    for name in ("climatology", "logistic"):
        before, after = (build(name, {}).fit([part]).predict(part, key=1, paths=100).spread_or_nan for part in (early, late))
        assert after.mean() < before.mean()


def test_what_climatology_leaves_open_is_that_of_its_episodes() -> None:
    # 30 surges, 100 sessions apart: 30 episodes, 10 of each outcome; Dirichlet(11, 11, 11)
    rows, q = np.arange(30) * 100, 1
    blank = sample_of(np.full(3100, 1e-4))
    thirty = dataclasses.replace(
        blank, rows=rows, barriers=np.full((30, q), 0.05), outcomes=np.arange(30)[:, None] % 3, questions=QUESTIONS[1:2]
    )
    result = FittedClimatology().predict(thirty, key=1, paths=1)
    np.testing.assert_allclose(result.spread_or_nan, (1 / 3 * 2 / 3 / 34) ** 0.5, rtol=1e-12)


def test_the_laplace_draws_of_a_flat_logistic_have_its_covariance() -> None:
    # only intercepts, 40 cases of each of three outcomes: the log odds of two have variance 1/40 + 1/40
    mode = fit_multinomial(np.empty((120, 0)), np.repeat(np.arange(3), 40), np.ones(120))
    moves = mode.moves(standard_normals(2), vague=VAGUE)
    assert (moves[:, 2, 0] - moves[:, 0, 0]).std() == pytest.approx((2 / 40) ** 0.5, rel=0.01)  # a vague prior of variance 100


def test_fitted_logistic_keeps_draws_about_its_estimate(sample: Sample) -> None:
    fitted = Logistic().fit([sample.up_to(int(sample.rows[-1]))])
    assert fitted.drawn.shape == (3, DRAWS, 3, fitted.coefficients.shape[2] + 1)
    spread = fitted.predict(sample, key=1, paths=1).spread_or_nan
    assert ((spread > 0.005) & (spread < 0.2)).all()


def test_calibration_error_without_a_record_is_the_prior_and_with_one_the_frequency_s() -> None:
    p = np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(calibration_error(p, np.zeros(3)), LOOSEST)
    np.testing.assert_allclose(calibration_error(p, np.full(3, 1e9)) * (p * (1 - p)), np.sqrt(p * (1 - p) / 1e9), rtol=1e-6)


def test_evidence_is_counted_in_episodes() -> None:
    p = np.array([[0.2, 0.3, 0.5]])
    record = TrackRecord(np.repeat(p, 12, axis=0), np.repeat([1, 4, 7], 4))
    np.testing.assert_allclose(record.evidence(p), 3.0)
    assert (record.evidence(np.array([[0.02, 0.03, 0.95]])) < 0.1).all()
    np.testing.assert_array_equal(TrackRecord(np.empty((0, 3)), np.empty(0, dtype=np.int64)).evidence(p), 0)


def test_disagreement_of_equal_weights_is_the_standard_error_of_a_mean() -> None:
    components = np.random.default_rng(1).dirichlet([3, 2, 3], 5)
    expected = logit(components).std(axis=0, ddof=1) / 5**0.5
    np.testing.assert_allclose(disagreement(components, np.full(5, 0.2)), expected, rtol=1e-12)
    np.testing.assert_array_equal(disagreement(components, np.eye(5)[2]), 0)


chance = st.floats(0.001, 0.998)


@given(low=chance, doubted=st.floats(0, 20), level=st.floats(0.5, 0.99))
@settings(max_examples=20)
def test_bounds_stay_between_zero_and_one_and_hold_the_probability(low: float, doubted: float, level: float) -> None:
    p = np.array([low, (1 - low) / 2, (1 - low) / 2])
    result = bounds(p, np.full(3, doubted), level)
    assert (result >= 0).all()
    assert (result <= 1).all()
    assert (result[0] <= p).all()
    assert (p <= result[1]).all()


def test_each_source_of_doubt_widens_and_a_spread_not_asked_for_counts_as_none() -> None:
    components = np.array([[0.3, 0.2, 0.5], [0.4, 0.25, 0.35]])
    weights, none, some = np.array([0.5, 0.5]), np.zeros((2, 3)), np.full((2, 3), 0.02)
    least = doubt(components, none, none, weights, np.zeros(3))
    np.testing.assert_allclose(least, disagreement(components, weights))
    for parts in ((some, none, np.zeros(3)), (none, some, np.zeros(3)), (none, none, np.full(3, 0.1))):
        assert (doubt(components, parts[0], parts[1], weights, parts[2]) > least).all()
    np.testing.assert_array_equal(doubt(components, np.full((2, 3), np.nan), none, weights, np.zeros(3)), least)


def settled_table(bias: float, seed: int) -> pd.DataFrame:
    """Forecasts of 150 episodes of four sessions each whose direction is off by `bias` in log odds, with their intervals."""
    rng = np.random.default_rng(seed)
    episode = np.repeat(np.arange(150), 4)
    said = np.repeat(rng.dirichlet([6, 3, 6], 150), 4, axis=0)
    true = said * np.exp(bias * np.array([-0.5, 0.0, 0.5]))
    true /= true.sum(axis=1, keepdims=True)
    outcome = (np.repeat(rng.random(150), 4)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    odds = logit(said)
    parts = [(P_COLUMNS, said), (LOW_COLUMNS, expit(odds - 0.25)), (HIGH_COLUMNS, expit(odds + 0.25))]
    columns = {name: values[:, c] for names, values in parts for c, name in enumerate(names)}
    return pd.DataFrame(columns | {"episode": episode, "outcome": pd.Series(outcome, dtype="Int64")})


def test_groups_of_calibrated_forecasts_lie_in_their_intervals_and_those_of_others_do_not() -> None:
    calibrated = [group.inside for seed in range(40) for group in table_coverage(settled_table(0.0, seed), level=0.9)]
    assert np.mean(calibrated) >= 0.9  # the interval has room for a bias that these have not
    off = [
        group.inside for seed in range(10) for group in table_coverage(settled_table(1.5, seed), level=0.9) if group.outcome == "continue"
    ]
    assert np.mean(off) < 0.2


def test_groups_hold_every_settled_forecast_once() -> None:
    table = settled_table(0.0, 1)
    table.loc[:99, "outcome"] = pd.NA
    groups = table_coverage(table, level=0.9, groups=10)
    assert sum(group.sessions for group in groups) == 3 * 500
    assert all(0 <= group.low < group.probability < group.high <= 1 for group in groups)
    assert table_coverage(table.iloc[:50], level=0.9) == []


def test_an_error_larger_than_a_rare_probability_is_no_first_order() -> None:
    components = np.array([[[0.001, 0.999, 0.0], [0.3, 0.4, 0.3]]])  # one component of weight nearly nothing has a rare outcome
    weights, none = np.array([[1.0, 0.0]]), np.zeros((1, 3))
    errors = np.array([[[0.02, 0.02, 0.0], [0.0, 0.0, 0.0]]])
    log_odds_off = doubt(components, errors, np.zeros_like(errors), weights, none)[0]
    assert log_odds_off[0] == pytest.approx(np.log(0.021 / 0.979) - np.log(0.001 / 0.999), rel=0.05)  # the truth; to first order 20
    tiny = doubt(components, errors * 1e-4, np.zeros_like(errors), weights, none)[0]
    assert tiny[0] == pytest.approx(2e-6 / (0.001 * 0.999), rel=2e-3)  # a small error is as it was
