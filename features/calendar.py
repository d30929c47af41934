"""Sessions: the trading days of an exchange."""

from datetime import date
from functools import lru_cache

import pandas as pd

from features.errors import InputError

REACH = pd.Timedelta(days=30)


@lru_cache(maxsize=8)
def recorded(exchange: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day for which the calendar of `exchange` (ISO 10383 code) is recorded; InputError for an unknown code."""
    import exchange_calendars

    try:
        found = exchange_calendars.get_calendar(exchange)
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"market.exchange: no calendar {exchange!r}; use an ISO code such as XNYS, XTKS, XBOM") from None
    return found.bound_min() or pd.Timestamp.min.ceil("D"), found.bound_max() or pd.Timestamp.max.floor("D")


@lru_cache(maxsize=8)
def sessions(exchange: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Trading days of `exchange` from `start` to `end`, both included, as far as its calendar is recorded."""
    import exchange_calendars

    first, last = recorded(exchange)
    opening, closing = max(start - REACH, first), min(end + REACH, last)  # a span that is sure to hold sessions
    if closing - opening < REACH:
        return pd.DatetimeIndex([]).as_unit("ns")
    found = exchange_calendars.get_calendar(exchange, start=opening, end=closing).sessions.as_unit("ns")
    return found[(found >= start) & (found <= end)]


def session_after(exchange: str, session: pd.Timestamp, count: int) -> pd.Timestamp:
    """The session `count` trading days after `session`, which need not be past; weekdays count where no calendar reaches."""
    horizon = session + pd.Timedelta(days=2 * count + 15)
    ahead = sessions(exchange, session, horizon)
    ahead = ahead[ahead > session]
    if len(ahead) < count:
        last = ahead[-1] if len(ahead) else session
        ahead = ahead.union(pd.bdate_range(last + pd.Timedelta(days=1), horizon))
    return ahead[count - 1]


def is_session(exchange: str, day: pd.Timestamp) -> bool:
    """Whether `day` is a trading day; False where the exchange's calendar is not recorded."""
    return day in sessions(exchange, day, day)


def day(given: str | date | pd.Timestamp) -> pd.Timestamp:
    """A calendar day, without hour or zone; InputError for what is none."""
    if isinstance(given, date):  # a Timestamp is one
        return pd.Timestamp(given.year, given.month, given.day).as_unit("ns")
    try:
        return pd.Timestamp(date.fromisoformat(given)).as_unit("ns")
    except ValueError:
        raise InputError(f"--as-of {given}: is no date; write YYYY-MM-DD") from None
