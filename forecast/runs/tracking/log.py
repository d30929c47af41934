"""Log a run folder to a tracking store: the run, the runs nested in it, its files and its model."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from features.errors import InputError
from features.files.atomic import remove_abandoned
from forecast.backtest.walk_forward import Progress, silent
from forecast.runs.folder import Run, open_run, run_snapshot
from forecast.runs.tracking.batch import followed_metrics, forecast_metrics, load_metrics, log_values, metrics_of, score_metrics
from forecast.runs.tracking.client import connection, experiment_id, with_retries
from forecast.runs.tracking.dataset import LoggedDataset, log_dataset
from forecast.runs.tracking.experiment_choice import in_force
from forecast.runs.tracking.files import lay_out
from forecast.runs.tracking.forecaster_scores import FORECAST, ForecasterScores
from forecast.runs.tracking.model import log_model
from forecast.runs.tracking.partial_runs import RUN_ID, delete_partial_runs, refuse_under_way, stored_run_id
from forecast.runs.tracking.registry import register
from forecast.runs.tracking.run_data import LONGEST_PARAM, RunContent, flat, run_title
from forecast.runs.tracking.run_owner import PARENT, end_abandoned_runs, end_run, own_run
from forecast.runs.tracking.score_tables import TAG, write_score_tables
from forecast.runs.tracking.stores import hide_password

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOTE = "mlflow.note.content"  # tag of the text on MLflow's page of a run
MADE_BY = {"mlflow.source.name": "python -m forecast.train", "mlflow.source.type": "LOCAL"}
STAGE = "logging the run"


def log_run(folder: Path, store: str, run_id: str | None = None, *, progress: Progress = silent) -> str:
    """Log everything of a run folder; the run is marked as failed if it cannot be logged whole.

    Parameters
    ----------
    folder : Path
        The run folder.
    store : str
        Address of the store.
    run_id : str, optional
        An open run to log into, from a folder that nobody else changes. By default one is created, for a run that was trained without
        tracking, or while the store was away, or whose training was ended while it was logged: what was logged then is replaced.
    progress : Progress
        Is told of each step.

    Returns
    -------
    str
        The run's id in the store.

    Raises
    ------
    InputError
        If the run is damaged, in the store already or being logged by another process, or the store fails.
    """
    if run_id is None:
        return _log_later(folder, store, progress)
    progress(STAGE, 0, 0)
    run = open_run(folder)
    with connection(store) as client, _ended(client, run_id):
        _log(client, client.get_run(run_id).info.experiment_id, run_id, run, RunContent.of(run), progress)
    return run_id


def _log_later(folder: Path, store: str, progress: Progress) -> str:
    """Log a run that is on disk only, or that an earlier process had logged in part, which is deleted once this one is whole."""
    place = folder.resolve().parent
    remove_abandoned(place)
    with run_snapshot(folder) as run, connection(store) as client:
        content = RunContent.of(run)  # refused before anything is in the store
        progress(STAGE, 0, 0)
        key = run.manifest.run_id
        if logged := stored_run_id(client, key):
            delete_partial_runs(client, key)
            raise InputError(f"{folder}: is already in {hide_password(store)}, as run {logged}; nothing was logged")
        with own_run(place, store) as owner:
            end_abandoned_runs(client, store, place)
            experiment = experiment_id(client, in_force(run.manifest.tracking_experiment), store)
            title = run_title(content.experiment.name, run.manifest.as_of)
            created = client.create_run(experiment, run_name=title, tags=owner.tags | {RUN_ID: key})
            run_id = str(created.info.run_id)
            with _ended(client, run_id):
                refuse_under_way(client, key, created)
                _log(client, experiment, run_id, run, content, progress)
            delete_partial_runs(client, key)
            owner.done()
    return run_id


@contextmanager
def _ended(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """End the run as finished when the block ends well, otherwise as failed if the store can still be reached."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the block's own error counts
            end_run(client, run_id, "FAILED")
        raise
    end_run(client, run_id, "FINISHED")


def _log(client: "MlflowClient", experiment: str, run_id: str, run: Run, content: RunContent, progress: Progress) -> None:
    panel = run.panel()
    with TemporaryDirectory() as scratch:
        files = Path(scratch) / "run"
        lay_out(run, files)
        write_score_tables(files, content.scores, content.answer)
        with_retries(lambda: client.log_artifacts(run_id, str(files)))
    dataset = log_dataset(client, run_id, run.manifest, panel)
    model_id = log_model(client, experiment, run_id, run, panel)
    _log_content(client, run_id, content, dataset, model_id)
    if content.experiment.tracking.nested:
        nested = [each for each in content.scores if each.kind != FORECAST]
        for done, scores in enumerate(nested):
            progress(STAGE, done, len(nested))
            _log_nested(client, experiment, run_id, scores, dataset)
    register(client, run_id, model_id, content)


def _log_content(client: "MlflowClient", run_id: str, content: RunContent, dataset: LoggedDataset, model_id: str) -> None:
    """Parameters, tags and metrics of the run; those of its forecast are the model's too."""
    first = content.scores[0]
    main = replace(first, numbers={name: value for name, value in first.numbers.items() if _is_main(name)})
    metrics = [
        *forecast_metrics(content.forecast, content.as_of, dataset, model_id),
        *score_metrics(main, dataset, model_id),
        *metrics_of((name, value, 0) for name, value in content.totals.items()),
        *followed_metrics(content.scores[1:]),
        *load_metrics(content.machine_load),
    ]
    log_values(client, run_id, content.params, content.tags | MADE_BY | TAG | {NOTE: content.description}, metrics)


def _is_main(name: str) -> bool:
    """Whether a score stands among the metrics of the run: the skill by other scores than Brier's is in the tables."""
    return not name.startswith(("rps_", "log_"))


def _log_nested(client: "MlflowClient", experiment: str, parent: str, scores: ForecasterScores, dataset: LoggedDataset) -> None:
    """One question or component, as a run nested in its parent."""
    tags = {PARENT: parent, "kind": scores.kind}
    run_id = str(client.create_run(experiment, tags=tags, run_name=f"{scores.kind} {scores.name}").info.run_id)
    params = {"question": scores.question} | {key: str(value)[:LONGEST_PARAM] for key, value in flat(scores.settings).items()}
    with _ended(client, run_id):
        log_values(client, run_id, params, {}, list(score_metrics(scores, dataset, None)))
