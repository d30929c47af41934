"""Faults of the history: what comes is whole and well formed, and is not what it was, or not what it should be."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from tests.faults.answers import fred, rewritten
from tests.faults.fault import After, Fault, true_of
from tests.faults.network import KEPT, NEW, wire
from tests.origins.server import Answer, Wire
from tests.origins.town import ARCHIVE, INDEX, PRICES, RATES, SIZE, Town, archive, truth

SML = "^SML"
close = true_of(INDEX)


def listed(change: Callable[[dict[str, float]], dict[str, float]], symbol: str = SML) -> Callable[[Town], None]:
    """Yahoo's closes by day, changed."""

    def bring(town: Town) -> None:
        listing = town.yahoo.listings[symbol]
        town.yahoo.listings[symbol] = replace(listing, closes=change(dict(listing.closes)))  # type: ignore[arg-type]

    return bring


def times(factor: float, first: str = "") -> Callable[[dict[str, float]], dict[str, float]]:
    return lambda closes: {day: close * (factor if day >= first else 1) for day, close in closes.items()}


def without(*days: str) -> Callable[[dict[str, float]], dict[str, float]]:
    return lambda closes: {day: close for day, close in closes.items() if day not in days}


def rates(factor: float, first: str = "") -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        rows = town.fred.series["DGS10"]
        town.fred.series = {"DGS10": [(day, f"{float(value) * (factor if day >= first else 1):g}") for day, value in rows]}

    return bring


def running(hour: int, minute: int) -> Callable[[Town], None]:
    """A price of the session under way, or just closed."""

    def bring(town: Town) -> None:
        town.now = town.now.replace(hour=hour, minute=minute)
        opens, closes = (town.now.replace(hour=at, minute=of) for at, of in ((13, 30), (20, 0)))
        town.yahoo.listings[SML] = replace(town.market, running=(min(town.now, closes), 1234.5), period=(opens, closes))

    return bring


def reordered(change: Callable[[list[tuple[int, dict[str, float]]]], list[tuple[int, dict[str, float]]]]) -> Callable[[Town], None]:
    """The rows of Yahoo's chart in another order, or twice."""

    def fault(at: Wire, answer: Answer) -> None:
        chart = json.loads(answer.content)
        result = chart["chart"]["result"][0]
        quote, adjusted = result["indicators"]["quote"][0], result["indicators"]["adjclose"][0]
        rows = [
            (stamp, {**{name: quote[name][row] for name in quote}, "adjclose": adjusted["adjclose"][row]})
            for row, stamp in enumerate(result["timestamp"])
        ]
        rows = change(rows)
        result["timestamp"] = [stamp for stamp, _ in rows]
        for name in quote:
            quote[name] = [values[name] for _, values in rows]
        adjusted["adjclose"] = [values["adjclose"] for _, values in rows]
        at.send(replace(answer, content=json.dumps(chart).encode()))

    return wire(fault)


def late(town: Town) -> None:
    """A day that was not there at the last pull, though the day after it was."""
    listed(without("2024-07-17"))(town)
    town.pulled()
    town.now += timedelta(days=1)
    town.well()


def other(first: str) -> Callable[[Town], None]:
    """The large caps under the symbol of the small ones, from a day on."""

    def bring(town: Town) -> None:
        small, large = town.market.closes, town.yahoo.listings["^LRG"].closes
        town.yahoo.listings[SML] = replace(town.market, closes={day: (large if day >= first else small)[day] for day in small})

    return bring


def scaled(factor: float, first: str = "") -> Callable[[Town], pd.Series]:
    def expected(town: Town) -> pd.Series:
        closes = close(town).copy()
        closes[closes.index >= pd.Timestamp(first or "1900-01-01")] *= factor
        return closes

    return expected


def less(*days: str) -> Callable[[Town], pd.Series]:
    return lambda town: close(town).drop([pd.Timestamp(day) for day in days])


def swapped(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:-3], lines[-2], lines[-3], lines[-1]]) + "\n"


def turned(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *reversed(rows)]) + "\n"


def doubled(value: str | None) -> Callable[[str], str]:
    def change(text: str) -> str:
        last = text.splitlines()[-1]
        return text + (last if value is None else f"{last.partition(',')[0]},{value}") + "\n"

    return change


HALF_GONE = [f"{day:%Y-%m-%d}" for day in truth()[SML].index[::2]]
WEEK = [f"{day:%Y-%m-%d}" for day in truth()[SML]["2024-07-17":"2024-07-24"].index]
ACCEPT = ("--accept", INDEX)

FAULTS = (
    Fault("the session is under way", running(15, 0), "", NEW),
    Fault("the session has closed a quarter of an hour ago", running(20, 15), "", NEW),
    Fault(
        "a session is missing",
        listed(without("2024-07-18")),
        "1 session of XNYS has no close, the first on 2024-07-18",
        NEW,
        days=3,
        truth=less("2024-07-18"),
    ),
    Fault("six sessions in a row are missing", listed(without(*WEEK)), "6 sessions of XNYS in a row have no close", KEPT, days=10),
    Fault(
        "an origin has nothing newer", listed(without(*WEEK)), "ends? on 2024-07-16, 3 sessions before the last closed", After.SAME, days=3
    ),
    Fault(
        "FRED has nothing newer",
        lambda town: town.fred.series.update(DGS10=[row for row in town.fred.series["DGS10"] if row[0] < "2024-07-17"]),
        "DGS10 ends on 2024-07-16, 6 sessions before the last closed one",
        After.SAME,
        RATES,
        days=8,
    ),
    Fault(
        "a value is revised",
        listed(lambda closes: closes | {"2024-07-10": closes["2024-07-10"] * 1.01}),
        r"changed at its origin, .*revised, the largest by 1 %: \w+ of 2024-07-10",
        NEW,
        truth=lambda town: close(town).mask(close(town).index == "2024-07-10", close(town) * 1.01),
    ),
    Fault(
        "a split: every price is half of what it was",
        listed(times(0.5)),
        "columns Close, High, Low: 385 values are 0.5 times what they were: a split",
        NEW,
        truth=scaled(0.5),
    ),
    Fault(
        "every price is re-adjusted by a dividend",
        listed(times(0.9963)),
        "385 values are 0.9963 times what they were: a split",
        NEW,
        truth=scaled(0.9963),
    ),
    Fault(
        "a split that the origin tells of",
        lambda town: town.yahoo.listings.update({SML: replace(town.market, splits={"2024-07-17": (3, 2)})}),
        r"\^SML: 3 for 2 split on 2024-07-17",
        NEW,
    ),
    Fault(
        "a split that is in the new prices only",
        listed(times(0.5, "2024-07-17")),
        "column Close: moves by a factor of .* on 2024-07-17; a split, or a wrong digit",
        NEW,
        truth=scaled(0.5, "2024-07-17"),
    ),
    Fault(
        "prices are re-adjusted, and the whole history cannot be had",
        lambda town: (
            listed(times(0.5))(town),
            town.origins["yahoo"].spoil(lambda at, good: at.send(good), where="SML"),
            wire(lambda at, _: at.send(Answer(b"", 500)))(town),
        ),
        "answered 500, 4 times",
        KEPT,
    ),
    Fault(
        "percent changes instead of prices",
        listed(lambda closes: {day: 0.3 - 0.5 * (place % 2) for place, day in enumerate(closes)}),
        "another series under that name",
        KEPT,
    ),
    Fault(
        "a percent change after prices",
        listed(lambda closes: closes | {"2024-07-17": 0.31}),
        "column Close: goes on at 0.31 after|jumps from .* to 0.31",
        KEPT,
    ),
    Fault("every price is a hundred times what it was", listed(times(100)), "is 100 times what it was; the unit changed\\?", KEPT),
    Fault("every price is a thousandth of what it was", listed(times(0.001)), "is 0.001 times what it was; the unit changed\\?", KEPT),
    Fault(
        "new prices go on at a hundred times the old ones",
        listed(times(100, "2024-07-17")),
        "goes on at .*, a hundredfold step; another unit",
        KEPT,
    ),
    Fault(
        "every rate is a hundredth of what it was: fractions", rates(0.01), "is 0.01 times what it was; the unit changed\\?", KEPT, RATES
    ),
    Fault("new rates go on as fractions", rates(0.01, "2024-07-17"), "goes on at 0.0.* a hundredfold step; another unit", KEPT, RATES),
    Fault(
        "rates are fractions from the first day on",
        rates(0.01),
        "never exceeds 0.2 percent; if it is a fraction",
        NEW,
        RATES,
        first=True,
        truth=lambda town: 0.01 * true_of(RATES)(town),
        heals=("--accept", RATES),
    ),
    Fault(
        "every return is a hundredth of what it was: fractions",
        lambda town: town.french.archives.update({ARCHIVE: archive(0.01 * truth()["Lo 10"][:"2024-07-16"])}),
        "is 0.01 times what it was; the unit changed\\?",
        KEPT,
        SIZE,
        days=3,
    ),
    Fault("a hundred times what it was, looked at and taken", listed(times(100)), "", NEW, options=ACCEPT, truth=scaled(100), heals=ACCEPT),
    Fault("a day has vanished", listed(without("2024-07-10")), "changed at its origin, .*gone", NEW, truth=less("2024-07-10")),
    Fault("every second day has vanished", listed(without(*HALF_GONE)), "values are no longer there; look at it", KEPT),
    Fault("a day comes late", late, "changed at its origin, .*late", NEW, days=2),
    Fault("another index under the same symbol", other(""), "by .* % at the median; another series under that name", KEPT),
    Fault("another index under the same symbol, since a month", other("2024-06-17"), "another series under that name", KEPT),
    Fault(
        "the first year of a history is no longer given",
        listed(lambda closes: {day: close for day, close in closes.items() if day >= "2024-01-01"}),
        "",
        NEW,
        days=31,
    ),
    Fault(
        "a day comes twice with the same price",
        reordered(lambda rows: [*rows[:-2], rows[-2], *rows[-2:]]),
        "came twice with the same close",
        NEW,
    ),
    Fault(
        "a day comes twice with two prices",
        reordered(lambda rows: [*rows[:-1], (rows[-2][0], rows[-1][1]), rows[-1]]),
        "gives 2024-07-16 twice, with the closes .* look which is right",
        KEPT,
    ),
    Fault("prices come latest first", reordered(lambda rows: rows[::-1]), "days were out of order, and are put in order", NEW),
    Fault(
        "a day of FRED comes twice with the same value",
        fred(rewritten(doubled(None))),
        "1 day stands twice with the same values",
        NEW,
        RATES,
    ),
    Fault(
        "a day of FRED comes twice with two values",
        fred(rewritten(doubled("9.99"))),
        "stands twice with different values, .* and 9.99",
        KEPT,
        RATES,
    ),
    Fault("rows of FRED come latest first", fred(rewritten(turned)), "its rows come latest first, and were turned round", NEW, RATES),
    Fault("rows of FRED are in no order", fred(rewritten(swapped)), "its days neither rise nor fall", KEPT, RATES),
    Fault(
        "a day of FRED that is still to come",
        fred(rewritten(lambda text: text + "2030-01-02,4.2\n")),
        "2030-01-02 is still to come",
        KEPT,
        RATES,
    ),
    Fault("a price of a day that is still to come", listed(lambda closes: closes | {"2030-01-02": 2000.0}), "", NEW),
    Fault(
        "a first release is another one than it was",
        lambda town: town.fred.releases.update(
            CPIAUCSL=[
                (day, f"{float(value) + (day == '2024-04-01'):.3f}", release) for day, value, release in town.fred.releases["CPIAUCSL"]
            ]
        ),
        "changed at its origin, 1 revised, the largest by .* CPIAUCSL of 2024-04-01",
        NEW,
        PRICES,
        days=31,
        truth=lambda town: true_of(PRICES)(town).loc[:"2024-06-01"].pipe(lambda values: values + (values.index == "2024-04-01")),
    ),
)
