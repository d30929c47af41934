"""Material: what the page is made from, all of it kept by the run."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.models.component import FittedComponent
from forecast.models.forecaster import Forecaster, one_line
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.folder import Run
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.settled import SettledForecasts, read_settled
from forecast.runs.repredict import experiment_of, kept_dataset, written_answer
from forecast.target.sample import Sample


@dataclass(frozen=True)
class ReportData:
    """A run, opened; `answer` is None where its history has no surge that could be forecast."""

    run: Run
    experiment: Experiment
    dataset: Dataset
    answer: Answer | None
    metrics: dict[str, Any]

    @classmethod
    def of(cls, run: Run, dataset: Dataset | None = None) -> "ReportData":
        """The data of `run`; `dataset` where it is at hand, else made from the panel that it keeps. InputError where it is damaged."""
        experiment, answer = experiment_of(run), written_answer(run)
        return cls(run, experiment, dataset or kept_dataset(run, experiment), answer, read_metrics(run, experiment.questions))

    @property
    def sample(self) -> Sample:
        """Prices and surges, up to the last session."""
        return self.dataset.sample

    @property
    def main(self) -> QuestionAnswer | None:
        """The answer to the main question."""
        return self.answer.questions[0] if self.answer else None

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
        """Row of the surge that is asked about."""
        if self.answer is None:
            return None
        return int(np.searchsorted(self.sample.sessions, np.datetime64(self.answer.surge.session)))

    @cached_property
    def record(self) -> SettledForecasts | None:
        """The settled forecasts of the main question; None where there is no forecast at all."""
        return next((record for record in self.records if record.question.label == self.label), None)

    @cached_property
    def records(self) -> list[SettledForecasts]:
        """The settled forecasts of each question."""
        return read_settled(self.run.folder)

    @cached_property
    def forecaster(self) -> Forecaster:
        """The final fit; InputError where the run's model is damaged."""
        try:
            return Forecaster.load(self.run.read("model.json"))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{self.run.folder / 'model.json'}: not a fitted model ({one_line(error)}); train again") from None

    @property
    def fitted(self) -> dict[str, FittedComponent]:
        """Components of the final fit by name, without those that climatology stands in for."""
        return {name: fitted for name, fitted in self.forecaster.components.items() if name not in self.forecaster.replaced}
