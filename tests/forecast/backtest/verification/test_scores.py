import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.backtest.verification.scores import SCORES, brier, log_score, newey_west_mean, rps


def test_ranked_probability_score_is_the_published_one() -> None:
    # unnormalised .53 and .17 for (.2, .5, .3) in class 3 and (.6, .3, .1) in class 1; ours is divided by the two steps
    scored = rps(np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]]), np.array([2, 0]))
    np.testing.assert_allclose(scored, [0.53 / 2, 0.17 / 2])


def test_brier_and_log_by_hand() -> None:
    p = np.array([[0.5, 0.2, 0.3]])
    assert brier(p, np.array([0]))[0] == pytest.approx(0.25 + 0.04 + 0.09)
    assert log_score(p, np.array([1]))[0] == pytest.approx(-np.log(0.2))


@pytest.mark.parametrize("name", SCORES)
def test_the_true_probability_scores_best(name: str) -> None:
    truth = np.array([0.45, 0.15, 0.40])
    outcomes = np.arange(3)
    best = truth @ SCORES[name](np.tile(truth, (3, 1)), outcomes)
    rng = np.random.default_rng(1)
    for other in rng.dirichlet([1, 1, 1], size=200):
        assert truth @ SCORES[name](np.tile(other, (3, 1)), outcomes) >= best


@pytest.mark.parametrize("name", ["brier", "rps"])
def test_certainty_that_comes_true_costs_nothing(name: str) -> None:
    np.testing.assert_array_equal(SCORES[name](np.eye(3), np.arange(3)), 0)


def test_labels_that_are_no_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="coded 0 to 2, got 1 to 3"):
        rps(np.full((3, 3), 1 / 3), np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="coded 0 to 2, got -1 to 1"):
        log_score(np.full((3, 3), 1 / 3), np.array([-1, 0, 1]))
    with pytest.raises(ValueError, match="must be \\(n, k\\) with n = 2"):
        brier(np.full((3, 3), 1 / 3), np.array([1, 2]))


def slow_t(gain: np.ndarray, lags: int) -> float:
    """Newey and West (1987) with Bartlett weights."""
    e = gain - gain.mean()
    total = e @ e + 2 * sum((1 - k / (lags + 1)) * (e[k:] @ e[:-k]) for k in range(1, lags + 1))
    return gain.mean() / np.sqrt(total / len(gain) ** 2)


@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.integers(1, 20))
def test_t_is_that_of_newey_and_west(seed: int, n: int, lags: int) -> None:
    rng = np.random.default_rng(seed)
    gain = 0.1 + np.convolve(rng.standard_normal(n + 4), np.ones(5), mode="valid")
    mean = newey_west_mean(gain, lags=lags)
    assert mean.mean == pytest.approx(gain.mean())
    assert mean.error == pytest.approx(gain.mean() / slow_t(gain, lags), rel=1e-8)
    assert mean.t == pytest.approx(slow_t(gain, lags), rel=1e-8)
