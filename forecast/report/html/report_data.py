"""Report data: everything that the page is made from, all of it in the run's folder."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.models.component import FittedComponent
from forecast.models.forecaster import Forecaster, one_line
from forecast.report.html.number_format import counted
from forecast.report.html.page_elements import MissingPartError
from forecast.report.sentences import NO_SURGE
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.folder import Run
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.settled import SettledForecasts, read_settled
from forecast.runs.repredict import experiment_of, stored_dataset, written_answer
from forecast.target.sample import Sample


@dataclass(frozen=True)
class ReportData:
    """The content of a run; `answer` is None if its history has no surge that could be forecast."""

    run: Run
    experiment: Experiment
    dataset: Dataset
    answer: Answer | None
    metrics: dict[str, Any]

    @classmethod
    def of(cls, run: Run, dataset: Dataset | None = None) -> "ReportData":
        """The data of `run`; `dataset` if it is at hand, else made from the run's panel. InputError if the run is damaged."""
        experiment, answer = experiment_of(run), written_answer(run)
        return cls(run, experiment, dataset or stored_dataset(run, experiment), answer, read_metrics(run, experiment.questions))

    def forecast(self) -> tuple[Answer, QuestionAnswer, int]:
        """The answer, that to the main question, and the row of the surge; MissingPartError without a surge."""
        if self.answer is None or self.row is None:
            raise MissingPartError(NO_SURGE)
        return self.answer, self.answer.questions[0], self.row

    @property
    def sample(self) -> Sample:
        """Prices and surges, up to the last session."""
        return self.dataset.sample

    @property
    def label(self) -> str:
        """Of the main question."""
        return self.experiment.questions[0].label

    @property
    def series(self) -> str:
        """The index, with what it stands in for."""
        return self.run.manifest.series

    @cached_property
    def row(self) -> int | None:
        """Row of the surge that is forecast."""
        if self.answer is None:
            return None
        return int(np.searchsorted(self.sample.sessions, np.datetime64(self.answer.surge.session)))

    @cached_property
    def records(self) -> list[SettledForecasts]:
        """The settled forecasts of each question."""
        return read_settled(self.run.folder)

    def record(self, least: int, purpose: str) -> SettledForecasts:
        """The settled forecasts of the main question; MissingPartError if they are fewer than the `purpose` needs."""
        record = next((record for record in self.records if record.question.label == self.label), None)
        if record is None or len(record) < least:
            settled = 0 if record is None else len(record)
            raise MissingPartError(f"{counted(settled, 'forecast')} of the main question settled: {purpose} needs {least}.")
        return record

    @cached_property
    def forecaster(self) -> Forecaster:
        """The final fit; InputError if the run's model is damaged."""
        try:
            return Forecaster.load(self.run.read("model.json"))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{self.run.folder / 'model.json'}: not a fitted model ({one_line(error)}); train again") from None

    @property
    def fitted(self) -> dict[str, FittedComponent]:
        """Components of the final fit by name, without those that the base rate stands in for."""
        return {name: fitted for name, fitted in self.forecaster.components.items() if name not in self.forecaster.replaced}
