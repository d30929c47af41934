"""Coordinates: round trips, Jacobians against differences, and the bounds that they keep."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.engines.garch.recursion_coordinates import MEAN_ABSOLUTE, MOST_PERSISTENT, RecursionCoordinates
from forecast.engines.garch.unconditional_moments import resting_state, unconditional_variance
from forecast.engines.garch.variance_targeting import TargetedCoordinates
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, TARCH, next_state
from forecast.engines.switching.coordinates import Bounded, ParameterBlock, Positive, Real, TransitionLogits, join_blocks
from forecast.engines.switching.transition_matrix import expected_durations, stationary, stationary_score, transition_matrix

pytestmark = pytest.mark.slow

TWO = RecursionCoordinates(("gjr", "gjr"), frozenset({"alpha", "gamma"}))
BLOCKS: dict[str, ParameterBlock] = {
    "real": Real(("a", "b"), 0.5, 0.1),
    "real, scaled each": Real(("a", "b"), 0.0, np.array([2.0, 1e-3])),
    "positive": Positive(("a", "b"), 0.01),
    "bounded": Bounded(("a", "b"), -0.99, 0.99),
    "one regime": TransitionLogits(1),
    "two regimes": TransitionLogits(2),
    "three regimes": TransitionLogits(3),
    "garch": RecursionCoordinates(("garch",), frozenset()),
    "gjr, alpha and gamma shared": TWO,
    "garch, beta shared": RecursionCoordinates(("garch", "garch", "garch"), frozenset({"beta"})),
    "gjr, all shared": RecursionCoordinates(("gjr", "gjr"), frozenset({"omega", "alpha", "gamma", "beta"})),
    "tarch": RecursionCoordinates(("tarch", "tarch"), frozenset({"omega"})),
    "egarch": RecursionCoordinates(("egarch", "egarch"), frozenset({"gamma", "alpha", "beta"})),
    "all kinds": RecursionCoordinates(("garch", "gjr", "tarch", "egarch"), frozenset()),
    "a line": join_blocks([TWO, Bounded(("nu",), 2.05, 500.0), Real(()), TransitionLogits(2), Real(("drift",))]),
}
KINDS = pytest.mark.parametrize("name", BLOCKS)


def points(block: ParameterBlock, spread: float = 3.0) -> list[np.ndarray]:
    """Coordinates well inside: five draws of seed 3."""
    return list(np.random.default_rng(3).uniform(-spread, spread, (5, block.size)))


@KINDS
def test_natural_parameters_return_to_their_coordinates(name: str) -> None:
    block = BLOCKS[name]
    for x in points(block):
        theta, _ = block.natural(x)
        assert len(theta) == len(block.names) == len(set(block.names))
        # broken sticks of up to three pieces lose a digit a piece
        np.testing.assert_allclose(block.free(theta), x, rtol=1e-9, atol=1e-9)
        assert not block.at_bound(x).any()


@KINDS
def test_jacobians_are_the_differences_of_the_map(name: str) -> None:
    block, step = BLOCKS[name], 1e-6
    for x in points(block):
        _, jacobian = block.natural(x)
        apart = [(block.natural(x + move)[0] - block.natural(x - move)[0]) / (2 * step) for move in step * np.eye(len(x))]
        # rounding of 1e-16 / 1e-6, of parameters up to 20
        np.testing.assert_allclose(jacobian, np.array(apart).reshape(block.size, len(jacobian)).T, atol=2e-8, rtol=1e-6)


@KINDS
@given(data=st.data())
@settings(max_examples=25)
def test_far_coordinates_saturate_and_never_break(name: str, data: st.DataObject) -> None:
    block = BLOCKS[name]
    x = np.array(data.draw(st.lists(st.floats(-1e6, 1e6), min_size=block.size, max_size=block.size)))
    theta, jacobian = block.natural(x)
    assert np.isfinite(theta).all()
    assert np.isfinite(jacobian).all()
    assert np.isfinite(block.free(theta)).all()


@given(x=st.lists(st.floats(-40, 40), min_size=7, max_size=7), shared=st.sets(st.sampled_from(["omega", "alpha", "beta"])))
@settings(max_examples=40)
def test_every_recursion_is_positive_and_stationary(x: list[float], shared: set[str]) -> None:
    for kind, number in (("gjr", GARCH), ("tarch", TARCH)):
        block = RecursionCoordinates((kind, kind), frozenset(shared))
        theta, _ = block.natural(np.resize(x, block.size))
        omega, alpha, gamma, beta = block.coefficients(theta).T
        assert (omega > 0).all()
        assert (alpha >= 0).all()
        assert (alpha + gamma >= -1e-15).all()  # the rounding of a difference
        assert (beta + MEAN_ABSOLUTE[number] * (alpha + gamma / 2) <= MOST_PERSISTENT + 1e-12).all()


def test_shared_coefficients_are_those_of_every_regime() -> None:
    theta, _ = TWO.natural(points(TWO)[0])
    assert TWO.names == ("omega[1]", "omega[2]", "alpha", "gamma", "beta[1]", "beta[2]")
    coefficients = TWO.coefficients(theta)
    np.testing.assert_array_equal(coefficients[0, 1:3], coefficients[1, 1:3])
    assert coefficients[0, 3] != coefficients[1, 3]


@given(st.lists(st.floats(-35, 35), min_size=6, max_size=6))
def test_transitions_are_probabilities(x: list[float]) -> None:
    matrix = transition_matrix(TransitionLogits(3).natural(np.array(x))[0], 3)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-14)
    leaving = matrix[~np.eye(3, dtype=bool)]
    np.testing.assert_array_equal(transition_matrix(leaving, 3)[~np.eye(3, dtype=bool)], leaving)


def random_matrix(k: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=k)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_stationary_law_stays(k: int) -> None:
    matrix = random_matrix(k, seed=k)
    law = stationary(matrix)
    np.testing.assert_allclose(law @ matrix, law, atol=1e-14)
    assert law.sum() == pytest.approx(1)


def test_a_chain_that_never_leaves_still_has_a_law_that_stays() -> None:
    law = stationary(np.eye(3))
    assert (law >= 0).all()
    np.testing.assert_allclose(law.sum(), 1)
    np.testing.assert_array_equal(stationary_score(np.eye(2), np.array([0.5, 0.5]), np.zeros(2)), np.zeros((2, 2)))


def test_the_stationary_score_is_its_difference_along_rows_that_sum_to_one() -> None:
    matrix, slope, step = random_matrix(3, seed=8), np.array([0.3, -1.0, 2.0]), 1e-6
    score = stationary_score(matrix, stationary(matrix), slope)
    for i, to, off in ((0, 1, 2), (1, 0, 1), (2, 2, 0)):
        move = np.zeros((3, 3))
        move[i, to], move[i, off] = step, -step
        apart = slope @ (stationary(matrix + move) - stationary(matrix - move)) / (2 * step)
        assert score[i, to] - score[i, off] == pytest.approx(apart, abs=1e-8)  # rounding of 1e-16 / 1e-6


def test_expected_durations_are_geometric() -> None:
    np.testing.assert_allclose(expected_durations(np.array([[0.9, 0.1], [0.5, 0.5]])), [10, 2])


@pytest.mark.parametrize("kind", [GARCH, TARCH, EGARCH])
def test_a_recursion_rests_where_it_stays_with_the_slopes_of_its_differences(kind: int) -> None:
    coefficients = np.array({EGARCH: [-0.1, 0.2, -0.05, 0.9]}.get(kind, [0.02, 0.05, 0.08, 0.85]))
    state, slopes = resting_state(kind, coefficients)
    assert next_state(kind, state, np.nan, *coefficients) == pytest.approx(state, rel=1e-14)  # a shock of the expected size moves nothing
    step = 1e-6
    apart = [
        (resting_state(kind, coefficients + move)[0] - resting_state(kind, coefficients - move)[0]) / (2 * step)
        for move in step * np.eye(4)
    ]
    # rounding of 1e-16 / 1e-6, times 1 / (1 - persistence) = 20
    np.testing.assert_allclose(slopes, [*apart, 0, 0], atol=1e-7, rtol=1e-6)


def simple_variance(coefficients: np.ndarray) -> float:
    omega, alpha, gamma, beta = coefficients
    return float(omega / (1 - alpha - gamma / 2 - beta))


def test_the_unconditional_variance_of_one_regime_and_of_equal_regimes_is_the_textbooks() -> None:
    one = np.array([0.02, 0.05, 0.08, 0.85])
    for k in (1, 2, 3):
        matrix = random_matrix(k, seed=k + 20)
        variance = unconditional_variance(np.tile(one, (k, 1)), np.full(k, 0.5), matrix, stationary(matrix))
        assert variance == pytest.approx(simple_variance(one), rel=1e-12)


def test_there_is_no_variance_where_the_shocks_explode() -> None:
    wild = np.array([[0.1, 0.6, 0.0, 0.6]])
    assert unconditional_variance(wild, np.array([0.5]), np.ones((1, 1)), np.ones(1)) == np.inf


def targeted(implied: Callable[[np.ndarray], float], target: float) -> TargetedCoordinates:
    return TargetedCoordinates(join_blocks([RecursionCoordinates(("gjr",), frozenset()), Bounded(("nu",), 2.05, 500.0)]), implied, target)


def test_targeted_coordinates_hold_the_variance_and_return() -> None:
    block = targeted(lambda theta: simple_variance(theta[:4]), 0.7)
    for x in points(block, spread=2.0):
        theta, jacobian = block.natural(x)
        assert simple_variance(theta[:4]) == pytest.approx(0.7, rel=1e-12)
        np.testing.assert_allclose(block.free(theta), x, rtol=1e-9, atol=1e-9)
        step = 1e-5
        apart = [(block.natural(x + move)[0] - block.natural(x - move)[0]) / (2 * step) for move in step * np.eye(len(x))]
        np.testing.assert_allclose(jacobian, np.stack(apart, axis=1), atol=1e-6, rtol=1e-5)  # of differences of step 1e-6 themselves
