"""Keep: files of the store, which appear whole or not at all and are never changed; what is told in them bears a seal."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.files.atomic import write_new

SEAL = "seal"


def write_once(path: Path, write: Callable[[Path], object], *, scratch_in: Path | None = None) -> bool:
    """Has `write` write the file `path` of the store; False where that name is taken. InputError where it cannot be written.

    scratch_in : the folder where it is written first, of the same disk; default, beside `path`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_new(path, write, scratch_in=scratch_in) is not None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)  # Arrow puts it otherwise
        raise InputError(f"--cache: {path.parent} cannot be written ({why}); make room, or name another") from None


def with_seal(told: Mapping[str, Any]) -> dict[str, Any]:
    """`told`, which JSON can hold, with the SHA-256 of it."""
    return {**told, SEAL: _seal(told)}


def unsealed(text: str | bytes) -> dict[str, Any]:
    """What was sealed and written as JSON; ValueError for anything else."""
    told = json.loads(text)
    if not isinstance(told, dict) or told.get(SEAL) != _seal({name: value for name, value in told.items() if name != SEAL}):
        raise ValueError("what it says is not what was kept")
    return told


def _seal(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, allow_nan=False).encode()).hexdigest()
