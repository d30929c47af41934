"""SettledForecasts: the settled forecasts of one question, of a run as its files have them or of anybody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.engines.arrays import Float, Int
from forecast.runs.predictions.components import read_components
from forecast.runs.predictions.read import BASE_COLUMNS, CLIMATOLOGY_COLUMNS, HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS, read_run, rows_of
from forecast.target.outcome import OUTCOMES, outcome_words
from forecast.target.question import Question

NEEDED = (
    *("date", "known", "outcome", "episode", "surge_z", "vol_rank"),
    *(*P_COLUMNS, *BASE_COLUMNS, *CLIMATOLOGY_COLUMNS, *LOW_COLUMNS, *HIGH_COLUMNS),
)  # columns of the predictions
RIVALS = ("ewma", "garch", "analogs")  # of a run, in the order in which they are shown


@dataclass(frozen=True)
class SettledForecasts:
    """Settled forecasts of one question in the order of time, of a run or of anybody.

    Not `Forecasts`: a stranger's file has no components, errors or weights, and a score needs the outcomes beside the probabilities.

    Parameters
    ----------
    question : Question
    dates, settlement : numpy.ndarray of shape (n,)
        Days of the forecasts, and days on which their outcomes were settled, datetime64[D].
    outcomes : numpy.ndarray of shape (n,)
        0 reverse, 1 stall, 2 continue.
    episodes : numpy.ndarray of shape (n,)
        Numbers of the episodes.
    z, vol_rank : numpy.ndarray of shape (n,)
        Of the surge and of the volatility of the day.
    probabilities : dict of str to numpy.ndarray of shape (n, 3)
        By forecaster: the pool, the base rate, climatology, the components.
    bounds : numpy.ndarray of shape (n, 3, 2)
        Low and high end of the intervals of the forecaster that is judged, by outcome; NaN for none.
    judged : str
        The forecaster that is evaluated.
    rivals : tuple of str
        Those that it is compared with beside climatology and the base rate, where there are any.
    """

    question: Question
    dates: np.ndarray
    settlement: np.ndarray
    outcomes: Int
    episodes: Int
    z: Float
    vol_rank: Float
    probabilities: dict[str, Float]
    bounds: Float
    judged: str = POOL
    rivals: tuple[str, ...] = RIVALS

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def references(self) -> tuple[str, ...]:
        """Climatology, the base rate and the rivals, as far as there are probabilities of theirs."""
        return tuple(name for name in (CLIMATOLOGY, BASE_RATE, *self.rivals) if name in self.probabilities)

    def happened(self, outcome: int) -> Float:
        """1 where the outcome came, else 0, (n,)."""
        return (self.outcomes == outcome).astype(np.float64)

    def select(self, flags: np.ndarray) -> "SettledForecasts":
        """The forecasts flagged, (n,)."""
        rows = {name: getattr(self, name)[flags] for name in ("dates", "settlement", "outcomes", "episodes", "z", "vol_rank", "bounds")}
        return replace(self, **rows, probabilities={name: p[flags] for name, p in self.probabilities.items()})


def read_settled(folder: Path, *, components_of: Question | None = None) -> list[SettledForecasts]:
    """The record of each question of a run, the main one first; InputError, one line, for a run whose tables do not fit each other.

    components_of : the one question whose record has the components' probabilities; default, all have.
    """
    table, components = read_run(folder), read_components(folder)
    return list(_records(table, components if components_of is None else rows_of(components, components_of), folder))


def _records(table: pd.DataFrame, components: pd.DataFrame, folder: Path) -> Iterator[SettledForecasts]:
    columns = ["horizon", "barrier_kind", "size"]
    said = dict(list(_components(components, columns)))
    for key, rows in table[[*columns, *NEEDED]].groupby(columns, sort=False):
        question = _question(*(rows[column].iloc[0] for column in columns))
        settled = rows["outcome"].notna().to_numpy()
        probabilities = {POOL: rows[list(P_COLUMNS)].to_numpy(np.float64)}
        for name, (dates, p) in said.get(key, {}).items():
            if not np.array_equal(dates, rows["date"].to_numpy()):
                raise InputError(f"{folder}: {name} has other sessions than the predictions of {question.label}; train again")
            probabilities[name] = p
        probabilities[BASE_RATE] = rows[list(BASE_COLUMNS)].to_numpy(np.float64)
        probabilities.setdefault(CLIMATOLOGY, rows[list(CLIMATOLOGY_COLUMNS)].to_numpy(np.float64))
        past = rows[settled]
        yield SettledForecasts(
            question,
            dates=past["date"].to_numpy("datetime64[D]"),
            settlement=past["known"].to_numpy("datetime64[D]"),
            outcomes=past["outcome"].to_numpy(np.int64),
            episodes=past["episode"].to_numpy(np.int64),
            z=past["surge_z"].to_numpy(np.float64),
            vol_rank=past["vol_rank"].to_numpy(np.float64),
            probabilities={name: p[settled] for name, p in probabilities.items()},
            bounds=np.stack([past[list(side)].to_numpy(np.float64) for side in (LOW_COLUMNS, HIGH_COLUMNS)], axis=2),
        )


def _components(components: pd.DataFrame, columns: list[str]) -> Iterator[tuple[object, dict[str, tuple[np.ndarray, Float]]]]:
    """Of each question, by its key, the sessions (n,) and probabilities (n, 3) of each component."""
    dates, p, names = (
        components["date"].to_numpy(),
        components[list(P_COLUMNS)].to_numpy(np.float64),
        components["component"].to_numpy(object),
    )
    for key, places in components.groupby(columns, sort=False).indices.items():
        yield key, {str(name): (dates[mine], p[mine]) for name in pd.unique(names[places]) for mine in [places[names[places] == name]]}


def _question(horizon: int, kind: str, size: float) -> Question:
    return Question.model_validate({"horizon": int(horizon), "barrier": kind, "size": float(size)})


def frequency(record: SettledForecasts) -> dict[str, float]:
    """How often each outcome that the question can have came; 0 without rows."""
    words = outcome_words(record.question.barrier)
    return {name: float(record.happened(c).mean()) if len(record) else 0.0 for c, name in enumerate(OUTCOMES) if name in words}
