"""Hidden Markov chains: filter, smoother and most likely path against sums over every path of regimes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.engines.kernels.hamilton_filter import hamilton_filter, kim_smoother, viterbi_path
from forecast.engines.kernels.plain_regimes import COUNT, PULL, SQUARE, SUM, TAIL
from forecast.engines.kernels.state_densities import state_densities
from forecast.engines.markov.expectations import expectations

pytestmark = pytest.mark.slow

N = 6


def chain(k: int, steps: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random log densities (N, k), transitions (steps, k, k) and the law of the first regime (k,)."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2, (N, k)), rng.dirichlet(np.ones(k), size=(steps, k)), rng.dirichlet(np.ones(k))


def weights_of_paths(densities: np.ndarray, transitions: np.ndarray, initial: np.ndarray) -> dict[tuple[int, ...], float]:
    """Joint density of the observations and each path of regimes."""
    n, k = densities.shape
    out = {}
    for path in itertools.product(range(k), repeat=n):
        weight = initial[path[0]] * math.exp(sum(densities[t, j] for t, j in enumerate(path)))
        for t in range(1, n):
            weight *= transitions[t if len(transitions) > 1 else 0, path[t - 1], path[t]]
        out[path] = weight
    return out


CASES = pytest.mark.parametrize(("k", "steps"), [(1, 1), (2, 1), (2, N), (3, 1), (3, N)])


@CASES
@pytest.mark.parametrize("missing", [(), (0, 2, 3), (N - 1,)])
def test_filter_and_smoother_are_sums_over_all_paths(k: int, steps: int, missing: tuple[int, ...]) -> None:
    densities, transitions, initial = chain(k, steps, seed=10 * k + steps)
    densities[list(missing)] = 0.0  # a session that tells nothing
    filtered, predicted, loglik = hamilton_filter(densities, transitions, initial)
    smoothed, crossings = kim_smoother(filtered, predicted, transitions)
    assert len(viterbi_path(densities, transitions, initial)) == N
    for t in range(N):
        until = weights_of_paths(densities[: t + 1], transitions, initial)
        total = sum(until.values())
        assert loglik[: t + 1].sum() == pytest.approx(math.log(total), abs=1e-12)
        for j in range(k):
            assert filtered[t, j] == pytest.approx(sum(w for path, w in until.items() if path[t] == j) / total, rel=1e-12)
    paths = weights_of_paths(densities, transitions, initial)
    total, counted = sum(paths.values()), np.zeros_like(transitions)
    for path, weight in paths.items():
        for t, (i, j) in enumerate(itertools.pairwise(path), start=1):
            counted[t if steps > 1 else 0, i, j] += weight / total
    np.testing.assert_allclose(crossings, counted, rtol=1e-11, atol=1e-14)
    for t, j in itertools.product(range(N), range(k)):
        assert smoothed[t, j] == pytest.approx(sum(w for path, w in paths.items() if path[t] == j) / total, rel=1e-11)
    for t in missing:
        np.testing.assert_allclose(filtered[t], predicted[t], rtol=1e-14)


@CASES
def test_the_most_likely_path_is_that_of_all_paths(k: int, steps: int) -> None:
    for seed in range(20):
        densities, transitions, initial = chain(k, steps, seed)
        paths = weights_of_paths(densities, transitions, initial)
        assert tuple(viterbi_path(densities, transitions, initial)) == max(paths, key=lambda path: paths[path])


def test_the_filter_stands_an_outlier_while_the_regime_it_belongs_to_is_impossible() -> None:
    densities = np.array([[-8000.0, -1.0], [-1.0, -1.5]])  # the first observation is 126 standard deviations out in regime 1
    filtered, _, loglik = hamilton_filter(densities, np.array([[[0.9, 0.1], [0.2, 0.8]]]), np.array([1.0, 0.0]))
    np.testing.assert_array_equal(filtered[0], [1, 0])
    assert loglik[0] == -8000.0
    assert np.isfinite(filtered).all()


MEANS, VOLS = np.array([0.05, 0.1, -0.2]), np.array([0.5, 1.0, 3.0])


@given(
    k=st.integers(1, 3),
    seed=st.integers(0, 10_000),
    nu=st.sampled_from([np.inf, 2.5, 7.0, 400.0]),
    outlier=st.sampled_from([0.0, 5.0, 40.0, 1e3, 1e5]),
    missing=st.sets(st.integers(0, 39), max_size=10),
)
@settings(max_examples=20)
def test_one_pass_forth_and_back_gives_what_filter_and_smoother_give(
    k: int, seed: int, nu: float, outlier: float, missing: set[int]
) -> None:
    rng = np.random.default_rng(seed)
    returns, means, vols = rng.standard_normal(40), MEANS[:k], VOLS[:k]
    returns[17] += outlier
    returns[list(missing)] = np.nan
    transitions, initial = rng.dirichlet(np.ones(k) / 2, size=k) * (1 - 1e-6) + 1e-6 / k, rng.dirichlet(np.ones(k))
    value, moments, crossings, first = expectations(returns, means, vols, transitions, initial, nu, np.empty((5, len(means), len(returns))))
    digits = np.arange(k)[:, None]
    densities = state_densities(returns, means[None], vols, digits, nu)
    filtered, predicted, loglik = hamilton_filter(densities, transitions[None], initial)
    smoothed, counted = kim_smoother(filtered, predicted, transitions[None])
    # sums of 40 terms of up to 1e10, a different order of additions
    assert value == pytest.approx(loglik.sum(), rel=1e-11)
    np.testing.assert_allclose(first, smoothed[0], atol=1e-9)
    np.testing.assert_allclose(crossings, counted[0], atol=1e-8)
    finite = np.isfinite(returns)
    away, held = returns[finite, None] - means, smoothed[finite]
    square = (away / vols) ** 2
    pull = np.ones_like(square) if np.isinf(nu) else (nu + 1) / (nu - 2 + square)
    expected = {COUNT: held, PULL: held * pull, SUM: held * pull * away, SQUARE: held * pull * away**2}
    if np.isfinite(nu):
        expected[TAIL] = held * 0.5 * (square * pull / (nu - 2) - np.log1p(square / (nu - 2)))
    for place, terms in expected.items():
        np.testing.assert_allclose(moments[:, place], terms.sum(axis=0), rtol=1e-7, atol=1e-7)
