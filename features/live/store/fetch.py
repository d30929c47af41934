"""Fetches one item from its origin."""

import glob
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.errors import InputError, OriginError
from features.live.download import Download
from features.live.items import DroppedItem, FredItem, FrenchItem, Item, Origins, YahooItem

if TYPE_CHECKING:
    from features.live.web.client import Client

EXTRA = "install it with: pip install 'smallcap-surge[live]'"
SINCE = ("yahoo", "fred")  # origins that can be asked for the end of a history only
REST = {"french": timedelta(days=2)}  # published by the month: not asked again so soon after a good answer


@dataclass(frozen=True)
class OriginFetcher:
    """Asks `origins` through `client`, and looks through the folder `dropped`."""

    origins: Origins
    client: "Client"
    dropped: Path

    def prepare(self, specs: Iterable[Item]) -> None:
        """What is set for the whole process, in which warnings are filtered, before several items are fetched at once."""
        if any(isinstance(spec, YahooItem) for spec in specs):
            try:
                from features.live.origins import yahoo_bars
            except ImportError:
                return  # `fetch` says so
            yahoo_bars.silence_warnings()

    def fetch(self, spec: Item, exchange: str, *, since: pd.Timestamp | None, now: datetime) -> Download:
        """What the origin of `spec` gives, from `since` on where that can be asked for; OriginError, one line, where that is nothing."""
        if isinstance(spec, DroppedItem):
            from features.live.origins import dropped

            return dropped.fetch(spec, self.dropped, now=now, exchange=exchange)
        if isinstance(spec, FrenchItem):
            from features.live.origins import french

            return french.fetch(spec, self._base(spec), self.client, since=since, now=now)
        if isinstance(spec, FredItem):
            from features.live.origins import fred

            return fred.fetch(spec, self.origins, self.client, since=since, now=now)
        try:
            from features.live.origins import yahoo
        except ImportError as error:
            raise OriginError(f"{error.name}: is not installed, and yahoo is asked through it; {EXTRA}") from None
        return yahoo.fetch(spec, self._base(spec), self.client, since=since, now=now, exchange=exchange)

    def older(self, file: str, key: tuple[str, ...], now: datetime, exchange: str) -> Download | None:
        """What a dropped file of the same name adds to one that has an origin; None without one, OriginError for one of another key."""
        from features.live.origins import dropped

        if not (self.dropped / file).is_file():
            return None
        download = dropped.fetch(DroppedItem(source="dropped", pattern=glob.escape(file)), self.dropped, now=now, exchange=exchange)
        if download.key != key:
            raise OriginError(f"{self.dropped / file}: its rows are told apart by {', '.join(download.key)}, and not by {', '.join(key)}")
        return download

    def _base(self, spec: Item) -> str:
        base: str | None = getattr(self.origins, spec.source)
        if base is None:
            raise OriginError(f'[live.origins]: has no address of {spec.source}; add {spec.source} = "..."')
        return base


def default_client() -> "Client":
    """A client with the usual limits; OriginError where the extra is not installed."""
    try:
        from features.live.web.client import Client
    except ImportError as error:
        raise OriginError(f"{error.name}: is not installed, and live data need it; {EXTRA}") from None
    return Client()


def guarded(file: str, fetch: Callable[[], Download]) -> Download:
    """The result of `fetch`; OriginError also for an unforeseen error, so that one origin's oddity costs no other origin's answer."""
    try:
        return fetch()
    except InputError as error:
        raise OriginError(str(error)) from None
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise OriginError(
            f"{file}: what came cannot be read, by a fault of this program ({words}); report it, and pull again later"
        ) from error
