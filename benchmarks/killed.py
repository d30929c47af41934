"""A training with tracking, killed again and again at random moments: what is left, and whether the rerun gives the same bits.

`python -m benchmarks.killed --kills 50 --seed 1`; a table on standard output, exit code 1 if anything was lost, damaged or changed.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.backtest.checkpoints import FOLDER
from forecast.runs.folder import open_run
from forecast.runs.predictions.history import load_history

OVERRIDES = (
    "model.paths=5000",
    "model.components=['climatology','ewma','range','logistic']",
    "walk_forward.start=2012-01-02",
    "walk_forward.refit_every=21",
    "interval.paths=100",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
)
OPTIONS = tuple(word for override in OVERRIDES for word in ("--set", override))
WALK = "walk-forward"
AIMED = (WALK, "writing the run", "drawing the report", "logging the run")  # stages of which every second kill hits one
AGAIN = 0.25  # chance that the rerun is killed too
FRESH = 4  # every so many rounds begin in an empty folder, without a store
MINUTES = 10  # that a rerun may take
KEPT = re.compile(r"(\d+) of (\d+) refits are kept from an earlier training")
STEPS = re.compile(WALK + r" \((\d+) steps\)")
KNOWN = re.compile(rf"\.(.+-[0-9a-f]{{10}}|history|mlflow\.db)\.lock|{re.escape(FOLDER)}")  # hidden names that are there to stay
FIRST = "reading the data"
Start = Callable[[Path, list[str]], Any]  # folder, words of `train`; gives what `start` gives


def start(place: Path, words: list[str]) -> "subprocess.Popen[str]":
    """`python -m forecast.train WORDS` under way in `place`, in a process group of its own; what it says is its standard error."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "forecast.train", *words],
        cwd=place,
        stdin=quiet,
        stdout=quiet,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=_environment(),
    )


@dataclass
class Training:
    """A training under way in `place`, in a process group of its own; `stages` are those it has entered, and when."""

    place: Path
    jobs: int
    options: tuple[str, ...]
    start: Start = start
    began: float = field(default_factory=time.monotonic)
    stages: list[tuple[str, float]] = field(default_factory=lambda: [(FIRST, 0.0)])
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.process = self.start(self.place, ["--jobs", str(self.jobs), "--tracking-uri", "sqlite:///mlflow.db", *self.options])
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill(self) -> tuple[float, str]:
        """Kills the whole group; when, in seconds since it began, and in which stage."""
        at, stage = self.seconds, self.stages[-1][0]
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()
        return at, stage

    def wait(self) -> int:
        """The exit code; a training that hangs is killed, and counts as failed."""
        try:
            self.process.wait(60 * MINUTES)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(10)
        if self.process.stderr:
            self.process.stderr.close()
        return self.process.returncode

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def reused(self) -> int:
        """Folds that it took from before."""
        return next((int(found[1]) for line in self.said if (found := KEPT.search(line))), 0)

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.said.append(line.rstrip())
            if line.rstrip().endswith(" ..."):
                self.stages.append((line.removesuffix(" ...\n").partition(" (")[0], self.seconds))


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after the stage was entered, of FIRST after the beginning; and not before so many folds are kept."""

    stage: str
    seconds: float
    kept: int = 0

    def hit(self, training: Training) -> tuple[float, str] | None:
        """Kills `training` then; None if it was over before."""
        while not training.over:
            entered = next((at for stage, at in training.stages if stage == self.stage), None)
            if entered is not None and training.seconds >= entered + self.seconds and _kept(training.place) >= self.kept:
                return training.kill()
            time.sleep(0.002)
        return None


@dataclass(frozen=True)
class Usual:
    """An undisturbed training: its run, how long it and each of its stages take, and how many folds it has."""

    folder: Path
    seconds: float
    stages: dict[str, float]
    folds: int

    def moment(self, number: int, chance: random.Random) -> Moment:
        """Of every two kills one falls anywhere, the other into a stage of AIMED, in turn; into the walk between any two folds."""
        if number % 2:
            stage = AIMED[number // 2 % len(AIMED)]
            if stage == WALK:
                return Moment(stage, 0.0, chance.randrange(self.folds))
            return Moment(stage, chance.uniform(0, self.stages[stage]))
        return Moment(FIRST, chance.uniform(0, self.seconds))


def main() -> int:
    """The table, and 1 if anything is wrong."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.killed", description=__doc__)
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        return storm(Path(place), given.kills, given.seed)


def storm(
    place: Path, kills: int, seed: int, *, again: float = AGAIN, warm: bool = True, options: tuple[str, ...] = OPTIONS, start: Start = start
) -> int:
    """`kills` kills in folders below `place`, each followed by reruns until one is done; 1 if anything is wrong.

    again : chance that a rerun is killed too.   warm : whether a first training, which compiles, comes before that which is timed.
    options : what each training is asked for on its command line.   start : how it is started.
    """
    usual = _undisturbed(place / "calm", 1 + warm, options, start)
    print(f"undisturbed: {usual.seconds:.1f} s, of which")
    print("\n".join(f"  {stage:<20} {took:>5.1f}" for stage, took in usual.stages.items()))
    print(f"\n{'kill':>4} {'at, s':>6} {'in stage':<20} {'kept':>5} {'journal':>8} {'taken':>8} {'seconds':>8}  found")
    chance, number, faults, done = random.Random(seed), 0, 0, []  # noqa: S311 - moments, not secrets
    while number < kills:
        stormy, killed = _folder(place, len(done)), 0
        before = _given(stormy)
        while number < kills and (not killed or chance.random() < again):
            training = Training(stormy, chance.choice((1, 2)), options, start)
            hit = usual.moment(number, chance).hit(training)
            if hit is None:
                break  # it was done before its moment came
            number, killed = number + 1, killed + 1
            wrong = [*_left(stormy, before)]
            faults += len(wrong)
            row = f"{number:>4} {hit[0]:>6.2f} {hit[1]:<20} {_kept(stormy):>5} {_has_journal(stormy):>8} {'':>8} {'':>8}"
            print(f"{row}  {'; '.join(wrong) or 'sound'}", flush=True)
        else:
            training = Training(stormy, 1 + len(done) % 2, options, start)
        code = training.wait()
        wrong = [*_unlike(usual.folder, stormy, training, code), *_left(stormy, before), *_litter(stormy)]
        faults += len(wrong)
        done.append(training.reused)
        row = f"{'':>4} {'':>6} {'to the end':<20} {'':>5} {'':>8} {training.reused:>8} {training.seconds:>8.1f}"
        print(f"{row}  {'; '.join(wrong) or 'the same bits'}", flush=True)
    helped = [count for count in done if count]
    print(f"\n{number} kills, {len(done)} trainings to the end, of which {len(helped)} went on from {sum(helped)} folds")
    print(f"{faults} faults; seed {seed}")
    return 1 if faults else 0


def _undisturbed(place: Path, trainings: int, options: tuple[str, ...], start: Start) -> Usual:
    """The last of so many trainings."""
    for _ in range(trainings):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        training = Training(place, 1, options, start)
        if training.wait():
            raise SystemExit("\n".join(training.said))
    ends = [*(at for _, at in training.stages[1:]), training.seconds]
    took = {stage: end - at for (stage, at), end in zip(training.stages, ends, strict=True)}
    folds = next(int(found[1]) for line in training.said if (found := STEPS.match(line)))
    return Usual(_run(place) or place, training.seconds, took, folds)


def _folder(place: Path, rounds: int) -> Path:
    """That of the rounds before, without the refits that they kept, or an empty one."""
    stormy = place / f"stormy{rounds // FRESH}"
    stormy.mkdir(exist_ok=True)
    shutil.rmtree(stormy / "runs" / FOLDER, ignore_errors=True)
    return stormy


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parent.parent)
    return {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")} | {"PYTHONPATH": root}


def _run(place: Path) -> Path | None:
    return next((path.parent for path in (place / "runs").glob("[!.]*/run.json")), None)


def _kept(place: Path) -> int:
    return len(list((place / "runs").glob(f"{FOLDER}/*/*.npz")))


def _has_journal(place: Path) -> str:
    return "yes" if (place / "mlflow.db-journal").exists() else ""


def _given(place: Path) -> set[str]:
    """The files of the history."""
    return {path.name for path in (place / "runs" / "history").glob("[!.]*.parquet")}


def _left(place: Path, before: set[str]) -> Iterator[str]:
    """What is wrong with what stands in `place` now: a store that is not sound, a run that is not whole, a history that is not read.

    before : the forecasts that the history held already.
    """
    if lost := before - _given(place):
        yield f"{len(lost)} forecasts lost"
    if (place / "mlflow.db").exists():
        said = _checked_copy(place)
        if said != "ok":
            yield f"store: {said}"
    if any((place / "runs").glob("[!.]*/metrics.json")) and (run := _run(place)) is None:
        yield "a run without its manifest"
    try:
        if run := _run(place):
            open_run(run)
        if (place / "runs" / "history").is_dir():
            load_history(place / "runs" / "history")
    except Exception as error:
        yield f"{type(error).__name__}: {error}"


def _checked_copy(place: Path) -> str:
    """`PRAGMA integrity_check` of the store as it lies there, with its journal: on a copy, so that the package itself has to mend it."""
    with tempfile.TemporaryDirectory() as copy:
        for file in place.glob("mlflow.db*"):
            shutil.copy(file, copy)
        connection = sqlite3.connect(Path(copy) / "mlflow.db")
        try:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        except sqlite3.Error as error:
            return str(error)
        finally:
            connection.close()


def _unlike(calm: Path, place: Path, training: Training, code: int) -> Iterator[str]:
    """How the rerun in `place` differs from the undisturbed run, its id apart; and what the store and the history lack of it."""
    run = _run(place)
    if code or run is None:
        yield f"exit code {code}: {training.said[-1] if training.said else ''}"
        return
    for name in ("predictions.parquet", "components.parquet"):
        one, other = (pd.read_parquet(folder / name).drop(columns="run_id", errors="ignore") for folder in (calm, run))
        try:
            pd.testing.assert_frame_equal(one, other, check_exact=True)
        except AssertionError:
            yield f"{name} differs"
    if (calm / "model.json").read_bytes() != (run / "model.json").read_bytes():
        yield "model.json differs"
    one, other = (json.loads((folder / "forecast.json").read_text()) | {"run_id": ""} for folder in (calm, run))
    if one != other:
        yield "forecast.json differs"
    run_id = open_run(run).manifest.run_id
    if run_id not in set(load_history(run.parent / "history")["run_id"]):
        yield "its forecast is not in the history"
    yield from _of_store(place / "mlflow.db", run_id)


def _of_store(store: Path, run_id: str) -> Iterator[str]:
    connection = sqlite3.connect(store)
    try:
        status = dict(connection.execute("SELECT run_uuid, status FROM runs"))
        pending = connection.execute("SELECT count(*) FROM logged_models WHERE status = 1").fetchone()[0]  # LoggedModelStatus.PENDING
    finally:
        connection.close()
    if status.get(run_id) != "FINISHED":
        yield f"its run in the store is {status.get(run_id)}"
    running = sum(one == "RUNNING" for one in status.values())
    if running or pending:
        yield f"{running} runs and {pending} models of the dead count as under way"


def _litter(place: Path) -> Iterator[str]:
    """Hidden files and folders that nobody will need."""
    found = [path for folder in (place, place / "runs", place / "runs" / "history") for path in folder.glob(".*")]
    run = _run(place)
    found += [*run.rglob(".*")] if run else []
    yield from (f"left: {path.name}" for path in found if not KNOWN.fullmatch(path.name))


if __name__ == "__main__":
    sys.exit(main())
