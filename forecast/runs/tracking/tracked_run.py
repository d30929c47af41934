"""Opened: a run in a store while its training goes on."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from features.errors import InputError
from forecast.backtest.backtest import Progress, silent
from forecast.runs.tracking.client import connection, experiment_id
from forecast.runs.tracking.log import log_run
from forecast.runs.tracking.run_owner import Owner, end_abandoned_runs, own_run
from forecast.runs.tracking.stores import hide_password, sqlite_file


@dataclass(frozen=True)
class TrackedRun:
    """A run that is open in a store, or that goes untracked; `run_id` is the store's, or one of our own."""

    run_id: str
    store: str | None
    unreachable: str | None = None
    owner: Owner = field(default_factory=Owner)

    def log(self, folder: Path, progress: Progress = silent) -> str | None:
        """Logs the run folder and closes the run; why that failed, or None."""
        if self.store is None or self.unreachable:
            return self.unreachable
        try:
            if (file := sqlite_file(self.store)) and not file.exists():  # MLflow would make a new one, in which this run is not
                return f"--tracking-uri {hide_password(self.store)}: was there when the training began, and is gone"
            log_run(folder, self.store, self.run_id, progress=progress)
        except InputError as error:
            return str(error)
        self.owner.done()
        return None


@contextmanager
def tracked_run(store: str | None, experiment: str, name: str, place: Path) -> Iterator[TrackedRun]:
    """A run in `store`, marked as failed if the block does not end well; untracked where store is None or cannot be reached.

    place : folder of the lock that says the run is alive. Runs whose process is gone are ended first.
    """
    if store is None:
        yield TrackedRun(uuid.uuid4().hex, None)
        return
    with own_run(place, store) as owner:
        try:
            with connection(store) as client:
                filed = experiment_id(client, experiment, store)
                end_abandoned_runs(client, filed, store, place)
                run_id = str(client.create_run(filed, run_name=name, tags=owner.tags).info.run_id)
        except InputError as error:
            owner.done()
            yield TrackedRun(uuid.uuid4().hex, store, unreachable=str(error))
            return
        try:
            yield TrackedRun(run_id, store, owner=owner)
        except BaseException as error:
            with suppress(InputError), connection(store) as client:
                client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
                owner.done()
            raise
