"""Ridge: the mode and its covariance against a dense Newton, scikit-learn and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from forecast.engines.arrays import Float
from forecast.engines.regression.ridge_logistic import Cases, Mode, ridge_logistic

SIZES = (40, 0, 70, 25)  # rows of each group; the second has none


def cases(seed: int = 1, sizes: tuple[int, ...] = SIZES) -> Cases:
    """Cases whose log odds hang on two columns, an offset and the group."""
    rng = np.random.default_rng(seed)
    count = sum(sizes)
    design = np.column_stack([np.ones(count), rng.standard_normal((count, 2))])
    offset = rng.normal(0, 0.5, count)
    odds = design @ [0.3, 0.8, -0.5] + offset + np.repeat(rng.normal(0, 0.7, len(sizes)), sizes)
    happened = (rng.random(count) < expit(odds)).astype(float)
    return Cases(design, happened, rng.uniform(0.2, 1.5, count), offset, np.cumsum([0, *sizes[:-1]]))


def wide(given: Cases) -> Float:
    """The design with a column for each group."""
    member = np.repeat(np.arange(len(given.starts)), given.sizes)
    return np.column_stack([given.design, (member[:, None] == np.arange(len(given.starts))).astype(float)])


def dense(given: Cases, precision: Float) -> tuple[Float, Float]:
    """The slow twin: Newton's steps with a column for each group; the mode and the inverse of the curvature."""
    design, found = wide(given), np.zeros(len(precision))
    for _ in range(100):
        chance = expit(design @ found + given.offset)
        curve = (design.T * (given.weight * chance * (1 - chance))) @ design + np.diag(precision)
        found = found - np.linalg.solve(curve, design.T @ (given.weight * (chance - given.happened)) + precision * found)
    return found, np.linalg.inv(curve)


@pytest.mark.parametrize(("precision", "group_precision"), [(4.0, 4.0), (0.5, 20.0), (30.0, 0.1)])
def test_mode_and_covariance_are_those_of_one_column_a_group(precision: float, group_precision: float) -> None:
    given = cases()
    k, g = given.design.shape[1], len(given.starts)
    mode = ridge_logistic(given, precision=np.full(k, precision), group_precision=group_precision)
    found, inverse = dense(given, np.r_[np.full(k, precision), np.full(g, group_precision)])
    # CLOSE leaves a decrement of 1e-12, a millionth of a standard error; these are below 4
    np.testing.assert_allclose(np.r_[mode.coefficients, mode.departures], found, rtol=0, atol=4e-6)
    np.testing.assert_allclose(mode.covariance, inverse[: k + 1, : k + 1], rtol=1e-5)


def test_scikit_learn_finds_the_same_where_every_column_is_penalised_alike() -> None:
    given = cases()
    given = Cases(given.design, given.happened, given.weight, np.zeros(len(given.offset)), given.starts)  # it has no offset
    mode = ridge_logistic(given, precision=np.full(3, 2.0), group_precision=2.0)
    peer = LogisticRegression(C=1 / 2.0, fit_intercept=False, tol=1e-10, max_iter=1000)
    peer.fit(wide(given), given.happened, sample_weight=given.weight)
    np.testing.assert_allclose(np.r_[mode.coefficients, mode.departures], peer.coef_[0], rtol=0, atol=1e-5)  # lbfgs stops there


def test_without_a_prior_it_is_the_generalised_linear_model_of_statsmodels_with_its_offset_and_errors() -> None:
    given = cases(sizes=(150,))
    mode = ridge_logistic(given, precision=np.full(3, 1e-9), group_precision=1e9)
    peer = sm.GLM(given.happened, given.design, sm.families.Binomial(), offset=given.offset, freq_weights=given.weight).fit(tol=1e-14)
    np.testing.assert_allclose(mode.coefficients, peer.params, rtol=0, atol=1e-6)
    np.testing.assert_allclose(mode.covariance[:3, :3], peer.cov_params(), rtol=1e-5)


def test_where_nothing_happened_or_is_known_the_prior_speaks() -> None:
    nothing = ridge_logistic(cases(sizes=(0, 0)), precision=np.array([4.0, 1.0, 0.25]), group_precision=16.0)
    np.testing.assert_array_equal(np.r_[nothing.coefficients, nothing.departures], 0.0)
    np.testing.assert_allclose(nothing.covariance, np.diag([1 / 4, 1, 4, 1 / 16]), rtol=1e-12)
    some = ridge_logistic(cases(), precision=np.ones(3), group_precision=4.0)
    assert some.departures[1] == 0  # a group without rows
    assert np.abs(np.delete(some.departures, 1)).min() > 0


def test_a_weight_of_two_is_a_case_that_stands_twice_and_of_nought_is_none() -> None:
    given = cases(sizes=(60,))
    twice = Cases(*(np.concatenate([part, part]) for part in (given.design, given.happened, given.weight, given.offset)), given.starts)
    double = Cases(given.design, given.happened, 2 * given.weight, given.offset, given.starts)
    half = np.where(np.arange(60) < 30, given.weight, 0.0)
    none = Cases(given.design, given.happened, half, given.offset, given.starts)
    fewer = Cases(given.design[:30], given.happened[:30], given.weight[:30], given.offset[:30], given.starts)
    for one, other in ((twice, double), (none, fewer)):
        found: list[Mode] = [ridge_logistic(each, precision=np.ones(3), group_precision=1.0) for each in (one, other)]
        np.testing.assert_allclose(found[0].coefficients, found[1].coefficients, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found[0].covariance, found[1].covariance, rtol=1e-9)


def test_what_always_happened_is_held_by_the_prior() -> None:
    given = cases(sizes=(30, 30))
    always = Cases(given.design, np.ones(60), 50 * given.weight, given.offset - 30, given.starts)  # far from where Newton's steps hold
    mode = ridge_logistic(always, precision=np.full(3, 1.0), group_precision=1.0)
    chance = expit(always.design @ mode.coefficients + np.repeat(mode.departures, always.sizes) + always.offset)
    residual = always.weight * (chance - always.happened)
    np.testing.assert_allclose(always.design.T @ residual, -mode.coefficients, atol=1e-4)  # the slope is nought, at odds of some tens
    np.testing.assert_allclose(always.summed(residual), -mode.departures, atol=1e-4)
