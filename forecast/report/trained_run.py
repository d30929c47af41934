"""TrainedRun: what a training leaves, and what is made of a run once it is whole on disk: history, report, MLflow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import InputError
from forecast.backtest.dataset import Dataset
from forecast.backtest.walk_forward import Progress
from forecast.report.html.report_data import ReportData
from forecast.report.notebook.answer_display import AnswerDisplay
from forecast.runs.answer.answer import Answer
from forecast.runs.folder import REPORT, NewRun, open_run
from forecast.runs.predictions.history import append_forecast
from forecast.runs.predictions.read import read_run
from forecast.runs.tracking import TrackedRun

UNLOGGED = "the training was ended before it was logged"


@dataclass(frozen=True, repr=False)
class TrainedRun(AnswerDisplay):
    """What a training leaves: the folder of the run, and the contents of its files.

    Parameters
    ----------
    folder, run_id
        Folder of the run, and its id of 32 hexadecimal digits, which is that in the MLflow store too.
    tracking_uri, tracking_error
        MLflow store, None without tracking; why the run is not in it, in one line, None if it is.
    answer
        The forecast of the last surge; None if the history holds no surge that could be forecast.
    metrics
        Content of metrics.json: scores by question, the monitor, the promotion, warnings.
    notes
        What a reader should know of the data, a line each.
    history_file, history_error
        File of the history that holds the forecast; or why it is in none, in one line. Both are None without history or answer.
    report, report_error
        The page report.html; and why it is missing or lacks a section, in one line. Both are None if it was not asked for.
    """

    folder: Path
    run_id: str
    tracking_uri: str | None
    tracking_error: str | None
    answer: Answer | None
    metrics: dict[str, Any]
    notes: tuple[str, ...]
    history_file: Path | None = None
    history_error: str | None = None
    report: Path | None = None
    report_error: str | None = None

    def to_frame(self) -> pd.DataFrame:
        """Read the predictions of the run.

        Returns
        -------
        pandas.DataFrame
            A row a surge session and question, that of the last surge last, with the columns that the page on predictions lists.
        """
        return read_run(self.folder)

    def _report_data(self) -> ReportData:
        return ReportData.of(open_run(self.folder))

    def _folder(self) -> Path:
        return self.folder


class TrainingInterruptedError(KeyboardInterrupt):
    """A training was ended after its run was whole on disk.

    Parameters
    ----------
    run : TrainedRun
        The run, with what had been made of it by then.
    """

    def __init__(self, run: TrainedRun) -> None:
        super().__init__(f"the run is whole in {run.folder}")
        self.run = run


class RunRecord:
    """Publishes a run that is written, and makes of it what stands beside it; an error in that never costs the run."""

    def __init__(self, new: NewRun, run: TrainedRun) -> None:
        self.new, self.run = new, run

    @contextmanager
    def whole_if_interrupted(self) -> Iterator[None]:
        """TrainingInterruptedError in place of KeyboardInterrupt, if the run is published by then."""
        try:
            yield
        except KeyboardInterrupt:
            if self.new.is_published:
                raise TrainingInterruptedError(self.run) from None
            raise

    def add_to_history(self, folder: Path, now: datetime) -> None:
        """Append the forecast, if there is one, to the history in `folder`, dated `now`."""
        if self.run.answer is None:
            return
        try:
            table = read_run(self.new.scratch)
            rows = table[table["date"] == self.run.answer.surge.session]
            file = append_forecast(folder, self.run.answer, rows, run=self.run.folder, given_at=now)
            self.run = replace(self.run, history_file=file)
        except InputError as error:
            self.run = replace(self.run, history_error=str(error))

    def draw_report(self, dataset: Dataset, progress: Progress) -> None:
        """Draw report.html and its pictures, and publish them with the run."""
        from forecast.report.html.page import write_beside

        progress("drawing the report", 0, 0)
        try:
            failed = write_beside(open_run(self.new.scratch), dataset=dataset).failed
            self.new.publish()
            self.run = replace(self.run, report=self.run.folder / REPORT)
            error = f"the report lacks a part: {failed[0]}" if failed else None
        except Exception as fault:
            error = f"no report was made ({type(fault).__name__}: {' '.join(str(fault).split())})"
        self.run = replace(self.run, report_error=error)

    def log(self, tracked: TrackedRun, progress: Progress) -> None:
        """Log the run to its store, from the files that nobody else changes."""
        self.run = replace(self.run, tracking_error=tracked.log(self.new.scratch, progress))
