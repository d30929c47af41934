"""PathLaw of the sessions ahead: a GJR-GARCH with resampled residuals (filtered historical simulation)."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.garch_paths import garch_paths


@dataclass(frozen=True)
class GarchPathLaw:
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
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.PathLaw` asks."""
        recursion = (self.drift, self.omega, self.alpha, self.gamma, self.beta, self.variance)
        garch_paths(np.uint64(key), first, *recursion, self.residuals, moves)
