"""Experiment files and overrides as nested tables, before anything in them is checked."""

import tomllib
from pathlib import Path
from typing import Any

from features.errors import InputError

MAX_BYTES = 2**18  # of an experiment file; the longest that ships has a tenth of it
MAX_DOTS = 500  # before or after an equals sign of a line; the time that tomllib takes for a key grows with the square of its parts


def read_tables(path: Path) -> dict[str, Any]:
    """The nested tables of an experiment file; InputError, one line."""
    if not path.is_file():
        raise InputError(f"{path}: no such experiment file; give the path of a TOML file")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES >> 10} KiB, which no experiment is; check the file")
    try:
        text = path.read_text("utf-8")
        if any(part.count(".") > MAX_DOTS for line in text.splitlines() for part in line.split("=")):
            raise ValueError(f"a line has more than {MAX_DOTS} dots")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid TOML ({str(error).splitlines()[0]}); correct the line") from None


def put(tables: dict[str, Any], override: str) -> None:
    """Puts the value of `key.key=value` into the tables, in place; InputError, one line."""
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise InputError(f"--set {override!r}: must be key=value, for example outcome.size=0.75")
    value = _toml_value(text)
    *parents, leaf = key.strip().split(".")
    table = tables
    for parent in parents:
        inner = table.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise InputError(f"--set {override!r}: {parent} is a value and has no keys of its own")
        table = inner
    table[leaf] = value


def _toml_value(text: str) -> Any:
    """`text` as a TOML value, or as plain text where it is none."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return table["value"] if len(table) == 1 else text.strip()
