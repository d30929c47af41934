"""A run that is open in a tracking store while its training goes on."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from features.errors import InputError
from forecast.backtest.walk_forward import Progress, silent
from forecast.runs.tracking.client import connection, experiment_id, one_line
from forecast.runs.tracking.log import log_run
from forecast.runs.tracking.run_owner import PARENT, Owner, end_abandoned_runs, end_run, own_run
from forecast.runs.tracking.stores import hide_password, sqlite_file


@dataclass(frozen=True)
class TrackedRun:
    """A run that is open in a store, or one that is not tracked.

    Parameters
    ----------
    run_id : str
        The id in the store; a random one for a run that is not tracked.
    store : str or None
        Address of the store; None for a run that is not tracked.
    unreachable : str or None
        Why the store could not be reached.
    owner : Owner
        The lock that says the process of the run is alive.
    """

    run_id: str
    store: str | None
    unreachable: str | None = None
    owner: Owner = field(default_factory=Owner)

    def log(self, folder: Path, progress: Progress = silent) -> str | None:
        """Log the run folder and close the run.

        Parameters
        ----------
        folder : Path
            A whole run folder that nobody else changes.
        progress : Progress
            Is told of each step.

        Returns
        -------
        str or None
            Why the run could not be logged, None if it was.
        """
        if self.store is None or self.unreachable:
            return self.unreachable
        try:
            if (file := sqlite_file(self.store)) and not file.exists():  # MLflow would make a new one, in which this run is not
                return f"--tracking-uri {hide_password(self.store)}: was there when the training began, and is gone"
            log_run(folder, self.store, self.run_id, progress=progress)
        except InputError as error:
            return str(error)
        except Exception as error:  # unforeseen, in another's code: the run is whole on disk, and must not be lost to it
            return f"--tracking-uri {hide_password(self.store)}: {one_line(error)}"
        self.owner.done()
        return None


@contextmanager
def tracked_run(store: str | None, experiment: str, name: str, place: Path, parent: str | None = None) -> Iterator[TrackedRun]:
    """Open a run in `store` while the block runs; it is marked as failed or killed if the block raises.

    Runs of the experiment whose process is gone are marked as killed first.

    Parameters
    ----------
    store : str or None
        Address of the store. The run is not tracked if it is None or cannot be reached.
    experiment, name : str
        The MLflow experiment, and the name of the run in it.
    place : Path
        Folder for the lock that says the run is alive.
    parent : str, optional
        Id of a run of the store in which this one is nested.

    Yields
    ------
    TrackedRun
    """
    if store is None:
        yield TrackedRun(uuid.uuid4().hex, None)
        return
    with own_run(place, store) as owner:
        try:
            with connection(store) as client:
                experiment_key = experiment_id(client, experiment, store)
                end_abandoned_runs(client, store, place)
                tags = owner.tags if parent is None else owner.tags | {PARENT: parent}
                run_id = str(client.create_run(experiment_key, run_name=name, tags=tags).info.run_id)
        except InputError as error:
            owner.done()
            yield TrackedRun(uuid.uuid4().hex, store, unreachable=str(error))
            return
        try:
            yield TrackedRun(run_id, store, owner=owner)
        except BaseException as error:
            with suppress(InputError), connection(store) as client:
                end_run(client, run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
                owner.done()
            raise
