"""Runs in a store that a folder was logged into in part, by a process that was ended: told from those under way, and deleted."""

from contextlib import suppress
from typing import TYPE_CHECKING

from features.errors import InputError
from forecast.runs.tracking.run_owner import PARENT, owner_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

RUN_ID = "run_id"  # tag of a run that was logged after its training: the id that its tables bear


def stored_run_id(client: "MlflowClient", run_id: str) -> str | None:
    """The store's id of the finished run whose tables bear `run_id`; the two differ for a run that was logged after its training."""
    runs = client.search_runs(_experiments(client), f"tags.{RUN_ID} = '{run_id}' and attributes.status = 'FINISHED'", max_results=1)
    ended = (run for run in (*runs, *_of_the_training(client, run_id)) if run.info.status == "FINISHED")
    return next((str(run.info.run_id) for run in ended if run.info.lifecycle_stage == "active"), None)


def partial_runs(client: "MlflowClient", run_id: str) -> list["Run"]:
    """The runs that are not finished of the folder whose tables bear `run_id`."""
    runs = (*client.search_runs(_experiments(client), f"tags.{RUN_ID} = '{run_id}'"), *_of_the_training(client, run_id))
    return [run for run in runs if run.info.status != "FINISHED" and run.info.lifecycle_stage == "active"]


def refuse_under_way(client: "MlflowClient", run_id: str, own: "Run") -> None:
    """InputError if another process began before this one, with the run `own`, to log the same folder, and may be at it still."""
    began = (own.info.start_time, own.info.run_id)
    for other in partial_runs(client, run_id):
        if other.info.status == "RUNNING" and (other.info.start_time, other.info.run_id) < began:
            host, process, _ = owner_of(other)
            owner = f"process {process or '?'} of {host or 'another machine'}"
            remedy = "wait for it, or, if that process is gone, delete that run in MLflow and log again"
            raise InputError(f"the run is being logged by {owner}, as run {other.info.run_id}; {remedy}")


def delete_partial_runs(client: "MlflowClient", run_id: str) -> None:
    """Delete what was logged in part of the folder whose tables bear `run_id`: runs, those nested in them, models and their versions."""
    for run in partial_runs(client, run_id):
        if run.info.status == "RUNNING":
            continue
        key, experiment = run.info.run_id, run.info.experiment_id
        for version in client.search_model_versions(f"run_id = '{key}'"):
            client.delete_model_version(version.name, version.version)
        for model in client.search_logged_models([experiment], f"source_run_id = '{key}'"):
            client.delete_logged_model(model.model_id)
        for part in client.search_runs([experiment], f"tags.{PARENT} = '{key}'"):
            client.delete_run(part.info.run_id)
        client.delete_run(key)


def _of_the_training(client: "MlflowClient", run_id: str) -> list["Run"]:
    """The run that the training itself opened; another store than that of the training knows none."""
    from mlflow.exceptions import MlflowException

    with suppress(MlflowException):
        return [client.get_run(run_id)]
    return []


def _experiments(client: "MlflowClient") -> list[str]:
    return [experiment.experiment_id for experiment in client.search_experiments()]
