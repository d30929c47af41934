"""Places: files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import InputError
from forecast.runs import FILES, MANIFEST


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


def refuse_inside_run(path: Path, option: str) -> None:
    """InputError for a file of a run, which would no longer be whole if it were replaced."""
    if path.name in (MANIFEST, *FILES) and (path.parent / MANIFEST).is_file():
        raise InputError(f"{option} {path}: is part of a run, which would be damaged; name another file")
