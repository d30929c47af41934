"""A study trained, and its run written, published, added to the history, drawn and logged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from forecast.backtest.checkpoints import Checkpoints
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import Progress, silent
from forecast.report.trained_run import UNLOGGED, RunRecord, TrainedRun
from forecast.runs import tracking
from forecast.runs.folder import new_run_folder
from forecast.runs.machine_load import sample_load
from forecast.runs.predictions.history import check_history_folder
from forecast.runs.write import write_run

Reports = Literal["all", "surges", "none"]


@dataclass(frozen=True)
class RunRecipients:
    """Who is handed a run that is whole.

    Parameters
    ----------
    store : str or None
        The MLflow store; None to log it to none.
    parent : str or None
        The run of that store in which it is nested.
    history : Path or None
        Folder of the history; None to add the forecast to none.
    report : {"all", "surges", "none"}
        Whether report.html is drawn: of every run, of one whose last session is a surge, or not at all.
    text : bool
        Whether the predictions are written as CSV too.
    """

    store: str | None = None
    parent: str | None = None
    history: Path | None = None
    report: Reports = "all"
    text: bool = True

    def draws(self, today: bool) -> bool:
        """Whether a run has a report, whose last session is a surge or is not."""
        return self.report == "all" or (self.report == "surges" and today)


def train_study(
    study: Study,
    folder: Path,
    recipients: RunRecipients,
    *,
    jobs: int | None = None,
    progress: Progress = silent,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> TrainedRun:
    """The run of a study in `folder`. Refits that a training beside it has finished are not fitted again; `clock` dates the forecast.

    InputError where something cannot be written; TrainingInterruptedError for an interrupt when the run is whole on disk.
    """
    store, filed = recipients.store, study.experiment.tracking.experiment
    if recipients.history is not None:
        check_history_folder(recipients.history)
    if store is not None:
        filed = tracking.experiment_name(study.experiment.tracking)
        progress("opening the store of runs", 0, 0)
    title = tracking.run_title(study.experiment.name, study.dataset.panel.sessions[-1])
    with new_run_folder(folder) as new, tracking.tracked_run(store, filed, title, folder.parent, recipients.parent) as tracked:
        with sample_load() as machine_load:
            result = study.run(jobs=jobs, progress=progress, checkpoints=Checkpoints.within(folder.parent))
        result.metrics["system"] = machine_load
        progress("writing the run", 0, 0)
        answer = write_run(new.scratch, study, result, tracked.run_id, tracking_experiment=filed, text=recipients.text)
        unlogged = None if store is None else UNLOGGED
        record = RunRecord(new, TrainedRun(folder, tracked.run_id, store, unlogged, answer, result.metrics, study.dataset.notes))
        with record.whole_if_interrupted():
            new.publish()
            if recipients.history is not None:
                record.add_to_history(recipients.history, clock())
            if recipients.draws(result.today):
                record.draw_report(study.dataset, progress)
            record.log(tracked, progress)
    return record.run
