"""Decision day: the convention that says whether the day of a decision has the old rate or the new one."""

from enum import StrEnum

import pandas as pd

# No change of the target held from the day after its decision before; the effective rate of 2003 to 2008 lies between both conventions.
NEXT_DAY_SINCE = pd.Timestamp("2003-01-01")


class DecisionDay(StrEnum):
    """The side of a decision on which its own day counts.

    Attributes
    ----------
    BEFORE
        The day has the old rate, and the new one holds from the next day: the effective rate, the settlements of the futures and CME's
        own tool.
    AFTER
        The day has the new rate: CME's published description and sheets, pyfedwatch, and the changes of the target before 2003.
    """

    BEFORE = "before"
    AFTER = "after"

    @property
    def lag(self) -> int:
        """Days from a decision to the first day of the rate that it sets."""
        return int(self is DecisionDay.BEFORE)


def decision_day_on(on: pd.Timestamp) -> DecisionDay:
    """The convention in force on a day, for the decisions of its month and for the meetings ahead; no later one is known then."""
    return DecisionDay.BEFORE if on >= NEXT_DAY_SINCE else DecisionDay.AFTER
