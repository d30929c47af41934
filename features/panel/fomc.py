"""Meetings of the Federal Open Market Committee: the record that ships with the package, and the part of it known on a day."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd

from features.errors import InputError

COLUMNS = ("day", "kind", "announced", "cancelled", "lower", "upper")
A_YEAR = 8  # scheduled meetings in each year since 1981
FURTHEST = 5  # years beyond the last published schedule for which the rule still answers
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Meeting:
    """A meeting of the Committee, or a decision between meetings.

    Parameters
    ----------
    day : Timestamp
        Its last day, on which the decision counts. Before 1994, when nothing was announced, the business day after, on which the Desk's
        operations showed the decision, as in the series of the target (DFEDTAR).
    scheduled : bool
        False for a decision between meetings. Conference calls that left the target alone are not recorded.
    published : bool, default True
        False where the day is not public and `meetings_ahead` puts it there by its rule.
    lower, upper : float
        Target range after it, percent, equal before 2008-12-16; NaN where not decided yet, or not recorded.
    announced : Timestamp, optional
        Day from which its date was public; None where not on record.
    cancelled : Timestamp, optional
        Day on which it was called off; None where it was not.
    """

    day: pd.Timestamp
    scheduled: bool
    published: bool = True
    lower: float = math.nan
    upper: float = math.nan
    announced: pd.Timestamp | None = None
    cancelled: pd.Timestamp | None = None


def _read() -> pd.DataFrame:
    """facts/fomc.csv, a row a meeting in the order of `day`; NaN and NaT = not on record."""
    with files("features").joinpath("facts/fomc.csv").open("r", encoding="utf-8") as text:
        frame = pd.read_csv(text)
    if tuple(frame.columns) != COLUMNS:
        raise ValueError(f"facts/fomc.csv must have the columns {', '.join(COLUMNS)}, got {', '.join(frame.columns)}")
    for column in ("day", "announced", "cancelled"):
        frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d").astype("datetime64[ns]")
    return frame


@lru_cache(maxsize=1)
def meetings() -> tuple[Meeting, ...]:
    """Every meeting on record, from 1988 on; cancelled meetings and published schedules included.

    Days on which a schedule was announced are on record for 2013, 2017 and 2026 on. The schedules of 2024 and 2025 count as public
    from the first day on which CME FedWatch listed one of their meetings, others from 1 July of the year before.

    Returns
    -------
    tuple of Meeting
        In order.
    """
    record = _read()
    columns = [record[name].tolist() for name in ("day", "kind", "announced", "cancelled", "lower", "upper")]
    return tuple(
        Meeting(
            pd.Timestamp(on).as_unit("ns"),
            scheduled=kind != "unscheduled",
            lower=float(lower),
            upper=float(upper),
            announced=pd.Timestamp(announced).as_unit("ns"),
            cancelled=None if pd.isna(cancelled) else pd.Timestamp(cancelled).as_unit("ns"),
        )
        for on, kind, announced, cancelled, lower, upper in zip(*columns, strict=True)
    )


@lru_cache(maxsize=1)
def _stamps() -> tuple[np.ndarray, np.ndarray]:
    """Day and day of announcement of each meeting of record, nanoseconds: comparing stamps one by one would be slow over a history."""
    days = [meeting.day.value for meeting in meetings()]
    public = [meeting.announced.value if meeting.scheduled and meeting.announced is not None else NEVER for meeting in meetings()]
    return np.array(days, dtype=np.int64), np.array(public, dtype=np.int64)


@lru_cache(maxsize=1)
def _held() -> tuple[tuple[Meeting, ...], np.ndarray]:
    """The meetings and decisions that were not cancelled, and the day of each, nanoseconds."""
    held = tuple(meeting for meeting in meetings() if meeting.cancelled is None)
    return held, np.array([meeting.day.value for meeting in held], dtype=np.int64)


def meetings_between(first: pd.Timestamp, last: pd.Timestamp) -> tuple[Meeting, ...]:
    """Meetings and decisions that took place in a span of days.

    Parameters
    ----------
    first, last : Timestamp
        Both included.

    Returns
    -------
    tuple of Meeting
        In order, without cancelled ones.
    """
    held, days = _held()
    start, end = np.searchsorted(days, [first.value, last.value + 1])
    return held[start:end]


def meetings_ahead(on: pd.Timestamp, until: pd.Timestamp) -> tuple[Meeting, ...]:
    """Scheduled meetings ahead, as they were known at the close of a day, without their decisions.

    A meeting that was later cancelled is ahead until the day it was cancelled; a decision between meetings never is. Beyond the
    schedules public by then, each meeting of the last published year recurs on its weekday nearest to the same date, with
    `published` False: from the years before, the rule puts 91 of the 96 meetings of 2015 to 2026 within a week, the others 8 days off.

    Parameters
    ----------
    on : Timestamp
        The day; its own meeting is not ahead.
    until : Timestamp
        Last day, included.

    Returns
    -------
    tuple of Meeting
        In order.

    Raises
    ------
    InputError
        For days outside the record, and for an `until` more than 5 years after the last published schedule.
    """
    _check_reach(on, until)
    days, announced = _stamps()
    public = np.flatnonzero(announced <= on.value)
    start, end = np.searchsorted(days[public], [on.value + 1, until.value + 1])
    ahead = [
        replace(meeting, lower=math.nan, upper=math.nan, cancelled=None)
        for meeting in (meetings()[place] for place in public[start:end])
        if meeting.cancelled is None or meeting.cancelled > on
    ]
    if end == len(public):
        ahead += [meeting for meeting in _by_rule([meetings()[place] for place in public[-2 * A_YEAR :]], until) if meeting.day > on]
    return tuple(ahead)


def _by_rule(public: list[Meeting], until: pd.Timestamp) -> list[Meeting]:
    """The meetings after the last public one, to `until`."""
    last = public[-1].day
    years = [meeting.day.year for meeting in public]
    full = max((year for year in set(years) if years.count(year) >= A_YEAR), default=last.year)
    pattern = [meeting.day for meeting in public if meeting.day.year == full]
    recurring = []
    for ahead in range(1, until.year - full + 1):
        for origin in pattern:
            same_date = origin.replace(year=origin.year + ahead)  # never a leap day: the Committee has not met in the last days of February
            day_of_rule = same_date + pd.Timedelta(days=(origin.weekday() - same_date.weekday() + 3) % 7 - 3)
            if last + pd.Timedelta(days=14) < day_of_rule <= until:  # two meetings are never closer
                recurring.append(Meeting(day_of_rule, scheduled=True, published=False))
    return recurring


def last_meeting(on: pd.Timestamp) -> Meeting:
    """The last meeting or decision on or before a day.

    Parameters
    ----------
    on : Timestamp
        The day; before the record begins, InputError.

    Returns
    -------
    Meeting
    """
    _check_reach(on, on)
    held, days = _held()
    return held[int(np.searchsorted(days, on.value, side="right")) - 1]


def target_range(on: pd.Timestamp) -> tuple[float, float]:
    """The target range in force at the close of a day; a decision of that day counts already.

    Parameters
    ----------
    on : Timestamp
        The day.

    Returns
    -------
    tuple of float
        Lower and upper bound, percent; equal before 2008-12-16.

    Raises
    ------
    InputError
        Outside the record, and after its last decision.
    """
    last = last_meeting(on)
    if math.isnan(last.upper):
        decided = [meeting.day for meeting in meetings() if not math.isnan(meeting.upper)][-1]
        raise InputError(
            f"target range on {on:%Y-%m-%d}: the record ends with the decision of {decided:%Y-%m-%d}, "
            f"and there was a meeting on {last.day:%Y-%m-%d}; give the range, as in --range 3.50-3.75"
        )
    return last.lower, last.upper


def recorded_target_until() -> pd.Timestamp:
    """The last day whose target is on record: the one before the first meeting without a recorded decision."""
    unknown = [meeting.day for meeting in meetings() if meeting.cancelled is None and math.isnan(meeting.upper)]
    return (unknown[0] if unknown else meetings()[-1].day) - pd.Timedelta(days=1)


def _check_reach(on: pd.Timestamp, until: pd.Timestamp) -> None:
    first, last = meetings()[0].day, meetings()[-1].day.replace(year=meetings()[-1].day.year + FURTHEST)
    for day in (on, until):
        if not first <= day <= last:
            span = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
            raise InputError(f"FOMC calendar: {day:%Y-%m-%d} lies outside {span}, the days that it covers; ask for a day inside")
