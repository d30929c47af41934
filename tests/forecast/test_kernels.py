"""Kernels against slow twins, exact sums and published values."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, norm

from forecast.kernels.garch import gjr_variance
from forecast.kernels.markov import hamilton_filter, log_densities, smoothed_moments
from forecast.kernels.paths import garch_passage, regime_passage
from forecast.kernels.random import stream, uniform

KEY = np.uint64(20240716)
GAUSS = np.sort(norm.ppf((np.arange(20_000) + 0.5) / 20_000))


def uniforms(paths: int, draws: int) -> np.ndarray:
    return np.array([[uniform(np.uint64(stream(KEY, path)), draw) for draw in range(draws)] for path in range(paths)])


def test_counted_random_numbers_are_uniform_and_independent() -> None:
    found = uniforms(3000, 12)
    assert kstest(found.ravel(), "uniform").pvalue > 1e-3
    # 132 correlations of 3,000 draws: the largest of so many stays below 4 standard errors
    across = np.corrcoef(found.T) - np.eye(12)
    assert np.abs(across).max() < 4 / math.sqrt(3000)
    assert abs(np.corrcoef(found[:-1, 0], found[1:, 0])[0, 1]) < 4 / math.sqrt(3000)


def walk(barrier: float, horizon: int, paths: int = 200_000, vol: float = 0.01, drift: float = 0.0) -> np.ndarray:
    law = (drift, 0.0, 0.0, 0.0, 1.0, vol**2)
    return garch_passage(KEY, paths, *law, GAUSS, np.array([barrier]), np.array([horizon]))[0] / paths


def exact_walk(barrier: float, horizon: int, vol: float = 0.01, drift: float = 0.0, cells: int = 1200) -> np.ndarray:
    """First passage of a Gaussian walk by a transition matrix between the barriers; midpoint rule, error below 1e-5."""
    edges = np.linspace(-barrier, barrier, cells + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    step = norm.pdf(middle[None, :], middle[:, None] + drift, vol) * (edges[1] - edges[0])
    up, down = norm.sf(barrier, middle + drift, vol), norm.cdf(-barrier, middle + drift, vol)
    inside = norm.pdf(middle, drift, vol) * (edges[1] - edges[0])
    rise, fall = norm.sf(barrier, drift, vol), norm.cdf(-barrier, drift, vol)
    for _ in range(horizon - 1):
        rise, fall = rise + inside @ up, fall + inside @ down
        inside = inside @ step
    return np.array([fall, inside.sum(), rise])


@pytest.mark.parametrize(("barrier", "horizon", "drift"), [(0.02, 21, 0.0), (0.05, 21, 0.0), (0.05, 63, 0.0005), (0.01, 1, 0.0)])
def test_first_passage_of_a_gaussian_walk_is_that_of_its_transition_matrix(barrier: float, horizon: int, drift: float) -> None:
    # 4 standard errors of 200,000 paths
    np.testing.assert_allclose(
        walk(barrier, horizon, drift=drift), exact_walk(barrier, horizon, drift=drift), atol=4 * 0.5 / math.sqrt(200_000)
    )


def test_an_unreachable_barrier_stalls_and_one_session_is_the_normal_law() -> None:
    np.testing.assert_array_equal(walk(10.0, 21, paths=1000), [0, 1, 0])
    np.testing.assert_allclose(walk(0.01, 1), [norm.cdf(-1), norm.cdf(1) - norm.cdf(-1), norm.sf(1)], atol=4 * 0.5 / math.sqrt(200_000))


def slow_garch_passage(paths: int, law: tuple[float, ...], residuals: np.ndarray, barrier: float, horizon: int) -> np.ndarray:
    drift, omega, alpha, gamma, beta, variance = law
    counts = np.zeros(3, dtype=int)
    for path in range(paths):
        start = np.uint64(stream(KEY, path // 2))
        move, h, outcome = 0.0, variance, 1
        for step in range(1, horizon + 1):
            u = uniform(start, step - 1)
            u = 1 - u if path % 2 else u
            e = math.sqrt(h) * residuals[min(int(u * len(residuals)), len(residuals) - 1)]
            move += drift + e
            h = omega + (alpha + gamma * (e < 0)) * e**2 + beta * h
            if abs(move) >= barrier:
                outcome = 2 if move > 0 else 0
                break
        counts[outcome] += 1
    return counts


def test_garch_paths_are_those_of_the_slow_twin() -> None:
    law = (0.0003, 2e-6, 0.05, 0.1, 0.88, 1.5e-4)
    fast = garch_passage(KEY, 600, *law, GAUSS, np.array([0.03, 0.05, 0.03]), np.array([21, 21, 5]))
    for row, (barrier, horizon) in zip(fast, [(0.03, 21), (0.05, 21), (0.03, 5)], strict=True):
        np.testing.assert_array_equal(row, slow_garch_passage(600, law, GAUSS, barrier, horizon))


def test_questions_asked_together_are_answered_as_alone() -> None:
    barriers, horizons = np.array([0.02, 0.04, 0.08]), np.array([5, 21, 63])
    law = (0.0, 1e-6, 0.05, 0.05, 0.9, 1e-4)
    together = garch_passage(KEY, 2000, *law, GAUSS, barriers, horizons)
    for q in range(3):
        np.testing.assert_array_equal(together[q], garch_passage(KEY, 2000, *law, GAUSS, barriers[q : q + 1], horizons[q : q + 1])[0])
    assert (together.sum(axis=1) == 2000).all()


def test_regime_paths_with_one_regime_are_a_gaussian_walk() -> None:
    one = (np.ones(1), np.ones((1, 1)), np.array([0.0002]), np.array([0.012]))
    found = regime_passage(KEY, 200_000, *one, np.array([0.04]), np.array([21]))[0] / 200_000
    np.testing.assert_allclose(found, exact_walk(0.04, 21, vol=0.012, drift=0.0002), atol=4 * 0.5 / math.sqrt(200_000))


def test_regime_paths_stay_in_an_absorbing_regime() -> None:
    chain = np.array([[0.0, 1.0], [0.0, 1.0]])  # the calm regime ends at once
    found = (
        regime_passage(KEY, 100_000, np.array([1.0, 0.0]), chain, np.zeros(2), np.array([1e-9, 0.02]), np.array([0.05]), np.array([10]))[0]
        / 1e5
    )
    np.testing.assert_allclose(found, exact_walk(0.05, 10, vol=0.02), atol=4 * 0.5 / math.sqrt(100_000))


def test_garch_variance_reaches_the_published_loglikelihood_of_dem2gbp(oracles_dir: Path) -> None:
    """Fiorentini, Calzolari and Panattoni (1996): -1106.6079 at these parameters; the squared shock and the variance
    before the first session are the mean square."""
    returns = np.loadtxt(oracles_dir / "dem2gbp.csv", skiprows=1)
    mu, omega, alpha, beta = -0.00619041, 0.0107613, 0.153134, 0.805974
    shocks = returns - mu
    variance = gjr_variance(shocks, omega, alpha, 0.0, beta, omega + (alpha + beta) * (shocks**2).mean())[:-1]
    assert norm.logpdf(shocks, scale=np.sqrt(variance)).sum() == pytest.approx(-1106.6079, abs=1e-4)


MEANS, VOLS = np.array([0.1, -0.2]), np.array([0.5, 1.5])
CHAIN, START = np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([0.6, 0.4])


def test_the_filter_and_smoother_are_sums_over_all_paths_of_regimes() -> None:
    returns = np.array([0.2, -1.1, 0.4, 2.0, -0.3])
    joint = {}
    for path in itertools.product(range(2), repeat=len(returns)):
        p = START[path[0]] * np.prod([CHAIN[a, b] for a, b in itertools.pairwise(path)])
        joint[path] = p * np.prod(norm.pdf(returns, MEANS[list(path)], VOLS[list(path)]))
    total = sum(joint.values())
    filtered, predicted, loglik = hamilton_filter(log_densities(returns, MEANS, VOLS), CHAIN, START)
    smoothed, crossings = smoothed_moments(filtered, predicted, CHAIN)
    assert loglik == pytest.approx(math.log(total), rel=1e-12)
    for t in range(len(returns)):
        assert smoothed[t, 0] == pytest.approx(sum(p for path, p in joint.items() if path[t] == 0) / total, rel=1e-12)
    expected = sum(p * sum(pair == (0, 1) for pair in itertools.pairwise(path)) for path, p in joint.items()) / total
    assert crossings[0, 1] == pytest.approx(expected, rel=1e-12)
    assert filtered[-1] == pytest.approx(smoothed[-1])


def test_an_outlier_of_forty_sigma_leaves_the_filter_finite() -> None:
    returns = np.array([0.1, 60.0, 0.1])
    filtered, _, loglik = hamilton_filter(log_densities(returns, MEANS, VOLS), CHAIN, START)
    assert np.isfinite(filtered).all()
    assert np.isfinite(loglik)
    np.testing.assert_allclose(filtered.sum(axis=1), 1)
