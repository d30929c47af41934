"""A question: over which horizon, and past which barrier."""

from math import log1p
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

BarrierKind = Literal["surge", "sigma", "fixed", "fall"]
FALL: BarrierKind = "fall"  # the one kind without an upper barrier
HALF_OR_WHOLE = {0.5: "half the surge", 1.0: "the whole surge"}


class Question(BaseModel):
    """Which barrier does the index meet first within `horizon` sessions? Of a fall: does it meet the lower one, whatever came first?

    A fall has no upper barrier: it comes (`reverse`) or does not (`stall`), and `continue` is impossible.

    Parameters
    ----------
    horizon : int, default 21
        Sessions ahead, 1 to 252.
    barrier : {"surge", "sigma", "fixed", "fall"}, default "surge"
        Unit of the barrier, which is a log move: "surge", the surge's own log return; "sigma", s * sqrt(horizon) with s the volatility of
        a session before the surge; "fixed", a log move of 1. "fall": a close that is `size` of the surge's close below it, as people say
        it, so that 0.05 is five percent, a log move of -log(0.95).
    size : float, default 0.5
        The barrier in that unit, above 0 and at most 10; of a fall below 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    horizon: Annotated[int, Field(strict=True, ge=1, le=252)] = 21
    barrier: BarrierKind = "surge"
    size: Annotated[float, Field(strict=True, gt=0, le=10, allow_inf_nan=False)] = 0.5

    @model_validator(mode="after")
    def _below_all(self) -> "Question":
        if self.is_fall and not self.size < 1:
            raise ValueError(f"size of a fall must be below 1, the whole price, got {self.size:g}; 0.05 is five percent")
        return self

    @property
    def is_fall(self) -> bool:
        """Whether there is no upper barrier."""
        return self.barrier == FALL

    @property
    def fixed_move(self) -> float:
        """Log move > 0 of a barrier that hangs on its size alone: of a fall and of a fixed one."""
        return -log1p(-self.size) if self.is_fall else self.size

    @property
    def label(self) -> str:
        """Short name for tables and metrics: `surge_0.5_h21`."""
        return f"{self.barrier}_{self.size}_h{self.horizon}"

    @property
    def title(self) -> str:
        """The question as a heading: `half the surge in 21 sessions`."""
        return f"{barrier_words(self.barrier, self.size)} in {self.horizon} session{'' if self.horizon == 1 else 's'}"

    @property
    def sentence(self) -> str:
        """The question in words."""
        if self.is_fall:
            return f"does a close fall by {100 * self.size:.6g} % or more within {self.horizon} sessions?"
        words = {
            "surge": f"{self.size:g} of the surge",
            "sigma": f"{self.size:g} sigma of {self.horizon} sessions",
            "fixed": f"a log move of {self.size:g}",
        }[self.barrier]
        return f"which comes first within {self.horizon} sessions: a further rise or a fall of {words}?"


def barrier_words(kind: str, size: float) -> str:
    """A barrier in a few words: `half the surge`, `0.75 sigma`, `5 %`, `a fall of 5 %`."""
    return {
        "surge": HALF_OR_WHOLE.get(size, f"{size:.6g} of the surge"),
        "sigma": f"{size:.6g} sigma",
        "fixed": f"{100 * size:.6g} %",
        FALL: f"a fall of {100 * size:.6g} %",
    }[kind]
