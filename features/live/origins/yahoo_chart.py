"""Checks of Yahoo's chart before its prices are believed; yfinance passes over much of what it says."""

import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from features.errors import OriginError
from features.live.web.address import Endpoint, excerpt
from features.live.web.html_page import looks_like_html

QUOTES = ("open", "high", "low", "close", "volume")
FURTHEST = 7e9  # seconds from 1970: the years 1748 to 2191, which nanoseconds hold
LATER = "try again later"
NAMES = "look at the symbol in [live], and for the name it has now"
YFINANCE = "if it is so tomorrow, a newer yfinance may know what has changed"


class UnknownSymbolError(OriginError):
    """Yahoo has nothing under this symbol, or nothing of these days."""


@dataclass(frozen=True)
class Chart:
    """What an answer holds."""

    rows: pd.DataFrame  # as they came: `Date` in the time zone of the exchange, and QUOTES
    zone: str
    splits: tuple[str, ...]  # a line each
    opens: datetime | None  # of the session under way or the last one, aware; None where unknown
    closes: datetime | None
    currency: str  # of the prices; empty where unknown, as of indices


def read_chart(content: bytes, endpoint: Endpoint, symbol: str) -> Chart:
    """OriginError for what is no chart of daily prices of `symbol`; UnknownSymbolError where Yahoo has none."""
    result = _result(_json(content, endpoint), endpoint)
    meta = _mapping(result, "meta", endpoint)
    name, step = meta.get("symbol", symbol), meta.get("dataGranularity", "1d")
    if str(name).upper() != symbol.upper():
        raise OriginError(f"{endpoint}: answers about {excerpt(str(name))!r}; {NAMES}")
    if step != "1d":
        raise OriginError(f"{endpoint}: answers in steps of {excerpt(str(step))!r} where days were asked for; {LATER}")
    zone = _zone(meta, endpoint)
    opens, closes = _period(meta)
    currency = meta.get("currency")
    code = currency if isinstance(currency, str) and re.fullmatch(r"[A-Za-z]{3}", currency) else ""
    return Chart(_rows(result, zone, endpoint), zone, _splits(result, zone, symbol), opens, closes, code)


def refusal(content: bytes) -> str:
    """Yahoo's own words in the body of an error; empty where there are none."""
    try:
        answer = json.loads(content)
        error = (answer.get("chart") or answer.get("finance") or {})["error"]
        return excerpt(str(error.get("description") or error.get("code") or ""))
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return ""


def _json(content: bytes, endpoint: Endpoint) -> Mapping[str, Any]:
    if looks_like_html(content):
        raise OriginError(
            f"{endpoint}: gave a web page where prices were expected; open the address in a browser: it may ask for a consent"
        )
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        return answer
    start = excerpt(content[:40].decode("utf-8", "replace"))
    raise OriginError(f"{endpoint}: gave no whole JSON where prices were expected, it begins {start!r}; {LATER}")


def _result(answer: Mapping[str, Any], endpoint: Endpoint) -> Mapping[str, Any]:
    chart = answer.get("chart")
    if not isinstance(chart, dict):
        raise _missing("chart", endpoint)
    if chart.get("error"):
        error = chart["error"]
        words = excerpt(str(error.get("description") if isinstance(error, dict) else error))
        raise UnknownSymbolError(f"{endpoint}: says {words!r}; {NAMES}")
    results = chart.get("result")
    if not results or not isinstance(results, list) or not isinstance(results[0], dict):
        raise UnknownSymbolError(f"{endpoint}: has no prices; {NAMES}")
    return dict(results[0])


def _rows(result: Mapping[str, Any], zone: str, endpoint: Endpoint) -> pd.DataFrame:
    stamps = result.get("timestamp")
    if not stamps or not isinstance(stamps, list):
        raise UnknownSymbolError(f"{endpoint}: has no prices of these days; {NAMES}")
    quote = _quote(result)
    if quote is None:
        raise _missing("indicators.quote", endpoint)
    for name in QUOTES:
        if not isinstance(quote.get(name), list):
            raise _missing(name, endpoint)
        if len(quote[name]) != len(stamps):
            raise OriginError(f"{endpoint}: gave {len(quote[name])} values of {name!r} for {len(stamps)} days; {LATER}")
    if not all(isinstance(stamp, int) and abs(stamp) < FURTHEST for stamp in stamps):
        raise OriginError(f"{endpoint}: 'timestamp' holds something that is no time; {YFINANCE}")
    values = {name: [_number(value, name, endpoint) for value in quote[name]] for name in QUOTES}
    local = pd.to_datetime(pd.Series(stamps, dtype="int64"), unit="s", utc=True).dt.tz_convert(zone).dt.tz_localize(None)
    # A day is stamped with its opening, or with midnight, which comes an hour or two early where summer time was left out of it.
    early = (local.dt.minute == 0) & local.dt.hour.isin((22, 23))
    days = local.dt.normalize().where(~early, local.dt.normalize() + pd.Timedelta(days=1))
    return pd.DataFrame({"Date": days.astype("datetime64[ns]"), **values})


def _quote(result: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return dict(result["indicators"]["quote"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _number(value: Any, name: str, endpoint: Endpoint) -> float:
    if value is None:
        return math.nan
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max:
        return float(value)
    if isinstance(value, float):  # of NaN and infinity the checks of the table speak
        return value
    raise OriginError(f"{endpoint}: {name!r} holds {excerpt(repr(value))}, which is no number; {YFINANCE}")


def _splits(result: Mapping[str, Any], zone: str, symbol: str) -> tuple[str, ...]:
    """A line a split. No price is changed by it, so one that cannot be read is quoted as it is."""
    events = result.get("events")
    splits = events.get("splits") if isinstance(events, dict) else None
    return tuple(sorted(_split(split, zone, symbol) for split in splits.values())) if isinstance(splits, dict) else ()


def _split(split: Any, zone: str, symbol: str) -> str:
    try:
        on = datetime.fromtimestamp(split["date"], tz=ZoneInfo(zone))
        return f"{symbol}: {split['numerator']:g} for {split['denominator']:g} split on {on:%Y-%m-%d}"
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return f"{symbol}: a split that cannot be read, {excerpt(repr(split))}"


def _zone(meta: Mapping[str, Any], endpoint: Endpoint) -> str:
    zone = meta.get("exchangeTimezoneName")
    if zone is None:
        raise _missing("exchangeTimezoneName", endpoint)
    try:
        return ZoneInfo(zone).key
    except (ValueError, TypeError, OSError, KeyError):  # of which ZoneInfoNotFoundError is one
        pass
    raise OriginError(f"{endpoint}: 'exchangeTimezoneName' is {excerpt(str(zone))!r}, which is no time zone; {YFINANCE}")


def _period(meta: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    try:
        period = meta["currentTradingPeriod"]["regular"]
        if max(abs(period["start"]), abs(period["end"])) >= FURTHEST:
            return None, None
        return datetime.fromtimestamp(period["start"], UTC), datetime.fromtimestamp(period["end"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None, None


def _mapping(parent: Mapping[str, Any], name: str, endpoint: Endpoint) -> Mapping[str, Any]:
    child = parent.get(name)
    if not isinstance(child, dict):
        raise _missing(name, endpoint)
    return child


def _missing(name: str, endpoint: Endpoint) -> OriginError:
    return OriginError(f"{endpoint}: {name!r} is missing from the answer; {YFINANCE}")
