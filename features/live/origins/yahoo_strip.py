"""Contracts of a future, a symbol a month, put together by months ahead."""

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
    """A symbol and its month of delivery."""

    symbol: str
    month: pd.Period


def contracts(spec: FuturesStrip, *, since: pd.Timestamp | None, now: datetime, exchange: str) -> list[Contract]:
    """Those of `spec.months` months from that of the last session closed at `now`, and of the month before if `since` lies in it."""
    running = calendar.last_closed(exchange, now).to_period("M")
    first = running - 1 if since is not None and since.to_period("M") < running else running
    return [_contract(spec, month) for month in pd.period_range(first, running + spec.months - 1, freq="M")]


def _contract(spec: FuturesStrip, month: pd.Period) -> Contract:
    return Contract(f"{spec.root}{CODES[month.month - 1]}{month.year % 100:02d}{spec.suffix}", month)


def strip(
    spec: FuturesStrip, answers: Mapping[Contract, Bars | OriginError], *, price: str, since: pd.Timestamp | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Prices by day and months ahead, and notes: on day t, column m_k is of the contract k months after t's month; NaN = no price.

    The table begins with the month of the first contract, and what is missing before `since` is no news. Contracts may be unknown at the
    far end, and so may that of a month gone by; OriginError for one between others, and where all are unknown.
    """
    listed = {contract: bars for contract, bars in answers.items() if isinstance(bars, Bars)}
    errors = {contract: error for contract, error in answers.items() if isinstance(error, OriginError)}
    if not listed:
        raise next(iter(errors.values()))
    first, last = next(iter(listed)), list(listed)[-1]
    between = next((error for contract, error in errors.items() if first.month < contract.month < last.month), None)
    if between is not None:
        raise OriginError(f"{str(between).partition(';')[0]}, though later months are there; try again later")
    long = pd.concat([_long(contract, bars, price) for contract, bars in listed.items()])
    table = pd.concat({ahead: part.set_index(DATE)["price"] for ahead, part in long.groupby("ahead")}, axis=1, sort=True)
    early = pd.DatetimeIndex(table.index).to_period("M") < first.month
    table = table.loc[~early, [ahead for ahead in range(spec.months) if ahead in table.columns]].dropna(axis=1, how="all")
    if 0 not in table.columns:
        raise OriginError(f"{first.symbol}: is the first contract known, and has no price of its own month; look at `strip` in [live]")
    table.columns = pd.Index([f"m{ahead}" for ahead in table.columns])
    notes = []
    if since is None:
        past = [contract.symbol for contract in errors if contract.month < first.month]
        notes += [f"{past[0]}: is no longer known, so the days of its month are not here"] if past else []
    far = [contract.symbol for contract in errors if contract.month > last.month]
    notes += [f"{far[0]}: is not known, and so the strip ends with {last.symbol}"] if far else []
    if since is None and early.any():
        notes.append(f"{early.sum()} days before the first contract's own month are left out")
    return table.astype("float64"), tuple(notes)


def _long(contract: Contract, bars: Bars, price: str) -> pd.DataFrame:
    """Day, months ahead and price of one contract, until its own month ends."""
    close = bars.frame[price].dropna()
    months = pd.DatetimeIndex(close.index).to_period("M")
    ahead = contract.month.ordinal - months.map(lambda month: month.ordinal)
    table = pd.DataFrame({DATE: close.index, "ahead": ahead, "price": close.to_numpy()})
    return table[table["ahead"] >= 0]
