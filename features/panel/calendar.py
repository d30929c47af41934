"""Sessions, the trading days of an exchange, and meetings of the Federal Open Market Committee."""

import math
import warnings
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError

REACH = pd.Timedelta(days=30)
A_YEAR = 8  # scheduled meetings in each year since 1981
NEVER = np.iinfo(np.int64).max
DELAY = timedelta(minutes=30)  # closes come some 20 minutes late where exchanges sell their prices
A_WHILE = 500  # sessions, of which the usual hours of an exchange are read off
FURTHEST = 5  # years beyond the last published schedule for which the rule still answers


@dataclass(frozen=True)
class Meeting:
    """A meeting of the Committee, or a decision between meetings.

    day : its last day, on which the decision counts; before 1994, when nothing was announced, the business day after, on which the
        Desk's operations showed the decision, as in the series of the target (DFEDTAR).
    scheduled : False for a decision between meetings. Conference calls that left the target alone are not recorded.
    published : False where the day is not public and a rule puts it there, see `meetings_ahead`.
    lower, upper : target range that it left, percent, equal before 2008-12-16; NaN = not decided then, or not recorded.
    announced, cancelled : days from which its date was public, and from which it was off; None = not on record, never.
    """

    day: pd.Timestamp
    scheduled: bool
    published: bool = True
    lower: float = math.nan
    upper: float = math.nan
    announced: pd.Timestamp | None = None
    cancelled: pd.Timestamp | None = None


@lru_cache(maxsize=8)
def _calendar(exchange: str) -> Any:
    """The calendar of twenty years back and one ahead, as it comes."""
    import exchange_calendars

    try:
        return _made(exchange)
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"market.exchange: no calendar {exchange!r}; use an ISO code such as XNYS, XTKS, XBOM") from None


def _made(exchange: str, **span: pd.Timestamp) -> Any:
    """The library's calendar, without what its holidays have to say to pandas."""
    import exchange_calendars

    # For good: catch_warnings would take back, when it ends, what other threads have said in the meantime.
    warnings.filterwarnings("ignore", category=pd.errors.PerformanceWarning, module="exchange_calendars")
    return exchange_calendars.get_calendar(exchange, **span)


def recorded(exchange: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day for which the calendar of `exchange` (ISO 10383 code) is recorded; InputError for an unknown code."""
    found = _calendar(exchange)
    return found.bound_min() or pd.Timestamp.min.ceil("D"), found.bound_max() or pd.Timestamp.max.floor("D")


def sessions(exchange: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Trading days of `exchange` from `start` to `end`, both included, as far as its calendar is recorded."""
    made = _calendar(exchange)
    near = made.first_session <= start and end <= made.last_session
    found = made.sessions.as_unit("ns") if near else _sessions_of_years(exchange, start.year, end.year)
    return found[(found >= start) & (found <= end)]


@lru_cache(maxsize=32)
def _sessions_of_years(exchange: str, first_year: int, last_year: int) -> pd.DatetimeIndex:
    """Whole years, because a calendar takes a quarter of a second to make, however short it is."""
    made = _calendar_of_years(exchange, first_year, last_year)
    return pd.DatetimeIndex([]).as_unit("ns") if made is None else made.sessions.as_unit("ns")


@lru_cache(maxsize=8)
def _calendar_of_years(exchange: str, first_year: int, last_year: int) -> Any:
    """None where the calendar is not recorded then."""
    first, last = recorded(exchange)
    opening = max(pd.Timestamp(first_year, 1, 1) - REACH, first)  # a span that is sure to hold sessions
    closing = min(pd.Timestamp(last_year, 12, 31) + REACH, last)
    if closing - opening < REACH:
        return None
    return _made(exchange, start=opening, end=closing)


def last_closed(exchange: str, now: datetime, delay: timedelta = DELAY) -> pd.Timestamp:
    """The last session whose close, an early one too, is `delay` past at `now` (aware); InputError where the calendar does not reach."""
    made, at = _calendar(exchange), pd.Timestamp(now)
    if not made.first_session < at.tz_convert(None) < made.last_session:
        made = _calendar_of_years(exchange, at.year, at.year)
    day = at.tz_convert(None).floor("D")
    closes = pd.Series() if made is None else made.closes.loc[day - REACH : day + pd.Timedelta(days=1)]
    past = closes.index[(closes + delay <= at).to_numpy()] if len(closes) else closes.index
    if len(past) == 0:
        raise InputError(f"market.exchange: the calendar of {exchange} knows no session before {at:%Y-%m-%d %H:%M}; look at the date here")
    return pd.Timestamp(past[-1]).as_unit("ns")


def zone(exchange: str) -> str:
    """The time zone of `exchange`, as the IANA names it."""
    return str(_calendar(exchange).tz)


def session_after(exchange: str, session: pd.Timestamp, count: int) -> pd.Timestamp:
    """The session `count` trading days after `session`, which need not be past; weekdays count where no calendar reaches."""
    horizon = session + pd.Timedelta(days=2 * count + 15)
    ahead = sessions(exchange, session, horizon)
    ahead = ahead[ahead > session]
    if len(ahead) < count:
        last = ahead[-1] if len(ahead) else session
        ahead = ahead.union(pd.bdate_range(last + pd.Timedelta(days=1), horizon))
    return ahead[count - 1]


def closes_after(exchange: str, other: str) -> bool:
    """Whether `exchange` mostly closes later on a day than `other`: what closes then is not known at the other's close of that day."""
    one, two = _calendar(exchange).closes, _calendar(other).closes
    shared = one.index.intersection(two.index)[-A_WHILE:]
    return bool(len(shared)) and pd.Timedelta((one[shared] - two[shared]).median()) > pd.Timedelta(0)


def close_after(exchange: str, session: pd.Timestamp) -> datetime:
    """When the first session after `session`, or its weekday where no calendar reaches, is closed and its prices settled, UTC."""
    following = session_after(exchange, session, 1)
    closes = _calendar(exchange).closes
    if following in closes.index:
        return (pd.Timestamp(closes[following]) + DELAY).to_pydatetime()
    return (following.tz_localize("UTC") + pd.Timedelta(days=1)).to_pydatetime()


def is_session(exchange: str, day: pd.Timestamp) -> bool:
    """Whether `day` is a trading day; False where the exchange's calendar is not recorded."""
    return day in sessions(exchange, day, day)


def months_after(days: np.ndarray, months: int) -> np.ndarray:
    """(n,) the same date `months` later, or earlier where it is negative, or the last of that month; datetime64[ns] at midnight."""
    month = days.astype("datetime64[M]")
    into = days.astype("datetime64[D]") - month.astype("datetime64[D]")
    first, after = ((month + ahead).astype("datetime64[D]") for ahead in (months, months + 1))
    return np.asarray((first + np.minimum(into, after - first - np.timedelta64(1, "D"))).astype("datetime64[ns]"))


def day(given: str | date | pd.Timestamp, *, option: str = "--as-of") -> pd.Timestamp:
    """A calendar day, without hour or zone; InputError, which names `option`, for what is none."""
    if isinstance(given, date):  # a Timestamp is one
        return pd.Timestamp(given.year, given.month, given.day).as_unit("ns")
    try:
        return pd.Timestamp(date.fromisoformat(given)).as_unit("ns")
    except ValueError:
        raise InputError(f"{option} {given}: is no date; write YYYY-MM-DD") from None


@lru_cache(maxsize=1)
def fomc() -> tuple[Meeting, ...]:
    """The record, from 1988 on, in order; cancelled meetings and published schedules included.

    Days on which a schedule was announced are on record for 2013, 2017 and 2026 on. The schedules of 2024 and 2025 are taken for public
    from the day on which CME FedWatch is known to have listed one of their meetings, others from 1 July of the year before.
    """
    from features.panel.fomc import load

    record = load()
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
    days = [meeting.day.value for meeting in fomc()]
    public = [meeting.announced.value if meeting.scheduled and meeting.announced is not None else NEVER for meeting in fomc()]
    return np.array(days, dtype=np.int64), np.array(public, dtype=np.int64)


def meetings_between(first: pd.Timestamp, last: pd.Timestamp) -> tuple[Meeting, ...]:
    """Meetings and decisions of record from `first` to `last`, both included, in order; those that were cancelled are not among them."""
    start, end = np.searchsorted(_stamps()[0], [first.value, last.value + 1])
    return tuple(meeting for meeting in fomc()[start:end] if meeting.cancelled is None)


def meetings_ahead(on: pd.Timestamp, until: pd.Timestamp) -> tuple[Meeting, ...]:
    """Scheduled meetings after `on`, to `until`, as they were known at the close of `on`; what they decided is left out.

    A meeting that was later cancelled is ahead until the day it was cancelled; a decision between meetings never is. Beyond the
    schedules public by then, each meeting of the last published year recurs on its weekday nearest to the same date, with
    `published` False: from the years before, it puts 91 of the 96 meetings of 2015 to 2026 within a week, the others 8 days off.
    InputError for days outside the record, and for an `until` more than 5 years after the last published schedule.
    """
    _check_reach(on, until)
    days, announced = _stamps()
    public = np.flatnonzero(announced <= on.value)
    start, end = np.searchsorted(days[public], [on.value + 1, until.value + 1])
    ahead = [
        replace(meeting, lower=math.nan, upper=math.nan, cancelled=None)
        for meeting in (fomc()[place] for place in public[start:end])
        if meeting.cancelled is None or meeting.cancelled > on
    ]
    if end == len(public):
        ahead += [meeting for meeting in _by_rule([fomc()[place] for place in public[-2 * A_YEAR :]], until) if meeting.day > on]
    return tuple(ahead)


def _by_rule(public: list[Meeting], until: pd.Timestamp) -> list[Meeting]:
    """The meetings after the last public one, to `until`."""
    last = public[-1].day
    years = [meeting.day.year for meeting in public]
    full = max((year for year in set(years) if years.count(year) >= A_YEAR), default=last.year)
    pattern = [meeting.day for meeting in public if meeting.day.year == full]
    found = []
    for ahead in range(1, until.year - full + 1):
        for origin in pattern:
            same_date = origin.replace(year=origin.year + ahead)  # never a leap day: the Committee has not met in the last days of February
            day_of_rule = same_date + pd.Timedelta(days=(origin.weekday() - same_date.weekday() + 3) % 7 - 3)
            if last + pd.Timedelta(days=14) < day_of_rule <= until:  # two meetings are never closer
                found.append(Meeting(day_of_rule, scheduled=True, published=False))
    return found


def last_meeting(on: pd.Timestamp) -> Meeting:
    """The last meeting or decision on or before `on`; InputError before the record begins."""
    _check_reach(on, on)
    return meetings_between(fomc()[0].day, on)[-1]


def target_range(on: pd.Timestamp) -> tuple[float, float]:
    """Lower and upper target, percent, in force at the close of `on`: a decision of that day counts already.

    Equal before 2008-12-16. InputError outside the record, and after the last decision that it knows.
    """
    last = last_meeting(on)
    if math.isnan(last.upper):
        known = [meeting.day for meeting in fomc() if not math.isnan(meeting.upper)][-1]
        raise InputError(
            f"target range on {on:%Y-%m-%d}: the record ends with the decision of {known:%Y-%m-%d}, "
            f"and there was a meeting on {last.day:%Y-%m-%d}; give the range, as in --range 3.50-3.75"
        )
    return last.lower, last.upper


def recorded_target_until() -> pd.Timestamp:
    """The last day of which the target in force at the close is on record: that before the first meeting whose decision is not."""
    unknown = [meeting.day for meeting in fomc() if meeting.cancelled is None and math.isnan(meeting.upper)]
    return (unknown[0] if unknown else fomc()[-1].day) - pd.Timedelta(days=1)


def _check_reach(on: pd.Timestamp, until: pd.Timestamp) -> None:
    first, last = fomc()[0].day, fomc()[-1].day.replace(year=fomc()[-1].day.year + FURTHEST)
    for asked in (on, until):
        if not first <= asked <= last:
            span = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
            raise InputError(f"FOMC calendar: {asked:%Y-%m-%d} lies outside {span}, for which it answers; ask for a day inside")
