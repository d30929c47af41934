"""Distribution of the target range after a meeting, on a grid of 25 basis points."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Float = NDArray[np.float64]

STEP = 25.0  # basis points; the size in which the Committee moves, and CME's grid
SUM_TOLERANCE = 0.01  # of the sum of published probabilities: 40 ranges that err by half of the fourth decimal, doubled


@dataclass(frozen=True)
class Distribution:
    """Probabilities of the target ranges after a meeting.

    Parameters
    ----------
    meeting : Timestamp
        Day of the decision.
    lower : ndarray, shape (n,)
        Lower bounds of the ranges, basis points, ascending.
    probabilities : ndarray, shape (n,)
        Each in [0, 1], with sum 1; else ValueError.
    current : float
        Lower bound in force when the prices were made, basis points.
    width : float
        Width of a range, basis points; 0 for a single target.
    """

    meeting: pd.Timestamp
    lower: Float
    probabilities: Float
    current: float
    width: float

    def __post_init__(self) -> None:
        if self.lower.shape != self.probabilities.shape or self.lower.ndim != 1 or len(self.lower) == 0:
            raise ValueError(f"lower and probabilities must be (n,) and alike, got {self.lower.shape} and {self.probabilities.shape}")
        if not ((self.probabilities >= -1e-12) & (self.probabilities <= 1 + 1e-12)).all() or abs(self.probabilities.sum() - 1) > 1e-9:
            raise ValueError(f"probabilities must lie in [0, 1] and sum to 1, got {self.probabilities.tolist()}")

    @cached_property
    def steps(self) -> Float:
        """(n,) moves from the range in force, in units of 25 basis points."""
        return (self.lower - self.current) / STEP

    @property
    def p_cut(self) -> float:
        """Probability of a range below the one in force now."""
        return float(self.probabilities[self.steps < -0.5].sum())

    @property
    def p_hike(self) -> float:
        """Probability of a range above the one in force now."""
        return float(self.probabilities[self.steps > 0.5].sum())

    @property
    def p_unchanged(self) -> float:
        """Probability of the range in force now."""
        return float(self.probabilities[np.abs(self.steps) <= 0.5].sum())

    @property
    def mean_change(self) -> float:
        """Expected change from the range in force now, basis points."""
        return float(self.probabilities @ (self.lower - self.current))

    @property
    def entropy(self) -> float:
        """Shannon entropy, nats; 0 where the outcome is certain."""
        positive = self.probabilities[self.probabilities > 0]
        return float(-(positive * np.log(positive)).sum()) + 0.0

    def probability(self, lower: float) -> float:
        """Probability of one range.

        Parameters
        ----------
        lower : float
            Its lower bound, basis points.

        Returns
        -------
        float
            0 off the grid.
        """
        return float(self.probabilities[np.abs(self.lower - lower) < STEP / 2].sum())


def distributions(days: Sequence[pd.Timestamp], moves: Float, *, current: float, width: float) -> tuple[Distribution, ...]:
    """Distribution after each meeting: each expected move split between its two neighbouring multiples of 25, meetings independent.

    Parameters
    ----------
    days : sequence of Timestamp, length n
        Days of the meetings.
    moves : ndarray, shape (n,)
        Expected moves, basis points; finite, else ValueError. A move of 35 is 25 with probability 0.6 and 50 with 0.4.
    current : float
        Lower bound in force, basis points.
    width : float
        Width of a range, basis points.

    Returns
    -------
    tuple of Distribution
        One for each meeting.

    References
    ----------
    CME FedWatch methodology.
    """
    if not np.isfinite(moves).all():
        raise ValueError(f"moves must be finite, got {moves.tolist()}")
    whole = np.floor(moves / STEP)
    part = moves / STEP - whole
    after, probabilities, base = [], np.ones(1), 0.0
    for meeting, down, up in zip(days, whole, part, strict=True):
        probabilities = np.convolve(probabilities, [1 - up, up])
        base += down
        lower = current + STEP * (base + np.arange(len(probabilities)))
        after.append(Distribution(meeting, lower, probabilities, current, width))
    return tuple(after)
