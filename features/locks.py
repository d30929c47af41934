"""File locks between processes, with an end to the waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from features.errors import InputError

PATIENCE = 60.0  # seconds; what is done under a lock takes a few


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`; InputError when another process keeps it too long, or it cannot be made."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise InputError(f"{path}: another process has held this lock for {PATIENCE:.0f} s; wait for it, or end it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name a place that can") from None
    try:
        yield
    finally:
        lock.release()
