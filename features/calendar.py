"""Sessions: the trading days of an exchange."""

from functools import lru_cache

import pandas as pd

from features.errors import InputError


@lru_cache(maxsize=8)
def _sessions(exchange: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    import exchange_calendars

    try:
        found = exchange_calendars.get_calendar(exchange, start=start, end=end).sessions
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"market.exchange: no calendar {exchange!r}; use an ISO code such as XNYS, XTKS, XBOM") from None
    return found.as_unit("ns")


def sessions(exchange: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Trading days of `exchange` (ISO 10383 code) from `start` to `end`, both included; InputError for an unknown code."""
    return _sessions(exchange, pd.Timestamp(start), pd.Timestamp(end))


def session_after(exchange: str, session: pd.Timestamp, count: int) -> pd.Timestamp:
    """The session `count` trading days after `session`, which need not be past."""
    ahead = sessions(exchange, session, session + pd.Timedelta(days=2 * count + 15))
    return ahead[ahead > session][count - 1]


def roll_back(exchange: str, day: pd.Timestamp) -> pd.Timestamp:
    """`day` if it is a session, else the last session before it."""
    return sessions(exchange, day - pd.Timedelta(days=15), day)[-1]
