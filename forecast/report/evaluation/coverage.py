"""Coverage: within groups of forecast probability, does the observed frequency lie in the interval that was given?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from forecast.engines.arrays import Float, Int
from forecast.runs.predictions.read import HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS
from forecast.target.outcome import OUTCOMES

GROUPS = 3  # by default: in a hundred episodes a third is known to about eight points


@dataclass(frozen=True)
class ProbabilityGroup:
    """Settled forecasts of one outcome whose probabilities are alike.

    sessions, episodes : how many.   probability, frequency : mean forecast, and how often it happened.   low, high : means of the
    given bounds, widened by the binomial error of so many episodes.   inside : whether the frequency lies between these.
    """

    outcome: str
    sessions: int
    episodes: int
    probability: float
    frequency: float
    low: float
    high: float
    inside: bool


def group_coverage(table: pd.DataFrame, *, level: float, groups: int = GROUPS) -> list[ProbabilityGroup]:
    """The groups of each outcome, by quantile of its probability, lowest first; none where nothing is settled.

    table : of one question, as `load_predictions` gives it.   level : of the intervals in it.
    A mean of bounds says how far the forecasts may be off together; the frequency has its own error too, sqrt(f (1 - f) / n) with
    n the episodes in the group, taken at the mean probability. The two are added as independent, in probability.
    """
    settled = table[table["outcome"].notna()]
    given = np.stack([settled[list(columns)].to_numpy("float64") for columns in (P_COLUMNS, LOW_COLUMNS, HIGH_COLUMNS)], axis=2)
    return covered(given, settled["outcome"].to_numpy("int64"), settled["episode"].to_numpy("int64"), level=level, groups=groups)


def covered(given: Float, outcomes: Int, episodes: Int, *, level: float, groups: int = GROUPS) -> list[ProbabilityGroup]:
    """The same of settled forecasts: given (n, 3, 3), by outcome its probability, low and high; outcomes, episodes (n,)."""
    found: list[ProbabilityGroup] = []
    for code, outcome in enumerate(OUTCOMES):
        alike = [rows for rows in np.array_split(np.argsort(given[:, code, 0], kind="stable"), groups) if len(rows)]
        found.extend(_group(outcome, given[rows, code], outcomes[rows] == code, episodes[rows], level) for rows in alike)
    return found


def _group(outcome: str, given: Float, happened: np.ndarray, episode: Int, level: float) -> ProbabilityGroup:
    probability, low, high = given.mean(axis=0).tolist()
    frequency, count = float(happened.mean()), len(np.unique(episode))
    chance = float(ndtri((1 + level) / 2)) * (probability * (1 - probability) / count) ** 0.5
    low = probability - float(np.hypot(probability - low, chance))
    high = probability + float(np.hypot(high - probability, chance))
    return ProbabilityGroup(
        outcome, len(given), count, probability, frequency, max(low, 0.0), min(high, 1.0), bool(low <= frequency <= high)
    )
