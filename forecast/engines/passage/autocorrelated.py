"""PathLaw whose returns have a first autocorrelation."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.autocorrelated_paths import correlate_paths
from forecast.engines.passage.first_passage import PathLaw


class DriftingLaw(PathLaw, Protocol):
    """A law of uncorrelated returns about a drift."""

    @property
    def drift(self) -> float:
        """Mean log return of a session."""
        ...


@dataclass(frozen=True)
class AutocorrelatedLaw(PathLaw):
    """First-order autoregression whose shocks e are the returns of another law less its drift.

    Log returns are drift + y with y' = c y + sqrt(1 - c^2) e. A session keeps the variance that the other law gives it where that is
    steady; the variance of a long sum of returns is (1 + c) / (1 - c) times as large.

    Parameters
    ----------
    law : DriftingLaw
        The law of returns without autocorrelation.
    coefficient : float
        c, between -1 and 1, both left out; with 0 the paths are those of `law`.
    last : float
        y of the last session before the paths: its log return less the drift, finite.

    Raises
    ------
    ValueError
        If `coefficient` is out of its range or a number is not finite.

    References
    ----------
    Lo and MacKinlay (1988), Stock market prices do not follow random walks: evidence from a simple specification test, Rev. Financ.
    Stud. 1: weekly returns of small companies are autocorrelated, and variance ratios say by how much.
    """

    law: DriftingLaw
    coefficient: float
    last: float

    def __post_init__(self) -> None:
        if not (-1 < self.coefficient < 1 and np.isfinite(self.last)):
            raise ValueError(f"coefficient must lie between -1 and 1 and last be finite, got {self.coefficient} and {self.last}")

    def fill(self, key: int, first: int, moves: Float) -> None:
        self.law.fill(key, first, moves)
        if self.coefficient != 0:
            correlate_paths(self.law.drift, self.coefficient, self.last, moves)
