"""Subgroups of the forecasts: skill by decade, by the surge's size and by how wild the market was."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY
from forecast.backtest.verification.comparison import diebold_mariano
from forecast.backtest.verification.scores import brier, skill_score
from forecast.runs.predictions.settled import SettledForecasts

Z_EDGES = (1.0, 1.5, 2.0, 3.0)  # the thresholds an experiment asks from, then rare and rarest
REGIMES = ("calm", "middle", "wild")  # thirds of the volatility's rank among the sessions so far


@dataclass(frozen=True)
class Subgroup:
    """The forecaster judged on a part of the forecasts: skill over each reference and its t, NaN if it cannot be computed."""

    kind: str
    name: str
    sessions: int
    episodes: int
    brier: float
    skill: dict[str, float]
    t: dict[str, float]


def subgroups(record: SettledForecasts) -> list[Subgroup]:
    """Subgroups with a forecast in them, in their order: the judged forecaster against climatology and the base rate."""
    references = tuple(name for name in (CLIMATOLOGY, BASE_RATE) if name in record.probabilities)
    return [_scored(record.select(rows), kind, name, references) for kind, name, rows in partitions(record) if rows.any()]


def partitions(record: SettledForecasts) -> Iterator[tuple[str, str, np.ndarray]]:
    """Kind, name and flags (n,) of each subgroup; those of a kind hold each row once, except for a rank that is missing."""
    decades = record.dates.astype("datetime64[Y]").astype(np.int64) // 10 * 10 + 1970
    for decade in np.unique(decades):
        yield "decade", f"{decade}s", decades == decade
    for name, low, high in _z_bounds():
        yield "z", name, (record.z >= low) & (record.z < high)
    for third, name in enumerate(REGIMES):
        yield "regime", name, np.floor(np.minimum(record.vol_rank * 3, 2)) == third


def _z_bounds() -> Iterator[tuple[str, float, float]]:
    yield f"below {Z_EDGES[0]:g}", -np.inf, Z_EDGES[0]
    for low, high in pairwise(Z_EDGES):
        yield f"{low:g} to {high:g}", low, high
    yield f"from {Z_EDGES[-1]:g}", Z_EDGES[-1], np.inf


def _scored(record: SettledForecasts, kind: str, name: str, references: tuple[str, ...]) -> Subgroup:
    horizon = record.question.horizon
    losses = {who: brier(p, record.outcomes) for who, p in record.probabilities.items() if who in (record.judged, *references)}
    mine = losses[record.judged]
    skill = {who: skill_score(mine, losses[who]) for who in references if who in losses}
    t = {who: diebold_mariano(losses[who] - mine, horizon=horizon).t for who in references if who in losses}
    return Subgroup(kind, name, len(record), len(np.unique(record.episodes)), float(mine.mean()), skill, t)
