"""Laws of the sessions ahead: each path kernel against a slow twin."""

import dataclasses
import math

import numpy as np
import pytest

from forecast.engines.kernels.quantile_table import node_chances
from forecast.engines.kernels.random import bits, stream
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.switching.innovations import size_table

pytestmark = pytest.mark.slow

KEY = 20240716
RESIDUALS = np.sort(np.random.default_rng(3).standard_t(5, 997))
GARCH = GarchPathLaw(0.0003, 2e-6, 0.05, 0.1, 0.88, 1.5e-4, RESIDUALS)
CHAIN = MarkovPathLaw(np.array([0.7, 0.3]), np.array([[0.6, 0.4], [0.5, 0.5]]), np.array([6e-4, -1e-3]), np.array([0.007, 0.021]))


def halves(path: int, session: int) -> tuple[int, int]:
    """Low and high 32 bits of a hash of the stream of this path's pair."""
    word = int(bits(np.uint64(stream(np.uint64(KEY), path // 2)), session))
    return word % 2**32, word // 2**32


def slow_garch(law: GarchPathLaw, path: int, horizon: int) -> list[float]:
    move, h, moves = 0.0, law.variance, []
    for session in range(horizon):
        place = halves(path, session // 2)[session % 2] * len(law.residuals) // 2**32
        z = float(law.residuals[-1 - place if path % 2 else place])
        move += law.drift + math.sqrt(h) * z
        h = law.omega + h * ((law.alpha + (law.gamma if z < 0 else 0.0)) * z * z + law.beta)
        moves.append(move)
    return moves


def test_garch_paths_are_those_of_the_slow_twin_to_the_bit() -> None:
    paths = simulate_paths(GARCH, 22, key=KEY, paths=501)
    np.testing.assert_array_equal(paths, [slow_garch(GARCH, path, 22) for path in range(501)])


def slow_chain(law: MarkovPathLaw, path: int, horizon: int) -> list[float]:
    move, odds, moves = 0.0, law.regimes @ law.transitions, []
    for session in range(horizon):
        low, high = halves(path, session)
        regime = int((high + 0.5) / 2**32 > odds[0])
        size = float(law.vols[regime] * np.interp((low + 0.5) / 2**32, node_chances(), size_table(np.inf)))
        shock = size if high % 2 else -size
        move += float(law.means[regime]) + (-shock if path % 2 else shock)
        odds = law.transitions[regime]
        moves.append(move)
    return moves


def test_chain_paths_are_those_of_the_slow_twin() -> None:
    paths = simulate_paths(CHAIN, 22, key=KEY, paths=501)
    # rounding of 22 steps, whose sizes are interpolated in another order
    np.testing.assert_allclose(paths, [slow_chain(CHAIN, path, 22) for path in range(501)], rtol=1e-10, atol=1e-14)


def test_the_variance_ahead_is_the_expected_recursion() -> None:
    """E h' = omega + (alpha + gamma E[z^2; z < 0] + beta) h for residuals of variance 1 and mean 0."""
    residuals = (RESIDUALS - RESIDUALS.mean()) / RESIDUALS.std()
    law = dataclasses.replace(GARCH, residuals=residuals)
    growth = law.alpha + law.gamma * (residuals**2 * (residuals < 0)).mean() + law.beta
    h = [law.variance]
    for _ in range(9):
        h.append(law.omega + growth * h[-1])
    returns = np.diff(simulate_paths(law, 10, key=KEY, paths=200_000), axis=1, prepend=0.0) - law.drift
    error = (returns**2).std(axis=0) / math.sqrt(100_000)  # a pair counted as one path
    assert (np.abs((returns**2).mean(axis=0) - h) < 4 * error).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variance": 0.0}, "variance must be > 0, got 0.0"),
        ({"omega": np.nan}, "a GARCH law must be finite"),
        ({"residuals": RESIDUALS[::-1]}, "residuals must be finite and sorted rising"),
        ({"residuals": np.zeros(0)}, "at least one"),
    ],
)
def test_an_invalid_garch_law_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(GARCH, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regimes": np.array([0.7, 0.4])}, r"regimes must be probabilities that sum to 1, got \[0.7, 0.4\]"),
        ({"transitions": np.array([[1.2, -0.2], [0.5, 0.5]])}, "transitions must be probabilities"),
        ({"regimes": np.ones(1)}, r"must be \(k,\), \(k, k\), \(k,\) and \(k,\), got"),
        ({"vols": np.array([0.0, 0.02])}, "means must be finite and vols > 0"),
        ({"means": np.array([np.nan, 0.0])}, "means must be finite and vols > 0"),
    ],
)
def test_an_invalid_chain_law_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CHAIN, **change)
