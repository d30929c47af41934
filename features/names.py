"""Names from users and text from strangers: what they may not contain, so that no terminal, spreadsheet or page runs it."""

import re
from numbers import Number
from typing import Annotated, Any

from pydantic import AfterValidator, Field

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that move a cursor, ring, colour, or reverse the order of text in a terminal; tab and line feed are allowed."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the start of a formula (OWASP, CSV injection)
MARK = "'"  # before a text that a spreadsheet would take for a formula, or that begins with the mark itself
MAX_DEPTH = 60
LONGEST = 60  # characters of a value that a message quotes


def refuse_unsafe(value: Any) -> Any:
    """`value`, any JSON or TOML value; ValueError where it is nested too deep or contains a character of UNSAFE."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _refuse_text(item)
            elif isinstance(item, list | tuple):
                below.extend(part for part in item if isinstance(part, str | list | tuple | dict))
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(part for part in item.values() if isinstance(part, str | list | tuple | dict))
        if not below:
            return value
        level = below
    raise ValueError(f"nested more than {MAX_DEPTH} deep; make it flatter")


def _refuse_text(text: str) -> None:
    if UNSAFE.search(text):
        raise ValueError(f"{text[:40]!r} holds a control character; take it out")


def _a_name(name: str) -> str:
    if UNSAFE.search(name) or "\n" in name or "\t" in name:
        raise ValueError(f"{name[:40]!r} holds a control character; take it out")
    if name.startswith((*FORMULA, MARK)):
        raise ValueError(f"{name[:40]!r} begins as a formula of a spreadsheet does; begin it with a letter or a digit")
    if name != name.strip():
        raise ValueError(f"{name[:40]!r} begins or ends with a blank; take it away")
    return name


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_a_name)]
LongName = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_a_name)]  # made of several
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]  # part of a path, or of a question to a store
StoreName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,99}$")]  # of an experiment or a model of MLflow


def printable(text: str) -> str:
    """`text` with the characters that steer a terminal written out, as in \\x1b."""
    return UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def shown(value: Any) -> str:
    """`value` as a message quotes it, cut to LONGEST characters."""
    try:
        text = str(value)
    except ValueError:  # Python writes out no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    if isinstance(value, Number) and len(text) <= LONGEST:
        return text
    return repr(text) if len(text) <= LONGEST else f"{text[:LONGEST]!r} and {len(text) - LONGEST} characters more"


def in_a_cell(text: str) -> str:
    """`text` for a cell of a spreadsheet: with the mark before it where it could pass for a formula."""
    return f"{MARK}{text}" if text.startswith((*FORMULA, MARK)) else text


def from_a_cell(text: str) -> str:
    """The inverse of `in_a_cell`."""
    return text.removeprefix(MARK)
