"""`python -m benchmarks.pull`: what it costs to pull, to validate and to make a panel of, as docs/pull_cost.md."""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.markdown import table
from features.catalogue import known_inputs
from features.files.atomic import write_text
from features.live.items import FredItem, Item, Live, Origins, YahooItem
from features.live.store.fetch import OriginFetcher
from features.live.store.inspection import check_store
from features.live.store.open_live import LiveInputs, open_live, snapshot
from features.live.store.pull import Puller
from features.live.store.store import Store
from features.live.web.client import Client
from features.panel import calendar
from features.panel.series import Basis, Every
from features.sources.inputs import Companion, Input
from features.sources.load import load_companions, load_panel
from tests.origins.clock import QUICK, Hands
from tests.origins.fred import Fred as FredOrigin
from tests.origins.server import Answer, Origin, Request, serving
from tests.origins.yahoo import Listing
from tests.origins.yahoo import Yahoo as YahooOrigin

PAGE = Path(__file__).parent.parent / "docs" / "pull_cost.md"
EXCHANGE = "XNYS"
LAST = pd.Timestamp("2024-07-16")
NOW = datetime(2024, 7, 16, 11, 0, tzinfo=UTC)  # before the opening; a session more is closed a day later
INDEX_POINTS = ("index points", "USD")


@dataclass(frozen=True)
class Size:
    """series : of which each is an item and a file.   years : of sessions."""

    series: int = 40
    years: int = 40


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a process that does nothing else: the first pull; that of the next morning, when half of the items have a value
    more; all vintages and bodies compared and judged; panel and companions. peak : MB of memory that it took for all of it.
    """

    first: float
    next: float
    check: float
    panel: float
    peak: float


STAGES = {"first": "first pull", "next": "next morning", "check": "check", "panel": "panel", "peak": "peak memory"}
BASE = Size()
LEVELS = {"series": (10, 20, 40, 80), "years": (10, 20, 40, 80)}
LINEAR = 1.1  # exponent, with room for the noise of four measurements


def reading(size: Size, yahoo: str, fred: str) -> LiveInputs:
    """An experiment of that many daily series, every other one by Yahoo and by FRED: inputs as far as there are any, then companions."""
    names = [name for name, item in known_inputs().items() if item.every is Every.DAY and _is_plain(name)][: size.series]
    files: dict[str, Item] = {}
    inputs: dict[str, Input] = {}
    companions: dict[str, Companion] = {}
    for place in range(size.series):
        file, column = f"{place}.csv", "Close" if place % 2 == 0 else f"S{place}"
        files[file] = (
            FredItem(source="fred", columns=(column,))
            if place % 2
            else YahooItem(source="yahoo", columns={"Close": f"^S{place}"}, exchange=EXCHANGE)
        )
        if place < len(names):
            inputs[names[place]] = Input(file=file, columns={names[place]: column})
        else:
            companions[f"c{place}"] = Companion(file=file, columns=(column,))
    return LiveInputs(Live(origins=Origins(yahoo=yahoo, fred=fred), files=files), inputs, companions, EXCHANGE)


def _is_plain(name: str) -> bool:
    item = known_inputs()[name]
    return (item.basis is Basis.PRICE and item.unit in INDEX_POINTS) or (item.basis is Basis.RATE)


@lru_cache(maxsize=2)
def history(years: int) -> pd.Series:
    """Closes of that many years, and of one session more; they are numbers that a price and a rate in percent can be."""
    days = calendar.sessions(EXCHANGE, LAST - pd.DateOffset(years=years), LAST)
    steps = np.random.default_rng(years).normal(0, 0.01, len(days))
    close = 10 * np.exp(np.clip(np.cumsum(steps), -2, 2))
    return pd.Series(close.round(4), days)


def origins(size: Size) -> tuple[Callable[[Request], Answer], Callable[[Request], Answer]]:
    """All symbols and all series have the same values."""
    values = history(size.years)
    listing = Listing({f"{day:%Y-%m-%d}": float(close) for day, close in values.items()})
    lines = [(f"{day:%Y-%m-%d}", f"{close}") for day, close in values.iloc[:-1].items()]
    return (
        YahooOrigin({f"^S{place}": listing for place in range(size.series)}),
        FredOrigin({f"S{place}": lines for place in range(size.series)}),
    )


def cost(size: Size) -> Cost:
    """Measured in a process of its own, which asks servers in this one."""
    yahoo, fred = origins(size)
    with serving(yahoo) as one, serving(fred) as other, tempfile.TemporaryDirectory() as place:
        return _elsewhere(size, one, other, place)


def _elsewhere(size: Size, yahoo: Origin, fred: Origin, place: str) -> Cost:
    told = [sys.executable, "-m", "benchmarks.pull", str(size.series), str(size.years), yahoo.base, fred.base, place]
    done = subprocess.run(told, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def measured(size: Size, yahoo: str, fred: str, place: Path) -> Cost:
    """The cost in this process."""
    asked, hands = reading(size, yahoo, fred), Hands(NOW)
    store, files = Store(place / "store"), asked.files()
    client = Client(replace(QUICK, whole=300, read=300), hands.clock)

    def pull(day: int) -> object:
        at = NOW + timedelta(days=day)
        found = Puller(store, OriginFetcher(asked.live.origins, client, store.dropped), lambda: at).pull(files, lambda *_: None)
        faults = [item.fault for item in found.items.values() if item.fault]
        if faults:
            raise RuntimeError(f"{len(faults)} items were not to be had: {faults[0]}")
        return found

    def panel() -> object:
        data = open_live(f"live@{(NOW + timedelta(days=9)).isoformat()}", asked, cache=store.folder)
        panel = load_panel(data, asked.inputs, market="made up", exchange=EXCHANGE)
        return panel, load_companions(data, asked.companions, exchange=asked.market.exchange)

    _warm()
    before = _peak()
    first, morning = _spent(lambda: pull(0)), _spent(lambda: pull(1))
    check = _spent(lambda: check_store(snapshot(store, files)[0], files, NOW + timedelta(days=1)))
    return Cost(first, morning, check, _spent(panel), _peak() - before)


def _warm() -> None:
    """What is imported late, and the calendar, which are the same for any size."""
    import pyarrow.parquet  # noqa: F401

    from features.live.origins import fred, yahoo  # noqa: F401

    calendar.last_closed(EXCHANGE, NOW)
    calendar.sessions(EXCHANGE, pd.Timestamp("1944-01-03"), LAST)


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kB on Linux


def growth() -> dict[str, dict[int, Cost]]:
    """Costs by what grows, and its level; the other stands at BASE."""
    known: dict[Size, Cost] = {}
    for name, levels in LEVELS.items():
        for level in levels:
            size = replace(BASE, **{name: level})
            if size not in known:
                known[size] = cost(size)
    return {name: {level: known[replace(BASE, **{name: level})] for level in levels} for name, levels in LEVELS.items()}


def exponent(costs: dict[int, Cost], stage: str) -> float:
    """Of the power law through the costs of a stage."""
    return float(np.polyfit(np.log(list(costs)), np.log([getattr(each, stage) for each in costs.values()]), 1)[0])


def _unit(stage: str) -> str:
    return "MB" if stage == "peak" else "s"


def page(found: dict[str, dict[int, Cost]], made: str) -> str:
    """The page, Markdown."""
    told = (
        f"Made on {made} by `python -m benchmarks.pull`, on {platform.machine()} with Python {platform.python_version()}. "
        "Processor seconds of a process of its own, and the memory that it takes beyond what is imported, at its peak. Where nothing "
        f"else is said: {BASE.series} series of {BASE.years} years of sessions, each an item of its own, every other one asked of a "
        "server on this machine that speaks as Yahoo does, through yfinance, and of one that speaks as FRED does; waiting is left out."
    )
    means = (
        "First pull: whole histories asked for, read, judged and kept. Next morning: the end of each, when half of them have a session "
        "more. Check: `data check`, every vintage and body read, their digests compared, and what is in force judged anew. Panel: the "
        "tables read from the store, the panel of what are inputs, and the companions, which the others are. Exponent: of the power law "
        "through the costs; 1 is linear."
    )
    lines = ["# What live data cost", "", textwrap.fill(told, 100), "", textwrap.fill(means, 100), ""]
    for name, costs in found.items():
        head = [name, *(str(level) for level in costs), "exponent"]
        listed = [
            [
                said,
                *(f"{getattr(each, stage):.{0 if stage == 'peak' else 2}f} {_unit(stage)}" for each in costs.values()),
                f"{exponent(costs, stage):.2f}",
            ]
            for stage, said in STAGES.items()
        ]
        lines += [*table(head, listed), ""]
    return "\n".join(lines)


def main(given: list[str]) -> int:
    """Writes the page, whole or not at all, and prints it; 1 where a cost grows faster than linearly.

    With five words, measures one size and prints it as JSON.
    """
    if len(given) == 5:
        cost_here = measured(Size(int(given[0]), int(given[1])), given[2], given[3], Path(given[4]))
        sys.stdout.write(json.dumps(vars(cost_here)) + "\n")
        return 0
    found = growth()
    text = page(found, f"{date.today():%Y-%m-%d}")
    write_text(PAGE, text)
    sys.stdout.write(text)
    return int(any(exponent(costs, stage) > LINEAR for costs in found.values() for stage in STAGES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
