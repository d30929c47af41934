"""Calendar: sessions, the trading days of an exchange, and days as people write them."""

import warnings
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError

REACH = pd.Timedelta(days=30)
DELAY = timedelta(minutes=30)  # closes come some 20 minutes late where exchanges sell their prices
A_WHILE = 500  # sessions, of which the usual hours of an exchange are read off


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
