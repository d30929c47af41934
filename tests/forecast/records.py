"""Simulated records of forecasts for the tests of what is learned from them."""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.models.ensemble.episode_weights import Evidence


def drawn(p: Float, seed: int) -> Int:
    """Outcomes (...,) drawn from probabilities (..., 3)."""
    u = np.random.default_rng(seed).uniform(size=p.shape[:-1])
    return (u[..., None] > p.cumsum(axis=-1)[..., :2]).sum(axis=-1)


def forecasts(*shape: int, seed: int = 21) -> Float:
    """Probabilities, (*shape, 3), as far apart as those of surges are."""
    return np.random.default_rng(seed).dirichlet([4, 2, 4], size=shape)


def record(outcomes: Int, *, episodes: float | None = None, kinds: list[int] | None = None) -> Evidence:
    """Evidence of outcomes (n, q), each row an episode of its own, worth `episodes` in all (default, n); kinds of barrier (q,)."""
    n, q = outcomes.shape
    each = np.zeros(q, dtype=np.int64)
    levels = (each, each if kinds is None else np.array(kinds), np.arange(q))
    return Evidence(
        outcomes, np.full((n, q), (n if episodes is None else episodes) / max(n, 1)), np.arange(n), levels, np.zeros(q, dtype=bool)
    )
