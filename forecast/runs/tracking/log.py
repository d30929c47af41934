"""Log a run folder to a tracking store: the run, the runs nested in it, its files and its model."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from features.errors import InputError
from features.files.atomic import remove_abandoned
from forecast.backtest.walk_forward import Progress, silent
from forecast.runs.folder import Run, open_run, run_snapshot
from forecast.runs.metrics import read_metrics
from forecast.runs.tracking.client import connection, experiment_id, with_retries
from forecast.runs.tracking.dataset import LoggedDataset, log_dataset
from forecast.runs.tracking.experiment_choice import in_force
from forecast.runs.tracking.model import log_model
from forecast.runs.tracking.partial_runs import RUN_ID, delete_partial_runs, refuse_under_way, stored_run_id
from forecast.runs.tracking.registry import register
from forecast.runs.tracking.run_data import Part, RunContent
from forecast.runs.tracking.run_owner import PARENT, end_abandoned_runs, own_run
from forecast.runs.tracking.stores import hide_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

NOTE = "mlflow.note.content"  # tag of the text on MLflow's page of a run
MADE_BY = {"mlflow.source.name": "python -m forecast.train", "mlflow.source.type": "LOCAL"}
STAGE = "logging the run"
PICTURE = "skill.png"  # the same name for each question, so that MLflow shows those of several side by side
MOST_PARAMS, MOST_METRICS = 100, 1000  # in one request to a store


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
            created = client.create_run(experiment, run_name=run.manifest.name, tags=owner.tags | {RUN_ID: key})
            run_id = str(created.info.run_id)
            with _ended(client, run_id):
                refuse_under_way(client, key, created)
                _log(client, experiment, run_id, run, content, progress)
            delete_partial_runs(client, key)
            owner.done()
    return run_id


@contextmanager
def _ended(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """Mark the run as finished when the block ends well, otherwise as failed if the store can still be reached."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the block's own error counts
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def _log(client: "MlflowClient", experiment: str, run_id: str, run: Run, content: RunContent, progress: Progress) -> None:
    with_retries(lambda: client.log_artifacts(run_id, str(run.folder)))
    dataset = log_dataset(client, run_id, run)
    model_id = log_model(client, experiment, run_id, run)
    metrics = [*_metrics(content.main, dataset, model_id), *_run_metrics(content.totals), *_machine_load(run)]
    _log_values(client, run_id, content.params, content.tags | MADE_BY | {NOTE: content.note}, metrics)
    for done, part in enumerate(content.nested):
        progress(STAGE, done, len(content.nested))
        _log_part(client, experiment, run_id, part, dataset)
    register(client, run_id, model_id, run)


def _log_part(client: "MlflowClient", experiment: str, parent: str, part: Part, dataset: LoggedDataset) -> None:
    """One question or component, as a run nested in its parent."""
    tags = {PARENT: parent, "kind": part.kind}
    run_id = str(client.create_run(experiment, tags=tags, run_name=f"{part.kind} {part.name}").info.run_id)
    with _ended(client, run_id):
        _log_values(client, run_id, part.params, {}, _metrics(part, dataset, None))
        if part.picture is not None:
            with TemporaryDirectory() as scratch:
                picture = shutil.copyfile(part.picture, Path(scratch) / PICTURE)
                with_retries(lambda: client.log_artifact(run_id, str(picture)))


def _log_values(client: "MlflowClient", run_id: str, settings: dict[str, str], tags: dict[str, str], metrics: Sequence["Metric"]) -> None:
    from mlflow.entities import Param, RunTag

    params = [Param(key, value) for key, value in settings.items()]
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()], params=params[:MOST_PARAMS])
    for start in range(MOST_PARAMS, len(params), MOST_PARAMS):
        client.log_batch(run_id, params=params[start : start + MOST_PARAMS])
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(run_id, metrics=metrics[start : start + MOST_METRICS])


def _run_metrics(numbers: dict[str, float]) -> Iterator["Metric"]:
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    return (Metric(name, value, now, 0) for name, value in numbers.items())


def _machine_load(run: Run) -> Iterator["Metric"]:
    """Load of the machine during the training, under the prefix that MLflow's pages look for; the step is the second."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    samples = dict(read_metrics(run).get("system", {}))
    seconds, now = samples.pop("seconds", []), get_current_time_millis()
    ago = [now - int(1000 * (seconds[-1] - second)) for second in seconds]
    for name, values in samples.items():
        for second, at, value in zip(seconds, ago, values, strict=True):
            yield Metric(f"system/{name}", value, at, int(second))


def _metrics(part: Part, dataset: LoggedDataset, model_id: str | None) -> list["Metric"]:
    """The numbers of `part`, with a step per refit where it has steps, and with the dataset and the model they belong to."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    last = max((steps[-1][0] for steps in part.steps.values() if steps), default=0)
    single = {name: [(last, value)] for name, value in part.numbers.items() if not part.steps.get(name)}
    about = {"model_id": model_id, "dataset_name": dataset.name, "dataset_digest": dataset.digest}
    return [Metric(name, value, now, fold, **about) for name, steps in (single | part.steps).items() for fold, value in steps]
