"""Distribution of the target range after a meeting, on a grid of 25 basis points."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Float = NDArray[np.float64]

STEP = 25.0  # basis points; the size in which the Committee moves, and CME's grid
SUM_TOLERANCE = 0.01  # how far from 1 published probabilities may sum: 40 ranges that err by half of the fourth decimal, doubled


@dataclass(frozen=True)
class Distribution:
    """Probabilities of the target ranges after a meeting.

    meeting : day of the decision. lower : (n,) lower bounds, basis points, ascending. probabilities : (n,), each in [0, 1], sum 1.
    current : lower bound in force when the prices were made, basis points. width : of a range, basis points; 0 for a single target.
    ValueError for arrays that are none of this.
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
        """Probability of the range whose lower bound is `lower`, basis points; 0 off the grid."""
        return float(self.probabilities[np.abs(self.lower - lower) < STEP / 2].sum())


def distributions(days: Sequence[pd.Timestamp], moves: Float, *, current: float, width: float) -> tuple[Distribution, ...]:
    """Distribution after each meeting: each move split between its two neighbouring multiples of 25, meetings independent.

    moves : (n,) expected moves at the meetings `days`, basis points; finite, else ValueError. A move of 35 is 25 with probability 0.6 and
    50 with 0.4, one of -35 is -25 with 0.6. Source: CME FedWatch methodology.
    """
    if not np.isfinite(moves).all():
        raise ValueError(f"moves must be finite, got {moves.tolist()}")
    whole = np.floor(moves / STEP)
    part = moves / STEP - whole
    found, probabilities, base = [], np.ones(1), 0.0
    for meeting, down, up in zip(days, whole, part, strict=True):
        probabilities = np.convolve(probabilities, [1 - up, up])
        base += down
        lower = current + STEP * (base + np.arange(len(probabilities)))
        found.append(Distribution(meeting, lower, probabilities, current, width))
    return tuple(found)
