"""The quasi-Newton search: it ends where the slope is nothing, and puts at its bound what runs there."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma as scipy_digamma

from forecast.engines.kernels.fundamental_matrix import fundamental_matrix, stationary_law
from forecast.engines.kernels.innovation_shapes import digamma
from forecast.engines.switching.descent import BOUND, Descent
from forecast.engines.switching.transition_matrix import stationary, stationary_score

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def least(
    objective: Objective, start: np.ndarray, *, logits: bool = False, free: np.ndarray | None = None, iterations: int = 500
) -> tuple[Descent, int]:
    """The search at its end, and how often it evaluated."""
    every = np.ones(len(start), dtype=bool)
    descent = Descent(start, every if free is None else free, every & logits, None, iterations=iterations, tolerance=1e-9)
    count = 0
    while descent.under_way or descent.let_go():
        descent.advance(*objective(descent.trial))
        count += 1
    return descent, count


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    valley = x[1] - x[0] ** 2
    return 100 * valley**2 + (1 - x[0]) ** 2, np.array([-400 * x[0] * valley - 2 * (1 - x[0]), 200 * valley])


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=2))
def test_the_bottom_of_a_bent_valley_is_reached_from_anywhere(start: list[float]) -> None:
    descent, count = least(rosenbrock, np.array(start))
    np.testing.assert_allclose(descent.x, 1, atol=1e-8)  # a slope of 1e-9 over the least curvature, 0.4
    assert count < 120


def test_a_quadratic_takes_its_dimension_and_two_more_steps() -> None:
    root = np.random.default_rng(4).normal(size=(6, 6))
    matrix = root @ root.T + np.eye(6)

    def bowl(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x @ matrix @ x) / 2, matrix @ x

    descent, _ = least(bowl, np.ones(6))
    assert np.abs(descent.x).max() < 1e-8
    assert descent.steps < 30
    rough, _ = least(bowl, np.ones(6), iterations=2)
    assert rough.steps == 2
    warm = Descent(np.ones(6), np.ones(6, dtype=bool), np.zeros(6, dtype=bool), np.linalg.inv(matrix), iterations=9, tolerance=1e-9)
    while warm.under_way:
        warm.advance(*bowl(warm.trial))
    assert warm.steps == 1  # Newton's, with the curvature that it has


def of_share(slope: float, bend: float) -> Objective:
    """A parabola in the share of each logit, least at -slope / bend where that is between zero and one."""

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        share = 1 / (1 + np.exp(-x))
        return float((slope * share + bend * share**2 / 2).sum()), (slope + bend * share) * share * (1 - share)

    return objective


@pytest.mark.parametrize("slope", [1.0, 0.01])
def test_a_logit_that_runs_to_its_bound_is_put_there(slope: float) -> None:
    descent, count = least(of_share(slope, 1.0), np.zeros(2), logits=True)
    np.testing.assert_array_equal(descent.x, -BOUND)
    assert count < 30


def test_a_logit_whose_least_is_close_to_its_bound_comes_back_from_it() -> None:
    descent, _ = least(of_share(-0.005, 1.0), np.array([-3.0]), logits=True)
    assert 1 / (1 + np.exp(-descent.x[0])) == pytest.approx(0.005, rel=1e-4)


def test_what_is_not_free_stays() -> None:
    descent, _ = least(rosenbrock, np.array([0.5, 2.0]), free=np.array([False, True]))
    np.testing.assert_allclose(descent.x, [0.5, 0.25], rtol=1e-9)


@given(st.floats(1.0, 1e4))
def test_the_digamma_is_scipys(x: float) -> None:
    assert digamma(x) == pytest.approx(scipy_digamma(x), rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_fundamental_matrix_gives_the_stationary_law_and_how_it_moves(k: int) -> None:
    rng = np.random.default_rng(k)
    transitions, slope, law = rng.dirichlet(np.ones(k), size=k), rng.normal(size=k), np.empty(k)
    fundamental = fundamental_matrix(transitions)
    stationary_law(fundamental, law)
    np.testing.assert_allclose(law, stationary(transitions), rtol=1e-12)
    moves, other = np.outer(law, fundamental @ slope), stationary_score(transitions, law, slope)
    np.testing.assert_allclose(moves - moves[:, :1], other - other[:, :1], atol=1e-12)
