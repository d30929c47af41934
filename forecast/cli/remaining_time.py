"""Plan: how the time of a long command divides among its stages, so that what is left is estimated over the whole of it."""

from collections.abc import Mapping
from dataclasses import dataclass

TRUSTED = 0.05  # of a stage done, before its speed is believed


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
        before, now, after = self._around(stage)
        return (before + now * (done / total if total else 0.0)) / (before + now + after)

    def left(self, stage: str, done: int, total: int, seconds: float, first: int = 0) -> float | None:
        """Seconds to the end of the whole, by the speed of this stage, which began `seconds` ago; None while that says nothing.

        first : how many were done when it began, and took no time. What came before a stage tells little of it: files are read at
        another speed than models are fitted.
        """
        if stage not in self.shares or not total or done - first < max(1, TRUSTED * (total - first)):
            return None
        _, now, after = self._around(stage)
        each = seconds / (done - first)
        return each * (total - done) + each * total * after / now

    def _around(self, stage: str) -> tuple[float, float, float]:
        """Shares before the stage, of it and after it."""
        names = list(self.shares)
        place, parts = names.index(stage), list(self.shares.values())
        return sum(parts[:place]), parts[place], sum(parts[place + 1 :])


@dataclass(frozen=True)
class Estimate:
    """Seconds until the end, `left`, said at `at` on a monotonic clock."""

    at: float
    left: float

    def left_at(self, now: float) -> float:
        """What is left of it later; never below zero."""
        return max(0.0, self.left - (now - self.at))
