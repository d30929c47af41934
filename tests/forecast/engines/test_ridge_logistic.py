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


def wide(sample: Cases) -> Float:
    """The design with a column for each group."""
    member = np.repeat(np.arange(len(sample.starts)), sample.sizes)
    return np.column_stack([sample.design, (member[:, None] == np.arange(len(sample.starts))).astype(float)])


def dense(sample: Cases, precision: Float) -> tuple[Float, Float]:
    """The slow twin: Newton's steps with a column for each group; the mode and the inverse of the curvature."""
    design, mode = wide(sample), np.zeros(len(precision))
    for _ in range(100):
        chance = expit(design @ mode + sample.offset)
        curve = (design.T * (sample.weight * chance * (1 - chance))) @ design + np.diag(precision)
        mode = mode - np.linalg.solve(curve, design.T @ (sample.weight * (chance - sample.happened)) + precision * mode)
    return mode, np.linalg.inv(curve)


@pytest.mark.parametrize(("precision", "group_precision"), [(4.0, 4.0), (0.5, 20.0), (30.0, 0.1)])
def test_mode_and_covariance_are_those_of_one_column_a_group(precision: float, group_precision: float) -> None:
    sample = cases()
    k, g = sample.design.shape[1], len(sample.starts)
    mode = ridge_logistic(sample, precision=np.full(k, precision), group_precision=group_precision)
    dense_mode, inverse = dense(sample, np.r_[np.full(k, precision), np.full(g, group_precision)])
    # CLOSE leaves a decrement of 1e-12, a millionth of a standard error; these are below 4
    np.testing.assert_allclose(np.r_[mode.coefficients, mode.departures], dense_mode, rtol=0, atol=4e-6)
    np.testing.assert_allclose(mode.covariance, inverse[: k + 1, : k + 1], rtol=1e-5)


def test_scikit_learn_finds_the_same_where_every_column_is_penalised_alike() -> None:
    sample = cases()
    sample = Cases(sample.design, sample.happened, sample.weight, np.zeros(len(sample.offset)), sample.starts)  # it has no offset
    mode = ridge_logistic(sample, precision=np.full(3, 2.0), group_precision=2.0)
    peer = LogisticRegression(C=1 / 2.0, fit_intercept=False, tol=1e-10, max_iter=1000)
    peer.fit(wide(sample), sample.happened, sample_weight=sample.weight)
    np.testing.assert_allclose(np.r_[mode.coefficients, mode.departures], peer.coef_[0], rtol=0, atol=1e-5)  # lbfgs stops there


def test_without_a_prior_it_is_the_generalised_linear_model_of_statsmodels_with_its_offset_and_errors() -> None:
    sample = cases(sizes=(150,))
    mode = ridge_logistic(sample, precision=np.full(3, 1e-9), group_precision=1e9)
    peer = sm.GLM(sample.happened, sample.design, sm.families.Binomial(), offset=sample.offset, freq_weights=sample.weight).fit(tol=1e-14)
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
    sample = cases(sizes=(60,))
    twice = Cases(*(np.concatenate([part, part]) for part in (sample.design, sample.happened, sample.weight, sample.offset)), sample.starts)
    double = Cases(sample.design, sample.happened, 2 * sample.weight, sample.offset, sample.starts)
    half = np.where(np.arange(60) < 30, sample.weight, 0.0)
    none = Cases(sample.design, sample.happened, half, sample.offset, sample.starts)
    fewer = Cases(sample.design[:30], sample.happened[:30], sample.weight[:30], sample.offset[:30], sample.starts)
    for one, other in ((twice, double), (none, fewer)):
        modes: list[Mode] = [ridge_logistic(each, precision=np.ones(3), group_precision=1.0) for each in (one, other)]
        np.testing.assert_allclose(modes[0].coefficients, modes[1].coefficients, rtol=0, atol=1e-9)
        np.testing.assert_allclose(modes[0].covariance, modes[1].covariance, rtol=1e-9)


def test_what_always_happened_is_held_by_the_prior() -> None:
    sample = cases(sizes=(30, 30))
    always = Cases(sample.design, np.ones(60), 50 * sample.weight, sample.offset - 30, sample.starts)  # far from where Newton's steps hold
    mode = ridge_logistic(always, precision=np.full(3, 1.0), group_precision=1.0)
    chance = expit(always.design @ mode.coefficients + np.repeat(mode.departures, always.sizes) + always.offset)
    residual = always.weight * (chance - always.happened)
    np.testing.assert_allclose(always.design.T @ residual, -mode.coefficients, atol=1e-4)  # the slope is nought, at odds of some tens
    np.testing.assert_allclose(always.summed(residual), -mode.departures, atol=1e-4)
