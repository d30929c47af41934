"""Numbers as the page prints them: a true minus sign, and no break between a figure and its unit."""

import re
from collections.abc import Iterable, Mapping
from math import isnan

from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.feature_words import feature_value

NEGATIVE = re.compile(r"(?<![\w.])-(?=\d)")
NO_BREAK, MINUS, MISSING = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}", "\N{EN DASH}"


def percent(share: float | None, digits: int = 0, sign: str = "") -> str:
    """A share as 34 %, with the `sign` "+" as +34 %; a dash for None."""
    return MISSING if share is None else f"{100 * share:{sign}.{digits}f}{NO_BREAK}%".replace("-", MINUS)


def signed_percent(share: float | None, digits: int = 1) -> str:
    """A share as +5.5 %; a dash for None."""
    return percent(share, digits, "+")


def percents(probabilities: Mapping[str, float], digits: int = 0) -> tuple[str, ...]:
    """A cell an outcome, in the order of print."""
    return tuple(percent(probabilities[name], digits) for name in PRINT_ORDER)


def number(value: float | None, form: str = ".3g") -> str:
    """`value` by `form`; a dash for None and NaN."""
    return MISSING if value is None or isnan(value) else format(value, form).replace("-", MINUS)


def bounds(low: float, high: float, digits: int = 0) -> str:
    """An interval of shares in percent, without the sign: [16, 58]."""
    return f"[{100 * low:.{digits}f},{NO_BREAK}{100 * high:.{digits}f}]"


def by_outcome(probabilities: Mapping[str, float], digits: int = 0) -> str:
    """Continue 34 %, stall 44 %, reverse 22 %."""
    return ", ".join(f"{name} {percent(probabilities[name], digits)}" for name in PRINT_ORDER)


def listed(names: Iterable[str]) -> str:
    """Names with commas, and `and` before the last."""
    *others, last = list(names) or ["none"]
    return f"{', '.join(others)} and {last}" if others else last


def counted(count: int, noun: str) -> str:
    """1 surge, 2 surges."""
    return f"{count:,}{NO_BREAK}{noun}{'' if count == 1 else 's'}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def with_minus(text: str) -> str:
    """`text` with a true minus sign before each negative figure; hyphens of words and days stay."""
    return NEGATIVE.sub(MINUS, text)


def typeset(text: str) -> str:
    """A figure with its unit, as the page prints it: a true minus sign and no break."""
    return text.replace("-", MINUS).replace(" ", NO_BREAK)


def shown_value(name: str, value: float) -> str:
    """A value of a feature in the unit that people use."""
    return typeset(feature_value(name, value))
