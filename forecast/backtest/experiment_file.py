"""Experiment files and overrides as nested tables, before anything in them is checked."""

import copy
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from features.errors import InputError, did_you_mean

DEFAULT = "us_small_caps"  # what is trained where no experiment is named

MAX_BYTES = 2**18  # of an experiment file; the longest that ships has a tenth of it
MAX_DOTS = 500  # before or after an equals sign of a line; the time that tomllib takes for a key grows with the square of its parts


def experiment_path(named: Path) -> Path:
    """The file at `named`, or the experiment of that name that ships with the package; InputError where there is neither."""
    if named.is_file():
        return named
    shipped = shipped_experiments()
    if str(named) in shipped:
        return shipped[str(named)]
    nearest = did_you_mean(str(named), shipped, otherwise=f"those that ship are {', '.join(shipped)}")
    raise InputError(f"{named}: no such experiment file; give the path of a TOML file or the name of an experiment that ships{nearest}")


@cache
def shipped_experiments() -> dict[str, Path]:
    """By name, the experiment files that ship with the package."""
    folder = Path(str(files("experiments")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def default_tables() -> dict[str, Any]:
    """The nested tables of the default experiment, anew each time."""
    return copy.deepcopy(_default())


@cache
def _default() -> dict[str, Any]:
    return read_tables(shipped_experiments()[DEFAULT])


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Nested tables with the keys of both; where both have one that is no table, that of `above` holds."""
    inner = {key: merged(below[key], value) for key, value in above.items() if isinstance(value, dict) and isinstance(below.get(key), dict)}
    return below | above | inner


def read_tables(path: Path) -> dict[str, Any]:
    """The nested tables of an experiment file; InputError, one line."""
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
