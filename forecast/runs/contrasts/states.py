"""States that a surge began in: values known at its close, and on which side of a rule they lie."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from features.builders.rate_proxies import policy_now
from features.panel.panel import Panel
from features.panel.series import LARGE, POLICY_RATE, Series
from forecast.backtest.dataset import Dataset
from forecast.engines.arrays import Float, Int
from forecast.runs.contrasts.precedents import STATE, YEAR, Precedents
from forecast.runs.contrasts.rules import Condition, Split

FIRST, SECOND, NEITHER = 0, 1, -1
FRESH = np.timedelta64(
    7, "D"
)  # from a session of the target's to a surge elsewhere: a week, which no exchange has been closed for since 1933


def policy_below_high(panel: Panel) -> pd.Series:
    """The policy rate less its highest of a year, percentage points, at most 0; nil where it has not been lowered in that time."""
    policy = policy_now(panel)
    return policy - policy.rolling(YEAR, min_periods=YEAR // 2).max()


OF_THE_DAY: dict[str, tuple[Series, Callable[[Panel], pd.Series]]] = {"policy_below_high": (POLICY_RATE, policy_below_high)}
"""Measures beside the features, by name: the input that each needs, and the function."""


def lacking(split: Split, dataset: Dataset) -> tuple[str, ...]:
    """The inputs that a split needs and the data do not have; an unknown feature counts as an input."""
    missing: list[str] = []
    for name in split.names:
        needed = OF_THE_DAY[name][0] if name in OF_THE_DAY else LARGE if name == "large_share" else None
        if needed is not None:
            missing += [] if needed in dataset.panel else [needed.name]
        elif name not in STATE and name not in dataset.features.frame:
            missing += dataset.features.off.get(name, (name,))
    return tuple(dict.fromkeys(missing))


def values_at(surges: Precedents, names: Sequence[str], dataset: Dataset) -> dict[str, Float]:
    """Values by name at each surge, (n,): a market's own, or those of the target's last session up to the surge; NaN where not known."""
    sessions = dataset.sample.sessions
    place = np.searchsorted(sessions, surges.session, side="right") - 1
    fresh = (place >= 0) & (surges.session - sessions[place] <= FRESH)
    return {name: getattr(surges, name) if name in STATE else np.where(fresh, _series(name, dataset)[place], np.nan) for name in names}


def _series(name: str, dataset: Dataset) -> Float:
    if name in OF_THE_DAY:
        return np.asarray(OF_THE_DAY[name][1](dataset.panel).to_numpy("float64"))
    return np.asarray(dataset.features.frame[name].to_numpy("float64"))


def states(split: Split, values: dict[str, Float]) -> Int:
    """FIRST, SECOND or NEITHER of each surge, (n,); NEITHER where a value is missing."""
    complete = np.logical_and.reduce([np.isfinite(values[name]) for name in split.names])
    inside = complete & _all(split.within, values)
    first = inside & _all(split.first, values)
    second = inside & (_all(split.second, values) if split.second else ~first)
    return np.where(first, FIRST, np.where(second, SECOND, NEITHER))


def _all(conditions: Sequence[Condition], values: dict[str, Float]) -> np.ndarray:
    """Whether every condition holds, (n,)."""
    holds = np.ones(len(next(iter(values.values()))), dtype=bool)
    for one in conditions:
        holds &= (values[one.value] >= one.least) & (values[one.value] < one.below)
    return holds
