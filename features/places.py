"""Places: files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import InputError
from features.owned import owned, settle, sweep

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
