"""Coverage: within groups of forecast probability, does the observed frequency lie in the interval that was forecast?"""

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
    """Settled forecasts of one outcome whose probabilities are alike: their mean, and how often the outcome came.

    `low` and `high` are the mean bounds, widened by the binomial error of so many episodes; `inside` is whether they hold `frequency`.
    """

    outcome: str
    sessions: int
    episodes: int
    probability: float
    frequency: float
    low: float
    high: float
    inside: bool


def group_coverage(forecasts: Float, outcomes: Int, episodes: Int, *, level: float, groups: int = GROUPS) -> list[ProbabilityGroup]:
    """The groups of each outcome, by quantile of its probability, lowest first; none if nothing is settled.

    `forecasts` is (n, 3, 3): by outcome its probability, low and high, of intervals of `level`; outcomes and episodes are (n,).
    A mean of bounds says how far the forecasts may be off together; the frequency has its own error too, sqrt(p (1 - p) / n) with
    n the episodes in the group and p the mean probability. The two are added as independent.
    """
    result: list[ProbabilityGroup] = []
    for code, outcome in enumerate(OUTCOMES):
        if len(forecasts) and not forecasts[:, code, 0].any():  # it cannot come
            continue
        alike = [rows for rows in np.array_split(np.argsort(forecasts[:, code, 0], kind="stable"), groups) if len(rows)]
        result.extend(_group(outcome, forecasts[rows, code], outcomes[rows] == code, episodes[rows], level) for rows in alike)
    return result


def table_coverage(table: pd.DataFrame, *, level: float, groups: int = GROUPS) -> list[ProbabilityGroup]:
    """The groups of one question's predictions table, as `load_predictions` gives it."""
    settled = table[table["outcome"].notna()]
    forecasts = np.stack([settled[list(columns)].to_numpy("float64") for columns in (P_COLUMNS, LOW_COLUMNS, HIGH_COLUMNS)], axis=2)
    return group_coverage(forecasts, settled["outcome"].to_numpy("int64"), settled["episode"].to_numpy("int64"), level=level, groups=groups)


def _group(outcome: str, forecasts: Float, happened: np.ndarray, episodes: Int, level: float) -> ProbabilityGroup:
    probability, low, high = forecasts.mean(axis=0).tolist()
    frequency, count = float(happened.mean()), len(np.unique(episodes))
    chance = float(ndtri((1 + level) / 2)) * (probability * (1 - probability) / count) ** 0.5
    low = probability - float(np.hypot(probability - low, chance))
    high = probability + float(np.hypot(high - probability, chance))
    inside = bool(low <= frequency <= high)
    return ProbabilityGroup(outcome, len(forecasts), count, probability, frequency, max(low, 0.0), min(high, 1.0), inside)
