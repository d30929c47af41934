"""Tracking: the one file that imports mlflow, and only when it is needed."""

import atexit
import json
import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import InputError
from forecast.config import Experiment
from forecast.locks import locked
from forecast.runs import Run, open_run
from forecast.stores import SQLITE, check_sqlite, sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

DEFAULT_URI = "sqlite:///mlflow.db"
GRID = ("brier_skill_vs_climatology", "brier_t_vs_climatology")  # of what is asked beside the main questions
LONGEST_REASON = 300  # characters of another program's message


def tracking_uri(given: str | None) -> str:
    """The store to use: the one given, else MLFLOW_TRACKING_URI, else an sqlite file in the working directory."""
    return given or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


@dataclass(frozen=True)
class Tracked:
    """A run that is open in a store, or that goes untracked; `run_id` is the store's, or one of our own."""

    run_id: str
    store: str | None
    unreachable: str | None = None

    def log(self, folder: Path) -> str | None:
        """Logs the run folder and closes the run; why that failed, or None."""
        if self.store is None or self.unreachable:
            return self.unreachable
        try:
            log_run(folder, self.store, self.run_id)
        except InputError as error:
            return str(error)
        return None


@contextmanager
def opened(store: str | None, experiment: str, name: str) -> Iterator[Tracked]:
    """A run in `store`, marked as failed if the block does not end well; untracked where store is None or cannot be reached."""
    if store is None:
        yield Tracked(uuid.uuid4().hex, None)
        return
    try:
        with _client(store) as client:
            run_id = str(client.create_run(_experiment_id(client, experiment, store), run_name=name).info.run_id)
    except InputError as error:
        yield Tracked(uuid.uuid4().hex, store, unreachable=str(error))
        return
    try:
        yield Tracked(run_id, store)
    except BaseException as error:
        with suppress(InputError), _client(store) as client:
            client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise


def log_run(folder: Path, store: str, run_id: str | None = None) -> str:
    """Parameters, metrics, tags, dataset and files of a run folder into the store; the run's id there.

    run_id : an open run to log into; without it one is created, for a run kept on disk while the store was away. The run is
    marked as failed when it cannot be logged whole.
    """
    run = open_run(folder)
    manifest = run.manifest
    with _client(store) as client:
        if run_id is None:
            experiment_id = _experiment_id(client, manifest.tracking_experiment, store)
            if logged := _known_as(client, manifest.run_id):
                raise InputError(f"{folder}: is already in {store}, as run {logged}; nothing was logged")
            run_id = str(client.create_run(experiment_id, run_name=manifest.name).info.run_id)
        try:
            _log(client, run_id, run)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, "FINISHED")
    return run_id


def download(run_id: str, uri: str | None) -> Path:
    """The files of a logged run, in a folder that goes when the program ends; InputError when the store or the run is not there."""
    store = tracking_uri(uri)
    file = sqlite_file(store)
    if file and not file.is_file():
        raise InputError(f"--run {run_id}: no such store, {store}; name it with --tracking-uri, or give the run's folder")
    with _client(store) as client:
        run_id = _known_as(client, run_id) or run_id
        client.get_run(run_id)
        folder = Path(tempfile.mkdtemp(prefix="forecast-run-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        if not client.list_artifacts(run_id):
            raise InputError(f"--run {run_id}: the run has no files in {store}; give its folder")
        return Path(client.download_artifacts(run_id, "", str(folder)))


def _known_as(client: "MlflowClient", run_id: str) -> str | None:
    """The store's id of the finished run whose tables bear `run_id`, which for a run logged later is one of our own."""
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    found = client.search_runs(everywhere, f"tags.run_id = '{run_id}' and attributes.status = 'FINISHED'", max_results=1)
    return str(found[0].info.run_id) if found else None


def _log(client: "MlflowClient", run_id: str, run: Run) -> None:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    manifest = run.manifest
    params = [Param(key, str(value)[:500]) for key, value in _flat(run.read("experiment.json")).items()]
    metrics = [Metric(key, value, now, 0) for key, value in logged_numbers(run).items()]
    tags = [RunTag(key, str(getattr(manifest, key))) for key in ("source", "origin", "series", "digest", "version", "as_of", "run_id")]
    tags.append(RunTag("stands_in_for", manifest.stands_in_for or ""))
    tags.extend(RunTag("promoted", str(verdict["promoted"]).lower()) for verdict in _verdicts(run))
    for start in range(0, len(params), 100):
        client.log_batch(run_id, params=params[start : start + 100])
    for start in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[start : start + 1000])
    client.log_batch(run_id, tags=tags)
    _log_dataset(client, run_id, run)
    client.log_artifacts(run_id, str(run.folder))


def logged_numbers(run: Run) -> dict[str, float]:
    """The numbers of metrics.json under stable names: those of the main question and of `also` in full, and of each question of the grid
    the forecast's skill over climatology by the Brier score, and its t."""
    metrics = run.read("metrics.json")
    asked = _asked(run.read("experiment.json"))
    grid = {label: found for label, found in metrics["questions"].items() if label not in asked}
    full = dict(metrics)
    for room in ("questions", "monitor"):
        full[room] = {label: found for label, found in (metrics.get(room) or {}).items() if label in asked}
    combined = metrics.get("combination") or {}
    full["combination"] = combined | {"questions": {k: v for k, v in (combined.get("questions") or {}).items() if k in asked}}
    full["grid"] = {label: {name: found["models"].get("pool", {}).get(name) for name in GRID} for label, found in grid.items()}
    ends = {label: {"e_value": state["e_values"][-1]} for label, state in full["monitor"].items() if state["e_values"]}
    full["monitor"] = {label: state | ends.get(label, {}) for label, state in full["monitor"].items()}
    full["alarms"] = sum(state["alarm"] is not None for state in (metrics.get("monitor") or {}).values())
    return {key: value for key, value in _flat(full).items() if type(value) in (int, float)}


def _asked(experiment: Mapping[str, Any]) -> set[str]:
    """Labels of the main question and of those in `also`."""
    return {question.label for question in Experiment.model_validate(experiment).outcome.questions}


def _verdicts(run: Run) -> list[dict[str, Any]]:
    """The verdict of the rule of promotion; none in runs of a version that had no rule."""
    found = run.read("metrics.json").get("promotion")
    return [found] if found else []


def _log_dataset(client: "MlflowClient", run_id: str, run: Run) -> None:
    """The panel as MLflow's dataset: its digest and shape, not its values."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    manifest = run.manifest
    panel = Dataset(
        name=manifest.series,
        digest=manifest.panel_digest[:36],
        source_type=manifest.source,
        source=json.dumps({"origin": manifest.origin}),
        schema=json.dumps({"columns": manifest.panel_columns}),
        profile=json.dumps({"sessions": manifest.sessions, "first": str(manifest.first_session), "last": str(manifest.as_of)}),
    )
    client.log_inputs(run_id, [DatasetInput(panel, [InputTag("mlflow.data.context", "training")])])


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, keys joined by dots; characters that MLflow refuses in names become underscores."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flat(value, f"{name}.")
        else:
            flat["".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)] = value
    return flat


def _experiment_id(client: "MlflowClient", name: str, store: str) -> str:
    """The experiment's id; a new one keeps its files beside an sqlite store, elsewhere where the server says."""
    found = client.get_experiment_by_name(name)
    if found and found.lifecycle_stage != "active":
        raise InputError(f"MLflow experiment {name!r} is deleted; restore it, or name another with --set tracking.experiment=NAME")
    if found:
        return str(found.experiment_id)
    file = sqlite_file(store)
    return str(client.create_experiment(name, artifact_location=(file.parent / "mlruns" / name).as_uri() if file else None))


@contextmanager
def _client(store: str) -> Iterator["MlflowClient"]:
    """A client of the store; InputError, one line, for whatever goes wrong with it.

    An sqlite file is locked meanwhile, so that two runs may create and fill it at once.
    """
    _quiet()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if file := sqlite_file(store):
            file.parent.mkdir(parents=True, exist_ok=True)
            with locked(file.with_name(f".{file.name}.lock")):
                check_sqlite(file)
                yield MlflowClient(f"{SQLITE}{file}")
        else:
            yield MlflowClient(store)
    except InputError:
        raise
    except (MlflowException, SQLAlchemyError, OSError, ImportError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"--tracking-uri {store}: {reason[:LONGEST_REASON]}") from error


def _quiet() -> None:
    """Short retries towards a server that is away, no telemetry, no log lines between ours."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
    logging.getLogger("alembic").setLevel(logging.WARNING)
