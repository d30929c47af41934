"""Sentences that the terminal and the page share."""

import re
from collections.abc import Iterable, Mapping

from forecast.backtest.forecaster_names import BASE_RATE
from forecast.target.outcome import OUTCOMES
from forecast.target.question import barrier_words

PRINT_ORDER = tuple(reversed(OUTCOMES))  # continue, stall, reverse
NO_SURGE = "No surge in this history could be forecast: none was found, or all came before the walk-forward began."
TILT = "what the logistic component adds to the forecast's log odds of continue against reverse"


def not_a_surge_today(as_of: str, session: str) -> str:
    """The last session is no surge, and the forecast is of the surge on an earlier `session`."""
    return f"{as_of}, the last session known, is no surge; this is the last one, forecast as of its own close on {session}."


def question_tilts(tilts: Mapping[str, float]) -> str:
    """What the question itself adds to the log odds, by the name of the tilt."""
    return f"Tilts of the question itself: {', '.join(f'{name} {tilt:+.3f}' for name, tilt in tilts.items())}."


LABEL = re.compile(r"\b(surge|sigma|fixed|fall)_(\d+(?:\.\d+)?)_h(\d+)\b")


def without_labels(text: str) -> str:
    """`text` with questions and references in words where it has their labels."""
    words = LABEL.sub(lambda match: _question_words(match[1], float(match[2]), int(match[3])), text)
    return words.replace(BASE_RATE, "the base rate")


def _question_words(kind: str, size: float, horizon: int) -> str:
    return f"{barrier_words(kind, size)} in {horizon} sessions"


DATED = re.compile(r"(\d{4}-\d{2}-\d{2}): (.*)", re.DOTALL)
FIGURE = re.compile(r"\d[\d.,e+-]*")


def distinct_warnings(warnings: Iterable[str]) -> list[str]:
    """Each warning once: those that differ by day and figures alone are one line, with how many they are and of which days."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for warning in warnings:
        dated = DATED.fullmatch(warning)
        day, text = (dated[1], dated[2]) if dated else ("", warning)
        alike.setdefault(FIGURE.sub("", text), []).append((day, text))
    return [_counted_warning(group) for group in alike.values()]


def _counted_warning(group: list[tuple[str, str]]) -> str:
    days = sorted(day for day, _ in group)
    _, text = group[0]
    if len(group) == 1:
        return f"{text} ({days[0]})" if days[0] else text
    return f"{text} ({len(group)} times{f', {days[0]} to {days[-1]}' if days[0] else ''})"
