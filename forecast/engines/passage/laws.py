"""Gaussian regime chain ahead."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.chain import chain_paths
from forecast.engines.kernels.garch import garch_paths
from forecast.engines.kernels.msgarch_paths import msgarch_paths


@dataclass(frozen=True)
class ChainLaw:
    """In each session ahead the regime moves by `transitions`, and the log return is normal with its mean and vol.

    regimes : (k,) probabilities of today's regime.   transitions : (k, k), row = from.   means, vols : (k,), a session's; vols > 0.
    ValueError where the shapes do not fit, or probabilities are none or do not sum to 1 (to 1e-9).
    """

    regimes: Float
    transitions: Float
    means: Float
    vols: Float

    def __post_init__(self) -> None:
        k = len(self.regimes)
        if self.transitions.shape != (k, k) or self.means.shape != (k,) or self.vols.shape != (k,):
            shapes = (self.regimes.shape, self.transitions.shape, self.means.shape, self.vols.shape)
            raise ValueError(f"regimes, transitions, means and vols must be (k,), (k, k), (k,) and (k,), got {shapes}")
        for name, given in (("regimes", self.regimes), ("transitions", self.transitions)):
            if not ((given >= 0).all() and np.allclose(given.sum(axis=-1), 1, rtol=0, atol=1e-9)):
                raise ValueError(f"{name} must be probabilities that sum to 1, got {given.tolist()}")
        if not (np.isfinite(self.means).all() and np.isfinite(self.vols).all() and (self.vols > 0).all()):
            raise ValueError(f"means must be finite and vols > 0, got {self.means.tolist()} and {self.vols.tolist()}")

    @property
    def opening(self) -> Float:
        """Probabilities of the first session's regime, (k,)."""
        return self.regimes @ self.transitions

    def fill(self, key: int, first: int, moves: Float) -> None:
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.Law` asks."""
        chain_paths(np.uint64(key), first, np.cumsum(self.opening), np.cumsum(self.transitions, axis=1), self.means, self.vols, moves)


@dataclass(frozen=True)
class GarchLaw:
    """A session's log return is drift + sqrt(h) z, and h' = omega + (alpha + gamma 1{z < 0}) h z^2 + beta h.

    variance : h of the first session ahead, > 0.   residuals : (n,), sorted rising; z is one of them, each as likely.
    EWMA is omega = gamma = 0, alpha + beta = 1. ValueError for a number that is not finite, or residuals that are not sorted.
    Source: filtered historical simulation, Barone-Adesi, Giannopoulos and Vosper (1999).
    """

    drift: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    variance: float
    residuals: Float

    def __post_init__(self) -> None:
        numbers = (self.drift, self.omega, self.alpha, self.gamma, self.beta, self.variance)
        if not np.isfinite(numbers).all():
            raise ValueError(f"a GARCH law must be finite, got {numbers}")
        if not self.variance > 0:
            raise ValueError(f"variance must be > 0, got {self.variance}")
        if not (len(self.residuals) and np.isfinite(self.residuals).all() and (np.diff(self.residuals) >= 0).all()):
            raise ValueError("residuals must be finite and sorted rising, at least one")

    def fill(self, key: int, first: int, moves: Float) -> None:
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.Law` asks."""
        recursion = (self.drift, self.omega, self.alpha, self.gamma, self.beta, self.variance)
        garch_paths(np.uint64(key), first, *recursion, self.residuals, moves)


@dataclass(frozen=True)
class SwitchingGarchLaw:
    """In each session ahead the regime moves by `transitions` and every recursion by the common shock, as `kernels.msgarch` says.

    opening : (k,) probabilities of the first session's regime.   transitions : (k, k), row = from.   kinds : (k,).
    coefficients : (k, 4).   shapes : (k, SHAPE).   states : (k,) of the recursions at the first session.
    drift, ar : of the mean equation.   deviation : the last log return's from the drift.
    ValueError where a number is not finite or the opening does not sum to 1 (to 1e-9).
    """

    opening: Float
    transitions: Float
    kinds: Int
    coefficients: Float
    shapes: Float
    states: Float
    drift: float
    ar: float
    deviation: float

    def __post_init__(self) -> None:
        numbers = (self.opening, self.transitions, self.coefficients, self.states, self.drift, self.ar, self.deviation)
        if not all(np.isfinite(number).all() for number in numbers):
            raise ValueError("a switching GARCH law must be finite")
        if not np.isclose(self.opening.sum(), 1, rtol=0, atol=1e-9):
            raise ValueError(f"opening must be probabilities that sum to 1, got {self.opening.tolist()}")

    def fill(self, key: int, first: int, moves: Float) -> None:
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.Law` asks."""
        chain = np.cumsum(self.opening), np.cumsum(self.transitions, axis=1)
        recursions = self.kinds, self.coefficients, self.shapes, self.states
        msgarch_paths(np.uint64(key), first, *chain, *recursions, self.drift, self.ar, self.deviation, moves)
