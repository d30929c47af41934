"""Load: predictions from wherever they are."""

import os.path
from pathlib import Path

import pandas as pd

from features.errors import InputError
from forecast.locate import locate
from forecast.predictions import read_run
from forecast.products.formats import ENDINGS, read_predictions


def load_predictions(run: str | Path) -> pd.DataFrame:
    """Predictions, one row a surge session and question.

    run : a run folder, an MLflow run id or another address that `forecast.locate` knows, or a file by itself: .parquet, .csv, .json,
    .arrow, .feather or .xlsx, as `forecast.products.formats` and `python -m forecast export` write them.
    InputError, one line, for a place that holds none, a damaged file, a row that breaks a rule, or another schema version.
    """
    if os.path.isfile(run):
        return read_predictions(Path(run))
    if Path(run).suffix in ENDINGS and not os.path.isdir(run):
        raise InputError(f"{run}: no such file; name a file of predictions, a run folder or an MLflow run id")
    return read_run(locate(run))
