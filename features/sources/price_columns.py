"""Which columns of a file of prices are what: the close, the open, the high and the low, by the names that people give them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.errors import InputError, did_you_mean

CLOSE = (
    "close", "closing price", "close price", "schlusskurs", "schluss", "last", "last price", "px_last", "close/last", "price", "level",
    "zuletzt", "letzter", "dernier", "cloture", "clôture", "clot", "clôt", "ultimo", "último", "cierre", "fechamento", "chiusura",
    "slutkurs", "slotkoers", "zamkniecie", "zamknięcie", "終値", "收盘", "收盘价", "收盤價", "종가", "adj close", "adj. close", "adj_close",
    "adjusted close", "adjclose", "settle", "nav", "kurs", "cours", "koers", "value", "index value", "wert",
)  # fmt: skip
OPEN = (
    "open", "opening price", "open price", "erster", "eröffnung", "eroeffnung", "eröffn.", "eröffnungskurs", "px_open",
    "ouverture", "ouv", "ouv.",
    "apertura", "abertura", "otwarcie", "始値", "开盘", "开盘价", "開盤價", "시가",
)  # fmt: skip
HIGH = (
    "high", "high price", "hoch", "höchst", "höchstkurs", "tageshoch", "px_high", "haut", "plus haut", "+ haut", "máximo", "maximo",
    "massimo", "max", "max.", "najwyzszy", "najwyższy", "高値", "最高", "最高价", "最高價", "고가",
)  # fmt: skip
LOW = (
    "low", "low price", "tief", "tiefst", "tiefstkurs", "tagestief", "px_low", "bas", "plus bas", "+ bas", "mínimo", "minimo", "min",
    "min.", "najnizszy", "najniższy", "安値", "最低", "最低价", "最低價", "저가",
)  # fmt: skip


@dataclass(frozen=True)
class PriceColumns:
    """The columns of an index; None for one that the file has not."""

    close: str
    open: str | None = None
    high: str | None = None
    low: str | None = None

    @property
    def used(self) -> tuple[str, ...]:
        return tuple(name for name in (self.close, self.open, self.high, self.low) if name is not None)


ROLES = ("open", "high", "low")
OF_THE_INDEX = ("small", "small_open", "small_high", "small_low")  # as [inputs] name the close, open, high and low


def price_columns(names: Sequence[str], file: str, close: str | None = None, *, remedy: str = "name it with --close") -> PriceColumns:
    """The columns of prices among those of numbers.

    Parameters
    ----------
    names : sequence of str
        The columns of numbers of a file.
    file : str
        Its name, for messages.
    close : str, optional
        The column of the closes, or the ticker that stands in the names of its columns; by default the one whose name says so, or the only
        one.
    remedy : str
        What to do where no column is the close, or several may be.

    Returns
    -------
    PriceColumns

    Raises
    ------
    InputError
        Where no column is the close, or more than one may be: names them.
    """
    if close is None and OF_THE_INDEX[0] in names:
        return _ranged(OF_THE_INDEX[0], {role: name for role, name in zip(ROLES, OF_THE_INDEX[1:], strict=True) if name in names})
    chosen = _close(names, file, close, remedy)
    rest = _without(chosen, CLOSE)
    others = {name: other for name in names if name != chosen and (other := _role(name, rest)) is not None}
    return _ranged(chosen, {role: next(name for name, other in others.items() if other == role) for role in set(others.values())})


def _ranged(close: str, by_role: Mapping[str, str]) -> PriceColumns:
    """The columns; highs and lows go together."""
    open_, high, low = (by_role.get(role) for role in ROLES)
    return PriceColumns(close, open_, *((high, low) if high is not None and low is not None else (None, None)))


def _close(names: Sequence[str], file: str, close: str | None, remedy: str) -> str:
    if close is not None:
        if close in names:
            return close
        of_ticker = [name for name in names if close.lower() in name.lower().split()]
        if not of_ticker:
            raise InputError(f"{file}: no column {close!r}{did_you_mean(close, names)}")
        names = of_ticker
    if len(names) == 1:
        return names[0]
    exact = next((name for word in CLOSE for name in names if _plain(name) == word), None)
    if exact is not None:
        return exact
    for word in CLOSE:
        matches = [name for name in names if _plain(name).startswith(f"{word} ") or _plain(name).endswith(f" {word}")]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise InputError(f"{file}: {len(matches)} columns may be the close, {', '.join(map(repr, matches[:8]))}; {remedy}")
    listed = ", ".join(map(repr, names[:8])) or "none"
    raise InputError(f"{file}: no column is named as a close is, and those of numbers are {listed}; {remedy}")


def ticker_of(close: str) -> str:
    """What the name of a column of closes says besides that: a ticker, or nothing."""
    lower = close.lower()
    if close in OF_THE_INDEX or _plain(close) in CLOSE:
        return ""
    for word in CLOSE:
        if lower.startswith(f"{word} "):
            return close[len(word) :].strip()
        if lower.endswith(f" {word}"):
            return close[: -len(word)].strip()
    return close.strip()


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[*<>]", " ", name)).strip().lower()


def _without(name: str, words: Sequence[str]) -> str:
    """What is left of `name` without the word that says its role: a ticker, or nothing."""
    plain = _plain(name)
    if plain in words:
        return ""
    for word in words:
        if plain.startswith(f"{word} "):
            return plain.removeprefix(f"{word} ")
        if plain.endswith(f" {word}"):
            return plain.removesuffix(f" {word}")
    return plain


def _role(name: str, rest: str) -> str | None:
    """`open`, `high` or `low`, for a column of the same ticker, `rest`, as the close."""
    for role, words in (("open", OPEN), ("high", HIGH), ("low", LOW)):
        left = _without(name, words)
        if left == rest and left != _plain(name):
            return role
    return None
