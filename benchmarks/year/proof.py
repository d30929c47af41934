"""Proof: what must be true after the year of its history, its vintages and the changes that were told, each found independently."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.year.job import Job, Run, wanted
from benchmarks.year.truth import CHANGING, Truth
from features.live.store.inspection import check_store
from features.live.store.open_live import snapshot
from features.live.store.pull_log import ItemRecord
from features.live.store.store import Store
from forecast.api import load_predictions
from forecast.backtest.dataset import LiveOptions, data_of, known_panel
from forecast.backtest.experiment import read_experiment
from forecast.runs.predictions.history import load_history

SAME = 1e-9  # relative, as the store takes two readings for one number


@dataclass
class Witness:
    """What each origin showed when it was last believed in whole, cell by cell, and what pulls told of it since."""

    seen: dict[str, dict[pd.Timestamp, float]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    pulls: int = 0

    def look(self, store: Store, truth: Truth, now: datetime) -> None:
        """Compares every record that is new with the truth as it stands."""
        for moment in store.pulls()[self.pulls :]:
            for found in store.pull(moment).items.values():
                if found.file in CHANGING:
                    self._compare(found, truth, now)
                elif found.change.at_the_source:
                    self.wrong.append(f"{moment:%Y-%m-%d} {found.file}: {found.change}, and nothing was changed")
            self.pulls += 1

    def _compare(self, found: ItemRecord, truth: Truth, now: datetime) -> None:
        shown = {day: float(value) for day, value in truth.shown(found.file, now).items()}
        was = self.seen.get(found.file)
        if was is None or found.fault is not None:
            if was is None and found.fault is None:
                self.seen[found.file] = shown
            if found.change.at_the_source:
                self.wrong.append(f"{now:%Y-%m-%d} {found.file}: {found.change}, though nothing was believed")
            return
        counts = _counts(was, shown)
        told = (found.change.late, found.change.gone, found.change.revised)
        if not any(told):
            self.seen[found.file] = was | {day: shown[day] for day in shown if day > max(was)}
            return
        if told != counts:
            self.wrong.append(f"{now:%Y-%m-%d} {found.file}: told {told} late, gone, revised; the origin has {counts}")
        self.told.append(f"{now:%Y-%m-%d} {found.file}: {found.change}")
        self.seen[found.file] = shown

    def untold(self, truth: Truth, now: datetime) -> list[str]:
        """Changes at the origins that no pull has told of."""
        counts = {file: _counts(self.seen[file], dict(truth.shown(file, now).items())) for file in CHANGING}
        return [f"{file}: {told} late, gone, revised" for file, told in counts.items() if any(told)]


def _counts(was: dict[pd.Timestamp, float], now: dict[pd.Timestamp, float]) -> tuple[int, int, int]:
    """Values late, gone and revised, counted one by one."""
    late = sum(day not in was and day < max(was) for day in now)
    gone = sum(day not in now for day in was)
    revised = sum(day in now and abs(now[day] - value) > SAME * abs(value) for day, value in was.items())
    return late, gone, revised


@dataclass
class Ledger:
    """The files that were seen below a folder, and the digest that each had then."""

    folder: Path
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    def look(self) -> int:
        """Takes in what is new; how many of those known were touched since."""
        touched = 0
        there = {str(path.relative_to(self.folder)): path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".lock"}
        touched += len(set(self.files) - set(there))
        for name, path in there.items():
            stamp = path.stat().st_mtime_ns
            if name not in self.files:
                self.files[name] = (stamp, _digest(path))
            touched += self.files[name][0] != stamp
        return touched

    def compare(self) -> int:
        """How many files have not the content that they had."""
        return sum(_digest(self.folder / name) != digest for name, (_, digest) in self.files.items())

    def size(self) -> int:
        """Bytes."""
        return sum((self.folder / name).stat().st_size for name in self.files)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def of_history(job: Job) -> list[str]:
    """What is wrong with the history: it has each run's forecast once, as it was written, in the order in which they were given."""
    folder = job.place / "runs" / "history"
    files = set(folder.glob("*.parquet"))
    wrong = [] if files == {run.file for run in job.runs} else [f"{len(files)} files of {len(job.runs)} runs"]
    wrong += [f"{run.file.name}: changed" for run in job.runs if run.file.read_bytes() != run.written]
    given = sorted((_plain(pd.read_parquet(BytesIO(run.written))) for run in job.runs), key=lambda rows: rows[0]["given_at"])
    if _plain(load_history(folder)) != [row for rows in given for row in rows]:
        wrong.append("what is read from it is not what was written, in its order")
    return wrong


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows cell by cell; all that is unknown is None."""
    return [{str(name): None if pd.isna(cell) else cell for name, cell in row.items()} for row in rows.to_dict("records")]


def of_panels(job: Job) -> list[str]:
    """The runs whose panel is another when it is read again from the vintage that they name."""
    chosen = read_experiment(job.experiment)
    wrong = []
    for run in job.runs:
        panel, _ = known_panel(chosen, data_of(chosen, run.data, None, LiveOptions(job.cache)))
        if panel.digest != run.panel:
            wrong.append(f"{run.given_at:%Y-%m-%d}: {run.data} gives another panel")
    return wrong


def of_trainings(job: Job, count: int, rng: np.random.Generator) -> list[str]:
    """Of `count` runs, those that are others when they are trained again from their vintage: predictions to the bit."""
    wrong = []
    chosen = sorted(rng.choice(len(job.runs), min(count, len(job.runs)), replace=False))
    for place in chosen:
        run = job.runs[int(place)]
        folder = job.again(run, job.place / "again" / f"{place:04d}")
        one, other = (load_predictions(each).drop(columns="run_id") for each in (run.folder, folder))
        if not one.equals(other) or (run.folder / "components.parquet").read_bytes() != (folder / "components.parquet").read_bytes():
            wrong.append(f"{run.given_at:%Y-%m-%d}: {run.data} gives another forecast")
    return wrong


def of_store(job: Job, now: datetime) -> tuple[list[str], int, int]:
    """What is damaged in the store, and how many vintages and bodies were looked at."""
    files = wanted(job.experiment)
    found = check_store(snapshot(Store(job.cache), files)[0], files, now)
    return list(found.damaged), found.vintages, found.bodies


def told_of(runs: list[Run]) -> int:
    """Runs in whose notes a change at an origin is told."""
    return sum(any("changed at its origin" in note for note in run.notes) for run in runs)
