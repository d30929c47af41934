"""Remaining time of a long command, from how its time divides among its stages and how fast the present one goes."""

from collections.abc import Mapping
from dataclasses import dataclass

TRUSTED = 0.05  # of a stage done, before its speed is believed


@dataclass(frozen=True)
class Plan:
    """`shares` of the time, by stage, in the order in which stages come; they need not add up to one."""

    shares: Mapping[str, float]

    def fraction(self, stage: str, done: int, total: int) -> float | None:
        """How much of the whole is done, 0 to 1; `total` is 0 for a stage that counts nothing. None for a stage that is not planned."""
        if stage not in self.shares:
            return None
        before, now, after = self._around(stage)
        return (before + now * (done / total if total else 0.0)) / (before + now + after)

    def left(self, stage: str, done: int, total: int, seconds: float, first: int = 0) -> float | None:
        """Seconds to the end of the whole, by the speed of this stage, which began `seconds` ago; None while that says nothing.

        `first` steps were done when the stage began and took no time. Earlier stages say little about this one: files are read at
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
    """Seconds until the end, `left`, estimated at `at` on a monotonic clock."""

    at: float
    left: float

    def left_at(self, now: float) -> float:
        """Seconds left at a later moment; never below zero."""
        return max(0.0, self.left - (now - self.at))


def remaining_text(seconds: float) -> str:
    """`seconds` as people say them, to the minute above ten."""
    whole = round(seconds)
    if whole >= 600:
        return f"about {round(whole / 60)} min left"
    return f"about {whole // 60}:{whole % 60:02d} left"
