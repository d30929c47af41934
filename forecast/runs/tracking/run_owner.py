"""The process that owns a run in a store, and the end of runs whose process is gone."""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING

from filelock import FileLock

from features.files.atomic import try_lock
from forecast.runs.tracking.stores import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

OWNER = "owner"  # tag of a run that is open: host, process and lock; the lock decides, the other two are for people
SUFFIX = ".tracked.lock"
NAME = re.compile(r"\.[0-9a-f]{16}\.[0-9a-f]{8}\.tracked\.lock")
PARENT = "mlflow.parentRunId"
OLD = 7 * 86400.0  # seconds after which the lock of another store is deleted, as for checkpoints


@dataclass(frozen=True)
class Owner:
    """The lock that this process holds for its run; None where no lock can be made."""

    lock: Path | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the run while it is open, by which other processes find the lock."""
        return {} if self.lock is None else {OWNER: f"{_host()} {os.getpid()} {self.lock}"}

    def done(self) -> None:
        """Delete the lock, once the run has ended in its store."""
        if self.lock is not None:
            with suppress(OSError):
                self.lock.unlink(missing_ok=True)


@contextmanager
def own_run(place: Path, store: str) -> Iterator[Owner]:
    """Hold a lock in the folder `place` for a run in `store` while the block runs; the file stays until `Owner.done`."""
    path = place.resolve() / f".{secrets.token_hex(8)}.{_short(store)}{SUFFIX}"
    lock = FileLock(path)
    with suppress(OSError):
        lock.acquire(timeout=0)
    try:
        yield Owner(path if lock.is_locked else None)
    finally:
        lock.release()


def end_abandoned_runs(client: "MlflowClient", store: str, place: Path) -> None:
    """Mark as killed each run that the store has as running, though its process on this machine is gone.

    The process is gone if nobody holds its lock. A run of another machine, or one whose lock cannot be seen, may be alive and stays.
    """
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    for run in client.search_runs(everywhere, f"attributes.status = 'RUNNING' and tags.{OWNER} LIKE '{_host()} %'"):
        host, _, lock = owner_of(run)
        if host != _host() or not _is_one(lock):
            continue
        with try_lock(lock) as free:
            if free:
                _end(client, run)
                lock.unlink(missing_ok=True)
    _sweep(place, store)


def _end(client: "MlflowClient", run: "Run") -> None:
    """End the run, the runs nested in it, and the model that it had begun to log."""
    experiment = run.info.experiment_id
    nested = f"attributes.status = 'RUNNING' and tags.{PARENT} = '{run.info.run_id}'"
    for part in client.search_runs([experiment], nested):
        client.set_terminated(part.info.run_id, "KILLED")
    for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
        if model.status == "PENDING":
            client.finalize_logged_model(model.model_id, "FAILED")
    end_run(client, run.info.run_id, "KILLED")


def end_run(client: "MlflowClient", run_id: str, status: str) -> None:
    """End a run in its store; whose it was while it was open is told no more."""
    from mlflow.exceptions import MlflowException

    client.set_terminated(run_id, status)
    with suppress(MlflowException):  # without an owner, as what is nested in another
        client.delete_tag(run_id, OWNER)


def owner_of(run: "Run") -> tuple[str, str, Path]:
    """Host, process and lock of a run that is open; empty for one that says none."""
    host, _, rest = run.data.tags.get(OWNER, "").partition(" ")
    process, _, lock = rest.partition(" ")
    return host, process, Path(lock)


def _sweep(place: Path, store: str) -> None:
    """Delete the locks in `place` that nobody holds: all of this store, whose runs have ended; of other stores the old ones."""
    for lock in place.glob(f".*{SUFFIX}"):
        with suppress(OSError):
            if _is_one(lock) and (f".{_short(store)}." in lock.name or abs(time.time() - lock.stat().st_mtime) > OLD):
                with try_lock(lock) as free:
                    if free:
                        lock.unlink(missing_ok=True)


def _is_one(lock: Path) -> bool:
    """Whether `own_run` made the file `lock`: a tag in a store may name any file, and this one will be deleted."""
    try:
        return bool(NAME.fullmatch(lock.name)) and lock.is_file() and not lock.is_symlink() and lock.stat().st_size == 0
    except (OSError, ValueError):
        return False


def _host() -> str:
    return gethostname().replace("'", "").replace(" ", "")


def _short(store: str) -> str:
    """A digest of the store's address, for the name of the lock."""
    return sha256(str(sqlite_file(store) or store).encode()).hexdigest()[:8]
