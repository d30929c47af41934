"""SettledForecasts: the settled forecasts of one question, of a run as its files have them or of anybody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL
from forecast.engines.arrays import Float, Int
from forecast.runs.predictions.components import read_components
from forecast.runs.predictions.read import BASE_COLUMNS, HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS, read_run
from forecast.target.outcome import OUTCOMES
from forecast.target.question import Question

RIVALS = ("ewma", "garch", "analogs")  # of a run, in the order in which they are shown


@dataclass(frozen=True)
class SettledForecasts:
    """Forecasts in the order of time, n of them, outcomes known.

    dates, known : (n,) datetime64[D], of the forecasts and of their outcomes.   outcomes : (n,) 0, 1, 2.   episodes : (n,) numbers.
    z, vol_rank : (n,), of the surge and of the volatility that day.   given : (n, 3) probabilities by forecaster: the pool,
    climatology, the components.   bounds : (n, 3, 2), low and high of the intervals of the one judged, by outcome; NaN for none.
    judged : the forecaster in `given` that is evaluated.   rivals : those it is held against beside climatology, where they are given.
    """

    question: Question
    dates: np.ndarray
    known: np.ndarray
    outcomes: Int
    episodes: Int
    z: Float
    vol_rank: Float
    given: dict[str, Float]
    bounds: Float
    judged: str = POOL
    rivals: tuple[str, ...] = RIVALS

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def references(self) -> tuple[str, ...]:
        """Climatology and the rivals, as far as they are given."""
        return tuple(name for name in (CLIMATOLOGY, *self.rivals) if name in self.given)

    def happened(self, outcome: int) -> Float:
        """1 where the outcome came, else 0, (n,)."""
        return (self.outcomes == outcome).astype(np.float64)

    def where(self, kept: np.ndarray) -> "SettledForecasts":
        """The forecasts flagged in `kept` (n,)."""
        rows = {name: getattr(self, name)[kept] for name in ("dates", "known", "outcomes", "episodes", "z", "vol_rank", "bounds")}
        return replace(self, **rows, given={name: p[kept] for name, p in self.given.items()})


def read_settled(folder: Path) -> list[SettledForecasts]:
    """The record of each question of a run, the main one first; InputError, one line, for a run whose tables do not fit each other."""
    return list(_records(read_run(folder), read_components(folder), folder))


def _records(table: pd.DataFrame, components: pd.DataFrame, folder: Path) -> Iterator[SettledForecasts]:
    asked = ["horizon", "barrier_kind", "size"]
    parts = dict(list(components.groupby(asked, sort=False)))
    for key, rows in table.groupby(asked, sort=False):
        question = _question(*(rows[column].iloc[0] for column in asked))
        settled = rows["outcome"].notna().to_numpy()
        given = {POOL: rows[list(P_COLUMNS)].to_numpy(np.float64)}
        for name, part in parts[key].groupby("component", sort=False) if key in parts else ():
            if not np.array_equal(part["date"].to_numpy(), rows["date"].to_numpy()):
                raise InputError(f"{folder}: {name} has other sessions than the predictions of {question.label}; train again")
            given[str(name)] = part[list(P_COLUMNS)].to_numpy(np.float64)
        given.setdefault(CLIMATOLOGY, rows[list(BASE_COLUMNS)].to_numpy(np.float64))
        kept = rows[settled]
        yield SettledForecasts(
            question,
            dates=kept["date"].to_numpy("datetime64[D]"),
            known=kept["known"].to_numpy("datetime64[D]"),
            outcomes=kept["outcome"].to_numpy(np.int64),
            episodes=kept["episode"].to_numpy(np.int64),
            z=kept["surge_z"].to_numpy(np.float64),
            vol_rank=kept["vol_rank"].to_numpy(np.float64),
            given={name: p[settled] for name, p in given.items()},
            bounds=np.stack([kept[list(columns)].to_numpy(np.float64) for columns in (LOW_COLUMNS, HIGH_COLUMNS)], axis=2),
        )


def _question(horizon: int, kind: str, size: float) -> Question:
    return Question.model_validate({"horizon": int(horizon), "barrier": kind, "size": float(size)})


def frequency(record: SettledForecasts) -> dict[str, float]:
    """How often each outcome came; 0 without rows."""
    return {name: float(record.happened(c).mean()) if len(record) else 0.0 for c, name in enumerate(OUTCOMES)}
