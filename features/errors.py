"""The exception that means "the input is at fault", and the one line that says so: the key, the rule, the value and the remedy."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["InputError", "OriginError", "did_you_mean", "shortened", "validation_line"]


LONGEST = 500  # characters of an error's line
LONGEST_QUOTE = 60  # of what it quotes, where the line would be longer
REMEDY = 160  # of its end, which is seldom longer, where it is cut in the middle


class InputError(ValueError):
    """A mistake in the input: the message names the file, key, column or date, the rule, the value and the remedy.

    Parameters
    ----------
    message : str
        One line; it is shortened to LONGEST characters, whatever it quotes.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(message))


class OriginError(InputError):
    """An origin answered nothing, or nothing credible: the message names it, the answer and the remedy. Stored data stay.

    Parameters
    ----------
    message : str
        As of InputError.
    """


JARGON = {"a valid tuple": "a list", "a valid dictionary or instance of": "a table, a", "a valid dictionary": "a table"}
LONG_QUOTATION = re.compile(rf"(['\"`])([^'\"`]{{{LONGEST_QUOTE + 4},}})\1")
QUOTED = re.compile(r"'([^']*)'")
MISSING = ": is required but missing"
UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")  # pydantic's, of a model and of a dataclass


def shortened(line: str) -> str:
    """`line` with LONGEST characters at most: its quotations shortened first, and then its middle left out.

    Parameters
    ----------
    line : str

    Returns
    -------
    str
        The line itself where it is short enough.
    """
    if len(line) > LONGEST:
        line = LONG_QUOTATION.sub(lambda match: f"{match[1]}{match[2][:LONGEST_QUOTE]}...{match[1]}", line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - REMEDY - 5]} ... {line[-REMEDY:]}"


def validation_line(error: ValidationError, model: Any = None, *, table: str = "", remedy: str = "") -> str:
    """One line that says what to mend first in a table: key, rule, value and remedy.

    Parameters
    ----------
    error : pydantic.ValidationError
        An unknown key comes first: often another is missing because of it.
    model : type, optional
        The pydantic model or dataclass that checks the table; with it, an unknown key is told the nearest one.
    table : str, optional
        The name that stands before each key, as in `garch.dist`.
    remedy : str, optional
        What to do, where that does not depend on the fault: "train again" for a file that no person writes.

    Returns
    -------
    str
    """
    line = _line(error, model, table)
    return f"{line}; {remedy}" if remedy else f"{line}; add it" if line.endswith(MISSING) else line


def _line(error: ValidationError, model: Any, table: str) -> str:
    faults = error.errors(include_url=False)
    fault = next((fault for fault in faults if fault["type"] in UNKNOWN_KEY), faults[0])
    path = [str(part) if str(part).isprintable() else repr(part) for part in fault["loc"]]
    key = ".".join([table, *path] if table else path)
    if fault["type"] in UNKNOWN_KEY:
        keys = _keys(model, path[:-1])
        return f"unknown key {key!r}{did_you_mean(path[-1], keys) if keys else ''}"
    if fault["type"].startswith("missing"):
        return f"{key}{MISSING}"
    if fault["type"] == "value_error":
        message = fault["msg"].removeprefix("Value error, ")
        return f"{key}: {message}" if key else message  # a rule of the whole table has no key
    rule = fault["msg"][0].lower() + fault["msg"][1:]
    for jargon, plain in JARGON.items():
        rule = rule.replace(jargon, plain)
    choices = QUOTED.findall(fault["ctx"]["expected"]) if fault["type"] == "literal_error" else []
    hint = did_you_mean(str(fault["input"]), choices, otherwise="") if choices else ""
    return f"{key or error.title}: {rule}, got {repr(fault['input'])[:80]}{hint}"


def _keys(model: Any, path: Sequence[str]) -> list[str]:
    """The keys that `model` allows in the table at `path`."""
    for part in path:
        fields = _fields(model)
        model = fields[part].annotation if part in fields else _inner(model)
    return list(_fields(model))


def _fields(model: Any) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(model, "__pydantic_fields__", {})
    return fields


def _inner(kind: Any) -> Any:
    """The model of each table in a table of tables, or in a list of them."""
    return next((inner for inner in typing.get_args(kind) if _fields(inner)), None)


def did_you_mean(name: str, choices: Iterable[str], *, otherwise: str | None = None) -> str:
    """The end of a message about an unknown name: the nearest of the choices, or else all of them.

    Parameters
    ----------
    name : str
        What was given; case does not count.
    choices : iterable of str
        What could have been given.
    otherwise : str, optional
        The remedy where no choice is near; by default the choices in order, "" for none.

    Returns
    -------
    str
        It begins with "; ", or is empty.
    """
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {by_lower[near[0]]!r}?"
    remedy = f"choose from {', '.join(sorted(by_lower.values()))}" if otherwise is None else otherwise
    return f"; {remedy}" if remedy else ""
