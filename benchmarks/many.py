"""`python -m benchmarks.many [--markets N] [--years N]`: simulated markets in one call, against single trainings one after the other."""

import argparse
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
import psutil

from features.panel import calendar
from forecast.backtest.markets.market_list import market_experiments
from forecast.report.markets.market_run import MarketPlaces, MarketStudy, MarketTask, read_market
from forecast.report.training import RunRecipients

LAST = pd.Timestamp("2023-12-29")
EVERY = 0.1  # seconds from one look at the processes to the next
COMMON = """
[surge]
min_z = 1.0
min_return = 0.01
[walk_forward]
refit_every = 63
[companions.shared]
file = "shared.csv"
columns = ["Close"]
"""
QUIET = ("--no-tracking", "--no-history", "--quiet")


class Cost(NamedTuple):
    """Seconds of wall and of processor, largest memory of the first process and of all together, and of files that workers share."""

    wall: float
    cpu: float
    main_mb: float
    all_mb: float
    shared_mb: float


def write(folder: Path, markets: int, years: int) -> Path:
    """The markets, each a file and an experiment of its own, and the list of them."""
    sessions = calendar.sessions("XNYS", LAST - pd.DateOffset(years=years), LAST)
    names = [f"m{place:04d}" for place in range(markets)]
    for seed, name in enumerate([*names, "shared"]):
        closes = pd.DataFrame({"Date": sessions, "Close": _closes(np.random.default_rng(seed), len(sessions))})
        closes.to_csv(folder / f"{name}.csv", index=False)
    for name in names:
        (folder / f"{name}.toml").write_text(f'market.name = "{name}"\n{_input(name)}{COMMON}', "utf-8")
    file = folder / "world.toml"
    file.write_text(COMMON + "".join(f'[markets.{name}]\nmarket.name = "{name}"\n{_input(name)}' for name in names), "utf-8")
    return file


def _input(name: str) -> str:
    return f'inputs.small = {{ file = "{name}.csv", columns = {{ small = "Close" }} }}\n'


def _closes(rng: np.random.Generator, count: int) -> np.ndarray:
    """A walk whose volatility clusters: GARCH(1, 1) with alpha 0.08 and beta 0.90."""
    vol, moves = 0.01, np.empty(count)
    for t in range(count):
        moves[t] = 0.0003 + vol * rng.standard_normal()
        vol = np.sqrt(2e-6 + 0.08 * moves[t] ** 2 + 0.90 * vol**2)
    return 1000 * np.exp(np.cumsum(moves))


def cost(words: Sequence[str], folder: Path) -> Cost:
    """What `python -m forecast WORDS` costs with all its processes; those that end between two looks lose the last of their time."""
    began = time.monotonic()
    process = psutil.Popen([sys.executable, "-m", "forecast", *words], cwd=folder, stdout=subprocess.DEVNULL)
    seconds: dict[int, float] = {}
    main = total = shared = 0.0
    while process.poll() is None:
        memory = {}
        try:
            for each in (process, *process.children(recursive=True)):
                times = each.cpu_times()
                seconds[each.pid], memory[each.pid] = times.user + times.system, each.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            pass
        main, total = max(main, memory.get(process.pid, 0.0)), max(total, sum(memory.values()))
        shared = max(shared, sum(_size(file) for file in folder.glob("many/.studies-*/*")))
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"python -m forecast {' '.join(words)} ended with {process.returncode}")
    return Cost(time.monotonic() - began, sum(seconds.values()), main, total, shared / 1e6)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # renamed meanwhile
        return 0


def task_bytes(file: Path) -> dict[str, int]:
    """Bytes that travel with a task of each stage of the first market, and with its answer."""
    with TemporaryDirectory() as place:
        places = MarketPlaces(Path(place) / "out", Path(place), RunRecipients(report="none"), datetime.now(UTC))
        task = MarketTask(market_experiments([file])[0], None, None, places)
        study = read_market(task)
        assert isinstance(study, MarketStudy), study
    stages = {"read": task, "fold block": study.blocks[0], "write": study}
    return {stage: len(pickle.dumps(content)) for stage, content in stages.items()}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--markets", type=int, default=4)
    parser.add_argument("--years", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="of the experiments, as `train --set`")
    arguments = parser.parse_args()
    words = [*QUIET, *(word for key in arguments.overrides for word in ("--set", key))]
    with TemporaryDirectory() as place:
        folder = Path(place)
        file = write(folder, arguments.markets, arguments.years)
        cost(["train", "m0000.toml", *words, "--jobs", "1", "--output", "warm"], folder)  # compiles
        single = [
            cost(["train", f"{name.stem}.toml", *words, "--jobs", "1", "--output", f"single/{name.stem}"], folder)
            for name in sorted(folder.glob("m*.toml"))
        ]
        together = cost(["many", file.name, *words, "--workers", str(arguments.workers), "--output", "many"], folder)
        carried = task_bytes(file)
    alone = Cost(*(sum(each[k] for each in single) if k < 2 else max(each[k] for each in single) for k in range(len(Cost._fields))))
    print(f"{arguments.markets} markets of {arguments.years} years\n")
    print(f"{'':24}{'wall s':>10}{'CPU s':>10}{'main MB':>10}{'all MB':>10}{'shared MB':>11}")
    for label, each in (("single, one by one", alone), (f"many, {arguments.workers} workers", together)):
        print(f"{label:24}" + "".join(f"{value:>{10 + (k == 4)}.1f}" for k, value in enumerate(each)))
    busy = together.cpu / together.wall / arguments.workers
    print(f"\nCPU of many over single {together.cpu / alone.cpu:.2f}; busy {busy:.0%} of the workers' time")
    print("bytes a task: " + ", ".join(f"{stage} {count:,}" for stage, count in carried.items()))


if __name__ == "__main__":
    main()
