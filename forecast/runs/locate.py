"""Locate: the folder of a run, wherever it is kept."""

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
    """The folder of a run given by path, or fetched from the tracking store; InputError if there is none.

    run : besides a folder, an MLflow run id, or the address of a registered model, models:/NAME@ALIAS or models:/NAME/VERSION, which
    carries what `runs.SERVED` names of its run.
    """
    given = str(run)
    if given.startswith(MODELS) or (RUN_ID.fullmatch(given) and not Path(run).exists()):
        from forecast.runs.tracking import download

        return download(given, tracking_uri)
    folder = Path(run).resolve()
    try:
        found = folder.is_dir() or folder.with_name(f".{folder.name}.lock").exists()
    except OSError:  # a name too long to be one
        found = False
    if not found:
        known = "neither a run folder nor an MLflow run id (32 hexadecimal digits) nor models:/NAME@ALIAS"
        raise InputError(f"run {run}: {known}; look into runs/")
    return folder


def permanent_name(run: str | Path, folder: Path) -> str | Path:
    """What still names the run of `folder` once this program has ended: for one that was fetched, what it was asked for by."""
    return folder if Path(run).exists() else str(run)


def load_predictions(run: str | Path) -> pd.DataFrame:
    """Predictions, one row a surge session and question.

    run : a run folder, an MLflow run id or another address that `forecast.runs.locate` knows, or a file by itself: .parquet, .csv, .json,
    .arrow, .feather or .xlsx, as `forecast.runs.predictions.formats` and `python -m forecast export` write them.
    InputError, one line, for a place that holds none, a damaged file, a row that breaks a rule, or another schema version.
    """
    if os.path.isfile(run):
        return read_predictions(Path(run))
    if Path(run).suffix in ENDINGS and not os.path.isdir(run):
        raise InputError(f"{run}: no such file; name a file of predictions, a run folder or an MLflow run id")
    return read_run(locate(run))
