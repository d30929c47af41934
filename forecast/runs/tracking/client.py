"""Connection to a tracking store, with a one-line error for whatever goes wrong."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from features.errors import InputError
from features.files.atomic import file_lock, fsync_file, scratch_folder
from forecast.runs.tracking.experiment_choice import id_in_force
from forecast.runs.tracking.schema import refuse_other_schema, server_version
from forecast.runs.tracking.stores import SQLITE, check_sqlite, hide_password, sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

DEFAULT_URI = "sqlite:///mlflow.db"
LONGEST_REASON = 300  # characters of another program's message
KIND = {"mlflow.experimentKind": "custom_model_development"}  # MLflow's pages then show runs and not chats
POOL = "MLFLOW_SQLALCHEMYSTORE_POOLCLASS"  # with NullPool no connection outlives a deleted file
PAUSES = (0.5, 2.0, 5.0)  # seconds before each further try
T = TypeVar("T")


def tracking_uri(uri: str | None) -> str:
    """Choose the tracking store.

    Parameters
    ----------
    uri : str or None
        Address of a store, as of `mlflow.set_tracking_uri`.

    Returns
    -------
    str
        `uri`, or else the environment's MLFLOW_TRACKING_URI, or else an sqlite file in the working directory.
    """
    return uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


@contextmanager
def connection(store: str) -> Iterator["MlflowClient"]:
    """A client of the store; InputError for whatever goes wrong in the block.

    An sqlite file is locked meanwhile, so that two runs can create and fill it at once.
    """
    _quiet()
    from alembic.util import CommandError
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if file := sqlite_file(store):
            os.environ.setdefault(POOL, "NullPool")
            file.parent.mkdir(parents=True, exist_ok=True)
            with file_lock(file.with_name(f".{file.name}.lock")):
                check_sqlite(file)
                _create_sqlite(file)
                refuse_other_schema(f"{SQLITE}{file}")
                yield MlflowClient(f"{SQLITE}{file}")
        else:
            refuse_other_schema(store)
            yield MlflowClient(store)
    except InputError:
        raise
    except (MlflowException, SQLAlchemyError, CommandError, OSError, ImportError, ValueError) as error:
        raise InputError(f"--tracking-uri {hide_password(store)}: {one_line(error)}{server_version(store, error)}") from error


def one_line(error: Exception) -> str:
    """The first line of another program's message, without passwords."""
    reason = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
    return hide_password(reason)[:LONGEST_REASON]


def _create_sqlite(file: Path) -> None:
    """Create a missing store elsewhere and move it to `file`: MLflow cannot open one that is half made."""
    if file.exists() and file.stat().st_size:
        return
    from mlflow import MlflowClient

    with scratch_folder(file) as scratch:
        made = scratch / file.name
        MlflowClient(f"{SQLITE}{made}").search_experiments(max_results=1)
        fsync_file(made)
        made.replace(file)


def experiment_id(client: "MlflowClient", name: str, store: str) -> str:
    """Id of the experiment, which is created if missing; its files go beside an sqlite store, or where the server keeps them.

    MLFLOW_EXPERIMENT_ID is in force where `name` is the default.
    """
    from mlflow.exceptions import MlflowException

    if key := id_in_force(client, name):
        return key
    experiment = client.get_experiment_by_name(name)
    if experiment and experiment.lifecycle_stage != "active":
        raise InputError(f"MLflow experiment {name!r} is deleted; restore it, or name another with --set tracking.experiment=NAME")
    if experiment:
        return str(experiment.experiment_id)
    file = sqlite_file(store)
    place = (file.parent / "mlruns" / name).as_uri() if file else None
    try:
        return str(client.create_experiment(name, artifact_location=place, tags=KIND))
    except MlflowException as error:
        if not already_exists(error):
            raise
        return experiment_id(client, name, store)  # another process has just created it


def already_exists(error: "MlflowException") -> bool:
    """Whether the error says that the thing to be created exists."""
    from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

    return bool(error.error_code == ErrorCode.Name(RESOURCE_ALREADY_EXISTS))


def with_retries(upload: Callable[[], T]) -> T:
    """The result of `upload`, tried again after each of PAUSES: files cross a network in many pieces."""
    from mlflow.exceptions import MlflowException

    for pause in PAUSES:
        try:
            return upload()
        except (MlflowException, OSError):
            time.sleep(pause)
    return upload()


def _quiet() -> None:
    """Short retries towards a server that is away; no telemetry, log lines or progress bars of MLflow."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    logging.getLogger("alembic").setLevel(logging.WARNING)
