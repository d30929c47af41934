"""Closes on days that are no session of their exchange: where they are many, the days or the exchange are wrong."""

import pandas as pd

from features.errors import InputError
from features.panel import calendar

MOST_OFF = 0.1  # of the closes; an exchange of another country has 8 % of its sessions on the holidays of this one, at most
LEAST = 20  # closes, before a share of them says anything
MENDED = 0.05  # of the closes: fewer lie on no session where every day is moved by one
WEEKENDS = 0.6  # of the closes on no session
SATURDAY = 5
ONE, DAILY = pd.Timedelta(days=1), pd.Timedelta(days=3)
STAMPS = "write the day of each session at the exchange, YYYY-MM-DD, or each stamp with its offset from universal time"


def refuse_off_sessions(days: pd.DatetimeIndex, exchange: str, origin: str, *, remedy: str) -> None:
    """InputError where a tenth of the closes or more lie on days that are no session of `exchange`.

    Parameters
    ----------
    days : DatetimeIndex, shape (n,)
        Days of closes in any order. Those outside the recorded calendar count for nothing, nor does a Saturday between a Friday and a
        Monday with closes: New York traded on Saturdays until 1952, Tokyo until 1989, Seoul until 1998.
    exchange : str
        ISO 10383 code.
    origin : str
        File and column, for the message.
    remedy : str
        What to do where the days are those of another exchange.
    """
    first, last = calendar.bounds(exchange)
    days = days[(days >= first) & (days <= last)].unique()
    if len(days) < LEAST:
        return
    sessions = calendar.sessions(exchange, days.min() - ONE, days.max() + ONE)
    off = _off(days, sessions)
    share = len(off) / len(days)
    if share < MOST_OFF:
        return
    raise InputError(
        f"{origin}: {len(off)} of {len(days)} closes lie on days that are no session of {exchange}, the first on {off.min():%Y-%m-%d}: "
        f"{_looks(days, off, sessions)}{remedy}"
    )


def _looks(days: pd.DatetimeIndex, off: pd.DatetimeIndex, sessions: pd.DatetimeIndex) -> str:
    """What is probably wrong, up to the remedy for days of another exchange."""
    for by, word in ((ONE, "early"), (-ONE, "late")):
        if len(_off(days + by, sessions)) < MENDED * len(days):
            return f"every close looks dated a day {word}, as by stamps of another time zone; {STAMPS}; or, if the days are right, "
    if days.sort_values().to_series().diff().median() > DAILY:
        return "these are no daily closes; give a row a session; or, if they are, "
    if (off.day_of_week >= SATURDAY).sum() > WEEKENDS * len(off):
        return "these are Saturdays and Sundays, as of cryptocurrencies or another calendar; "
    return "these look like the days of another exchange; "


def refuse_weekends(days: pd.DatetimeIndex, origin: str) -> None:
    """InputError where a tenth of the days or more, read off moments by no clock of an exchange, are Saturdays and Sundays."""
    off = days[days.day_of_week >= SATURDAY]
    if len(days) >= LEAST and len(off) >= MOST_OFF * len(days):
        raise InputError(
            f"{origin}: {len(off)} of {len(days)} closes lie on Saturdays and Sundays, the first on {off.min():%Y-%m-%d}: "
            f"their stamps look like those of another time zone; {STAMPS}"
        )


def _off(days: pd.DatetimeIndex, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The days that are neither a session nor a Saturday of a week of six days."""
    six = (days.day_of_week == SATURDAY) & days.isin(days + ONE) & days.isin(days - 2 * ONE)
    return days[~days.isin(sessions) & ~six]
