"""How the numbers of a table are written: decimal point or comma, and what sets thousands apart."""

import re
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from features.files.dialect import Decimal

MISSING = frozenset({"", ".", "-", "--", "n/a", "na", "nan", "null", "none", "#n/a", "#n/a n/a", "#na", "#value!"})
NUMBER = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f]*(e[+-]?\d+)?", re.IGNORECASE)
APART = re.compile(r"(?<=\d)[' \u00a0\u202f](?=\d{3})")  # what no country writes for a decimal mark
MONEY = re.compile(r"^([+-]?)[$€£¥]\s?|\s?([$€£¥]|EUR|USD|CHF|GBP|JPY)$")
SIGNS = str.maketrans({"\u2212": "-"})


class NumberFormatError(ValueError):
    """The numbers can be read in two ways."""


def decimal_mark(cells: Iterable[str], separator: str) -> Decimal:
    """`.` or `,`, the decimal mark of all `cells` of numbers; NumberFormatError where both would do, or neither.

    `2,263` alone is two thousand or a little more than two. In a table whose fields are separated by commas a lone point is a decimal
    point, as everybody writes it.
    """
    marks: dict[Decimal, str] = {}  # by decimal mark, a number that needs it
    doubtful = ""
    for cell in cells:
        text = tidied(cell)
        if not ("," in text or "." in text) or not NUMBER.fullmatch(text):
            continue
        mark = _mark_of(text, separator)
        if mark:
            marks.setdefault(mark, cell)
        else:
            doubtful = doubtful or cell
    if len(marks) > 1:
        raise NumberFormatError(f"its numbers are written in two ways, as {marks['.']!r} and {marks[',']!r}")
    if marks:
        return next(iter(marks))
    if doubtful:
        raise NumberFormatError(f"{doubtful!r} can be read in two ways")
    return "."


def _mark_of(text: str, separator: str) -> Decimal | None:
    """The decimal mark that one number needs; None where it may be either."""
    digits = text.lower().partition("e")[0]
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","
    mark: Decimal = "." if points else ","
    other: Decimal = "," if points else "."
    if points + commas > 1:
        return other  # the mark sets thousands apart
    before, after = digits.lstrip("+-").split(mark)
    if len(after) != 3 or not 1 <= len(before) <= 3 or before == "0":
        return mark
    return "." if mark == "." and separator == "," else None


def is_number(cell: str) -> bool:
    """Whether `cell` is a number in any notation, or says that there is none."""
    return cell.lower() in MISSING or NUMBER.fullmatch(tidied(cell)) is not None


def tidied(cell: str) -> str:
    """`cell` without a currency's sign and without blanks and apostrophes that set thousands apart."""
    return APART.sub("", MONEY.sub(lambda match: match[1] or "", cell.translate(SIGNS)))


def as_numbers(column: "pd.Series[str]", decimal: str, missing: Collection[float] = ()) -> pd.Series:
    """(n,) doubles, each the nearest to its text, NaN where it says so or is one of `missing`; as it is where a cell is neither."""
    thousands = "," if decimal == "." else "."
    values = np.empty(len(column))
    for row, cell in enumerate(column):
        if cell.lower() in MISSING:
            values[row] = np.nan
            continue
        text = tidied(cell)
        if not NUMBER.fullmatch(text):
            return column
        values[row] = float(text.replace(thousands, "").replace(decimal, "."))
    values[np.isin(values, list(missing))] = np.nan
    return pd.Series(values, index=column.index, name=column.name)
