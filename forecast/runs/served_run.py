"""ServedRun: a fitted run asked about what came out after its training, again and again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.catalogue import extend
from features.errors import InputError
from features.sources.append_rows import append_rows
from forecast.backtest.dataset import Dataset, dataset_of
from forecast.backtest.experiment import Experiment
from forecast.models.forecast_model import ForecastModel
from forecast.runs.answer.answer import RunKey
from forecast.runs.fitted_run import read_model
from forecast.runs.folder import Run, open_run
from forecast.runs.manifest import SERVED
from forecast.runs.predictions.read import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    read_run,
)
from forecast.runs.predictions.rules import check_predictions
from forecast.runs.predictions.tables import predictions_table
from forecast.runs.repredict import experiment_of

TAIL = {"series": "string", "stamp": "string", "value": "double", "known": "string"}  # of what is asked with; `known` may be missing
QUESTION = ("as_of", "question", "date", "horizon", "barrier_kind", "size", "barrier")
BASE = (*BASE_COLUMNS, *BASE_LOW_COLUMNS, *BASE_HIGH_COLUMNS, "base_episodes")
ANSWER = (*QUESTION, *P_COLUMNS, *LOW_COLUMNS, *HIGH_COLUMNS, *BASE, *CLIMATOLOGY_COLUMNS, "known", "trained_to", "series", "run_id")
DAYS = ("as_of", "date", "known", "trained_to")  # among them, as YYYY-MM-DD
TEXTS = ("question", "barrier_kind", "series", "run_id")


@dataclass(frozen=True)
class ServedRun:
    """A run held in memory: what it was trained on, and its fitted models."""

    run: Run
    experiment: Experiment
    dataset: Dataset
    model: ForecastModel

    @classmethod
    def load(cls, folder: Path) -> "ServedRun":
        """The run whose files SERVED are in `folder`; InputError if one is damaged."""
        run = open_run(folder, SERVED)
        experiment = experiment_of(run)
        panel = run.panel()
        return cls(run, experiment, dataset_of(panel, experiment, matrix=run.features(panel)), read_model(run, experiment.questions))

    def predict(self, tail: pd.DataFrame) -> pd.DataFrame:
        """The forecast of the last surge known once `tail` has come out.

        Parameters
        ----------
        tail : pandas.DataFrame
            Columns of TAIL, as `append_rows` takes them. Without rows the last surge of the training is answered.

        Returns
        -------
        pandas.DataFrame
            A row a question, columns ANSWER, days as YYYY-MM-DD. A surge of the training is answered as it was then.

        Raises
        ------
        InputError
            One line, for rows that cannot be what they claim to be, and where there is no surge.
        """
        dataset = self._later(tail) if len(tail) else self.dataset
        sample = dataset.sample
        if not len(sample.rows):
            raise InputError(f"{dataset.panel.market}: no surge up to {sample.sessions[-1]}; ask again after one")
        surge = sample.surge_sessions[-1]
        table = self._walk_forward_rows(surge) if surge <= self.model.trained_to else self._forecast(dataset)
        labels = [question.label for question in self.experiment.questions]  # the order of the rows of one surge
        answer = table.assign(as_of=dataset.panel.sessions[-1], question=labels)[list(ANSWER)].reset_index(drop=True)
        return answer.assign(**{name: answer[name].dt.strftime("%Y-%m-%d") for name in DAYS})

    def warm(self) -> None:
        """Asks for the last surge of the training once, as if it were new: what is compiled on first use is compiled."""
        if len(self.dataset.sample.rows):
            self.model.forecast(self.dataset.sample, self.experiment.seed, self.experiment.interval)

    def _later(self, tail: pd.DataFrame) -> Dataset:
        panel = append_rows(self.dataset.panel, tail)
        return dataset_of(panel, self.experiment, matrix=extend(self.dataset.features, panel))

    def _forecast(self, dataset: Dataset) -> pd.DataFrame:
        forecast, _ = self.model.forecast(dataset.sample, self.experiment.seed, self.experiment.interval)
        origin = RunKey(self.experiment.name, self.run.manifest.digest, self.run.manifest.run_id)
        return check_predictions(predictions_table(dataset, forecast, origin), f"run {self.run.folder}")

    def _walk_forward_rows(self, surge: np.datetime64) -> pd.DataFrame:
        table = read_run(self.run.folder)
        rows = table[table["date"] == pd.Timestamp(surge)]
        if rows.empty:
            raise InputError(f"{self.run.manifest.series}: its last surge, {surge}, was before the walk-forward; ask again after one")
        return rows
