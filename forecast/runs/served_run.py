"""ServedRun: a fitted run asked about what came out after its training, again and again."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import UnmovedRows, extend
from features.errors import InputError
from features.sources.append_rows import append_rows
from forecast.backtest.dataset import Dataset, dataset_of
from forecast.backtest.experiment import Experiment
from forecast.models.forecast_model import ForecastModel
from forecast.runs.answer.answer import RunKey
from forecast.runs.answer.build import answer_questions, describe_surge
from forecast.runs.ask.ask import AnsweredRun
from forecast.runs.ask.event import event_of
from forecast.runs.fitted_run import read_model
from forecast.runs.folder import Run, open_run
from forecast.runs.manifest import SERVED
from forecast.runs.metrics import read_metrics
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
from forecast.runs.predictions.tables import predictions_columns
from forecast.runs.recent import Recent
from forecast.runs.repredict import experiment_of, written_answer

TAIL = {"series": "string", "stamp": "string", "value": "double", "known": "string"}  # of what is asked with; `known` may be missing
QUESTION = ("as_of", "question", "date", "horizon", "barrier_kind", "size", "barrier")
BASE = (*BASE_COLUMNS, *BASE_LOW_COLUMNS, *BASE_HIGH_COLUMNS, "base_episodes")
QUESTION_KEYS = {"fall": "", "rise": "", "barrier": "", "level": 0.0, "within": 0, "by": ""}  # of `ask`, with values that ask nothing
REPLY = ("asks", "outcome", "probability", "low", "high", "base_rate", "base_low", "base_high", "base_episodes", "trust")
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
    recent: Recent = field(default_factory=Recent, compare=False)
    unmoved: Recent = field(default_factory=Recent, compare=False)  # rows of features, by the sessions and series that are new

    @classmethod
    def load(cls, folder: Path) -> "ServedRun":
        """The run whose files SERVED are in `folder`; InputError if one is damaged."""
        run = open_run(folder, SERVED)
        experiment = experiment_of(run)
        panel, model = run.panel(), read_model(run, experiment.questions)
        drivers = frozenset[str]().union(*model.forecaster.drivers().values())  # the other features are for people, and take as long
        return cls(run, experiment, dataset_of(panel, experiment, matrix=run.features(panel).of(drivers)), model)

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
        return self.recent.result(("predict", _key(tail)), lambda: self._answer(self._dataset(tail))).copy()

    def _answer(self, dataset: Dataset) -> pd.DataFrame:
        surge = dataset.sample.surge_sessions[-1]
        columns = self._walk_forward_columns(surge) if surge <= self.model.trained_to else self._forecast_columns(dataset)
        labels = [question.label for question in self.experiment.questions]  # the order of the rows of one surge
        columns |= {"as_of": np.full(len(labels), dataset.panel.sessions.to_numpy()[-1]), "question": labels}
        columns |= {name: np.datetime_as_string(columns[name].astype("datetime64[D]")).astype(object) for name in DAYS}
        return pd.DataFrame({name: columns[name] for name in ANSWER})

    def ask(self, tail: pd.DataFrame, question: Mapping[str, Any]) -> pd.DataFrame:
        """The reply to one question about the sessions after the last surge known once `tail` has come out.

        Parameters
        ----------
        tail : pandas.DataFrame
            As for `predict`.
        question : mapping
            Some of QUESTION_KEYS, as `forecast.api.ask` takes them.

        Returns
        -------
        pandas.DataFrame
            Columns REPLY. A row for a fall or a rise, and one each of continue, stall and reverse for a barrier on both sides.

        Raises
        ------
        InputError
            One line, as `predict`, for what is no question, and for a surge that the models have seen the sessions after.
        """
        answered = self.recent.result(("ask", _key(tail)), lambda: self._answered(self._dataset(tail)))
        try:
            event = event_of(answered.surge, answered.exchange, answered.longest, **(dict.fromkeys(QUESTION_KEYS) | dict(question)))
        except InputError as error:
            raise InputError(re.sub(r"--(?=[a-z])", "", str(error))) from None  # keys of a request are no options of a command
        reply = answered.ask(event)
        about = {"asks": reply.asks, "base_episodes": reply.base_episodes, "trust": reply.trust}
        rows = [about | {"outcome": name} | asdict(each) for name, each in reply.outcomes.items()]
        return pd.DataFrame(rows if event.side == "both" else rows[:1])[list(REPLY)]

    def _answered(self, dataset: Dataset) -> AnsweredRun:
        sample = dataset.sample
        surge, trained_to = sample.surge_sessions[-1], self.model.trained_to
        if surge < trained_to:
            raise InputError(f"{dataset.panel.market}: the models have seen what followed its last surge, {surge}; ask again after one")
        written = written_answer(self.run) if surge == trained_to else None
        if written is not None:
            return AnsweredRun.of_training(self.run, written.surge, written.questions, dataset.panel.exchange)
        forecast, _ = self.model.forecast(sample, self.experiment.seed, self.experiment.interval)
        scores = read_metrics(self.run)["questions"]
        place = len(sample.rows) - 1
        questions = answer_questions(dataset, self.experiment, place, forecast, scores)
        described = describe_surge(dataset, self.experiment, place)
        return AnsweredRun.of_forecast(described, questions, dataset, self.model.forecaster, seed=self.experiment.seed)

    def warm(self) -> None:
        """Asks for the last surge of the training once, as if it were new: what is compiled on first use is compiled."""
        if len(self.dataset.sample.rows):
            self.model.forecast(self.dataset.sample, self.experiment.seed, self.experiment.interval)

    def _dataset(self, tail: pd.DataFrame) -> Dataset:
        """What is known once `tail` has come out; InputError where there is no surge in it."""
        dataset = self._later(tail) if len(tail) else self.dataset
        if not len(dataset.sample.rows):
            raise InputError(f"{dataset.panel.market}: no surge up to {dataset.sample.sessions[-1]}; ask again after one")
        return dataset

    def _later(self, tail: pd.DataFrame) -> Dataset:
        panel = append_rows(self.dataset.panel, tail)
        moving = frozenset(map(str, tail["series"]))
        ahead = (moving, panel.sessions[len(self.dataset.panel.sessions) :].asi8.tobytes())
        matrix = extend(self.dataset.features, panel, self.unmoved.result(ahead, lambda: UnmovedRows(moving)))
        return dataset_of(panel, self.experiment, matrix=matrix, earlier=self.dataset.sample)

    def _forecast_columns(self, dataset: Dataset) -> dict[str, Any]:
        forecast, _ = self.model.forecast(dataset.sample, self.experiment.seed, self.experiment.interval)
        origin = RunKey(self.experiment.name, self.run.manifest.digest, self.run.manifest.run_id)
        return predictions_columns(dataset, forecast, origin)

    def _walk_forward_columns(self, surge: np.datetime64) -> dict[str, Any]:
        table = read_run(self.run.folder)
        rows = table[table["date"] == pd.Timestamp(surge)]
        if rows.empty:
            raise InputError(f"{self.run.manifest.series}: its last surge, {surge}, was before the walk-forward; ask again after one")
        return {name: rows[name].to_numpy() for name in ANSWER if name in rows}


def _key(tail: pd.DataFrame) -> tuple[object, ...]:
    """The rows of a request as a value: the same rows, the same answer."""
    return (*tail.columns, *tail.itertuples(index=False, name=None))
