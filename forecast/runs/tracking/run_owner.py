"""Owner: which process a run in a store belongs to, and the end of the runs whose process is gone."""

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

HOST, PROCESS, LOCK = "owner.host", "owner.pid", "owner.lock"  # tags: the machine, a number for people, and what tells the truth
SUFFIX = ".tracked.lock"
NAME = re.compile(r"\.[0-9a-f]{16}\.[0-9a-f]{8}\.tracked\.lock")
PARENT = "mlflow.parentRunId"
OLD = 7 * 86400.0  # seconds, as for folds: what a store that nobody asked for a week may still have been waiting for


@dataclass(frozen=True)
class Owner:
    """A lock that this process holds, and the tags by which others find it; none where no lock can be made."""

    lock: Path | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Of the run."""
        return {} if self.lock is None else {HOST: _host(), PROCESS: str(os.getpid()), LOCK: str(self.lock)}

    def done(self) -> None:
        """The run has been ended in its store: nobody need look for the lock."""
        if self.lock is not None:
            with suppress(OSError):
                self.lock.unlink(missing_ok=True)


@contextmanager
def own_run(place: Path, store: str) -> Iterator[Owner]:
    """Owns a run in `store` while the block runs, by a lock in the folder `place`; the file stays until `Owner.done`."""
    path = place.resolve() / f".{secrets.token_hex(8)}.{_short(store)}{SUFFIX}"
    lock = FileLock(path)
    with suppress(OSError):
        lock.acquire(timeout=0)
    try:
        yield Owner(path if lock.is_locked else None)
    finally:
        lock.release()


def end_abandoned_runs(client: "MlflowClient", experiment: str, store: str, place: Path) -> None:
    """Marks as killed the runs of `experiment` that still count as running though their process on this machine is gone.

    Gone is who left a lock that nobody holds. A run of another machine, or without a lock to be seen, may be alive and is left alone.
    """
    for run in client.search_runs([experiment], f"attributes.status = 'RUNNING' and tags.`{HOST}` = '{_host()}'"):
        lock = Path(run.data.tags.get(LOCK, ""))
        if not _is_one(lock):
            continue
        with try_lock(lock) as free:
            if free:
                _end(client, experiment, run)
                lock.unlink(missing_ok=True)
    _sweep(place, store)


def _end(client: "MlflowClient", experiment: str, run: "Run") -> None:
    """The run, what is nested in it, and the model that it had begun to log."""
    nested = f"attributes.status = 'RUNNING' and tags.{PARENT} = '{run.info.run_id}'"
    for part in client.search_runs([experiment], nested):
        client.set_terminated(part.info.run_id, "KILLED")
    for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
        if model.status == "PENDING":
            client.finalize_logged_model(model.model_id, "FAILED")
    client.set_terminated(run.info.run_id, "KILLED")


def _sweep(place: Path, store: str) -> None:
    """Takes away locks in `place` that nobody holds: of this store, whose runs have been ended; of others, those that are old."""
    for lock in place.glob(f".*{SUFFIX}"):
        with suppress(OSError):
            if _is_one(lock) and (f".{_short(store)}." in lock.name or abs(time.time() - lock.stat().st_mtime) > OLD):
                with try_lock(lock) as free:
                    if free:
                        lock.unlink(missing_ok=True)


def _is_one(lock: Path) -> bool:
    """Whether `lock`, which a tag of a store may name, is a file that only `own_run` can have made: it will be opened, and deleted."""
    try:
        return bool(NAME.fullmatch(lock.name)) and lock.is_file() and not lock.is_symlink() and lock.stat().st_size == 0
    except (OSError, ValueError):
        return False


def _host() -> str:
    return gethostname().replace("'", "")


def _short(store: str) -> str:
    """Names the store in the lock's own name, without giving it away."""
    return sha256(str(sqlite_file(store) or store).encode()).hexdigest()[:8]
