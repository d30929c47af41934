"""Job: what runs every morning, by the clock of the simulated day."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from features.errors import InputError
from features.live.store.fetch import OriginFetcher
from features.live.store.open_live import LiveInputs
from features.live.store.pull import Puller
from features.live.store.requirements import RequiredFile
from features.live.store.store import Store
from features.live.web.client import Client
from features.live.web.limits import Limits
from forecast.api import train
from forecast.backtest.dataset import LiveOptions
from forecast.backtest.experiment import read_experiment
from forecast.runs.folder import open_run
from tests.origins.clock import QUICK, Hands


@dataclass(frozen=True)
class Run:
    """given_at : by the machine's clock.   data : what its manifest names.   file, written : of the history.   notes : of the run."""

    given_at: datetime
    data: str
    digest: str
    panel: str
    folder: Path
    file: Path
    written: bytes
    notes: tuple[str, ...]


@dataclass
class Job:
    """experiment, cache : of all runs.   refused : why a run gave no answer."""

    experiment: Path
    cache: Path
    runs: list[Run] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def place(self) -> Path:
        return self.experiment.parent

    def run(self, now: datetime, policy: Limits) -> None:
        """One forecast from live data, kept in the history; where it cannot be made, the reason."""
        folder = self.place / "runs" / f"{len(self.runs) + len(self.refused):04d}"
        try:
            found = train(
                self.experiment, data="live", output=folder, track=False, report=False, jobs=1, fresh=fresh(self.cache, now, policy)
            )
        except InputError as error:
            self.refused.append(str(error))
            return
        if found.history_file is None:
            raise RuntimeError(f"no forecast was kept: {found.history_error}")
        manifest = open_run(found.folder).manifest
        told = (manifest.data, manifest.digest, manifest.panel_digest, found.folder, found.history_file, found.history_file.read_bytes())
        self.runs.append(Run(now, *told, tuple(found.notes)))

    def again(self, run: Run, folder: Path) -> Path:
        """The same training from the vintage that the run names."""
        made = train(self.experiment, data=run.data, output=folder, track=False, report=False, jobs=1, keep_history=False, cache=self.cache)
        return made.folder


def fresh(cache: Path, now: datetime, policy: Limits = QUICK) -> LiveOptions:
    """Live data by a clock that stands at `now`, and is wound on by waiting."""
    hands = Hands(now)
    return LiveOptions(cache, clock=hands.clock.now, client=lambda: Client(policy, hands.clock))


def wanted(experiment: Path) -> list[RequiredFile]:
    """The files of the experiment."""
    chosen = read_experiment(experiment)
    return LiveInputs(chosen.live, chosen.inputs, chosen.companions, chosen.market.exchange).files()


def pull(experiment: Path, cache: Path, now: datetime, *, full: bool = False) -> None:
    """All origins asked, and nothing forecast."""
    hands, store = Hands(now), Store(cache)
    asker = OriginFetcher(read_experiment(experiment).live.origins, Client(QUICK, hands.clock), store.dropped)
    Puller(store, asker, hands.clock.now).pull(wanted(experiment), lambda _stage, _done, _total: None, full=full)
