"""`python -m benchmarks.many [--markets N] [--years N]`: simulated markets in one call, against single trainings one after the other.

Of many markets a sample is trained singly, `--sample`, whose costs are multiplied up.
"""

import argparse
import pickle
import shutil
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
SELDOM = 10  # of these looks, one at the files
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
NO_REPORT = {"train": ("--no-report",), "many": ("--report", "none")}


class Cost(NamedTuple):
    """What a call costs.

    Parameters
    ----------
    wall, cpu : float
        Seconds; of the processor those of all processes.
    main_mb, all_mb : float
        Largest memory of the first process, and of all together.
    studies_mb, folds_mb : float
        Files that workers read, and that they hand over what they fitted in.
    busy : float
        Processes that were running or waiting for a processor, the mean over the call; however loaded the machine is.
    """

    wall: float
    cpu: float
    main_mb: float
    all_mb: float
    studies_mb: float
    folds_mb: float
    busy: float


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
    main = total = studies = folds = 0.0
    running: list[int] = []
    while process.poll() is None:
        memory = {}
        running.append(0)
        try:
            for each in (process, *process.children(recursive=True)):
                times = each.cpu_times()
                seconds[each.pid], memory[each.pid] = times.user + times.system, each.memory_info().rss / 1e6
                running[-1] += each.status() == psutil.STATUS_RUNNING
        except psutil.NoSuchProcess:
            pass
        main, total = max(main, memory.get(process.pid, 0.0)), max(total, sum(memory.values()))
        if len(running) % SELDOM == 0:
            studies = max(studies, sum(_size(file) for file in folder.glob("many/.studies-*/*")))
            folds = max(folds, sum(_size(file) for file in folder.glob("many/.refits/*/*")))
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"python -m forecast {' '.join(words)} ended with {process.returncode}")
    wall = time.monotonic() - began
    return Cost(wall, sum(seconds.values()), main, total, studies / 1e6, folds / 1e6, sum(running) / max(len(running), 1))


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


def single(names: Sequence[str], words: Sequence[str], folder: Path, markets: int) -> Cost:
    """What trainings of so many markets cost one after the other, by those of `names`."""
    each = [
        cost(["train", f"{name}.toml", *words, *NO_REPORT["train"], "--jobs", "1", "--output", f"single/{name}"], folder) for name in names
    ]
    scale = markets / len(each)
    return Cost(
        wall=scale * sum(one.wall for one in each),
        cpu=scale * sum(one.cpu for one in each),
        main_mb=max(one.main_mb for one in each),
        all_mb=max(one.all_mb for one in each),
        studies_mb=0.0,
        folds_mb=0.0,
        busy=sum(one.busy * one.wall for one in each) / sum(one.wall for one in each),
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--markets", type=int, default=4)
    parser.add_argument("--years", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[2], help="a call for each number")
    parser.add_argument("--sample", type=int, help="markets that are trained singly, 0 for none; default, all")
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="of the experiments, as `train --set`")
    arguments = parser.parse_args()
    words = [*QUIET, *(word for key in arguments.overrides for word in ("--set", key))]
    with TemporaryDirectory() as place:
        folder = Path(place)
        file = write(folder, arguments.markets, arguments.years)
        names = [each.stem for each in sorted(folder.glob("m*.toml"))]
        sample = len(names) if arguments.sample is None else arguments.sample
        cost(["train", f"{names[0]}.toml", *words, *NO_REPORT["train"], "--jobs", "1", "--output", "warm"], folder)  # compiles
        rows: list[tuple[str, Cost]] = []
        if sample:
            rows.append(("single, one by one", single(names[:: -(-len(names) // sample)], words, folder, len(names))))
        for workers in arguments.workers:
            shutil.rmtree(folder / "many", ignore_errors=True)
            call = ["many", file.name, *words, *NO_REPORT["many"], "--workers", str(workers), "--output", "many"]
            rows.append((f"many, {workers} workers", cost(call, folder)))
        rows.append(("the same, to another day", cost([*call, "--as-of", f"{LAST - pd.offsets.BDay(3):%Y-%m-%d}"], folder)))
        carried = task_bytes(file)
    _print(rows, carried, arguments)


def _print(rows: Sequence[tuple[str, Cost]], carried: dict[str, int], arguments: argparse.Namespace) -> None:
    print(f"{arguments.markets} markets of {arguments.years} years\n")
    print(f"{'':24}{'wall s':>10}{'CPU s':>10}{'main MB':>10}{'all MB':>10}{'studies MB':>12}{'folds MB':>10}{'busy':>8}")
    for label, (wall, cpu, main_mb, all_mb, studies, folds, busy) in rows:
        print(f"{label:24}{wall:10.0f}{cpu:10.1f}{main_mb:10.0f}{all_mb:10.0f}{studies:12.1f}{folds:10.1f}{busy:8.2f}")
    if rows[0][0].startswith("single"):
        print("\nCPU over single: " + ", ".join(f"{label} {each.cpu / rows[0][1].cpu:.2f}" for label, each in rows[1:]))
    print("bytes a task: " + ", ".join(f"{stage} {count:,}" for stage, count in carried.items()))


if __name__ == "__main__":
    main()
