"""Cells of the tables: numbers as text, empty if a value is missing."""

from collections.abc import Mapping
from math import isfinite

from forecast.report.sentences import PRINT_ORDER


def number(value: float | None, form: str) -> str:
    """`value` in the format `form`; empty for None, NaN and infinity."""
    return "" if value is None or not isfinite(value) else format(value, form)


def percents(probabilities: Mapping[str, float]) -> list[str]:
    """A cell an outcome, such as 12.3%."""
    return [f"{probabilities[outcome]:.1%}" for outcome in PRINT_ORDER]


def shortened(text: str, letters: int) -> str:
    """At most so many letters, the last of them an ellipsis if some are cut."""
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
