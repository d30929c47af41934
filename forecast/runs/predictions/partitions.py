"""The predictions of many runs as one table: Parquet files by market and year, as DuckDB, Polars and pandas read them."""

from pathlib import Path

import pandas as pd

from features.files.atomic import file_lock, scratch_folder
from forecast.runs.predictions.columns import COLUMNS
from forecast.runs.predictions.formats import format_of
from forecast.runs.predictions.read import FILE
from forecast.runs.predictions.rules import check_predictions

FOLDER = "predictions"


def write_partitions(table: pd.DataFrame, place: Path, market: str) -> None:
    """The predictions of one run below `place`, as FOLDER/market=NAME/year=YYYY/predictions.parquet, in the place of earlier ones.

    Parameters
    ----------
    table : DataFrame
        Predictions, the columns of `COLUMNS`; `market` and `year` are in the names of the folders alone.
    place : Path
        Of FOLDER.
    market : str
        Name that is a file's.

    Raises
    ------
    InputError
        If the table breaks a rule or a file cannot be written.
    """
    folder = place / FOLDER / f"market={market}"
    checked = check_predictions(table, FILE)[list(COLUMNS)]
    with file_lock(place / f".{FOLDER}-{market}.lock"), scratch_folder(place / f"{FOLDER}-{market}") as scratch:
        new = scratch / "new"
        for year, rows in checked.groupby(checked["date"].dt.year):
            part = new / f"year={year}"
            part.mkdir(parents=True)
            format_of(part / FILE).write(rows.reset_index(drop=True), part / FILE)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(scratch / "old")
        if new.exists():
            new.rename(folder)
