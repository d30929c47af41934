"""Town: every origin of one small experiment on this machine, its store, and the days that go by; all of it made up."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.live.store import fetch
from features.live.store import open_live as opening
from features.live.store.open_live import LiveInputs, open_live, snapshot
from features.live.store.pull import Puller
from features.live.store.pull_log import ItemRecord, Pull
from features.live.store.store import Store
from features.live.web.client import Client
from features.live.web.limits import Limits
from features.panel import calendar
from forecast.backtest import dataset
from forecast.backtest.experiment import read_experiment
from tests.commands import Done, run
from tests.origins.clock import QUICK, Hands
from tests.origins.fred import Fred
from tests.origins.french import French, text_of
from tests.origins.server import Origin, serving
from tests.origins.yahoo import Listing, Yahoo

FIRST, LAST = pd.Timestamp("2023-01-03"), pd.Timestamp("2024-07-31")
BEGIN = datetime(2024, 7, 17, 11, 0, tzinfo=UTC)  # a Wednesday, before New York opens
ARCHIVE = "Portfolios_Formed_on_ME_daily"
ROOT = "ZQ"
CONTRACTS = ("ZQN24.CBT", "ZQQ24.CBT", "ZQU24.CBT")  # July to September
INDEX, LARGE, STRIP, RATES, PRICES, SIZE, ODDS = FILES = (
    "index.parquet", "large.parquet", "strip.parquet", "rates.csv", "prices.csv", "size.csv", "odds.csv",
)  # fmt: skip
HEAD = """name = "town"
[market]
name = "Small"
exchange = "XNYS"
[walk_forward]
start = 2024-01-02
[model]
components = ["climatology", "ewma"]
[live]
max_age = 5
[live.origins]
"""
READ = {
    INDEX: ("inputs.small", 'columns = { small = "Close", small_high = "High", small_low = "Low" }'),
    LARGE: ("inputs.large", 'columns = { large = "LARGE", vix = "FEAR" }'),
    STRIP: ("inputs.futures", 'columns = { futures_0 = "m0", futures_1 = "m1" }'),
    RATES: ("inputs.rates", 'columns = { yield_10y = "DGS10" }\nlag = 1'),
    PRICES: ("inputs.prices", 'columns = { cpi = "CPIAUCSL" }\nlag = { months = 1, days = 15 }'),
    SIZE: ("companions.size", 'columns = ["tenth"]\nholds = "percent return"\nlag = { months = 2 }'),
    ODDS: ("inputs.odds", 'columns = { event_odds = "odds" }'),
}
GIVEN = {
    INDEX: '{ source = "yahoo", symbol = "^SML" }',
    LARGE: '{ source = "yahoo", columns = { LARGE = "^LRG", FEAR = "^FEAR" } }',
    STRIP: '{ source = "yahoo", strip = { root = "ZQ", suffix = ".CBT", months = 3 } }',
    RATES: '{ source = "fred", columns = ["DGS10"] }',
    PRICES: '{ source = "fred", columns = ["CPIAUCSL"], vintages = true }',
    SIZE: f'{{ source = "french", archive = "{ARCHIVE}", columns = {{ tenth = "Lo 10" }} }}',
}


def _walk(start: float, seed: int, size: float = 0.01) -> pd.Series:
    """A value a session, to four digits after the point."""
    days = calendar.sessions("XNYS", FIRST, LAST)
    steps = np.random.default_rng(seed).normal(0.0, size, len(days))
    return pd.Series((start * np.exp(np.cumsum(steps))).round(4), index=days)


@lru_cache(maxsize=1)
def truth() -> dict[str, pd.Series]:
    """Every series of the town as it will have been, by day."""
    walks = {"^SML": _walk(2000, 1), "^LRG": _walk(5000, 2), "^FEAR": _walk(16, 3, 0.05), "DGS10": _walk(4.2, 4).round(2)}
    noise = np.random.default_rng(5).normal(0.0, 0.002, (3, len(walks["^SML"])))
    strip = {
        name: pd.Series((94.67 + 0.05 * ahead + noise[ahead]).round(4), index=walks["^SML"].index) for ahead, name in enumerate(CONTRACTS)
    }
    firsts = pd.date_range("2022-01-01", "2024-06-01", freq="MS", unit="ns")
    prices = pd.Series((300 * 1.0025 ** np.arange(len(firsts))).round(3), index=firsts)
    returns = _walk(1.0, 6)
    return {**walks, **strip, "CPIAUCSL": prices, "Lo 10": (100 * np.log(returns).diff().fillna(0.0)).round(2)}


@lru_cache(maxsize=32)
def until(day: pd.Timestamp) -> dict[str, dict[str, float]]:
    """The truth until a day, by day, as origins write it."""
    return {name: {f"{on:%Y-%m-%d}": float(value) for on, value in values[:day].items()} for name, values in truth().items()}


@dataclass
class Town:
    """What its origins say is in `yahoo`, `fred` and `french`, which faults spoil; `origins` by name, for faults of the wire.

    place : folder of the experiment file and of the store.   asks : the files that the experiment reads.   patch : undone in the end.
    now : of this machine's clock.   give : of [live.files], instead of what is usual.   open : what is to be closed.   tells : of the origins' clocks, how much they are ahead of it.   limits, authority : of the client.
    """

    place: Path
    origins: Mapping[str, Origin]
    patch: pytest.MonkeyPatch
    asks: Sequence[str] = FILES
    now: datetime = BEGIN
    tells: timedelta = timedelta(0)
    limits: Limits = QUICK
    authority: str | None = None
    hands: Hands = field(default_factory=Hands)
    bases: dict[str, str] = field(default_factory=dict)
    give: dict[str, str] = field(default_factory=dict)
    open: list[socket.socket | ExitStack] = field(default_factory=list)
    _text: str = ""
    _read: LiveInputs | None = None

    def __post_init__(self) -> None:
        self.well()

    @property
    def store(self) -> Store:
        return Store(self.place / "store")

    @property
    def experiment(self) -> Path:
        return self.place / "town.toml"

    @property
    def market(self) -> Listing:
        """What Yahoo says of the small caps."""
        return self.yahoo.listings["^SML"]

    def well(self) -> None:
        """Every origin tells the truth until the last session closed now, and nothing is spoilt."""
        upto = calendar.last_closed("XNYS", self.now)
        closes = until(upto)
        prices = ("^SML", "^LRG", "^FEAR", *CONTRACTS)
        self.yahoo = Yahoo({name: Listing(dict(closes[name])) for name in prices})
        monthly = {day: value for day, value in closes["CPIAUCSL"].items() if self.released(day) <= f"{upto:%Y-%m-%d}"}
        self.fred = Fred(
            {"DGS10": rows(closes["DGS10"]), "CPIAUCSL": rows(monthly)},
            {"CPIAUCSL": [(day, f"{value}", self.released(day)) for day, value in monthly.items()]},
        )
        self.french = French({ARCHIVE: archived(upto)})
        self.tells = timedelta(0)
        for name, origin in self.origins.items():
            origin.heal()
            origin.play = {"yahoo": self.yahoo, "fred": self.fred, "french": self.french}[name]
            origin.clock = lambda: self.now + self.tells
        self.bases = {name: origin.base for name, origin in self.origins.items()}
        self.give = {}
        if self.store.dropped.is_dir():
            for path in self.store.dropped.iterdir():
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            self.drop(ODDS, odds(upto))
        self.limits, self.authority, self.hands = QUICK, None, Hands(self.now)

    @staticmethod
    @cache
    def released(month: str) -> str:
        """The day on which the consumer prices of a month came out: the twelfth of the next; the first two with the first."""
        first = max(pd.Timestamp(month), pd.Timestamp("2022-03-01"))
        return f"{first + pd.DateOffset(months=1) + pd.Timedelta(days=11):%Y-%m-%d}"

    def drop(self, name: str, content: str | bytes) -> Path:
        """A file dropped."""
        self.store.dropped.mkdir(parents=True, exist_ok=True)
        path = self.store.dropped / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def client(self) -> Client:
        return Client(self.limits, self.hands.clock, authority=self.authority)

    def written(self) -> Path:
        """The experiment, as a file that reads `asks`."""
        origins = dict(self.bases) | {"alfred": self.bases["fred"]} if "fred" in self.bases else dict(self.bases)
        items = GIVEN | self.give
        parts = [HEAD, *(f'{name} = "{base}"\n' for name, base in origins.items()), "[live.files]\n"]
        parts += [f'"{file}" = {items[file]}\n' for file in self.asks if file in items]
        parts += [f'[{READ[file][0]}]\nfile = "{file}"\n{READ[file][1]}\n' for file in self.asks]
        text = "".join(parts)
        if text != self._text:
            self.experiment.write_text(text, "utf-8")
            self._text, self._read = text, None
        return self.experiment

    @contextmanager
    def lived(self) -> Iterator[None]:
        """While the block runs, commands take the town's clock and its clients."""
        with self.patch.context() as patch:
            patch.setattr(fetch, "default_client", self.client)
            patch.setattr(opening, "default_client", self.client)
            patch.setattr(opening, "now", lambda: self.now)
            patch.setitem(open_live.__kwdefaults__, "clock", lambda: self.now)
            patch.setitem(open_live.__kwdefaults__, "client", self.client)
            patch.setattr(dataset, "datetime", _Stopped(self))
            yield

    def pull(self, *options: str) -> Done:
        """`data pull` as it is typed."""
        with self.lived():
            return run("data", "pull", str(self.written()), "--cache", str(self.store.folder), *options)

    def reading(self) -> LiveInputs:
        self.written()
        if self._read is None:
            chosen = read_experiment(self.experiment)
            self._read = LiveInputs(chosen.live, chosen.inputs, chosen.companions, chosen.market.exchange)
        return self._read

    def pulled(self, accept: Sequence[str] = ()) -> Pull:
        """A pull without the command line."""
        reading = self.reading()
        asker = fetch.OriginFetcher(reading.live.origins, self.client(), self.store.dropped)
        return Puller(self.store, asker, lambda: self.now, tuple(accept)).pull(reading.files(), lambda *_: None)

    def records(self) -> dict[str, ItemRecord]:
        """What is in force of each file."""
        return dict(snapshot(self.store, self.reading().files())[0].records)

    def lines(self) -> list[str]:
        """What a person is told by a forecast from what is there; nobody is asked."""
        from features.live.store.timestamps import timestamp_name

        pulls = self.store.pulls()
        return list(open_live(f"live@{timestamp_name(pulls[-1])}", self.reading(), cache=self.store.folder).notes) if pulls else []

    def in_force(self, file: str) -> pd.DataFrame | None:
        """The table in force, by its day; None where there is none."""
        taken, _ = snapshot(self.store, self.reading().files())
        return taken.whole(file).set_index("Date") if taken.has(file) else None


def rows(values: Mapping[str, float]) -> list[tuple[str, str]]:
    """As FRED's CSV has them."""
    return [(day, f"{value:g}") for day, value in values.items()]


@lru_cache(maxsize=32)
def archived(upto: pd.Timestamp) -> str:
    """The text of the true archive until a day."""
    return archive(truth()["Lo 10"][:upto])


def archive(returns: pd.Series) -> str:
    """The text of the archive of daily portfolios by size, with one of them beside the least."""
    table = np.column_stack([returns.to_numpy(), 0.5 * returns.to_numpy()])
    return text_of(("Average Value Weighted Returns -- Daily", ["Lo 10", "Hi 10"], [f"{day:%Y%m%d}" for day in returns.index], table))


@dataclass(frozen=True)
class _Stopped:
    """The town's time of day, asked as datetime's."""

    town: Town

    def now(self, zone: tzinfo) -> datetime:
        return self.town.now.astimezone(zone)


@contextmanager
def streets() -> Iterator[dict[str, Origin]]:
    """The servers of a town, which may be played anew in each test."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(lambda _: None)) for name in ("yahoo", "fred", "french")}  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def odds(upto: pd.Timestamp) -> str:
    """A file of odds, as somebody drops it."""
    days = truth()["^SML"].loc[:upto].index
    return "Date,odds\n" + "".join(f"{day:%Y-%m-%d},0.{40 + place % 9}\n" for place, day in enumerate(days))
