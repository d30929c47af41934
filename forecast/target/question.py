"""A question: over which horizon, and past which barrier."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

BarrierKind = Literal["surge", "sigma", "fixed"]


class Question(BaseModel):
    """Which barrier does the index meet first within `horizon` sessions?

    The barrier is a log move: `surge` = size times the surge's own log return, `sigma` = size * s * sqrt(horizon) with s the
    volatility before the surge, `fixed` = size.
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
        what = {
            "surge": f"{self.size:g} of the surge",
            "sigma": f"{self.size:g} sigma of {self.horizon} sessions",
            "fixed": f"a log move of {self.size:g}",
        }[self.barrier]
        return f"which comes first within {self.horizon} sessions: a further rise or a fall of {what}?"
