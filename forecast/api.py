"""The Python door: train an experiment, apply a fitted run to another day, score and load predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.backtest.backtest import Progress
    from forecast.backtest.dataset import Dataset, LiveOptions
    from forecast.backtest.experiment import Experiment
    from forecast.runs.answer.answer import Answer


@dataclass(frozen=True)
class TrainedRun:
    """What a training leaves: the folder with its files, and what they say.

    `answer` is None when the history holds no surge that could be forecast. `tracking_uri` is the store the run is in, and
    None without tracking; `unlogged` is why the run is not in that store, None when it is. `report` is the page made of it, None
    without one, and `unreported` why it is missing or not whole. `given` is the file that the history of forecasts got, and `unkept`
    why it got none; both are None where no history is kept, or there is no answer.
    """

    folder: Path
    run_id: str
    tracking_uri: str | None
    tracking_error: str | None
    answer: Answer | None
    metrics: dict[str, Any]
    notes: tuple[str, ...]
    given: Path | None = None
    history_error: str | None = None
    report: Path | None = None
    report_error: str | None = None


def train(
    experiment: str | Path | Experiment | None = None,
    *,
    data: str | Path | None = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    overrides: Sequence[str] = (),
    output: str | Path | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    history: str | Path | None = None,
    keep_history: bool = True,
    report: bool = True,
    jobs: int | None = None,
    progress: Progress | None = None,
    fresh: LiveOptions | None = None,
) -> TrainedRun:
    """Train, test walk-forward, forecast the last surge, and record the run.

    experiment : path of a TOML file, an Experiment, or None for the bundled one.   data : "bundled", a folder, "live" for what the
    experiment's [live] names, pulled first, or "live@MOMENT" for what had been pulled by then; default bundled, unless the experiment
    names [inputs].   cache : the store of what is pulled, default the user's.   stale_ok : however old that is.   as_of : last day
    known.   overrides : "key.key=value".   output : the run's folder, default runs/<name>-<digest>.   tracking_uri : MLflow store,
    default sqlite:///mlflow.db.   report : whether report.html and pictures are made too, beside the run's files.   history : folder to
    which the forecast is added as it was given, default `history` beside the run's folder.   jobs : workers, default all cores.
    fresh : how live data are read, in the place of `cache` and `stale_ok`; by its clock the forecast is given.
    InputError, one line, for anything the user can mend; nothing is then left behind but the folds that were finished, hidden beside the
    run's folder. A training that was ended before its time, by whatever, goes on from those when it is asked for again.
    """
    from forecast.backtest.backtest import silent
    from forecast.backtest.dataset import LiveOptions
    from forecast.backtest.study import Study
    from forecast.runs import tracking
    from forecast.runs.folder import REPORT, new_run_folder
    from forecast.runs.machine_load import sample_load
    from forecast.runs.predictions.history import check_history_folder
    from forecast.runs.write import write_run

    told = progress or silent
    reading = replace(fresh or LiveOptions(cache, stale_ok), told=told)
    study = Study.prepare(experiment, data=data, as_of=as_of, overrides=overrides, fresh=reading)
    folder = Path(output) if output is not None else Path("runs") / study.run_name
    store = tracking.tracking_uri(tracking_uri) if track else None
    kept_in = (folder.parent / "history" if history is None else Path(history)) if keep_history else None
    if kept_in is not None:
        check_history_folder(kept_in)
    with (
        new_run_folder(folder) as scratch,
        study.open_checkpoints(folder.parent) as kept,
        tracking.tracked_run(store, study.experiment.tracking.experiment, study.run_name, folder.parent) as tracked,
    ):
        with sample_load() as samples:
            result = study.run(jobs=jobs, progress=told, kept=kept)
        result.metrics["system"] = samples
        told("writing the run", 0, 0)
        answer = write_run(scratch, study, result, tracked.run_id)
        report_error = _report(scratch, study.dataset, told) if report else None
        tracking_error = tracked.log(scratch, told)
        page = folder / REPORT if (scratch / REPORT).is_file() else None
    given, history_error = (None, None) if kept_in is None or answer is None else _kept(kept_in, folder, answer, reading.clock())
    kept.discard()
    found = (store, tracking_error, answer, result.metrics, study.dataset.notes)
    return TrainedRun(folder, tracked.run_id, *found, report=page, report_error=report_error, given=given, history_error=history_error)


def _report(folder: Path, dataset: Dataset, told: Progress) -> str | None:
    """The report beside the files of a whole run; why it is missing or lacks a part, or None. The run is not lost with it."""
    from forecast.report.html.page import write_beside
    from forecast.runs.folder import open_run

    told("drawing the report", 0, 0)
    try:
        failed = write_beside(open_run(folder), dataset=dataset).failed
    except Exception as error:
        return f"no report was made ({type(error).__name__}: {' '.join(str(error).split())})"
    return f"the report lacks a part: {failed[0]}" if failed else None


def _kept(history: Path, folder: Path, answer: Answer, now: datetime) -> tuple[Path | None, str | None]:
    """The file of the history that has the run's forecast, or why there is none: by then the run is whole, and nothing may undo it."""
    from features.errors import InputError
    from forecast.runs.predictions.history import append_forecast
    from forecast.runs.predictions.read import read_run

    try:
        table = read_run(folder)
        return append_forecast(history, answer, table[table["date"] == answer.surge.session], run=folder, given_at=now), None
    except InputError as error:
        return None, str(error)


def predict(
    run: str | Path,
    *,
    data: str | Path | None = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    tracking_uri: str | None = None,
    history: str | Path | None = None,
) -> Answer:
    """The forecast of the last surge known at the close of `as_of`, from a run that is already fitted.

    run : a run folder, an MLflow run id or models:/NAME@ALIAS.   data : "bundled", a folder, "live", or "kept" for the panel that
    the run keeps; default, the data of the run, from where they came.   cache, stale_ok : of live data, as for
    `forecast.api.train`.   as_of : default, the last session. A surge after the run's training
    is forecast by its fitted models on the data up to it; an earlier one is answered as the walk-forward answered it then, because
    the fitted models have seen what followed.   history : folder to which the forecast is added as it was given; default, none.
    InputError, one line.
    """
    from forecast.backtest.dataset import LiveOptions
    from forecast.runs.folder import SERVED, open_run
    from forecast.runs.locate import locate, permanent_name
    from forecast.runs.repredict import reuse

    opened = open_run(locate(run, tracking_uri), SERVED)
    found = reuse(opened, data, as_of, LiveOptions(cache, stale_ok))
    if history is not None:
        from forecast.runs.predictions.history import append_forecast

        append_forecast(history, found.answer, found.table, run=permanent_name(run, opened.folder))
    return found.answer
