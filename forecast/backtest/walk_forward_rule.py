"""Where the walk-forward starts and how often it refits: `[walk_forward]` of an experiment."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from features.errors import InputError
from forecast.models.rules import RuleTable
from forecast.target.sample import Sample
from forecast.target.splits import Fold, walk_forward_folds


def _a_day(value: Any) -> Any:
    if isinstance(value, date | str) and not isinstance(value, datetime):
        return value
    raise ValueError(f"must be a day such as 1997-01-02, got {value!r}")


class WalkForward(RuleTable):
    """Refits on an expanding past, every `refit_every` sessions from `start` (default: five years after the first session)."""

    DAYS_BEFORE: ClassVar = 5 * 365 + 1  # the first start, without `start`
    start: Annotated[date, BeforeValidator(_a_day)] | None = None
    refit_every: Annotated[int, Field(strict=True, ge=1, le=1000)] = 21
    min_history: Annotated[int, Field(strict=True, ge=100)] = 750

    def first_row(self, sample: Sample) -> int:
        """Row of the first forecast: that of `start`, and never before `min_history` sessions; InputError if there is none."""
        start = np.datetime64(self.start) if self.start else sample.sessions[0] + np.timedelta64(self.DAYS_BEFORE, "D")
        row = max(int(np.searchsorted(sample.sessions, start)), self.min_history)
        if row >= len(sample):
            raise InputError(
                f"walk_forward: would start on {start}, or after {self.min_history} sessions, but the last session of {sample.market} is "
                f"{sample.sessions[-1]}; choose an earlier start or a longer history"
            )
        return row

    def folds(self, sample: Sample) -> list[Fold]:
        """The refits on this sample; InputError for a history that ends before the first."""
        return list(walk_forward_folds(sample.rows, start=self.first_row(sample), refit_every=self.refit_every))
