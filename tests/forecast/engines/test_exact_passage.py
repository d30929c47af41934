"""Exact first passage of a regime chain: against a dense midpoint rule, more nodes, and laws known in closed form."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import norm

from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage import exact_passage as exact
from forecast.engines.passage.exact_passage import MAX_NODES, exact_passage, node_count

pytestmark = pytest.mark.slow

WALK = MarkovPathLaw(np.ones(1), np.ones((1, 1)), np.array([0.0005]), np.array([0.01]))
CHAIN = MarkovPathLaw(
    regimes=np.array([0.3, 0.5, 0.2]),
    transitions=np.array([[0.98, 0.015, 0.005], [0.02, 0.97, 0.01], [0.01, 0.05, 0.94]]),
    means=np.array([5e-4, 0.0, -2e-3]),
    vols=np.array([0.005, 0.01, 0.025]),
)


def dense(law: MarkovPathLaw, barrier: float, horizon: int, cells: int) -> np.ndarray:
    """First passage by a transition matrix between cells; the midpoint rule, whose error falls with the square of their size."""
    edges = np.linspace(-barrier, barrier, cells + 1)
    middle, size = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    regimes = range(len(law.means))
    steps = [norm.pdf(middle[None, :], middle[:, None] + law.means[j], law.vols[j]) * size for j in regimes]
    today = law.regimes @ law.transitions
    rise = sum(today[j] * norm.sf(barrier, law.means[j], law.vols[j]) for j in regimes)
    fall = sum(today[j] * norm.cdf(-barrier, law.means[j], law.vols[j]) for j in regimes)
    inside = np.array([today[j] * norm.pdf(middle, law.means[j], law.vols[j]) * size for j in regimes])
    for _ in range(horizon - 1):
        mass = law.transitions.T @ inside
        rise += sum(mass[j] @ norm.sf(barrier, middle + law.means[j], law.vols[j]) for j in regimes)
        fall += sum(mass[j] @ norm.cdf(-barrier, middle + law.means[j], law.vols[j]) for j in regimes)
        inside = np.array([mass[j] @ steps[j] for j in regimes])
    return np.array([fall, inside.sum(), rise])


@pytest.mark.parametrize("law", [WALK, CHAIN], ids=["walk", "chain"])
@pytest.mark.parametrize(("barrier", "horizon"), [(0.01, 1), (0.02, 21), (0.05, 21), (0.05, 40)])
def test_it_is_what_a_dense_midpoint_rule_tends_to(law: MarkovPathLaw, barrier: float, horizon: int) -> None:
    coarse, fine = dense(law, barrier, horizon, 300), dense(law, barrier, horizon, 600)
    tends = fine + (fine - coarse) / 3  # Richardson: the error of the second order is gone, the fourth is left
    chances = exact_passage(law, np.array([barrier]), np.array([horizon]))[0]
    np.testing.assert_allclose(chances, tends, atol=max(1e-9, np.abs(fine - coarse).max() / 100))


@pytest.mark.parametrize("narrow", [0.001, 0.004])
@pytest.mark.parametrize("horizon", [21, 252])
def test_twice_the_nodes_change_less_than_the_stated_error(narrow: float, horizon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    law = dataclasses.replace(CHAIN, vols=np.array([narrow, 0.01, 0.03]))
    barriers = np.array([0.002, 0.02, 0.05, 0.1, 0.2])
    horizons = np.full(len(barriers), horizon)
    chances = exact_passage(law, barriers, horizons)
    monkeypatch.setattr(exact, "node_count", lambda law, width: 2 * node_count(law, width))
    np.testing.assert_allclose(chances, exact_passage(law, barriers, horizons), rtol=0, atol=1e-9)  # the docstring's bound


def test_one_session_is_the_normal_law_and_no_drift_is_symmetric() -> None:
    still = dataclasses.replace(WALK, means=np.zeros(1))
    chances = exact_passage(still, np.array([0.01, 0.03]), np.array([1, 21]))
    np.testing.assert_allclose(chances[0], [norm.cdf(-1), norm.cdf(1) - norm.cdf(-1), norm.sf(1)], rtol=1e-13)
    assert chances[1, 0] == pytest.approx(chances[1, 2], rel=1e-12)


def test_many_small_steps_tend_to_the_reflection_principle() -> None:
    """Of Brownian motion over a time T: P(stall) = sum over n of (-1)^n [Phi((2n + 1) b) - Phi((2n - 1) b)], b in units of
    sqrt(T); a walk of n steps overshoots, which is a barrier further off by 0.5826 vols a step (Broadie, Glasserman and Kou 1997)."""
    steps, vol, barrier = 250, 0.002, 0.05
    walk = dataclasses.replace(WALK, means=np.zeros(1), vols=np.array([vol]))
    b = (barrier + 0.5826 * vol) / (vol * np.sqrt(steps))
    n = np.arange(-20, 21)
    stall = ((-1.0) ** n * (norm.cdf((2 * n + 1) * b) - norm.cdf((2 * n - 1) * b))).sum()
    # the correction leaves an error of order 1 / steps
    assert exact_passage(walk, np.array([barrier]), np.array([steps]))[0, 1] == pytest.approx(stall, abs=1 / steps)


def test_regimes_that_are_alike_are_one() -> None:
    alike = dataclasses.replace(CHAIN, means=np.full(3, 0.0005), vols=np.full(3, 0.01))
    barriers, horizons = np.array([0.02, 0.05]), np.array([21, 10])
    np.testing.assert_allclose(exact_passage(alike, barriers, horizons), exact_passage(WALK, barriers, horizons), rtol=1e-12)


def test_a_regime_that_ends_at_once_leaves_no_trace() -> None:
    ends = MarkovPathLaw(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([0.1, 0.0005]), np.array([0.005, 0.01]))
    barriers, horizons = np.array([0.05]), np.array([10])
    np.testing.assert_allclose(exact_passage(ends, barriers, horizons), exact_passage(WALK, barriers, horizons), rtol=1e-10)


def test_questions_asked_together_are_answered_as_alone_and_sum_to_one() -> None:
    barriers, horizons = np.array([0.05, 0.02, 0.05, 3.0]), np.array([5, 21, 21, 21])
    together = exact_passage(CHAIN, barriers, horizons)
    for q in range(len(barriers)):
        np.testing.assert_array_equal(together[q], exact_passage(CHAIN, barriers[q : q + 1], horizons[q : q + 1])[0])
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(together[3], [0, 1, 0], atol=1e-15)  # out of reach


def test_a_vol_too_small_for_the_nodes_is_refused_with_the_remedy() -> None:
    tiny = dataclasses.replace(CHAIN, vols=np.array([1e-6, 0.01, 0.03]))
    with pytest.raises(ValueError, match=rf"a barrier of 0.1 and a vol of 1e-06 need 350032 nodes, at most {MAX_NODES}: simulate"):
        exact_passage(tiny, np.array([0.1]), np.array([21]))
