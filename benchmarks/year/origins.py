"""Origins: servers on this machine that speak as Yahoo and FRED do, about the truth as it stands at the hour."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pandas as pd

from benchmarks.year.truth import COLUMNS, LARGE, PRICES, RATE, SMALL, Truth
from tests.origins.fred import CSV, Fred
from tests.origins.server import Answer, Origin, Request, serving
from tests.origins.yahoo import Listing, Yahoo

SYMBOLS = {"^SML": SMALL, "^LRG": LARGE}
CODES = "FGHJKMNQUVXZ"
CONTRACT = re.compile(r"ZQ([A-Z])(\d\d)\.CBT$")
EXPERIMENT = """
name = "year"
market = {{ name = "Simulated small caps", exchange = "XNYS" }}
surge = {{ min_z = 1.0, min_return = 0.01 }}
outcome = {{ horizon = 10, barrier = "surge", size = 0.5, also = [{{ horizon = 5, barrier = "sigma", size = 0.75 }}] }}
sensitivity = {{ horizons = [] }}
pullback = {{ horizons = [] }}
walk_forward = {{ start = 2023-10-02, refit_every = 1000, min_history = 500 }}
model = {{ components = ["climatology", "ewma"], paths = 100 }}
interval = {{ paths = 100 }}
promotion = {{ over = ["climatology", "base_rate"] }}

[inputs]
small = {{ file = "small.csv", columns = {{ small = "Close" }} }}
large = {{ file = "large.csv", columns = {{ large = "Close" }} }}
rate = {{ file = "rate.csv", columns = {{ policy_rate = "DFF" }}, lag = 1 }}
prices = {{ file = "prices.csv", columns = {{ cpi = "CPIAUCSL" }}, lag = {{ months = 1, days = 15 }} }}
futures = {{ file = "futures.csv", columns = {{ futures_0 = "m0", futures_1 = "m1" }} }}

[live]
max_age = 5

[live.origins]
yahoo = "{yahoo}"
fred = "{fred}"

[live.files]
"small.csv" = {{ source = "yahoo", columns = {{ Close = "^SML" }} }}
"large.csv" = {{ source = "yahoo", columns = {{ Close = "^LRG" }} }}
"rate.csv" = {{ source = "fred", columns = ["DFF"] }}
"prices.csv" = {{ source = "fred", columns = ["CPIAUCSL"] }}
"futures.csv" = {{ source = "yahoo", strip = {{ root = "ZQ", suffix = ".CBT", months = 2 }} }}
"""


@dataclass
class Hour:
    """now : the time by which the origins live, aware."""

    now: datetime


def yahoo(truth: Truth, hour: Hour) -> Yahoo:
    """Charts up to the hour, with the price of a session under way."""

    class Charts(Yahoo):
        def __call__(self, request: Request) -> Answer:
            symbol = request.path.replace("%5E", "^").rpartition("/")[2]
            found = _listing(symbol, truth, hour.now)
            return _dated(Yahoo({} if found is None else {symbol: found})(request), hour)

    return Charts({})


def _listing(symbol: str, truth: Truth, now: datetime) -> Listing | None:
    delivery = CONTRACT.match(symbol)
    if delivery is not None:
        month = pd.Period(year=2000 + int(delivery[2]), month=CODES.index(delivery[1]) + 1, freq="M")
        closes = truth.contract(month, now)
        return Listing(closes, kind="FUTURE") if closes else None
    if symbol not in SYMBOLS:
        return None
    shown = truth.shown(SYMBOLS[symbol], now)
    opened = datetime(now.year, now.month, now.day, 13, 30, tzinfo=UTC)
    period = (opened, opened + timedelta(hours=6.5)) if now > opened else None
    running = (now, float(shown.iloc[-1]) * 1.01) if period is not None and now < period[1] else None
    return Listing({f"{day:%Y-%m-%d}": float(close) for day, close in shown.items()}, running=running, period=period)


def fred(truth: Truth, hour: Hour) -> Fred:
    """Series of which the days that are not there have a point."""

    class Series(Fred):
        def __call__(self, request: Request) -> Answer:
            if request.path == CSV:
                files = {COLUMNS[file]: file for file in (RATE, PRICES)}
                shown = {name: truth.shown(file, hour.now) for name, file in files.items() if name == request.query.get("id")}
                lines = {name: [(f"{day:%Y-%m-%d}", f"{value}") for day, value in found.items()] for name, found in shown.items()}
                return _dated(Fred(lines)(request), hour)
            return _dated(super().__call__(request), hour)

    return Series()


def _dated(answer: Answer, hour: Hour) -> Answer:
    return replace(answer, headers={**answer.headers, "Date": format_datetime(hour.now, usegmt=True)})


@contextmanager
def playing(truth: Truth, hour: Hour) -> Iterator[tuple[Origin, Origin]]:
    """Both origins while the block runs."""
    with serving(yahoo(truth, hour)) as prices, serving(fred(truth, hour)) as rates:
        yield prices, rates
