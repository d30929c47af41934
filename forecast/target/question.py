"""A question: over which horizon, and past which barrier."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

BarrierKind = Literal["surge", "sigma", "fixed"]


class Question(BaseModel):
    """Which barrier does the index meet first within `horizon` sessions?

    Parameters
    ----------
    horizon : int, default 21
        Sessions ahead, 1 to 252.
    barrier : {"surge", "sigma", "fixed"}, default "surge"
        Unit of the barrier, which is a log move: "surge", the surge's own log return; "sigma", s * sqrt(horizon) with s the volatility of
        a session before the surge; "fixed", a log move of 1.
    size : float, default 0.5
        The barrier in that unit, above 0 and at most 10.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    horizon: Annotated[int, Field(strict=True, ge=1, le=252)] = 21
    barrier: BarrierKind = "surge"
    size: Annotated[float, Field(strict=True, gt=0, le=10, allow_inf_nan=False)] = 0.5

    @property
    def label(self) -> str:
        """Short name for tables and metrics: `surge_0.5_h21`."""
        return f"{self.barrier}_{self.size}_h{self.horizon}"

    @property
    def sentence(self) -> str:
        """The question in words."""
        words = {
            "surge": f"{self.size:g} of the surge",
            "sigma": f"{self.size:g} sigma of {self.horizon} sessions",
            "fixed": f"a log move of {self.size:g}",
        }[self.barrier]
        return f"which comes first within {self.horizon} sessions: a further rise or a fall of {words}?"
