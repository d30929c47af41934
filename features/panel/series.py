"""Series: the inputs that a panel may hold, with their units. A builder may declare further ones in its own file."""

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class Basis(StrEnum):
    """The kind of a number, which decides how it is checked: a price is positive and never jumps by a factor, a rate may be negative."""

    PRICE = "price"
    RATE = "rate"
    RATIO = "ratio"
    PROBABILITY = "probability"


class Every(StrEnum):
    """How often a series is observed; `max_age` is how long after publication its last value still counts as known."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"

    @property
    def max_age(self) -> pd.Timedelta:
        days = {Every.DAY: 10, Every.WEEK: 21, Every.MONTH: 75, Every.QUARTER: 200}
        return pd.Timedelta(days=days[self])


@dataclass(frozen=True)
class Series:
    """One input that a panel may hold.

    Parameters
    ----------
    name : str
        Its key in `[inputs]` and its column in the panel.
    unit : str
        The canonical unit; the panel converts the file's unit on entry.
    basis : Basis
        The kind of number, which decides how it is checked.
    doc : str
        What it is, in a line.
    every : Every, default Every.DAY
        How often it is observed.
    """

    name: str
    unit: str
    basis: Basis
    doc: str
    every: Every = Every.DAY

    def __str__(self) -> str:
        return self.name


INDEX_POINTS = "index points"


def _price(name: str, doc: str) -> Series:
    return Series(name, INDEX_POINTS, Basis.PRICE, doc)


def _rate(name: str, doc: str) -> Series:
    return Series(name, "percent", Basis.RATE, doc)


SMALL = _price("small", "small-cap index, close; the only indispensable input")
SMALL_OPEN = _price("small_open", "small-cap index, open")
SMALL_HIGH = _price("small_high", "small-cap index, high")
SMALL_LOW = _price("small_low", "small-cap index, low")
LARGE = _price("large", "large-cap partner index, close")
TECH = _price("tech", "technology or mega-cap partner index, close")
OIL = Series("oil", "USD", Basis.RATIO, "crude oil, spot; a ratio and not a price, since it has been negative")
VIX = Series("vix", "percent", Basis.PRICE, "implied volatility of the large-cap index, annualised")
BILL = _rate("bill", "Treasury bill yield, one to three months")
YIELD_1Y = _rate("yield_1y", "Treasury yield, one year")
YIELD_2Y = _rate("yield_2y", "Treasury yield, two years")
YIELD_10Y = _rate("yield_10y", "Treasury yield, ten years")
POLICY_RATE = _rate("policy_rate", "effective federal funds rate")
AAA = _rate("aaa", "corporate bond yield, rated AAA")
BAA = _rate("baa", "corporate bond yield, rated BAA")
CREDIT_SPREAD = _rate("credit_spread", "BAA corporate yield less the ten-year Treasury yield")
HIGH_YIELD_SPREAD = _rate("high_yield_spread", "option-adjusted spread of high-yield bonds")
CORE_CPI = Series("core_cpi", INDEX_POINTS, Basis.PRICE, "consumer prices without food and energy, index", Every.MONTH)
CPI = Series("cpi", INDEX_POINTS, Basis.PRICE, "consumer prices, index", Every.MONTH)
CLAIMS = Series("claims", "persons", Basis.PRICE, "initial claims for unemployment insurance in a week", Every.WEEK)
UNEMPLOYMENT = Series("unemployment", "percent", Basis.RATE, "unemployment rate", Every.MONTH)
PAYROLLS = Series("payrolls", "thousand persons", Basis.PRICE, "employees on nonfarm payrolls", Every.MONTH)
PRODUCTION = Series("production", INDEX_POINTS, Basis.PRICE, "industrial production, index", Every.MONTH)
EARNINGS = Series("earnings", "USD", Basis.RATIO, "large caps' earnings per share of four quarters; may be negative", Every.MONTH)
SMALL_EARNINGS = Series("small_earnings", "USD", Basis.RATIO, "the same of small caps", Every.MONTH)
EVENT_ODDS = Series("event_odds", "probability", Basis.PROBABILITY, "odds of an event, such as the result of an election")
CAPE = Series("cape", "years", Basis.PRICE, "cyclically adjusted price over earnings of the large-cap index", Every.MONTH)
VALUE_GAP = Series("value_gap", "log ratio", Basis.RATIO, "log book-to-market of small caps less that of large caps", Every.MONTH)
FUTURES = tuple(
    Series(f"futures_{month}", "price", Basis.PRICE, f"fed funds futures, 100 - rate, {month} months ahead") for month in range(13)
)
PUBLISHED = {
    measure: Series(f"published_{measure}", unit, Basis.RATIO, doc)
    for measure, unit, doc in (
        ("p_cut_next", "probability", "published odds of a target below today's after the next meeting"),
        ("p_cut_second", "probability", "published odds of a target below today's after the second meeting"),
        ("entropy_next", "nats", "entropy of the published odds after the next meeting"),
        ("entropy_second", "nats", "entropy of the published odds after the second meeting"),
        *(
            (f"change_{months}m", "percentage points", f"target expected {months} months ahead less today's, by published odds")
            for months in (3, 6, 12)
        ),
    )
}

INPUTS: dict[str, Series] = {
    series.name: series
    for series in (
        SMALL, SMALL_OPEN, SMALL_HIGH, SMALL_LOW, LARGE, TECH, OIL, VIX, BILL, YIELD_1Y, YIELD_2Y, YIELD_10Y, POLICY_RATE,
        AAA, BAA, CREDIT_SPREAD, HIGH_YIELD_SPREAD, CORE_CPI, CPI, CLAIMS, UNEMPLOYMENT, PAYROLLS, PRODUCTION, EARNINGS,
        SMALL_EARNINGS, EVENT_ODDS, CAPE, VALUE_GAP, *FUTURES, *PUBLISHED.values(),
    )
}  # fmt: skip

_SCALE = {
    ("fraction", "percent"): 100.0,
    ("basis points", "percent"): 0.01,
    ("percent a month", "percent"): 12.0,
    ("percent", "probability"): 0.01,
}


def units_read_as(unit: str) -> list[str]:
    """The units a file may be in for a series whose canonical unit is `unit`."""
    return [unit, *(other for other, canonical in _SCALE if canonical == unit)]


def to_canonical(values: pd.Series, unit: str | None, series: Series) -> pd.Series:
    """`values` of a file's `unit` in the series' canonical one; ValueError for a unit that does not convert. NaN stays NaN."""
    if unit is None or unit == series.unit:
        return values
    if (unit, series.unit) not in _SCALE:
        raise ValueError(f"unit {unit!r} does not convert to {series.unit!r}; use one of {units_read_as(series.unit)}")
    return values * _SCALE[unit, series.unit]
