"""The penalised multinomial logit against another library, its own first-order condition, and a case known exactly."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from forecast.engines.arrays import Float, Int
from forecast.engines.regression.multinomial_logit import NotConvergedError, fit_multinomial


def drawn(scale: float, seed: int = 1) -> tuple[Float, Int, Float]:
    """Rows, outcomes that two columns decide, and weights that are not equal."""
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((300, 8)) * scale
    lean = 2 * design[:, 0] / scale + design[:, 1] / scale + rng.logistic(size=300)
    return design, np.digitize(lean, [-1.0, 1.0]), rng.uniform(0.05, 2.0, 300)


@pytest.mark.parametrize("scale", [0.05, 1.0, 30.0])
def test_the_slope_at_the_minimum_is_nought_and_scikit_learn_ends_there(scale: float) -> None:
    design, outcomes, weights = drawn(scale)
    coefficients, intercepts, _ = fit_multinomial(design, outcomes, weights)
    other = LogisticRegression(C=1.0, max_iter=10_000, tol=1e-9).fit(design, outcomes, sample_weight=weights)
    np.testing.assert_allclose(coefficients, other.coef_, rtol=0, atol=1e-5)  # its search ends on the slope, the distance is its root
    np.testing.assert_allclose(intercepts, other.intercept_, rtol=0, atol=1e-5)
    odds = np.exp(design @ coefficients.T + intercepts)
    off = (odds / odds.sum(axis=1, keepdims=True) - np.eye(3)[outcomes]) * weights[:, None]
    size = np.abs(design).sum() * weights.max()  # of the sums; rounding is 1e-16 of it, what Newton's last step left is less than 1e-9
    np.testing.assert_allclose(off.T @ design + coefficients, 0, atol=1e-12 * size)
    np.testing.assert_allclose(off.sum(axis=0), 0, atol=1e-12 * size)


def test_without_columns_the_probabilities_are_weighted_frequencies() -> None:
    outcomes, weights = np.array([0, 1, 1, 2, 2, 2]), np.array([1.0, 1.0, 0.5, 2.0, 2.0, 1.0])
    _, intercepts, _ = fit_multinomial(np.empty((6, 0)), outcomes, weights)
    np.testing.assert_allclose(np.exp(intercepts) / np.exp(intercepts).sum(), np.array([1.0, 1.5, 5.0]) / 7.5, rtol=1e-12)


def test_a_search_that_does_not_end_is_reported() -> None:
    design, outcomes, weights = drawn(1.0)
    with np.errstate(invalid="ignore"), pytest.raises(NotConvergedError, match="no minimum in 100 steps"):
        fit_multinomial(design * np.nan, outcomes, weights)
