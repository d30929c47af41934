"""RunForecast: the answer of a run that is already fitted."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from forecast.report.notebook.answer_display import AnswerDisplay
from forecast.runs.answer.answer import Answer
from forecast.runs.metrics import read_metrics
from forecast.runs.repredict import Reprediction

if TYPE_CHECKING:
    from forecast.report.html.report_data import ReportData


@dataclass(frozen=True, repr=False)
class RunForecast(AnswerDisplay):
    """The forecast of one surge by a run that is already fitted.

    Parameters
    ----------
    answer
        Everything that is said of the surge, its questions, drivers and analogs.
    """

    answer: Answer
    _of: Reprediction

    @classmethod
    def of(cls, prediction: Reprediction) -> "RunForecast":
        """What `prediction` says, to be shown.

        Parameters
        ----------
        prediction : Reprediction
            The forecast, with the run and the data that it was made of.

        Returns
        -------
        RunForecast
        """
        return cls(prediction.answer, prediction)

    @property
    def table(self) -> pd.DataFrame:
        """The same probabilities as rows of the predictions table, one a question."""
        return self._of.table

    def to_frame(self) -> pd.DataFrame:
        """Return the probabilities as a table.

        Returns
        -------
        pandas.DataFrame
            A row a question, with the columns that the page on predictions lists.
        """
        return self.table.copy()

    def _report_data(self) -> "ReportData":
        from forecast.report.html.report_data import ReportData

        one = self._of
        return ReportData(one.run, one.experiment, one.dataset, one.answer, read_metrics(one.run, one.experiment.questions))

    def _folder(self) -> Path:
        return self._of.run.folder
