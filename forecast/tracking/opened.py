"""Opened: a run in a store while its training goes on."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from forecast.backtest import Progress, silent
from forecast.tracking.client import connected, experiment_id
from forecast.tracking.log import log_run


@dataclass(frozen=True)
class Tracked:
    """A run that is open in a store, or that goes untracked; `run_id` is the store's, or one of our own."""

    run_id: str
    store: str | None
    unreachable: str | None = None

    def log(self, folder: Path, progress: Progress = silent) -> str | None:
        """Logs the run folder and closes the run; why that failed, or None."""
        if self.store is None or self.unreachable:
            return self.unreachable
        try:
            log_run(folder, self.store, self.run_id, progress=progress)
        except InputError as error:
            return str(error)
        return None


@contextmanager
def opened(store: str | None, experiment: str, name: str) -> Iterator[Tracked]:
    """A run in `store`, marked as failed if the block does not end well; untracked where store is None or cannot be reached."""
    if store is None:
        yield Tracked(uuid.uuid4().hex, None)
        return
    try:
        with connected(store) as client:
            run_id = str(client.create_run(experiment_id(client, experiment, store), run_name=name).info.run_id)
    except InputError as error:
        yield Tracked(uuid.uuid4().hex, store, unreachable=str(error))
        return
    try:
        yield Tracked(run_id, store)
    except BaseException as error:
        with suppress(InputError), connected(store) as client:
            client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
