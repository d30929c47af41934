"""Play: the mornings one after the other, and the proof at the end."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.year import proof
from benchmarks.year.faults import Morning, killed_pull, mornings, of_the_machine, set_back, spoil
from benchmarks.year.job import Job, pull
from benchmarks.year.origins import EXPERIMENT, Hour, playing
from benchmarks.year.truth import CHANGES, HISTORY, SPEAKS_LATE, Truth, withhold
from features.live.store.store import Store
from tests.origins.server import Origin

EVERY = 21  # sessions between two changes at the origins: one a month
BEFORE_OPENING = timedelta(hours=11)  # universal time of the first run, on the day after the session
WHILE_OPEN = timedelta(hours=16)  # of the second


@dataclass(frozen=True)
class Played:
    """What came of it. wrong : what should be true and is not, a line each."""

    sessions: int
    seed: int
    mornings: list[Morning]
    changes: list[str]
    told: list[str]
    job: Job
    notes: int
    vintages: int
    bodies: int
    first: int
    last: int
    seconds: float
    again: int
    wrong: list[str]

    def rows(self) -> list[tuple[str, str]]:
        """What and how much."""
        faults = Counter(morning.fault for morning in self.mornings if morning.fault)
        runs, refused = len(self.job.runs), len(self.job.refused)
        return [
            ("sessions, seed", f"{self.sessions}, {self.seed}"),
            ("runs", f"{runs + refused}, {refused} refused"),
            ("mornings with a fault", f"{sum(faults.values())}"),
            *((f"· {name}", f"{count}") for name, count in sorted(faults.items())),
            ("changes at the origins", f"{len(self.changes)}"),
            ("changes told by pulls", f"{len(self.told)}, in the notes of {self.notes} runs"),
            ("forecasts in the history", f"{runs}"),
            ("panels read again", f"{runs}"),
            ("trained again", f"{self.again}"),
            ("vintages, bodies", f"{self.vintages}, {self.bodies}"),
            ("store after the first pull", f"{self.first:,} bytes"),
            ("store at the end", f"{self.last:,} bytes"),
            ("growth", f"{(self.last - self.first) / self.sessions:,.0f} bytes a session"),
            ("seconds", f"{self.seconds:.0f}"),
        ]


def play(place: Path, *, sessions: int, seed: int, again: int) -> Played:
    """The mornings after `sessions` sessions; with one seed, the same truth, changes and faults."""
    began = time.monotonic()
    rng = np.random.default_rng(seed)
    truth, hour = Truth.drawn(sessions, seed), Hour(datetime(2024, 7, 1, tzinfo=UTC))
    ahead = mornings(sessions, rng)
    store, witness, ledger = Store(place / "store"), proof.Witness(), proof.Ledger(place / "store")
    job, changes, first, touched = Job(place / "year.toml", store.folder), list[str](), 0, 0
    shown_again: dict[int, tuple[str, pd.Timestamp]] = {}
    with playing(truth, hour) as origins:
        job.experiment.write_text(EXPERIMENT.format(yahoo=origins[0].base, fred=origins[1].base), "utf-8")
        for count, morning in enumerate(ahead):
            session = truth.sessions[HISTORY + count]
            day = (session + pd.Timedelta(days=1)).tz_localize("UTC").to_pydatetime()
            hour.now = day + BEFORE_OPENING
            if count in shown_again:
                file, late = shown_again.pop(count)
                truth.hidden[file].discard(late)
            if count % EVERY == EVERY // 2:
                kind = CHANGES[(count // EVERY) % len(CHANGES)]
                changes.append(f"{hour.now:%Y-%m-%d} {kind(truth, rng, hour.now)}")
                if kind is withhold:
                    file = next(file for file in truth.hidden if session in truth.hidden[file])
                    shown_again[count + SPEAKS_LATE] = (file, session)
            spoil(morning, origins, rng)
            if morning.fault == "killed":
                killed_pull(job.experiment, store.folder, hour.now, rng)
                witness.look(store, truth, hour.now)
            for run in range(morning.runs):
                hour.now = day + (BEFORE_OPENING if run == 0 else WHILE_OPEN)
                with of_the_machine(morning, run, rng):
                    job.run(set_back(morning, hour.now), morning.policy)
                witness.look(store, truth, hour.now)
            touched += ledger.look()
            first = first or ledger.size()
        wrong = _settle(job, truth, hour, origins, witness, store)
    touched += ledger.look()
    damaged, vintages, bodies = proof.of_store(job, hour.now)
    wrong += [*witness.wrong, *damaged, *proof.of_history(job), *proof.of_panels(job), *proof.of_trainings(job, again, rng)]
    wrong += [f"{touched} files of the store were touched"] * (touched > 0)
    wrong += [f"{ledger.compare()} files of the store changed"] * (ledger.compare() > 0)
    sizes = (vintages, bodies, first, ledger.size())
    told = (changes, witness.told, job, proof.told_of(job.runs))
    return Played(sessions, seed, ahead, *told, *sizes, time.monotonic() - began, min(again, len(job.runs)), wrong)


def _settle(job: Job, truth: Truth, hour: Hour, origins: tuple[Origin, Origin], witness: proof.Witness, store: Store) -> list[str]:
    """A pull of all histories in whole; the changes that none has told of by then."""
    for origin in origins:
        origin.heal()
    pull(job.experiment, job.cache, hour.now, full=True)
    witness.look(store, truth, hour.now)
    return [f"no pull has told of {line}" for line in witness.untold(truth, hour.now)]
