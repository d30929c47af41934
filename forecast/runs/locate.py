"""Find a run by folder, MLflow run id or registered model, and load its predictions."""

import os.path
import re
from pathlib import Path

import pandas as pd

from features.errors import InputError
from forecast.runs.predictions.formats import ENDINGS, read_predictions
from forecast.runs.predictions.read import read_run

RUN_ID = re.compile(r"[0-9a-f]{32}")
MODELS = "models:/"


def locate(run: str | Path, tracking_uri: str | None = None) -> Path:
    """Find the folder of a run; a run in a tracking store is downloaded.

    Parameters
    ----------
    run : str or Path
        A run folder, an MLflow run id, or the address of a registered model, models:/NAME@ALIAS or models:/NAME/VERSION, which carries
        the files `forecast.runs.manifest.SERVED` of its run.
    tracking_uri : str, optional
        The MLflow store.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If there is no such run.
    """
    address = str(run)
    if address.startswith(MODELS) or (RUN_ID.fullmatch(address) and not Path(run).exists()):
        from forecast.runs.tracking import download

        return download(address, tracking_uri)
    folder = Path(run).resolve()
    try:
        exists = folder.is_dir() or folder.with_name(f".{folder.name}.lock").exists()
    except OSError:  # a name too long to be one
        exists = False
    if not exists:
        fault = "neither a run folder nor an MLflow run id (32 hexadecimal digits) nor models:/NAME@ALIAS"
        raise InputError(f"run {run}: {fault}; look into runs/")
    return folder


def permanent_name(run: str | Path, folder: Path) -> str | Path:
    """A name of the run that stays valid after the program ends: its folder, or the id or address of a downloaded run."""
    return folder if Path(run).exists() else str(run)


def load_predictions(run: str | Path) -> pd.DataFrame:
    """Load the predictions of a run.

    Parameters
    ----------
    run : str or Path
        A run folder, an MLflow run id or models:/NAME@ALIAS, or a file that `write_predictions` or `python -m forecast export` wrote:
        .parquet, .csv, .json, .arrow, .feather or .xlsx.

    Returns
    -------
    DataFrame
        A row per surge session and question, with the columns of `forecast.runs.predictions.COLUMNS`.

    Raises
    ------
    InputError
        If there is no such run or file, a file is damaged or has another schema version, or a row breaks a rule.
    """
    if os.path.isfile(run):
        return read_predictions(Path(run))
    if Path(run).suffix in ENDINGS and not os.path.isdir(run):
        raise InputError(f"{run}: no such file; name a file of predictions, a run folder or an MLflow run id")
    return read_run(locate(run))
