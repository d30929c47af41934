"""Names from users and text from strangers: what they may not contain, so that no terminal, spreadsheet or page runs it."""

import re
from collections.abc import Collection, Iterator
from numbers import Number
from typing import Annotated, Any

from pydantic import AfterValidator, Field

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that move a cursor, ring, colour, or reverse the order of text in a terminal; tab and line feed are allowed."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the start of a formula (OWASP, CSV injection)
WIDE = "\u207a\u207c\u208a\u208c\u2212\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"  # signs that mean the same (NFKC)
BREAKS = ";,|\t\n\r\x0b\x0c\x1c-\x1e\x85\u037e\u2028\u2029\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b\uff5c"
"""What a spreadsheet, by its country, may take for the end of a cell, and what looks like it."""
INVISIBLE = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Letters that show nothing (category Cf, Default_Ignorable_Code_Point); a program may drop them, and then the next begins the cell."""
MARK = "'"  # before a text that a spreadsheet would take for a formula, or that begins with the mark itself
_START = rf"(?:\A|(?<=[{BREAKS}]))"
_SIGN = rf"(?:[^\S{BREAKS}]|[\"{INVISIBLE}])*[=+\-@\t\r{WIDE}]"
_FORMULA = re.compile(rf"{_START}(?={_SIGN})")
_IN_A_CELL = re.compile(rf"{_START}(?={_SIGN}|{MARK})")
_FROM_A_CELL = re.compile(rf"{_START}{MARK}")
_HIDDEN = re.compile(f"[{INVISIBLE}]")
JOINERS = "\u200c\u200d\ufe0e\ufe0f"  # of Persian and Indian scripts, and of emoji
MAX_DEPTH = 60
PLAIN = {bool, int, float, type(None)}
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
                below.extend(_with_text(item))
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(_with_text(item.values()))
        if not below:
            return value
        level = below
    raise ValueError(f"nested more than {MAX_DEPTH} deep; make it flatter")


def _with_text(parts: Collection[Any]) -> Iterator[Any]:
    """The parts that are text or hold some; long lists of numbers are told at a glance."""
    if set(map(type, parts)) <= PLAIN:
        return iter(())
    return (part for part in parts if isinstance(part, str | list | tuple | dict))


def _refuse_text(text: str) -> None:
    if UNSAFE.search(text):
        raise ValueError(f"{text[:40]!r} holds a control character; take it out")


def _a_name(name: str) -> str:
    if UNSAFE.search(name) or "\n" in name or "\t" in name:
        raise ValueError(f"{name[:40]!r} holds a control character; take it out")
    if hidden := _HIDDEN.search(name.translate(dict.fromkeys(map(ord, JOINERS)))):
        raise ValueError(f"{name[:40]!r} holds U+{ord(hidden[0]):04X}, which nobody sees; take it out")
    if name.startswith(MARK) or ((formula := _FORMULA.search(name)) and not formula.start()):
        raise ValueError(f"{name[:40]!r} begins as a formula of a spreadsheet does; begin it with a letter or a digit")
    if formula:
        raise ValueError(f"{name[:40]!r} holds {name[formula.start() - 1 :][:10]!r}, which a spreadsheet takes for a formula; take it out")
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
    """`text` for a cell of a spreadsheet: with the mark wherever it, or what follows a separator in it, could pass for a formula."""
    return _IN_A_CELL.sub(MARK, text)


def from_a_cell(text: str) -> str:
    """The inverse of `in_a_cell`."""
    return _FROM_A_CELL.sub("", text)
