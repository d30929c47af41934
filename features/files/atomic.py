"""Places: files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from features.errors import InputError

READ_ONLY = 0o444


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A scratch file of the same ending that takes the place of `path` when the block ends well, and vanishes otherwise.

    Those that processes which are gone left in the folder vanish first. InputError where the folder cannot be written.
    """
    scratch = scratch_beside(path)
    sweep(path.parent)
    try:
        path.parent.stat()  # one that is not there is not made: its name may be a slip
        with owned(scratch):
            try:
                scratch.touch(exist_ok=False)
                yield scratch
                settle(scratch)
                scratch.replace(path)
            finally:
                scratch.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); name a place that can") from None


def scratch_beside(path: Path) -> Path:
    """A hidden name in the folder of `path` that nothing bears, and that no reader takes for anything."""
    return path.with_name(f".{secrets.token_hex(8)}.tmp{path.suffix}")


def settle_names(folder: Path) -> None:
    """Has the folder's names on the disk, where a folder can be opened for that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def added(scratch: Path, path: Path) -> bool:
    """Gives a whole scratch file the name `path` for good, read-only; False where that name is taken, which is left as it is.

    A link, unlike a rename, never takes the place of a file.
    """
    scratch.chmod(READ_ONLY)
    settle(scratch)
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    except OSError:  # no links on this file system; nobody else writes while the folder's lock is held
        if path.exists():
            return False
        scratch.rename(path)
    scratch.unlink(missing_ok=True)
    return True


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


LOCK = ".half-made.lock"  # follows the hidden name of what is half made
MOMENT = 5.0  # seconds, for a sweeper that looks at a lock just when it is made


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Says that `path`, whose name is hidden and nobody else's, is being made by this process; OSError where that cannot be said."""
    lock = FileLock(_lock_of(path))
    lock.acquire(timeout=MOMENT)  # its Timeout is an OSError too
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            _lock_of(path).unlink(missing_ok=True)


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """An empty hidden folder beside `beside`, which vanishes with the block; those of makers that are gone vanish first.

    OSError where it cannot be made.
    """
    beside.parent.mkdir(parents=True, exist_ok=True)
    sweep(beside.parent)
    scratch = beside.with_name(f".{beside.name}-{secrets.token_hex(8)}")
    with owned(scratch):
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Takes away what processes that are gone left half made in `folder`, as far as we may."""
    for lock in locks_in(folder):
        with suppress(OSError), abandoned(lock) as gone:
            if gone:
                left = lock.with_name(lock.name.removesuffix(LOCK))
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() and not left.is_symlink() else left.unlink(missing_ok=True)
                lock.unlink(missing_ok=True)


def locks_in(folder: Path) -> list[Path]:
    """The locks of what is, or was, being made in `folder`; none of a folder that is not there."""
    return list(folder.glob(f".*{LOCK}"))


def half_made(folder: Path) -> set[str]:
    """The names in `folder` of what is being made there, and of its locks."""
    locks = {lock.name for lock in locks_in(folder)}
    return locks | {name.removesuffix(LOCK) for name in locks}


@contextmanager
def abandoned(lock: Path) -> Iterator[bool]:
    """Whether nobody holds `lock`, which then is ours for the block; a lock that we may not open counts as held."""
    taken = FileLock(lock)
    try:
        taken.acquire(timeout=0)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        taken.release()


def is_held(lock: Path) -> bool:
    """Whether a process holds `lock`, or may."""
    with abandoned(lock) as gone:
        return not gone


def settle(file: Path) -> None:
    """Has the content of `file` on the disk, so that its name never stands for less, whatever happens to the machine."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{LOCK}")
