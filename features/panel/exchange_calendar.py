"""ExchangeCalendar: sessions and closes of an exchange, from the library, or from the user's cache folder where they were made before."""

import os
import re
import warnings
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError

Span = tuple[pd.Timestamp, pd.Timestamp]
FAULTS = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # of a file that is not there, or damaged


@dataclass(frozen=True)
class ExchangeCalendar:
    """Sessions of an exchange.

    Parameters
    ----------
    sessions : pandas.DatetimeIndex of shape (n,)
        Trading days at midnight, ns.
    closes : pandas.Series of shape (n,)
        When each of them closes, UTC.
    zone : str
        Time zone of the exchange, as the IANA names it.
    bounds : tuple of two Timestamp
        First and last day that the library records.
    """

    sessions: pd.DatetimeIndex
    closes: "pd.Series[Any]"
    zone: str
    bounds: Span


def exchange_calendar(exchange: str, span: Span | None = None) -> ExchangeCalendar:
    """The calendar of an exchange over `span`, by default the library's own of twenty years back and one ahead.

    To make one takes the library half a second, so it is kept in the user's cache folder: the default for the day, for it ends a year from
    today, and others for as long as the library's version lasts. A file that cannot be read is made anew.

    Parameters
    ----------
    exchange : str
        ISO 10383 code.
    span : tuple of two Timestamp, optional
        First and last day, within the calendar's bounds.

    Returns
    -------
    ExchangeCalendar

    Raises
    ------
    InputError
        For an exchange without a calendar, or one that the library cannot make.
    """
    file = _file(exchange, span)
    with suppress(*FAULTS):
        return _read(file)
    calendar = _make(exchange, span)
    with suppress(OSError):
        _write(calendar, file)
    return calendar


def _file(exchange: str, span: Span | None) -> Path:
    """Its name has all that the calendar follows from."""
    from platformdirs import user_cache_path

    days = f"{datetime.now(UTC):%Y-%m-%d}" if span is None else f"from-{span[0]:%Y-%m-%d}-to-{span[1]:%Y-%m-%d}"
    name = f"{exchange.replace('/', '_')}-{version('exchange_calendars')}-{days}.npz"
    return user_cache_path("smallcap-surge", appauthor=False) / "calendars" / name


def _make(exchange: str, span: Span | None) -> ExchangeCalendar:
    import exchange_calendars

    # For good: catch_warnings would undo, when it ends, the filters that other threads have set meanwhile.
    for kind in (pd.errors.PerformanceWarning, DeprecationWarning):
        warnings.filterwarnings("ignore", category=kind, module="exchange_calendars")
    try:
        library = exchange_calendars.get_calendar(exchange, **({} if span is None else {"start": span[0], "end": span[1]}))
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"market.exchange: no calendar {exchange!r}; use an ISO code such as XNYS, XTKS, XBOM") from None
    except ValueError:  # the library contradicts itself
        raise InputError(f"market.exchange: the calendar {exchange!r} cannot be made; update exchange_calendars, or use another") from None
    bounds = library.bound_min() or pd.Timestamp.min.ceil("D"), library.bound_max() or pd.Timestamp.max.floor("D")
    closes = library.closes.dt.tz_convert(None).to_numpy("datetime64[ns]")
    return _calendar_of(library.sessions.to_numpy("datetime64[ns]"), closes, str(library.tz), bounds)


def _calendar_of(sessions: np.ndarray, closes: np.ndarray, zone: str, bounds: Span) -> ExchangeCalendar:
    """From sessions and closes, (n,) datetime64[ns]."""
    index = pd.DatetimeIndex(sessions)
    return ExchangeCalendar(index, pd.Series(closes, index=index).dt.tz_localize("UTC"), zone, bounds)


def _read(file: Path) -> ExchangeCalendar:
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        first, last = (pd.Timestamp(int(day)) for day in stored["bounds"])
        sessions, closes = (stored[name].view("datetime64[ns]") for name in ("sessions", "closes"))
        return _calendar_of(sessions, closes, str(stored["zone"]), (first, last))


def _write(calendar: ExchangeCalendar, file: Path) -> None:
    """Whole or not at all; default calendars of the exchange of other days are deleted."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{os.getpid()}-{file.name}")
    closes = calendar.closes.dt.tz_localize(None).to_numpy("datetime64[ns]").view("int64")
    bounds = np.array([day.as_unit("ns").value for day in calendar.bounds])
    np.savez(scratch, sessions=calendar.sessions.asi8, closes=closes, bounds=bounds, zone=np.array(calendar.zone))
    os.replace(scratch, file)
    exchange = re.escape(file.name.split("-")[0])
    for other in file.parent.glob("*.npz"):
        if other != file and re.fullmatch(rf"{exchange}-[^-]+-\d{{4}}-\d\d-\d\d\.npz", other.name):
            other.unlink(missing_ok=True)
