"""Log: a run folder into a store: the run, its parts nested in it, its files, and its model."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from features.errors import InputError
from forecast.backtest.backtest import Progress, silent
from forecast.runs.folder import Run, open_run
from forecast.runs.metrics import read_metrics
from forecast.runs.tracking.client import connection, experiment_id, with_retries
from forecast.runs.tracking.dataset import LoggedDataset, log_dataset
from forecast.runs.tracking.fetch import stored_run_id
from forecast.runs.tracking.model import log_model
from forecast.runs.tracking.registry import register
from forecast.runs.tracking.run_data import Part, note, params, parts, tags, totals
from forecast.runs.tracking.run_owner import PARENT, Owner, end_abandoned_runs, own_run
from forecast.runs.tracking.stores import hide_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

NOTE = "mlflow.note.content"  # a tag that MLflow's pages read
MADE_BY = {"mlflow.source.name": "python -m forecast.train", "mlflow.source.type": "LOCAL"}
STAGE = "logging the run"
PICTURE = "skill.png"  # the same name for each question, so that MLflow shows those of several side by side
MOST_PARAMS, MOST_METRICS = 100, 1000  # that a store takes at once


def log_run(folder: Path, store: str, run_id: str | None = None, *, progress: Progress = silent) -> str:
    """Everything of a run folder into the store; the run's id there.

    run_id : an open run to log into; without it one is created, for a run kept on disk while the store was away. The run is
    marked as failed when it cannot be logged whole.
    """
    run = open_run(folder)
    manifest = run.manifest
    owner = Owner()
    with ExitStack() as stack:
        client = stack.enter_context(connection(store))
        experiment = experiment_id(client, manifest.tracking_experiment, store)
        if run_id is None:
            if logged := stored_run_id(client, manifest.run_id):
                raise InputError(f"{folder}: is already in {hide_password(store)}, as run {logged}; nothing was logged")
            place = run.folder.parent
            owner = stack.enter_context(own_run(place, store))
            end_abandoned_runs(client, experiment, store, place)
            run_id = str(client.create_run(experiment, run_name=manifest.name, tags=owner.tags).info.run_id)
        with _ended(client, run_id):
            _log(client, experiment, run_id, run, progress)
        owner.done()
    return run_id


@contextmanager
def _ended(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """The run is marked as finished when the block ends well, else as failed, as far as the store can still be told."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # what broke the block off is what counts
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def _log(client: "MlflowClient", experiment: str, run_id: str, run: Run, progress: Progress) -> None:
    progress(STAGE, 0, 0)
    with_retries(lambda: client.log_artifacts(run_id, str(run.folder)))
    given = log_dataset(client, run_id, run)
    model_id = log_model(client, experiment, run_id, run)
    main, nested = parts(run)
    told = [*_measured(main, given, model_id), *_numbers(totals(run)), *_system(run)]
    _tell(client, run_id, params(run), tags(run) | MADE_BY | {NOTE: note(run)}, told)
    for done, part in enumerate(nested):
        progress(STAGE, done, len(nested))
        _log_part(client, experiment, run_id, part, given)
    register(client, run_id, model_id, run)


def _log_part(client: "MlflowClient", experiment: str, parent: str, part: Part, given: LoggedDataset) -> None:
    """One question or component, as a run nested in its parent."""
    named = {PARENT: parent, "kind": part.kind}
    run_id = str(client.create_run(experiment, tags=named, run_name=f"{part.kind} {part.name}").info.run_id)
    with _ended(client, run_id):
        _tell(client, run_id, part.params, {}, _measured(part, given, None))
        if part.picture is not None:
            with TemporaryDirectory() as scratch:
                picture = shutil.copyfile(part.picture, Path(scratch) / PICTURE)
                with_retries(lambda: client.log_artifact(run_id, str(picture)))


def _tell(client: "MlflowClient", run_id: str, settings: dict[str, str], named: dict[str, str], numbers: Sequence["Metric"]) -> None:
    from mlflow.entities import Param, RunTag

    given = [Param(key, value) for key, value in settings.items()]
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in named.items()], params=given[:MOST_PARAMS])
    for start in range(MOST_PARAMS, len(given), MOST_PARAMS):
        client.log_batch(run_id, params=given[start : start + MOST_PARAMS])
    for start in range(0, len(numbers), MOST_METRICS):
        client.log_batch(run_id, metrics=numbers[start : start + MOST_METRICS])


def _numbers(told: dict[str, float]) -> Iterator["Metric"]:
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    return (Metric(name, value, now, 0) for name, value in told.items())


def _system(run: Run) -> Iterator["Metric"]:
    """What the training took of the machine, under the prefix that MLflow's pages look for, a step a second."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    samples = dict(read_metrics(run).get("system", {}))
    seconds, now = samples.pop("seconds", []), get_current_time_millis()
    ago = [now - int(1000 * (seconds[-1] - second)) for second in seconds]
    for name, values in samples.items():
        for second, at, value in zip(seconds, ago, values, strict=True):
            yield Metric(f"system/{name}", value, at, int(second))


def _measured(part: Part, given: LoggedDataset, model_id: str | None) -> list["Metric"]:
    """The numbers of `part`, those that are followed from fold to fold at each of them, on the data and of the model they speak of."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    last = max((steps[-1][0] for steps in part.steps.values() if steps), default=0)
    single = {name: [(last, value)] for name, value in part.numbers.items() if not part.steps.get(name)}
    told = single | part.steps
    about = {"model_id": model_id, "dataset_name": given.name, "dataset_digest": given.digest}
    return [Metric(name, value, now, fold, **about) for name, steps in told.items() for fold, value in steps]
