"""Atomic writing: files and folders that appear whole or not at all, and the locks that keep writers apart.

Everything is written under a hidden scratch name first. A lock beside that name (`claim`) says that its writer lives; the next process
removes whatever has a lock that nobody holds.
"""

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from features.errors import InputError

READ_ONLY = 0o444
PATIENCE = 60.0  # seconds; what is done under a lock takes a few
MOMENT = 5.0  # seconds, for a process that looks at a lock just when it is made
LOCK = ".half-made.lock"  # follows the scratch name
SCRATCH = re.compile(r"\.[0-9a-f]{16}\.tmp(\..+)?")  # what `scratch_name` gives


# --- files


@contextmanager
def atomic_write(path: Path, *, scratch_in: Path | None = None) -> Iterator[Path]:
    """As `replacement`, with an InputError where the file cannot be written."""
    try:
        with replacement(path, scratch_in=scratch_in) as scratch:
            yield scratch
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); name a place that can be written") from None


@contextmanager
def replacement(path: Path, *, scratch_in: Path | None = None) -> Iterator[Path]:
    """A scratch file of the same ending that replaces `path` when the block ends well, and vanishes otherwise.

    `scratch_in` is its folder, on the same disk; by default that of `path`. A missing folder is not made: its name may be a slip.
    """
    folder = path.parent if scratch_in is None else scratch_in
    scratch = scratch_name(folder / path.name)
    remove_abandoned(folder)
    path.parent.stat()
    with claim(scratch):
        try:
            scratch.touch(exist_ok=False)
            yield scratch
            fsync_file(scratch)
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Writes `text` as UTF-8, whole or not at all; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as scratch:
        scratch.write_text(text, "utf-8")
    return path


def write_new(
    path: Path, write: Callable[[Path], object], *, alternatives: Iterable[Path] = (), scratch_in: Path | None = None
) -> Path | None:
    """Has `write` write a file, read-only from then on, and names it `path` or the first free alternative; None where all are taken.

    The caller holds the folder's lock: that is what `remove_scratch` relies on.
    """
    scratch = scratch_name(path if scratch_in is None else scratch_in / path.name)
    try:
        write(scratch)
        scratch.chmod(READ_ONLY)
        fsync_file(scratch)
        name = next((name for name in chain([path], alternatives) if link_once(scratch, name)), None)
    finally:
        scratch.unlink(missing_ok=True)
    if name is not None:
        fsync_folder(path.parent)
    return name


def link_once(scratch: Path, path: Path) -> bool:
    """Gives the scratch file the name `path`; False where it is taken. A link, unlike a rename, never replaces a file."""
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    except OSError:  # no links on this file system; nobody else writes while the folder's lock is held
        if path.exists():
            return False
        scratch.rename(path)
    return True


def scratch_name(path: Path) -> Path:
    """A hidden and unused name in the folder of `path`, of the same ending."""
    return path.with_name(f".{secrets.token_hex(8)}.tmp{path.suffix}")


def remove_scratch(folder: Path) -> None:
    """Removes the scratch files of killed processes from a folder whose lock the caller holds."""
    for path in folder.glob(".*") if folder.is_dir() else ():
        if SCRATCH.fullmatch(path.name):
            path.unlink(missing_ok=True)


def fsync_file(path: Path) -> None:
    """Flushes the content of a file to the disk, so that its name never stands for less."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """Flushes the names in a folder to the disk, where a folder can be opened for that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- folders, and what is being made


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """An empty hidden folder beside `beside`, which vanishes with the block; OSError where it cannot be made."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(beside.parent)
    scratch = beside.with_name(f".{beside.name}-{secrets.token_hex(8)}")
    with claim(scratch):
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def claim(path: Path) -> Iterator[None]:
    """Marks the hidden `path` as being made by this process; OSError where that is impossible."""
    lock = path.with_name(f"{path.name}{LOCK}")
    holder = FileLock(lock)
    holder.acquire(timeout=MOMENT)  # its Timeout is an OSError too
    try:
        yield
    finally:
        holder.release()
        with suppress(OSError):
            lock.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Removes what processes that are gone left half made in `folder`, as far as we may."""
    for lock in claims_in(folder):
        with suppress(OSError), try_lock(lock) as free:
            if free:
                path = lock.with_name(lock.name.removesuffix(LOCK))
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
                lock.unlink(missing_ok=True)


def claims_in(folder: Path) -> list[Path]:
    """The locks of what is, or was, being made in `folder`; none of a folder that does not exist."""
    return list(folder.glob(f".*{LOCK}"))


def half_made(folder: Path) -> set[str]:
    """The names in `folder` of what is being made there, and of its locks."""
    locks = {lock.name for lock in claims_in(folder)}
    return locks | {name.removesuffix(LOCK) for name in locks}


# --- locks


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`; InputError when another process holds it too long, or it cannot be made."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise InputError(f"{path}: another process has held this lock for {PATIENCE:.0f} s; wait for it, or end it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name a place that can be written") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Whether nobody held the lock, which then is ours for the block; a lock that we may not open counts as held."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock, or may."""
    with try_lock(path) as free:
        return not free
