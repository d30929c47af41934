"""The exception that means "the input is at fault", and the one line that says so: the key, the rule, the value and the remedy."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError


class InputError(ValueError):
    """A mistake in what the user gave: names the file, key, column or date, the rule, the value found and the remedy."""


class OriginError(InputError):
    """An origin gave nothing, or nothing that can be believed: names it, what was found and the remedy. What was kept before stays."""


JARGON = {"a valid tuple": "a list", "a valid dictionary or instance of": "a table, a", "a valid dictionary": "a table"}


def validation_line(error: ValidationError, whole: Any) -> str:
    """What to mend first in a table that the class `whole` checks: an unknown key before all, since often that is then missing."""
    faults = error.errors(include_url=False)
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    path = [str(part) if str(part).isprintable() else repr(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        return f"unknown key {key!r}{did_you_mean(path[-1], _siblings(whole, path[:-1]))}"
    if first["type"] == "missing":
        return f"{key}: is required and not given; add it"
    if first["type"] == "value_error" and not key:  # of the whole
        return str(first["msg"].removeprefix("Value error, "))
    if first["type"] == "value_error":
        return f"{key}: {first['msg'].removeprefix('Value error, ')}"
    rule = first["msg"][0].lower() + first["msg"][1:]
    for jargon, plain in JARGON.items():
        rule = rule.replace(jargon, plain)
    return f"{key}: {rule}, got {repr(first['input'])[:80]}"


def _siblings(whole: Any, path: Sequence[str]) -> list[str]:
    """The keys allowed in the table at `path`."""
    kind = whole
    for part in path:
        fields = getattr(kind, "model_fields", None)
        kind = fields[part].annotation if fields and part in fields else _inner(kind)
    return list(getattr(kind, "model_fields", {}))


def _inner(kind: Any) -> Any:
    """What a table of tables, or a list of them, holds."""
    return next((inner for inner in typing.get_args(kind) if hasattr(inner, "model_fields")), None)


def did_you_mean(name: str, known: Sequence[str] | dict[str, Any]) -> str:
    """What an unknown name may have meant, or else what is known."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}" if known else ""
