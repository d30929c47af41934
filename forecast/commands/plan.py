"""Plan: how the time of a long command divides among its stages, so that what is left is estimated over the whole of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """`shares` of the time, by stage, in the order in which stages come; they need not add up to one."""

    shares: Mapping[str, float]

    def fraction(self, stage: str, done: int, total: int) -> float | None:
        """How much of the whole is done, 0 to 1; None for a stage that is not planned.

        total : 0 for a stage that counts nothing, which has then just begun.
        """
        if stage not in self.shares:
            return None
        before = 0.0
        for name, share in self.shares.items():
            if name == stage:
                break
            before += share
        part = done / total if total else 0.0
        return (before + self.shares[stage] * part) / sum(self.shares.values())


@dataclass(frozen=True)
class Estimate:
    """Seconds until the end, said at `at`; `fraction` is what was done by then. Times are those of one monotonic clock."""

    fraction: float
    at: float
    left: float

    @classmethod
    def of(cls, fraction: float, *, began: float, now: float) -> "Estimate":
        """What is left if the rest goes on as fast as what is done."""
        return cls(fraction, now, (now - began) * (1 - fraction) / fraction)

    def left_at(self, now: float) -> float:
        """What is left of it later; never below zero."""
        return max(0.0, self.left - (now - self.at))
