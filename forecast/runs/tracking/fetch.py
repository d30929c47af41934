"""Download of a run or a registered model from a tracking store."""

import atexit
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import InputError
from forecast.runs.locate import RUN_ID
from forecast.runs.tracking.client import connection, tracking_uri
from forecast.runs.tracking.model import RUN
from forecast.runs.tracking.partial_runs import stored_run_id
from forecast.runs.tracking.stores import hide_password, sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<version>[0-9]+))")


def download(run: str, uri: str | None) -> Path:
    """Download the files of a logged run into a folder that is deleted when the program ends.

    Parameters
    ----------
    run : str
        Id of a run, or the address of a registered model, models:/NAME@ALIAS or models:/NAME/VERSION, for the run that it carries.
    uri : str or None
        Address of the store; None for the default one.

    Returns
    -------
    Path
        The run folder.

    Raises
    ------
    InputError
        If the store or the run does not exist.
    """
    if "/" not in run and not RUN_ID.fullmatch(run):
        raise InputError(f"run {run[:80]}: no id of a run, which is 32 hexadecimal digits; give one, or models:/NAME@ALIAS")
    store = tracking_uri(uri)
    file = sqlite_file(store)
    if file and not file.is_file():
        raise InputError(f"run {run}: no such store, {store}; name it with --tracking-uri, or give the run's folder")
    with connection(store) as client:
        folder = Path(tempfile.mkdtemp(prefix="forecast-run-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _model(client, run, folder) if "/" in run else _run(client, run, folder, store)  # no id has a slash


def _run(client: "MlflowClient", run_id: str, folder: Path, store: str) -> Path:
    run_id = stored_run_id(client, run_id) or run_id
    client.get_run(run_id)
    if not client.list_artifacts(run_id):
        raise InputError(f"run {run_id}: the run has no files in {hide_password(store)}; give its folder")
    return Path(client.download_artifacts(run_id, "", str(folder)))


def _model(client: "MlflowClient", address: str, folder: Path) -> Path:
    from mlflow.artifacts import download_artifacts

    match = MODEL.fullmatch(address)
    if not match:
        raise InputError(f"run {address}: no address of a model; write models:/NAME@ALIAS or models:/NAME/VERSION")
    version = match["version"] or client.get_model_version_by_alias(match["name"], match["alias"]).version
    source = client.get_model_version_download_uri(match["name"], version)
    return Path(download_artifacts(artifact_uri=source, dst_path=str(folder), tracking_uri=client.tracking_uri)) / RUN
