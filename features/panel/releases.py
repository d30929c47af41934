"""Releases: one input at its own frequency, each value with the day on which it became known."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

NEVER = np.datetime64("NaT", "ns")


@dataclass(frozen=True, eq=False)  # equal to itself alone, so that results may be memoised
class Releases:
    """One input at its own frequency.

    A result computed from values up to a stamp is known when that stamp's value is: `onto` carries it to the sessions.

    Parameters
    ----------
    observed : Series, shape (n,)
        Values by stamp, without NaN.
    known : DatetimeIndex, shape (n,)
        The day at whose close each of them was known; it never falls.
    max_age : Timedelta
        How long after its release a value still counts as known.
    """

    observed: pd.Series
    known: pd.DatetimeIndex
    max_age: pd.Timedelta
    cache: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)  # of features.panel.memoise

    def up_to(self, day: pd.Timestamp) -> "Releases":
        """The values released by the close of `day`."""
        count = int(self.known.searchsorted(day, side="right"))
        return Releases(self.observed.iloc[:count], self.known[:count], self.max_age)

    def onto(self, sessions: pd.DatetimeIndex, computed: pd.Series | None = None) -> pd.Series:
        """`computed` (n,), by default the values, as last known at each session's close; NaN before the first and once too old."""
        values = (self.observed if computed is None else computed).to_numpy("float64")
        released, days = self.known.to_numpy(), sessions.to_numpy()
        last = released.searchsorted(days, side="right") - 1
        fresh = days - np.append(released, NEVER)[last] <= self.max_age.to_numpy()  # -1, before the first, takes NEVER, which is not
        return pd.Series(np.where(fresh, np.append(values, np.nan)[last], np.nan), index=sessions)

    def on(self, days: pd.DatetimeIndex, by: pd.DatetimeIndex | None = None) -> np.ndarray:
        """(n,) the value stamped with each day; NaN where there is none, or it was not known at the close of `by`, by default that day."""
        stamps, wanted = self.observed.index.to_numpy(), days.to_numpy()
        last = stamps.searchsorted(wanted, side="right") - 1
        return self._taken(last, np.append(stamps, NEVER)[last] == wanted, wanted if by is None else by.to_numpy())

    def of_month_before(self, sessions: pd.DatetimeIndex) -> np.ndarray:
        """(n,) the last value stamped in the calendar month before each session's; NaN where there is none, or it was not known."""
        stamps, days = self.observed.index.to_numpy(), sessions.to_numpy()
        month = days.astype("datetime64[M]")
        last = stamps.searchsorted(month.astype(stamps.dtype)) - 1
        return self._taken(last, np.append(stamps, NEVER)[last].astype("datetime64[M]") == month - 1, days)

    def _taken(self, places: np.ndarray, wanted: np.ndarray, days: np.ndarray) -> np.ndarray:
        """(n,) observed at `places`, of which -1 is none, where `wanted` and known on the days; else NaN."""
        released = np.append(self.known.to_numpy(), NEVER)[places]
        return np.where(wanted & (released <= days), np.append(self.observed.to_numpy("float64"), np.nan)[places], np.nan)
