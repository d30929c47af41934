"""Files of the store, which appear whole or not at all and never change; their metadata bear a seal."""

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
    """Write the file `path` by `write`, first in `scratch_in`; False where that name is taken, InputError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_new(path, write, scratch_in=scratch_in) is not None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)  # Arrow puts it otherwise
        raise InputError(f"--cache: {path.parent} cannot be written ({why}); make room, or name another") from None


def with_seal(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields`, which JSON can hold, with their SHA-256."""
    return {**fields, SEAL: _seal(fields)}


def unsealed(text: str | bytes) -> dict[str, Any]:
    """The fields that were sealed and written as JSON; ValueError for anything else."""
    fields = json.loads(text)
    if not isinstance(fields, dict) or fields.get(SEAL) != _seal({name: value for name, value in fields.items() if name != SEAL}):
        raise ValueError("its seal is broken")
    return fields


def _seal(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True, allow_nan=False).encode()).hexdigest()
