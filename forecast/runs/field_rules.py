"""What a field of a run's files may hold, checked whenever one is made and whenever one is read: probabilities, shares, days, texts."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from features.files.stamps import YEARS
from forecast.target.outcome import OUTCOMES

ROUNDING = 1e-9  # of three doubles that sum to 1, with room for a table that was averaged or rescaled
LAW_ROUNDING = 1e-6  # of a component's, which come from a law's parameters
LONGEST_TEXT = 5_000  # characters of a note or a sentence; the longest note lists every feature
MOST = 10_000  # entries of one list or table


def check_probabilities(probabilities: Mapping[str, float], rounding: float = ROUNDING) -> None:
    """ValueError unless each outcome has a probability from 0 to 1, and they sum to 1."""
    if set(probabilities) != set(OUTCOMES):
        raise ValueError(f"must have {', '.join(OUTCOMES)} and nothing else, got {', '.join(sorted(probabilities))[:80] or 'none'}")
    values = list(probabilities.values())
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in values) or abs(sum(values) - 1) > rounding:
        raise ValueError(f"must be probabilities from 0 to 1 that sum to 1, got {values}")


def _pooled(probabilities: dict[str, float]) -> dict[str, float]:
    check_probabilities(probabilities)
    return probabilities


def _of_a_law(probabilities: dict[str, float]) -> dict[str, float]:
    check_probabilities(probabilities, LAW_ROUNDING)
    return probabilities


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if f"{day}" != text or not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"{text[:40]!r} is no day; it must be YYYY-MM-DD, of the years {YEARS[0]} to {YEARS[1]}")
    return text


def _outcome(text: str) -> str:
    if text not in OUTCOMES:
        raise ValueError(f"{text[:40]!r} is no outcome; it must be one of {', '.join(OUTCOMES)}")
    return text


def _interval(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if not 0 <= low <= high <= 1:
        raise ValueError(f"must be a low and a high end from 0 to 1, got {list(interval)}")
    return interval


Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Texts = Annotated[list[Text], Field(max_length=MOST)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Level = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Day = Annotated[str, AfterValidator(_day)]
OutcomeName = Annotated[str, AfterValidator(_outcome)]
Interval = Annotated[tuple[float, float], AfterValidator(_interval)]
Probabilities = Annotated[dict[str, float], AfterValidator(_pooled)]
LawProbabilities = Annotated[dict[str, float], AfterValidator(_of_a_law)]
