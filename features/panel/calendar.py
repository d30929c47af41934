"""Calendar: sessions, the trading days of an exchange, and days as people write them."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel.exchange_calendar import ExchangeCalendar, exchange_calendar

REACH = pd.Timedelta(days=30)
DELAY = timedelta(minutes=30)  # closes come some 20 minutes late where exchanges sell their prices
RECENT = 500  # sessions that give the usual hours of an exchange
HOLIDAYS_FROM = pd.Timestamp("1970-01-01")  # before which the library takes holidays of New York for sessions
FIRST_YEAR = 1950  # of the one calendar that most histories are looked up in


@lru_cache(maxsize=8)
def _calendar(exchange: str) -> ExchangeCalendar:
    """The library's calendar of twenty years back and one ahead."""
    return exchange_calendar(exchange)


def bounds(exchange: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day that the calendar of an exchange covers.

    Parameters
    ----------
    exchange : str
        ISO 10383 code; an unknown one raises InputError.

    Returns
    -------
    tuple of Timestamp
    """
    return _calendar(exchange).bounds


def sessions(exchange: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Trading days of an exchange.

    Parameters
    ----------
    exchange : str
        ISO 10383 code; an unknown one raises InputError.
    start, end : Timestamp
        First and last day, both included.

    Returns
    -------
    DatetimeIndex
        As far as the calendar is recorded.
    """
    days = _calendar(exchange).sessions
    if not (days[0] <= start and end <= days[-1]):
        days = _sessions_of_years(exchange, min(start.year, FIRST_YEAR), max(end.year, days[-1].year))
    return days[days.searchsorted(start, side="left") : days.searchsorted(end, side="right")]


@lru_cache(maxsize=32)
def _sessions_of_years(exchange: str, first_year: int, last_year: int) -> pd.DatetimeIndex:
    """Many years at once, because a calendar takes half a second to make, however short it is."""
    recorded = _calendar_of_years(exchange, first_year, last_year)
    return pd.DatetimeIndex([]).as_unit("ns") if recorded is None else recorded.sessions


@lru_cache(maxsize=8)
def _calendar_of_years(exchange: str, first_year: int, last_year: int) -> ExchangeCalendar | None:
    """None where the calendar is not recorded then."""
    first, last = bounds(exchange)
    opening = max(pd.Timestamp(first_year, 1, 1) - REACH, first)  # a span that is sure to hold sessions
    closing = min(pd.Timestamp(last_year, 12, 31) + REACH, last)
    if closing - opening < REACH:
        return None
    return exchange_calendar(exchange, (opening, closing))


def last_closed(exchange: str, now: datetime, delay: timedelta = DELAY) -> pd.Timestamp:
    """The last session that has closed.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    now : datetime
        With a time zone.
    delay : timedelta, default 30 minutes
        How long after a close its price is out.

    Returns
    -------
    Timestamp

    Raises
    ------
    InputError
        Where the calendar does not reach.
    """
    recorded: ExchangeCalendar | None = _calendar(exchange)
    assert recorded is not None
    at = pd.Timestamp(now)
    if not recorded.sessions[0] < at.tz_convert(None) < recorded.sessions[-1]:
        recorded = _calendar_of_years(exchange, at.year, at.year)
    day = at.tz_convert(None).floor("D")
    past = 0 if recorded is None else int(recorded.closes.searchsorted(at - delay, side="right"))
    if recorded is None or past == 0 or recorded.sessions[past - 1] < day - REACH:
        raise InputError(f"market.exchange: no session of {exchange} before {at:%Y-%m-%d %H:%M}; look at the date of this machine")
    return recorded.sessions[past - 1]


def zone(exchange: str) -> str:
    """The time zone of `exchange`, as the IANA names it."""
    return _calendar(exchange).zone


@lru_cache(maxsize=4096)  # each question of a surge asks, and many have one horizon
def session_after(exchange: str, session: pd.Timestamp, count: int) -> pd.Timestamp:
    """The session some trading days after another.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    session : Timestamp
        Past or future.
    count : int
        Trading days, at least 1.

    Returns
    -------
    Timestamp
        Weekdays count as sessions beyond the calendar's end.
    """
    horizon = session + pd.Timedelta(days=2 * count + 15)
    ahead = sessions(exchange, session, horizon)
    ahead = ahead[ahead > session]
    if len(ahead) < count:
        last = ahead[-1] if len(ahead) else session
        ahead = ahead.union(pd.bdate_range(last + pd.Timedelta(days=1), horizon))
    return ahead[count - 1]


def closes_after(exchange: str, other: str) -> bool:
    """Whether an exchange mostly closes later on a day than another, so that its close is not known at the other's.

    Parameters
    ----------
    exchange, other : str
        ISO 10383 codes.

    Returns
    -------
    bool
    """
    one, two = _calendar(exchange).closes, _calendar(other).closes
    shared = one.index.intersection(two.index)[-RECENT:]
    return bool(len(shared)) and pd.Timedelta((one[shared] - two[shared]).median()) > pd.Timedelta(0)


def close_after(exchange: str, session: pd.Timestamp) -> datetime:
    """When the next session has closed and its prices are out.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    session : Timestamp
        The session before.

    Returns
    -------
    datetime
        UTC; the end of the next weekday beyond the calendar's end.
    """
    following = session_after(exchange, session, 1)
    closes = _calendar(exchange).closes
    if following in closes.index:
        return (pd.Timestamp(closes[following]) + DELAY).to_pydatetime()
    return (following.tz_localize("UTC") + pd.Timedelta(days=1)).to_pydatetime()


def next_session(exchange: str, now: datetime) -> pd.Timestamp:
    """The session that is under way or comes next, whose close nobody knows before it ends.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    now : datetime
        With a time zone.

    Returns
    -------
    Timestamp

    Raises
    ------
    InputError
        Where the calendar does not reach.
    """
    return session_after(exchange, last_closed(exchange, now), 1)


def is_session(exchange: str, day: pd.Timestamp) -> bool:
    """Whether a day is a trading day.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    day : Timestamp
        Midnight of the day.

    Returns
    -------
    bool
        False where the calendar is not recorded.
    """
    return day in sessions(exchange, day, day)


def months_after(days: np.ndarray, months: int) -> np.ndarray:
    """(n,) the same date `months` later, or earlier where it is negative, or the last of that month; datetime64[ns] at midnight."""
    month = days.astype("datetime64[M]")
    into = days.astype("datetime64[D]") - month.astype("datetime64[D]")
    first, after = ((month + ahead).astype("datetime64[D]") for ahead in (months, months + 1))
    return np.asarray((first + np.minimum(into, after - first - np.timedelta64(1, "D"))).astype("datetime64[ns]"))


def day(value: str | date | pd.Timestamp, *, option: str = "--as-of") -> pd.Timestamp:
    """A calendar day, without hour or zone; InputError, which names `option`, for any other text."""
    if isinstance(value, date):  # a Timestamp is one
        return pd.Timestamp(value.year, value.month, value.day).as_unit("ns")
    try:
        return pd.Timestamp(date.fromisoformat(value)).as_unit("ns")
    except ValueError:
        raise InputError(f"{option} {value}: is no date; write YYYY-MM-DD") from None
