"""Daily bars of one symbol, as yfinance reads them, checked against Yahoo's own answer."""

import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, Body
from features.live.origins.yahoo_chart import LATER, NAMES, YFINANCE, Chart, UnknownSymbolError, read_chart, refusal
from features.live.web.address import Endpoint
from features.live.web.client import Client
from features.live.web.reply import RefusedError
from features.panel import calendar

CHARTS = "/v8/finance/chart/"
PRICES = ("Open", "High", "Low", "Close", "Adj Close")  # no volume: nothing reads it, and Yahoo goes on correcting it for days
UNKNOWN = (400, 404, 422)  # how Yahoo says that there is no such symbol, or nothing of these days
UNRECOGNISED = 401
NOON, NEIGHBOURS = pd.Timestamp("2000-01-15 12:00"), timedelta(hours=3)
LISTED = 3  # days that a note names


@dataclass(frozen=True)
class Bars:
    """PRICES by day, rising, each day once, NaN = none; the answers as they came; and lines on what was put right."""

    frame: pd.DataFrame
    bodies: tuple[Body, ...]
    notes: tuple[str, ...]
    symbol: str = ""
    currency: str = ""  # empty where unknown


def bars(symbol: str, *, base: str, client: Client, since: pd.Timestamp | None, now: datetime, exchange: str) -> Bars:
    """The sessions of `symbol` from `since` on that are closed at `now`; UnknownSymbolError where there are none, else OriginError."""
    endpoint = Endpoint.of(f"{base}{CHARTS}{symbol}")
    frame, bodies, error = _history(symbol, base, client, since, calendar.zone(exchange))
    if isinstance(error, RefusedError) and error.status in UNKNOWN:
        words = refusal(error.content)
        raise UnknownSymbolError(f"{endpoint}: answered {error.status}, unknown or delisted{f', says {words!r}' if words else ''}; {NAMES}")
    if isinstance(error, RefusedError) and error.status == UNRECOGNISED:
        raise OriginError(f"{endpoint}: answered 401, it refuses the crumb that it gave; {LATER}, or with a newer yfinance")
    if isinstance(error, OriginError):
        raise error
    if not bodies:
        what = f"gave neither prices nor an error ({type(error).__name__})"
        raise OriginError(f"{endpoint}: {what}; open the address in a browser: it may ask for a consent")
    chart = read_chart(bodies[-1].content, endpoint, symbol)
    if error is not None or frame is None or not set(PRICES) <= set(frame.columns):
        raise OriginError(f"{endpoint}: yfinance cannot read the answer ({type(error).__name__}); {YFINANCE}")
    notes = [*_doubled(chart, endpoint, symbol), *chart.splits, *_clocks(chart, symbol, exchange)]
    closed, empty = _without_empty(_closed(_tidy(frame), chart, now, exchange), symbol)
    if closed.empty:
        raise UnknownSymbolError(f"{endpoint}: has no session that was closed by {now:%Y-%m-%d %H:%M} UTC; {NAMES}")
    notes += _last_twice(chart, closed, symbol)
    return Bars(closed, bodies, (*notes, *empty), symbol, chart.currency)


def _history(
    symbol: str, base: str, client: Client, since: pd.Timestamp | None, zone: str
) -> tuple[pd.DataFrame | None, tuple[Body, ...], Exception | None]:
    """The prices by yfinance, the answers, and the error where there is one."""
    yfinance, session = _yfinance()
    from features.live.web.browser import RequestContext, request_context

    with request_context(RequestContext(client, base, "/v8/", _is_complete)) as context:
        try:
            ticker = yfinance.Ticker(symbol, session=session)
            ticker._tz = zone  # or it asks for the time zone first, once more for each symbol; it only cuts the days asked for
            span = {"period": "max"} if since is None else {"start": f"{since:%Y-%m-%d}"}
            frame = ticker.history(**span, interval="1d", auto_adjust=False, actions=True, keepna=True)
        except Exception as error:  # yfinance raises whatever its parts do
            error.__cause__ = error.__context__ = None
            return None, tuple(context.bodies), context.failure or error
        return frame, tuple(context.bodies), None


def _is_complete(content: bytes) -> bool:
    """An object of JSON that has begun must end."""
    return not content.lstrip().startswith(b"{") or content.rstrip().endswith(b"}")


def silence_warnings() -> None:
    """Pass over what pandas tells the authors of yfinance; before any thread begins, since the filters are those of the process."""
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="yfinance")


@lru_cache(maxsize=1)
def _yfinance() -> tuple[Any, Any]:
    """The library, set to raise, to log nothing and to store nothing, and its one session a process."""
    import logging
    import os

    try:
        import yfinance
    except ImportError:
        raise OriginError("yfinance: is not installed, and yahoo is asked through it; pip install 'smallcap-surge[live]'") from None
    from features.live.web.browser import BrowserSession

    logging.getLogger("yfinance").setLevel(logging.CRITICAL + 1)  # its messages are in the error
    yfinance.config.debug.hide_exceptions = False
    yfinance.set_tz_cache_location(os.path.join(os.devnull, "none"))  # where no folder can be made, it stores neither zones nor cookies
    return yfinance, BrowserSession()


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Days without a zone, and floats."""
    tidy = frame[list(PRICES)].astype("float64")
    tidy.index = pd.DatetimeIndex(tidy.index).tz_localize(None).as_unit("ns")
    return tidy.sort_index()


def _doubled(chart: Chart, endpoint: Endpoint, symbol: str) -> list[str]:
    """Lines on days that came twice or out of order. The last day may come twice, with its running price; yfinance takes the later row."""
    days = chart.rows[DATE]
    notes = [] if days.is_monotonic_increasing else [f"{symbol}: days were out of order, and are put in order"]
    again = days.duplicated(keep=False) & (days != days.iloc[-1])
    for day, rows in chart.rows[again].groupby(DATE):
        closes = rows["close"].unique()
        if len(closes) > 1:
            raise OriginError(
                f"{endpoint}: gives {pd.Timestamp(day):%Y-%m-%d} twice, with the closes {closes[0]:g} and {closes[1]:g}; {LATER}, "
                "or look which is right and drop a file with it"
            )
    if again.any():
        notes.append(f"{symbol}: {_days(days[again].drop_duplicates())} came twice with the same close")
    if days.iloc[:-1].duplicated().any() and not again.any():
        notes.append(f"{symbol}: {days.iloc[-1]:%Y-%m-%d} came more than twice, the last one is kept")
    return notes


def _last_twice(chart: Chart, closed: pd.DataFrame, symbol: str) -> list[str]:
    """A line where the last day is closed and came with two closes."""
    last = chart.rows[DATE].max()
    closes = chart.rows.loc[chart.rows[DATE] == last, "close"].dropna().unique()
    if last not in closed.index or len(closes) < 2:
        return []
    return [f"{symbol}: {last:%Y-%m-%d} came twice, with the closes {closes[-2]:g} and {closes[-1]:g}; the later one is taken"]


def _clocks(chart: Chart, symbol: str, exchange: str) -> list[str]:
    """A line where the calendar is of another part of the world; neighbours, such as Chicago and New York, trade together."""
    theirs, ours = ((NOON.tz_localize(name).utcoffset() or timedelta()) for name in (chart.zone, calendar.zone(exchange)))
    if abs(theirs - ours) <= NEIGHBOURS:
        return []
    return [
        f"{symbol}: trades in {chart.zone}, the calendar {exchange} is of {calendar.zone(exchange)}; `exchange` in [live] may name another"
    ]


def _closed(frame: pd.DataFrame, chart: Chart, now: datetime, exchange: str) -> pd.DataFrame:
    """The sessions that the calendar knows to be closed, without the one that Yahoo says is open, should the calendar be another's."""
    last = calendar.last_closed(exchange, now)
    if chart.opens is not None and chart.closes is not None and now < chart.closes + calendar.DELAY:
        running = pd.Timestamp(chart.opens).tz_convert(chart.zone).tz_localize(None).normalize()
        last = min(last, running - pd.Timedelta(days=1))
    return frame.loc[:last]


def _without_empty(frame: pd.DataFrame, symbol: str) -> tuple[pd.DataFrame, list[str]]:
    empty = frame[list(PRICES)].isna().all(axis=1)
    if not empty.any():
        return frame, []
    return frame[~empty], [f"{symbol}: no price on {_days(frame.index[empty].to_series())}, left out"]


def _days(days: pd.Series) -> str:
    listed = ", ".join(f"{day:%Y-%m-%d}" for day in days[:LISTED])
    return listed if len(days) <= LISTED else f"{listed} and {len(days) - LISTED} more"
