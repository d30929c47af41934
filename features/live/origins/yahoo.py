"""Daily prices of Yahoo by symbol, through yfinance."""

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
    """Prices of the sessions closed at `now`, from `since` on, by days of the exchange's own time zone.

    One symbol gives all PRICES, `columns` and `strip` one price each. A session counts as closed half an hour after its close, an early
    close too. `exchange` says whose sessions these are, unless `spec` does. OriginError where a symbol cannot be had; unknown symbols of
    `columns`, and the last contracts of a strip, are missing, with a note.
    """
    one = partial(bars, base=base, client=client, now=now, exchange=spec.exchange or exchange)
    if spec.symbol is not None:
        return _download([one(spec.symbol, since=since)], lambda answers: answers[0].frame)
    if spec.columns:
        tried = _all([partial(_tried, partial(one, symbol, since=since)) for symbol in spec.columns.values()], client)
        columns, notes = _without_unknown(dict(zip(spec.columns, tried, strict=True)))
        return _download(list(columns.values()), lambda _: _side_by_side(columns, spec.price), notes)
    if spec.strip is None:
        raise ValueError("an item of YahooItem names one of symbol, columns and strip")
    months = contracts(spec.strip, since=since, now=now, exchange=spec.exchange or exchange)
    answers = _all([partial(_tried, partial(one, contract.symbol, since=since)) for contract in months], client)
    table, notes = strip(spec.strip, dict(zip(months, answers, strict=True)), price=spec.price, since=since)
    return _download([answer for answer in answers if isinstance(answer, Bars)], lambda _: table, notes)


def _tried(ask: Callable[[], Bars]) -> Bars | OriginError:
    """The prices, or the error of an unknown symbol."""
    from features.live.origins.yahoo_chart import UnknownSymbolError

    try:
        return ask()
    except UnknownSymbolError as error:
        return error


def _without_unknown(tried: dict[str, Bars | OriginError]) -> tuple[dict[str, Bars], tuple[str, ...]]:
    """The columns that have prices, and a line for each other one; OriginError where none has."""
    columns = {column: answer for column, answer in tried.items() if isinstance(answer, Bars)}
    errors = {column: str(answer) for column, answer in tried.items() if isinstance(answer, OriginError)}
    if not columns:
        raise OriginError(next(iter(errors.values())))
    return columns, tuple(f"column {column} gets nothing new: {error}" for column, error in errors.items())


def _all(asks: Sequence[Callable[[], T]], client: Client) -> list[T]:
    """In order, as many at once as the client may ask; the first that fails ends it."""
    with ThreadPoolExecutor(client.limits.at_once, thread_name_prefix="yahoo") as pool:
        waiting = [pool.submit(ask) for ask in asks]
        try:
            return [each.result() for each in waiting]
        finally:
            pool.shutdown(cancel_futures=True)


def _side_by_side(columns: dict[str, Bars], price: str) -> pd.DataFrame:
    return pd.concat({column: each.frame[price].astype("float64") for column, each in columns.items()}, axis=1, sort=True)


def _download(answers: list[Bars], table: Callable[[list[Bars]], pd.DataFrame], notes: tuple[str, ...] = ()) -> Download:
    frame = table(answers).rename_axis(index=DATE, columns=None).reset_index()
    frame[DATE] = frame[DATE].astype("datetime64[ns]")
    lines = dict.fromkeys([*(note for each in answers for note in each.notes), *notes])  # once, where symbols share it
    bodies = tuple(body for each in answers for body in each.bodies)
    currencies = {each.symbol: each.currency for each in answers if each.currency}
    return Download(frame, bodies, notes=tuple(lines), currencies=currencies)
