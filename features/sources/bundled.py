"""Real market data that ship inside the arch package, 1999 to 2018: they need no file and no network.

No small-cap history ships with a dependency, so the Nasdaq Composite stands in for the small-cap index.
"""

from collections.abc import Iterator

import pandas as pd

from features.panel.publication_lag import NO_LAG, Lag
from features.panel.raw import RawMarket, RawSeries
from features.panel.series import (
    AAA,
    BAA,
    BILL,
    CORE_CPI,
    LARGE,
    OIL,
    SMALL,
    SMALL_HIGH,
    SMALL_LOW,
    SMALL_OPEN,
    VIX,
    Every,
    Series,
    to_canonical,
)


def load() -> RawMarket:
    """The bundled market: Nasdaq Composite against the S&P 500, with the VIX, bills, corporate yields, core prices and oil."""
    import arch

    series = {raw.series.name: raw for raw in _series()}
    return RawMarket(
        name="Nasdaq Composite",
        exchange="XNYS",
        source="bundled",
        origin=f"arch {arch.__version__}, arch.data",
        series=series,
        stands_in_for="Russell 2000",
    )


def _series() -> Iterator[RawSeries]:
    from arch.data import core_cpi, default, frenchdata, nasdaq, sp500, vix, wti

    composite = nasdaq.load()
    for series, column in ((SMALL, "Close"), (SMALL_OPEN, "Open"), (SMALL_HIGH, "High"), (SMALL_LOW, "Low")):
        yield _raw(series, composite[column], "nasdaq")
    yield _raw(LARGE, sp500.load()["Close"], "sp500")
    yield _raw(VIX, vix.load()["vix"], "vix")
    yield _raw(OIL, wti.load()["DCOILWTICO"], "wti", Lag(sessions=5))
    # French's factors are stamped 192607, which arch reads as a count of nanoseconds; RF is the bill's return over the month.
    factors = frenchdata.load()
    months = pd.to_datetime(pd.DatetimeIndex(factors.index).as_unit("ns").asi8.astype(str), format="%Y%m")
    bill = to_canonical(pd.Series(factors["RF"].to_numpy(), index=months), "percent a month", BILL)
    yield _raw(BILL, bill, "frenchdata", Lag(months=1), Every.MONTH)
    bonds = default.load()
    yield _raw(AAA, bonds["AAA"], "default", Lag(months=1, days=3), Every.MONTH)
    yield _raw(BAA, bonds["BAA"], "default", Lag(months=1, days=3), Every.MONTH)
    yield _raw(CORE_CPI, core_cpi.load()["CPILFESL"], "core_cpi", Lag(months=1, days=30), Every.MONTH)


def _raw(series: Series, values: pd.Series, module: str, lag: Lag = NO_LAG, every: Every = Every.DAY) -> RawSeries:
    index = pd.DatetimeIndex(values.index).as_unit("ns")
    return RawSeries(series, values.astype("float64").set_axis(index), f"arch.data.{module}, {series.name}", lag, every)
