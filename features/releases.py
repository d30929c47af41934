"""Releases: one input at its own frequency, each value with the day on which it was known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Releases:
    """`observed` values by stamp (n,), without NaN; `known` (n,), not falling: the day at whose close each of them was known.

    What is computed from what was observed up to a stamp is known when that stamp's value is: `onto` carries it to the sessions.
    `max_age` is how long after its release a value is still called known.
    """

    observed: pd.Series
    known: pd.DatetimeIndex
    max_age: pd.Timedelta

    def up_to(self, day: pd.Timestamp) -> "Releases":
        """What had been released by the close of `day`."""
        count = int(self.known.searchsorted(day, side="right"))
        return Releases(self.observed.iloc[:count], self.known[:count], self.max_age)

    def onto(self, sessions: pd.DatetimeIndex, computed: pd.Series | None = None) -> pd.Series:
        """`computed` (n,), by default what was observed, as last known at each session's close; NaN before the first and once too old."""
        values = (self.observed if computed is None else computed).to_numpy("float64")
        last = self.known.searchsorted(sessions, side="right") - 1
        out = np.full(len(sessions), np.nan)
        some = last >= 0
        age = sessions[some].to_numpy() - self.known.to_numpy()[last[some]]
        out[some] = np.where(age <= self.max_age.to_numpy(), values[last[some]], np.nan)
        return pd.Series(out, index=sessions)
