import numpy as np
import pytest

from forecast.models.ensemble.methods import combined_error
from forecast.models.ensemble.pool import linear_pool, pooled, pooled_error

pytestmark = pytest.mark.slow


def dirichlet(*shape: int) -> np.ndarray:
    return np.random.default_rng(11).dirichlet([4, 2, 4], size=shape)


def test_the_pool_of_one_is_itself_and_of_equals_is_theirs() -> None:
    p = dirichlet(7, 1)
    np.testing.assert_allclose(pooled(p, np.ones(1)), p[:, 0])
    np.testing.assert_allclose(pooled(np.repeat(p, 3, axis=1), np.array([0.2, 0.3, 0.5])), p[:, 0])


def test_the_pool_is_the_normalised_geometric_mean() -> None:
    p = dirichlet(4, 2)
    product = p[:, 0] ** 0.3 * p[:, 1] ** 0.7
    np.testing.assert_allclose(pooled(p, np.array([0.3, 0.7])), product / product.sum(axis=1, keepdims=True))


def test_the_linear_pool_is_the_weighted_mean() -> None:
    p = dirichlet(4, 2)
    np.testing.assert_allclose(linear_pool(p, np.array([0.3, 0.7])), 0.3 * p[:, 0] + 0.7 * p[:, 1], rtol=1e-15)


def shaken(p: np.ndarray, paths: int, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies of `paths` drawn from each row of p, `draws` times, and their standard errors."""
    rng = np.random.default_rng(seed)
    return np.stack([np.stack([rng.multinomial(paths, row) / paths for row in p]) for _ in range(draws)]), np.sqrt(p * (1 - p) / paths)


@pytest.mark.parametrize("simulated", range(3))
def test_where_one_component_simulates_the_error_of_the_pool_is_what_resampling_shows(simulated: int) -> None:
    p, weights = dirichlet(3), np.array([0.5, 0.3, 0.2])
    draws, errors = shaken(p, paths=20_000, draws=4000, seed=13)
    only = np.arange(3)[:, None] == simulated
    spread = pooled(np.where(only, draws, p), weights).std(axis=0)
    # 4,000 draws know a standard deviation to 1.1 %; what is beyond first order is of the size of the errors, one percent
    np.testing.assert_allclose(pooled_error(p, np.where(only, errors, 0.0), weights), spread, rtol=0.06)


def test_where_several_do_the_error_is_met_if_they_move_together_and_a_bound_if_they_do_not() -> None:
    p, weights = np.tile(dirichlet(1), (3, 1)), np.array([0.5, 0.3, 0.2])
    draws, errors = shaken(p, paths=20_000, draws=4000, seed=14)
    together = pooled(np.repeat(draws[:, :1], 3, axis=1), weights).std(axis=0)
    np.testing.assert_allclose(pooled_error(p, errors, weights), together, rtol=0.06)
    assert (pooled(draws, weights).std(axis=0) < 0.9 * pooled_error(p, errors, weights)).all()


def test_the_error_of_a_pool_of_one_is_its_own() -> None:
    p, counts = dirichlet(1), np.random.default_rng(15).multinomial(500, [0.2, 0.3, 0.5], size=64)
    errors = counts.std(axis=0, keepdims=True) / 500  # of numbers that sum to a constant
    np.testing.assert_allclose(pooled_error(p, errors, np.ones(1)), errors[0], rtol=1e-9)
    np.testing.assert_array_equal(pooled_error(p, np.zeros((1, 3)), np.ones(1)), 0)


def test_the_error_of_a_linear_pool_is_met_where_components_move_together() -> None:
    p, weights = np.tile(dirichlet(1), (3, 1)), np.array([0.5, 0.3, 0.2])
    draws, errors = shaken(p, paths=20_000, draws=4000, seed=16)
    together = linear_pool(np.repeat(draws[:, :1], 3, axis=1), weights).std(axis=0)
    np.testing.assert_allclose(combined_error(p, errors, weights, "stacking"), together, rtol=0.06)  # 4,000 draws know it to 1.1 %
