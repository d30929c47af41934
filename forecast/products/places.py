"""Places: files that appear whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import InputError
from forecast.owned import owned, settle, sweep
from forecast.runs import FILES, MANIFEST


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A scratch file of the same ending that takes the place of `path` when the block ends well, and vanishes otherwise.

    Those that processes which are gone left in the folder vanish first. InputError where the folder cannot be written.
    """
    scratch = scratch_beside(path)
    sweep(path.parent)
    try:
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


def refuse_inside_run(path: Path, option: str) -> None:
    """InputError for a file of a run, which would no longer be whole if it were replaced."""
    if path.name in (MANIFEST, *FILES) and (path.parent / MANIFEST).is_file():
        raise InputError(f"{option} {path}: is part of a run, which would be damaged; name another file")
