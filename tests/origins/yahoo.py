"""Yahoo as it answers yfinance: a cookie, a crumb, and charts of daily prices in its own JSON, from a small table that is made up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from tests.origins.server import Answer, Request

CRUMB = "a.Crumb/1"
RANGES = ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"]
TYPE = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Listing:
    """closes : by day.   stamped : local time of a day's stamp.   running : a last row with the price of now, stamped with the time.
    period : of the session under way or the last one, aware; default, none.   splits : (numerator, denominator) by day.
    """

    closes: Mapping[str, float | None]
    zone: str = "America/New_York"
    stamped: time = time(9, 30)
    running: tuple[datetime, float] | None = None
    period: tuple[datetime, datetime] | None = None
    splits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    kind: str = "INDEX"


def walk(first: str, last: str, *, start: float = 100.0, seed: int = 7) -> dict[str, float | None]:
    """Closes of a made-up index on weekdays, both ends included."""
    days = pd.bdate_range(first, last)
    steps = np.random.default_rng(seed).normal(0.0, 0.01, len(days))
    return {f"{day:%Y-%m-%d}": round(float(close), 2) for day, close in zip(days, start * np.exp(np.cumsum(steps)), strict=True)}


def stamp(day: str, listing: Listing) -> int:
    return int(datetime.combine(date.fromisoformat(day), listing.stamped, ZoneInfo(listing.zone)).timestamp())


def chart(symbol: str, listing: Listing, *, start: float = -1e12, end: float = 1e12) -> dict[str, Any]:
    """The answer about `symbol`, of stamps from `start` until before `end`; the running row comes always, as with Yahoo."""
    rows = [(stamp(day, listing), close) for day, close in listing.closes.items()]
    rows = [(at, close) for at, close in rows if start <= at < end]
    if listing.running is not None:
        rows.append((int(listing.running[0].timestamp()), listing.running[1]))
    result: dict[str, Any] = {"meta": _meta(symbol, listing, rows)}
    if not rows:
        return _chart(result | {"indicators": {"quote": [{}], "adjclose": [{}]}})
    splits = {
        str(stamp(day, listing)): {"date": stamp(day, listing), "numerator": top, "denominator": bottom, "splitRatio": f"{top}:{bottom}"}
        for day, (top, bottom) in listing.splits.items()
    }
    closes = [close for _, close in rows]
    quote = {
        "open": _around(closes, 0.999),
        "high": _around(closes, 1.01),
        "low": _around(closes, 0.99),
        "close": closes,
        "volume": [None if close is None else 1000 + at // 86400 % 1000 for at, close in rows],
    }
    indicators = {"quote": [quote], "adjclose": [{"adjclose": _around(closes, 0.98)}]}
    events = {"events": {"splits": splits}} if splits else {}
    return _chart(result | {"timestamp": [at for at, _ in rows]} | events | {"indicators": indicators})


def _chart(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"chart": {"result": [dict(result)], "error": None}}


def _around(closes: Sequence[float | None], factor: float) -> list[float | None]:
    return [None if close is None else close * factor for close in closes]


def _meta(symbol: str, listing: Listing, rows: Sequence[tuple[int, float | None]]) -> dict[str, Any]:
    zone = ZoneInfo(listing.zone)
    made: dict[str, Any] = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "WCB",
        "instrumentType": listing.kind,
        "firstTradeDate": rows[0][0] if rows else None,
        "gmtoffset": int(datetime(2024, 7, 16, tzinfo=zone).strftime("%z")[:3]) * 3600,
        "timezone": "EDT",
        "exchangeTimezoneName": listing.zone,
        "regularMarketPrice": rows[-1][1] if rows else None,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": RANGES,
    }
    if listing.period is not None:
        start, end = (int(at.timestamp()) for at in listing.period)
        made["currentTradingPeriod"] = {"regular": {"timezone": "EDT", "start": start, "end": end, "gmtoffset": made["gmtoffset"]}}
    return made


def error(code: str, description: str, status: int) -> Answer:
    """As Yahoo says no."""
    words = {"chart": {"result": None, "error": {"code": code, "description": description}}}
    return Answer(json.dumps(words).encode(), status, TYPE)


NOT_FOUND = error("Not Found", "No data found, symbol may be delisted", 404)
BAD_DAYS = error("Bad Request", "Data doesn't exist for startDate = 1718000000, endDate = 1721000000", 400)
BAD_CRUMB = Answer(b'{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}', 401, TYPE)
TOO_MANY = b"Too Many Requests\r\n"


class Yahoo:
    """Plays Yahoo for `serving`: answers about `listings`, by symbol."""

    def __init__(self, listings: Mapping[str, Listing]) -> None:
        self.listings = dict(listings)

    def __call__(self, request: Request) -> Answer:
        place = request.path.replace("%5E", "^").replace("%3D", "=")
        if place.endswith("/v1/test/getcrumb"):
            return Answer(CRUMB.encode())
        if "/v8/finance/chart/" not in place:
            return Answer(b"", 404, "text/html", {"Set-Cookie": "A3=d=AQAB; Max-Age=31557600; Path=/; HttpOnly"})
        symbol = place.rpartition("/")[2]
        if symbol not in self.listings:
            return NOT_FOUND
        start, end = float(request.query.get("period1", -1e12)), float(request.query.get("period2", 1e12))
        return Answer(json.dumps(chart(symbol, self.listings[symbol], start=start, end=end)).encode(), content_type=TYPE)
