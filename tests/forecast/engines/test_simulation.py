"""Simulated from each estimator: exact moments, the law ahead, and the truth found again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.unconditional_moments import unconditional_variance
from forecast.engines.kernels.quantile_table import node_chances
from forecast.engines.kernels.random import stream, uniform
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, LAMBDA, NU, TARCH, A, B
from forecast.engines.markov.markov_law import MarkovLaw
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.passage.first_passage import first_passage, simulate_paths
from forecast.engines.switching.innovations import below_zero, size_table
from tests.forecast.engines.test_msgarch import slow_next

pytestmark = pytest.mark.slow

TWO = np.array([[0.97, 0.03], [0.06, 0.94]])


def law_of(kinds: list[int], coefficients: list[list[float]], nu: float, skew: float, drift: float = 0.0, ar: float = 0.0) -> MSGarchLaw:
    k = len(kinds)
    transitions = TWO if k == 2 else np.ones((1, 1))
    first = np.array([0.6, 1.5])[:k]
    return MSGarchLaw(np.array(kinds), np.array(coefficients), np.full(k, nu), np.full(k, skew), transitions, drift, ar, first, scored=0)


GJR_TWO = law_of([GARCH, GARCH], [[0.02, 0.03, 0.06, 0.9], [0.1, 0.08, 0.1, 0.8]], 9.0, -0.15, drift=0.02)
ONE = law_of([GARCH], [[0.03, 0.06, 0.05, 0.88]], np.inf, 0.0)
MIXED = law_of([TARCH, EGARCH], [[0.04, 0.05, 0.06, 0.88], [-0.02, 0.15, -0.06, 0.95]], 8.0, 0.1, drift=0.05, ar=0.2)


def fitted(law: Any, model: Any, returns: np.ndarray) -> Any:
    """An estimator that stands at a law, as if fitted."""
    model.law_, model.history_ = law, law.run(returns)
    return model


PAST = np.random.default_rng(40).standard_normal(30)


def within_four_errors(samples: np.ndarray, exact: np.ndarray) -> None:
    """Means of independent paths (paths, ...) against exact ones: of twenty, one in a thousand runs is out; the seed is fixed."""
    error = samples.std(axis=0) / np.sqrt(len(samples))
    np.testing.assert_array_less(np.abs(samples.mean(axis=0) - exact), 4 * error)


@pytest.mark.parametrize("law", [ONE, GJR_TWO], ids=["one regime", "two regimes"])
def test_forecast_variances_are_those_of_simulated_paths(law: MSGarchLaw) -> None:
    model = fitted(law, MSGarch(len(law.kinds)), PAST)
    paths = model.simulate(20, 30_000, seed=3)
    within_four_errors((paths - law.drift) ** 2, model.forecast_variance(20))
    within_four_errors(paths, np.full(20, law.drift))


@pytest.mark.parametrize("law", [ONE, GJR_TWO], ids=["one regime", "two regimes"])
def test_forecast_variances_tend_to_the_unconditional_one(law: MSGarchLaw) -> None:
    below = np.array([below_zero(nu, skew) for nu, skew in zip(law.nu, law.skew, strict=True)])
    exact = unconditional_variance(law.coefficients, below, law.transitions, law.stationary)
    assert fitted(law, MSGarch(len(law.kinds)), PAST).forecast_variance(3000)[-1] == pytest.approx(exact, rel=1e-9)


def slow_path(law: MSGarchPathLaw, key: int, path: int, sessions: int) -> list[float]:
    """One path, draw by draw: a session's regime, the innovation's size and its side, which a mirrored path turns."""
    start = np.uint64(stream(np.uint64(key), path // 2))
    odds, states, deviation, move, moves = law.opening, law.states.tolist(), law.deviation, 0.0, []
    for t in range(sessions):
        which, rare, side = (uniform(start, 4 * t + draw) for draw in range(3))
        regime = min(int(np.searchsorted(np.cumsum(odds), which)), len(odds) - 1)
        shape = law.shapes[regime]
        size = float(np.interp(rare, node_chances(), size_table(shape[NU])))
        lower = (1 - side if path % 2 else side) < (1 - shape[LAMBDA]) / 2
        z = ((-(1 - shape[LAMBDA]) if lower else 1 + shape[LAMBDA]) * size - shape[A]) / shape[B]
        variance = {GARCH: states[regime], TARCH: states[regime] ** 2, EGARCH: np.exp(states[regime])}[law.kinds[regime]]
        shock = np.sqrt(variance) * z
        deviation = law.ar * deviation + shock
        move += law.drift + deviation
        states = [slow_next(kind, s, shock, c) for kind, s, c in zip(law.kinds, states, law.coefficients, strict=True)]
        odds = law.transitions[regime]
        moves.append(move)
    return moves


@pytest.mark.parametrize("law", [GJR_TWO, MIXED, ONE], ids=["gjr", "tarch and egarch", "one regime"])
def test_paths_are_those_of_the_slow_twin(law: MSGarchLaw) -> None:
    ahead = fitted(law, MSGarch(len(law.kinds)), PAST).ahead()
    paths = simulate_paths(ahead, 12, key=6, paths=101)
    # rounding of a dozen steps, whose order of additions differs
    assert_allclose(paths, [slow_path(ahead, 6, path, 12) for path in range(101)], rtol=1e-10, atol=1e-12)
    assert_allclose(ahead.states, law.states(PAST)[-1], rtol=1e-14)


def test_the_next_session_is_drawn_from_the_predictive_law() -> None:
    from scipy.stats import kstest

    for law in (GJR_TWO, MIXED):
        model = fitted(law, MSGarch(2), PAST)
        drawn = model.simulate(1, 4000, seed=8)[:, 0]
        assert kstest(drawn, model.cdf).pvalue > 1e-3


def test_a_chain_with_a_lag_has_the_mean_and_variance_of_its_law() -> None:
    law = MarkovLaw(np.array([0.5, -1.0]), np.array([0.5, 1.5]), np.array([0.4]), 7.0, TWO)
    model = fitted(law, MarkovSwitching(2, ar=1, dist="t"), PAST)
    paths = model.simulate(100, 20_000, seed=9)  # the chain forgets its start by 0.91 a session
    within_four_errors(paths[:, 0], model.history_.mean()[-1])
    within_four_errors((paths[:, 0] - model.history_.mean()[-1]) ** 2, model.history_.variance()[-1])
    # far ahead: E r = E mean, and r - mean is an autoregression with innovations of variance E vol^2, started long ago
    share = np.array([2 / 3, 1 / 3])
    within_four_errors(paths[:, -1], share @ law.means)
    apart = share @ (law.means - share @ law.means) ** 2
    assert_allclose(paths[:, -1].var(), apart + share @ law.vols**2 / (1 - 0.4**2), rtol=0.05)  # 20,000 squares of a t of 7: 1.5 %


def test_the_chain_ahead_is_the_exact_law_of_the_simulated_moves() -> None:
    law = MarkovLaw(np.array([0.05, -0.1]), np.array([0.6, 1.8]), np.empty(0), np.inf, TWO)
    model = fitted(law, MarkovSwitching(2), PAST)
    barriers, horizons = np.array([2.0, 4.0]), np.array([5, 15])
    exact = exact_passage(model.ahead(), barriers, horizons)
    moves = model.simulate(15, 20_000, seed=10).cumsum(axis=1)
    for q, (barrier, horizon) in enumerate(zip(barriers, horizons, strict=True)):
        met = np.abs(moves[:, :horizon]) >= barrier
        first = np.where(met.any(axis=1), np.sign(moves[np.arange(len(moves)), met.argmax(axis=1)]), 0)
        within_four_errors((first[:, None] == [-1, 0, 1]).astype(float), exact[q])


@pytest.mark.parametrize("law", [GJR_TWO, MIXED], ids=["gjr", "mixed"])
def test_first_passage_through_a_switching_garch_is_what_its_paths_meet(law: MSGarchLaw) -> None:
    ahead = fitted(law, MSGarch(2), PAST).ahead()
    chances = first_passage(ahead, np.array([1.5]), np.array([10]), key=5, paths=2000)
    moves = simulate_paths(ahead, 10, key=5, paths=2000)
    met = np.abs(moves) >= 1.5
    first = np.where(met.any(axis=1), np.sign(moves[np.arange(2000), met.argmax(axis=1)]), 0)
    counts = np.array([(first == side).sum() for side in (-1, 0, 1)])
    assert_allclose(chances.probabilities[0], (counts + 0.5) / 2001.5, rtol=1e-12)


# the truth found again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "build", "sessions"),
    [
        (MarkovLaw(np.array([0.1, -0.2]), np.array([0.6, 1.8]), np.empty(0), np.inf, TWO), lambda: MarkovSwitching(2), 1500),
        (
            MarkovLaw(np.array([0.1, -0.2]), np.array([0.6, 1.8]), np.array([0.2]), 6.0, TWO),
            lambda: MarkovSwitching(2, ar=1, dist="t"),
            1500,
        ),
        (ONE, lambda: MSGarch(1, variance="gjr"), 3000),
        (law_of([GARCH], [[0.03, 0.08, 0.0, 0.88]], 7.0, 0.0), lambda: Garch(variance="garch", dist="t", drift="zero"), 3000),
        (
            law_of([GARCH, GARCH], [[0.02, 0.05, 0.0, 0.88], [0.4, 0.1, 0.0, 0.8]], np.inf, 0.0),
            lambda: MSGarch(2, n_starts=2),
            3000,
        ),
    ],
    ids=["chain", "chain of t with a lag", "gjr", "garch of t", "msgarch"],
)
def test_an_estimator_finds_the_law_that_its_returns_are_drawn_from(law: Any, build: Callable[[], Any], sessions: int) -> None:
    drawn = fitted(law, build(), PAST).simulate(sessions, 4, seed=50)
    misses = []
    for returns in drawn:
        model = build().refit(returns)
        assert model.fallback_ is None
        truth = model._likelihood.theta(law)
        misses.append(((model.params_ - truth) / model.standard_errors()).to_numpy())
        # the truth is one of the laws that were climbed over; its likelihood is that of the fit less half a chi-squared of p
        assert model._likelihood.value_and_score(truth)[0] <= model.loglikelihood_ + 1e-6
        assert 2 * (model.loglikelihood_ - model._likelihood.value_and_score(truth)[0]) < len(truth) + 4 * np.sqrt(2 * len(truth))
    misses = np.stack(misses)
    # some thirty standardised misses: the largest of so many normals is below 4, and half of that the mean of four; the errors
    # themselves are estimates, which a parameter near its bound makes too small
    assert np.nanmax(np.abs(misses)) < 5
    assert np.abs(np.nanmean(misses, axis=0)).max() < 2.5


def test_the_return_of_a_session_ahead_has_the_law_of_its_simulated_regime() -> None:
    law = MarkovLaw(np.array([0.1, -0.2]), np.array([0.6, 1.8]), np.empty(0), np.inf, TWO)
    model, points = fitted(law, MarkovSwitching(2), PAST), np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    tenth = model.simulate(10, 20_000, seed=51)[:, -1]
    # 4 standard errors of 20,000 draws
    assert_allclose(model.cdf(points, horizon=10), (tenth[:, None] <= points).mean(axis=0), atol=4 * 0.5 / np.sqrt(20_000))
    fine = np.linspace(-12, 12, 20_001)
    assert_allclose(np.trapezoid(model.pdf(fine, horizon=10), fine), 1, atol=1e-9)
    assert model.cdf(points, horizon=1).tolist() == model.cdf(points).tolist()


def test_a_garch_has_no_closed_law_beyond_the_next_session() -> None:
    model = fitted(ONE, MSGarch(1, variance="gjr"), PAST)
    with pytest.raises(ValueError, match="horizon 2: simulate"):
        model.cdf(np.zeros(1), horizon=2)


@pytest.mark.parametrize("returns", [[np.nan], [0.3, 0.1, np.nan, np.nan, 0.2], [0.4]], ids=["missing", "gaps", "short"])
def test_paths_go_on_from_missing_lags(returns: list[float]) -> None:
    law = MarkovLaw(np.array([0.1, -0.2]), np.array([0.5, 1.5]), np.array([0.3, 0.1]), np.inf, TWO)
    model = fitted(law, MarkovSwitching(2, ar=2), np.array(returns))
    paths = model.simulate(3, 20_000, seed=1)
    # without its lags a session is drawn about its regime's mean, as the predictive law has it; four standard errors
    expected, vol = model.history_.mean()[-1], np.sqrt(model.history_.variance()[-1])
    assert abs(paths[:, 0].mean() - expected) < 4 * vol / np.sqrt(20_000)
    assert np.isfinite(paths).all()
