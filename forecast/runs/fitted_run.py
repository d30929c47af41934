"""FittedRun: what a run has learned, read from its folder and asked about any later surge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.errors import InputError
from forecast.backtest.backtest import Given, give
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.intervals import TrackRecord
from forecast.models.forecaster import Forecaster, one_line
from forecast.runs.folder import Run
from forecast.runs.predictions.read import P_COLUMNS, read_run
from forecast.target.question import Question


@dataclass(frozen=True)
class FittedRun:
    """The fitted components, the chain from them to the forecast, and, of each question, the forecasts settled by `trained_to`."""

    forecaster: Forecaster
    chain: Ensemble
    resolved: tuple[TrackRecord, ...]
    trained_to: np.datetime64

    @classmethod
    def of(cls, run: Run, questions: Sequence[Question]) -> "FittedRun":
        """What `run` has learned on `questions`; InputError, one line, where its files do not hold that."""
        stored = run.read("model.json")
        try:
            forecaster = Forecaster.load(stored)
            _refuse_others(forecaster, run)
            chain = Ensemble.load(stored["chain"], questions=len(questions), components=len(forecaster.components))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{run.folder / 'model.json'}: not a fitted model ({one_line(error)}); train again") from None
        return cls(forecaster, chain, _resolved(run, questions), np.datetime64(run.manifest.as_of))

    def given(self, dataset: Dataset, experiment: Experiment) -> tuple[Given, tuple[str, ...]]:
        """The forecast of the last surge of `dataset`, and a note for each component that climatology had to stand in for."""
        row = int(dataset.sample.rows[-1])
        seen = dataset.sample.up_to(row)
        trained_to = int(np.searchsorted(seen.sessions, self.trained_to, side="right")) - 1
        chances, noted = self.forecaster.predict(seen, experiment.seed, draw_paths=experiment.interval.paths)
        return give(seen, row, trained_to, chances, self.chain, self.resolved, experiment.interval.level), noted


def _refuse_others(forecaster: Forecaster, run: Run) -> None:
    """ValueError where the fitted components are not those of the run's experiment, or look at what is no feature."""
    asked = run.read("experiment.json")["model"]["components"]
    if list(forecaster.components) != list(asked):
        raise ValueError(f"its components are {', '.join(forecaster.components)}, those of the experiment {', '.join(map(str, asked))}")
    strange = next((name for names in forecaster.drivers().values() for name in names if name not in catalogue()), None)
    if strange is not None:
        raise ValueError(f"no feature {strange!r}")


def _resolved(run: Run, questions: Sequence[Question]) -> tuple[TrackRecord, ...]:
    """Of each question, the forecasts of the run's walk-forward that were settled before its last session."""
    table = read_run(run.folder)
    settled = table[table["outcome"].notna() & (table["known"] < pd.Timestamp(run.manifest.as_of))]
    rows = [rows_of(settled, question) for question in questions]
    return tuple(TrackRecord(part[list(P_COLUMNS)].to_numpy("float64"), part["episode"].to_numpy("int64")) for part in rows)


def rows_of(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows of one question."""
    asked = (table["horizon"] == question.horizon) & (table["barrier_kind"] == question.barrier) & (table["size"] == question.size)
    return table.loc[asked]
