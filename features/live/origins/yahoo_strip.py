"""Strip: contracts of a future, a symbol a month, put together by months ahead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE
from features.live.items import FuturesStrip
from features.live.origins.yahoo_bars import Bars
from features.panel import calendar

CODES = "FGHJKMNQUVXZ"  # of the months, January first, as futures exchanges write them


@dataclass(frozen=True)
class Contract:
    """month : of delivery."""

    symbol: str
    month: pd.Period


def contracts(spec: FuturesStrip, *, since: pd.Timestamp | None, now: datetime, exchange: str) -> list[Contract]:
    """Those of `spec.months` months from that of the last session closed at `now`, and that of the month before if `since` lies in it."""
    running = calendar.last_closed(exchange, now).to_period("M")
    first = running - 1 if since is not None and since.to_period("M") < running else running
    return [_contract(spec, month) for month in pd.period_range(first, running + spec.months - 1, freq="M")]


def _contract(spec: FuturesStrip, month: pd.Period) -> Contract:
    return Contract(f"{spec.root}{CODES[month.month - 1]}{month.year % 100:02d}{spec.suffix}", month)


def strip(
    spec: FuturesStrip, found: Mapping[Contract, Bars | OriginError], *, price: str, since: pd.Timestamp | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A row a day from the first contract's own month on; m0, m1, ...: on day t, m_k delivers k months after t's month. NaN = no price.

    since : what is before it is known already, and that it is not here is no news.
    Contracts may be unknown at the far end, and that of a month gone by; OriginError for one between others, and where none is known.
    """
    known = [contract for contract in found if isinstance(found[contract], Bars)]
    if not known:
        raise next(error for error in found.values() if isinstance(error, OriginError))
    between = [each for each in found if each not in known and known[0].month < each.month < known[-1].month]
    if between:
        lacking = found[between[0]]
        assert isinstance(lacking, OriginError)
        raise OriginError(f"{str(lacking).partition(';')[0]}, though later months are there; try again later")
    long = pd.concat([_of(contract, found[contract], price) for contract in known])
    table = pd.concat({ahead: part.set_index(DATE)["price"] for ahead, part in long.groupby("ahead")}, axis=1, sort=True)
    early = pd.DatetimeIndex(table.index).to_period("M") < known[0].month
    table = table.loc[~early, [ahead for ahead in range(spec.months) if ahead in table.columns]].dropna(axis=1, how="all")
    if 0 not in table.columns:
        raise OriginError(f"{known[0].symbol}: is the first contract known, and has no price of its own month; look at `strip` in [live]")
    table.columns = pd.Index([f"m{ahead}" for ahead in table.columns])
    return table.astype("float64"), (*_lacking(found, known, since), *_early(int(early.sum()) if since is None else 0))


def _of(contract: Contract, bars: Bars | OriginError, price: str) -> pd.DataFrame:
    assert isinstance(bars, Bars)
    close = bars.frame[price].dropna()
    months = pd.DatetimeIndex(close.index).to_period("M")
    ahead = contract.month.ordinal - months.map(lambda month: month.ordinal)
    table = pd.DataFrame({DATE: close.index, "ahead": ahead, "price": close.to_numpy()})
    return table[table["ahead"] >= 0]


def _lacking(found: Mapping[Contract, Bars | OriginError], known: list[Contract], since: pd.Timestamp | None) -> list[str]:
    far = [contract.symbol for contract in found if contract.month > known[-1].month]
    past = [contract.symbol for contract in found if contract.month < known[0].month and since is None]
    notes = [f"{past[0]}: is no longer known, so the days of its month are not here"] if past else []
    return [*notes, f"{far[0]}: is not known, and so the strip ends with {known[-1].symbol}"] if far else notes


def _early(days: int) -> list[str]:
    return [f"{days} days before the first contract's own month are left out"] if days else []
