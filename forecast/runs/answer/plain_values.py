"""Numbers and outcomes as JSON has them: probabilities by the name of the outcome, and None for what is not known."""

import math
from collections.abc import Sequence

from forecast.engines.arrays import Float
from forecast.target.outcome import OUTCOMES, UNSETTLED


def by_outcome(probabilities: Float) -> dict[str, float]:
    """Three probabilities (3,) by outcome."""
    return dict(zip(OUTCOMES, probabilities.tolist(), strict=True))


def outcome_or_none(code: int) -> str | None:
    """The name of an outcome; None for one that is not settled."""
    return None if code == UNSETTLED else OUTCOMES[code]


def finite_or_none(value: float) -> float | None:
    """A number; None for NaN and infinity."""
    return float(value) if math.isfinite(value) else None


def numbers_or_none(names: Sequence[str], values: Float) -> dict[str, float | None]:
    """Numbers by name; None for NaN."""
    return {name: finite_or_none(value) for name, value in zip(names, values, strict=True)}
