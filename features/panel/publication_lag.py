"""Publication lag: from the day that a value is stamped with to the session at whose close it was known."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.panel.releases import Releases

if TYPE_CHECKING:
    from features.panel.raw import RawSeries


@dataclass(frozen=True)
class Lag:
    """Publication lag: a value stamped s is known at the first session on or after s + months + days, plus `sessions`.

    Parameters
    ----------
    months, days, sessions : int, default 0
        The fixed lag; negative raises ValueError.
    released : tuple of Timestamp, optional
        Release days of a monthly series, rising: a month's value comes out on the first of them after the month has ended. Where that day
        served the month before, a release was missed: the month waits for the next day, which it then shares with the month after. Months
        beyond the first and last of these days have the fixed lag.
    """

    months: int = 0
    days: int = 0
    sessions: int = 0
    released: tuple[pd.Timestamp, ...] = ()

    def __post_init__(self) -> None:
        for part in ("months", "days", "sessions"):
            if getattr(self, part) < 0:
                raise ValueError(f"lag.{part} must be >= 0 (nothing is known before it happens), got {getattr(self, part)}")

    def row_known(self, stamps: pd.DatetimeIndex, sessions: pd.DatetimeIndex) -> np.ndarray:
        """Row of `sessions` at whose close each stamp's value is known; len(sessions) or more when that is still ahead."""
        return np.asarray(sessions.searchsorted(self.due(stamps), side="left")) + self.sessions

    def due(self, stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """The days on which values come out, before any lag in sessions."""
        later = stamps + pd.DateOffset(months=self.months) if self.months else stamps
        fixed = later + pd.Timedelta(days=self.days)
        if not self.released:
            return fixed
        days, ended = pd.DatetimeIndex(self.released).to_numpy(), (stamps + pd.DateOffset(months=1)).to_numpy()
        due, taken, waited = fixed.to_numpy(copy=True), -1, False
        for k in np.flatnonzero((ended > days[0]) & (ended <= days[-1])).tolist():
            first = int(days.searchsorted(ended[k]))
            shares = first == taken and waited  # or one day missing from the list would put off every later month
            waited = first <= taken and not shares
            taken = taken + waited if first <= taken else first
            if taken < len(days):
                due[k] = days[taken]
        return pd.DatetimeIndex(due)


NO_LAG = Lag()


def releases_of(raw: "RawSeries", sessions: pd.DatetimeIndex) -> Releases:
    """`raw` with the day on which each value was known: a session, or a weekday before the first of them.

    Days may not fall. By the lag, values after a late one wait for it. Where release days are on record, a value that came after a later
    one is left out: it was never the last known, and to delay all later values would be worse.
    """
    values = raw.observed.dropna()
    stamps = pd.DatetimeIndex(values.index)
    weekdays = pd.bdate_range(min(stamps[0], sessions[0]), sessions[0]).as_unit("ns")
    earlier = weekdays[weekdays < sessions[0]]
    days = pd.DatetimeIndex(earlier.append(sessions))
    rows = raw.lag.row_known(stamps, days)
    if raw.known is not None:
        release_days = pd.DatetimeIndex(raw.known.reindex(stamps))
        rows = np.where(release_days.isna(), rows, days.searchsorted(release_days, side="left"))
        in_turn = rows <= np.minimum.accumulate(rows[::-1])[::-1]  # of a value and of all later ones
        values, rows = values[in_turn], rows[in_turn]
    rows = np.maximum.accumulate(rows)  # before the values still ahead are cut off, so that a longer panel agrees
    within = rows < len(days)
    return Releases(values[within].astype("float64"), days[rows[within]], raw.every.max_age)
