"""Places: files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import InputError

READ_ONLY = 0o444


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A scratch file of the same ending that takes the place of `path` when the block ends well, and vanishes otherwise.

    InputError where the folder cannot be written.
    """
    scratch = scratch_beside(path)
    try:
        yield scratch
        settle(scratch)
        scratch.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); name a place that can") from None
    finally:
        scratch.unlink(missing_ok=True)


def scratch_beside(path: Path) -> Path:
    """An empty hidden file in the folder of `path`, which no reader takes for anything."""
    scratch = path.with_name(f".{secrets.token_hex(8)}.tmp{path.suffix}")
    try:
        scratch.touch(exist_ok=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name a place that can") from None
    return scratch


def settle(file: Path) -> None:
    """Has the content of `file` on the disk, so that its name never stands for less, whatever happens to the machine."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


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
