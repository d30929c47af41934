"""Client: a tracking store to speak to, with one line for whatever goes wrong with it."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from features.errors import InputError
from features.files.atomic import file_lock, scratch_folder, fsync_file
from forecast.runs.tracking.stores import SQLITE, check_sqlite, sqlite_file, hide_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

DEFAULT_URI = "sqlite:///mlflow.db"
LONGEST_REASON = 300  # characters of another program's message
KIND = {"mlflow.experimentKind": "custom_model_development"}  # that MLflow's pages show runs and not chats
POOL = "MLFLOW_SQLALCHEMYSTORE_POOLCLASS"  # without one, no connection outlives a deleted file and writes into nothing
PAUSES = (0.5, 2.0, 5.0)  # seconds before a further try
T = TypeVar("T")


def tracking_uri(given: str | None) -> str:
    """The store to use: the one given, else MLFLOW_TRACKING_URI, else an sqlite file in the working directory."""
    return given or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


@contextmanager
def connection(store: str) -> Iterator["MlflowClient"]:
    """A client of the store; InputError, one line, for whatever goes wrong with it.

    An sqlite file is locked meanwhile, so that two runs may create and fill it at once.
    """
    _quiet()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if file := sqlite_file(store):
            os.environ.setdefault(POOL, "NullPool")
            file.parent.mkdir(parents=True, exist_ok=True)
            with file_lock(file.with_name(f".{file.name}.lock")):
                check_sqlite(file)
                _make_whole(file)
                yield MlflowClient(f"{SQLITE}{file}")
        else:
            yield MlflowClient(store)
    except InputError:
        raise
    except (MlflowException, SQLAlchemyError, OSError, ImportError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"--tracking-uri {hide_password(store)}: {hide_password(reason)[:LONGEST_REASON]}") from error


def _make_whole(file: Path) -> None:
    """A store that is not there yet is made elsewhere and moved to `file`: half made, it would stand in the way for ever."""
    if file.exists() and file.stat().st_size:
        return
    from mlflow import MlflowClient

    with scratch_folder(file) as scratch:
        made = scratch / file.name
        MlflowClient(f"{SQLITE}{made}").search_experiments(max_results=1)
        fsync_file(made)
        made.replace(file)


def experiment_id(client: "MlflowClient", name: str, store: str) -> str:
    """The experiment's id; a new one keeps its files beside an sqlite store, elsewhere where the server says."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found and found.lifecycle_stage != "active":
        raise InputError(f"MLflow experiment {name!r} is deleted; restore it, or name another with --set tracking.experiment=NAME")
    if found:
        return str(found.experiment_id)
    file = sqlite_file(store)
    place = (file.parent / "mlruns" / name).as_uri() if file else None
    try:
        return str(client.create_experiment(name, artifact_location=place, tags=KIND))
    except MlflowException as error:
        if not already_exists(error):
            raise
        return experiment_id(client, name, store)  # another run has just made it


def already_exists(error: "MlflowException") -> bool:
    """Whether the error says that what was to be made is there already."""
    from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

    return bool(error.error_code == ErrorCode.Name(RESOURCE_ALREADY_EXISTS))


def with_retries(upload: Callable[[], T]) -> T:
    """What `upload` gives; files cross a network in many pieces, so it is tried again after each of PAUSES before its error counts."""
    from mlflow.exceptions import MlflowException

    for pause in PAUSES:
        try:
            return upload()
        except (MlflowException, OSError):
            time.sleep(pause)
    return upload()


def _quiet() -> None:
    """Short retries towards a server that is away, no telemetry, no log lines and no bars between ours."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    logging.getLogger("alembic").setLevel(logging.WARNING)
