import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from forecast import pool
from forecast.pool import learn_weights, pooled, pooled_error


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


def test_without_resolved_forecasts_weights_are_equal() -> None:
    np.testing.assert_array_equal(learn_weights(np.empty((0, 4, 3)), np.empty(0, int), episodes=0, prior_episodes=20), np.full(4, 0.25))


def simulated(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts of which the first is the truth and the others are not; outcomes drawn from the first."""
    rng, given = np.random.default_rng(12), dirichlet(n, 3)
    return given, np.array([rng.choice(3, p=p) for p in given[:, 0]])


def test_the_truth_gets_the_weight_as_evidence_grows() -> None:
    given, outcomes = simulated(2000)
    few = learn_weights(given, outcomes, episodes=5, prior_episodes=20)
    many = learn_weights(given, outcomes, episodes=2000, prior_episodes=2)
    assert 1 / 3 < few[0] < many[0]
    assert many[0] > 0.9


@given(st.floats(1, 1e5), st.integers(1, 400))
def test_weights_are_a_distribution(prior: float, episodes: int) -> None:
    given, outcomes = simulated(40)
    weights = learn_weights(given, outcomes, episodes=episodes, prior_episodes=prior)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1)


def test_a_heavy_prior_keeps_weights_equal() -> None:
    given, outcomes = simulated(200)
    np.testing.assert_allclose(learn_weights(given, outcomes, episodes=200, prior_episodes=1e6), 1 / 3, atol=1e-3)


def test_the_slope_of_the_loss_is_its_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    given, outcomes = simulated(50)
    caught = {}

    def capture(loss, start, **_):
        caught["loss"] = loss
        return type("Found", (), {"x": start})

    monkeypatch.setattr(pool, "minimize", capture)
    learn_weights(given, outcomes, episodes=30, prior_episodes=7)
    loss = caught["loss"]
    assert check_grad(lambda x: loss(x)[0], lambda x: loss(x)[1], np.array([0.3, -0.2, 0.5])) < 1e-5


def test_the_error_of_the_pool_bounds_what_resampling_shows() -> None:
    p, weights, paths = dirichlet(3), np.array([0.5, 0.3, 0.2]), 2000
    rng = np.random.default_rng(13)
    draws = np.stack([np.stack([rng.multinomial(paths, row) / paths for row in p]) for _ in range(3000)])
    errors = np.sqrt(p * (1 - p) / paths)
    assert (pooled(draws, weights).std(axis=0) <= pooled_error(p, errors, weights)).all()
    alone = pooled_error(p[:1], errors[:1], np.ones(1))
    assert (alone >= errors[0]).all()
    assert (alone <= 2 * errors[0]).all()
