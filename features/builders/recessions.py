"""Recessions: the NBER's months of recession and expansion, as far as they had been dated by a day. No features.

Months are counts since January 1970 (`month_number`). A recession is the months after a peak up to its trough, the NBER's own
convention.
"""

from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pandas as pd

# Months after which a month without an announced peak counts as expansion. The committee has never taken more than twelve (the peak
# of 2007-12, announced on 2008-12-01); before 1987 it had taken five and six, so that half as much again was a margin at any time.
SURE_AFTER = 18
COLUMNS = ("month", "kind", "known", "basis")  # of facts/nber.csv


@lru_cache(maxsize=1)
def turning_points() -> pd.DataFrame:
    """One row a turning point: `month` (its first day), `kind` (peak or trough), `known` (the day of its announcement), `basis`.

    `basis` is `announced`, or `assumed` for those before 1980, which were dated without a formal announcement: they count as known
    a year after the month ended. Source: announcements of the NBER's Business Cycle Dating Committee.
    """
    with files("features").joinpath("facts/nber.csv").open("r", encoding="utf-8") as text:
        frame = pd.read_csv(text)
    if tuple(frame.columns) != COLUMNS:
        raise ValueError(f"facts/nber.csv must have the columns {', '.join(COLUMNS)}, got {', '.join(frame.columns)}")
    frame["month"] = pd.to_datetime(frame["month"], format="%Y-%m").astype("datetime64[ns]")
    frame["known"] = pd.to_datetime(frame["known"], format="%Y-%m-%d").astype("datetime64[ns]")
    return frame


def month_number(days: pd.DatetimeIndex) -> np.ndarray:
    """Months since January 1970 of `days` (n,), integers."""
    return days.to_numpy().astype("datetime64[M]").astype(np.int64)


def month_of(day: pd.Timestamp) -> int:
    """Months since January 1970 of `day`."""
    return 12 * (day.year - 1970) + day.month - 1


@lru_cache(maxsize=1)
def announcements() -> pd.DatetimeIndex:
    """The days on which turning points came to be known, rising."""
    return pd.DatetimeIndex(turning_points()["known"]).as_unit("ns")


@lru_cache(maxsize=1)
def _turns() -> tuple[tuple[int, str], ...]:
    """Month by number and kind of every turning point, rising."""
    record = turning_points()
    return tuple(zip(month_number(pd.DatetimeIndex(record["month"])).tolist(), record["kind"].tolist(), strict=True))


def dated(months: np.ndarray, day: pd.Timestamp) -> np.ndarray:
    """1.0 for a month of recession, 0.0 for one of expansion, NaN for one not dated by the close of `day`; `months` (n,) by number.

    Up to the last turning point announced, months are what the turning points say. After an announced trough, months that lie
    SURE_AFTER months back are expansion: a peak among them would have been announced. Later ones, and all after an announced peak,
    are left open. Before the first turning point NaN.
    """
    turns = _turns()[: announcements().searchsorted(day, side="right")]
    out = np.full(len(months), np.nan)
    for (begin, kind), (end, _) in pairwise(turns):
        out[(months > begin) & (months <= end)] = float(kind == "peak")
    if turns and turns[-1][1] == "trough":
        out[(months > turns[-1][0]) & (months <= month_of(day) - SURE_AFTER)] = 0.0
    return out


def recession_ahead(months: np.ndarray, day: pd.Timestamp, *, first: int = 1, last: int = 12) -> np.ndarray:
    """1.0 where any month from `first` to `last` months after each of `months` (n,) was one of recession, 0.0 where none was.

    As far as it was dated by the close of `day`: NaN while undecided. first = last = 12 asks of the twelfth month alone.
    """
    if not len(months):
        return np.empty(0)
    span = dated(np.arange(months.min() + first, months.max() + last + 1), day)
    windows = np.lib.stride_tricks.sliding_window_view(span, last - first + 1)[months - months.min()]
    some, none = (windows == 1).any(axis=1), (windows == 0).all(axis=1)
    return np.where(some, 1.0, np.where(none, 0.0, np.nan))
