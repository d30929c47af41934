"""Yahoo: daily prices by symbol, through yfinance."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, Download
from features.live.items import YahooItem
from features.live.origins.yahoo_bars import Bars, bars
from features.live.origins.yahoo_strip import contracts, strip
from features.live.web.client import Client

T = TypeVar("T")


def fetch(spec: YahooItem, base: str, client: Client, *, since: pd.Timestamp | None, now: datetime, exchange: str = "XNYS") -> Download:
    """Prices of the sessions that are closed at `now`, by days of the exchange's own time zone.

    base : scheme, host, port and beginning of the path, where Yahoo's charts are asked for.   since : the first day wanted; None = all.
    exchange : whose sessions these are, unless `spec` says it. A session counts as closed half an hour after its close, an early one too.
    Of one symbol: Open, High, Low, Close, Adj Close; of `columns` and `strip`: one price each, on every day that one of them has.
    OriginError, one line, where a symbol cannot be had; of `columns` those may be lacking whose symbols are unknown, of a strip its last
    contracts, which the notes say.
    """
    one = partial(bars, base=base, client=client, now=now, exchange=spec.exchange or exchange)
    if spec.symbol is not None:
        return _download([one(spec.symbol, since=since)], lambda found: found[0].frame)
    if spec.columns:
        tried = _all([partial(_tried, partial(one, symbol, since=since)) for symbol in spec.columns.values()], client)
        known, lacking = _known(dict(zip(spec.columns, tried, strict=True)))
        return _download(list(known.values()), lambda _: _side_by_side(known, spec.price), lacking)
    if spec.strip is None:
        raise ValueError("an item of YahooItem names one of symbol, columns and strip")
    asked = contracts(spec.strip, since=since, now=now, exchange=spec.exchange or exchange)
    answers = _all([partial(_tried, partial(one, contract.symbol, since=since)) for contract in asked], client)
    table, notes = strip(spec.strip, dict(zip(asked, answers, strict=True)), price=spec.price, since=since)
    return _download([answer for answer in answers if isinstance(answer, Bars)], lambda _: table, notes)


def _tried(ask: Callable[[], Bars]) -> Bars | OriginError:
    from features.live.origins.yahoo_chart import UnknownSymbolError

    try:
        return ask()
    except UnknownSymbolError as error:
        return error


def _known(tried: dict[str, Bars | OriginError]) -> tuple[dict[str, Bars], tuple[str, ...]]:
    """Those that are known, and a line for each that is not; OriginError where none is."""
    known = {column: found for column, found in tried.items() if isinstance(found, Bars)}
    errors = {column: str(found) for column, found in tried.items() if isinstance(found, OriginError)}
    if not known:
        raise OriginError(next(iter(errors.values())))
    return known, tuple(f"column {column} gets nothing new: {error}" for column, error in errors.items())


def _all(asks: Sequence[Callable[[], T]], client: Client) -> list[T]:
    """In order, as many at once as the client may ask; the first that fails ends it."""
    with ThreadPoolExecutor(client.policy.at_once, thread_name_prefix="yahoo") as pool:
        waiting = [pool.submit(ask) for ask in asks]
        try:
            return [each.result() for each in waiting]
        finally:
            pool.shutdown(cancel_futures=True)


def _side_by_side(found: dict[str, Bars], price: str) -> pd.DataFrame:
    columns = {column: each.frame[price].astype("float64") for column, each in found.items()}
    return pd.concat(columns, axis=1, sort=True)


def _download(found: list[Bars], table: Callable[[list[Bars]], pd.DataFrame], notes: tuple[str, ...] = ()) -> Download:
    frame = table(found).rename_axis(index=DATE, columns=None).reset_index()
    frame[DATE] = frame[DATE].astype("datetime64[ns]")
    told = dict.fromkeys([*(note for each in found for note in each.notes), *notes])  # once, where symbols share it
    return Download(frame, tuple(body for each in found for body in each.bodies), notes=tuple(told))
