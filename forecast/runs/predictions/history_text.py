"""A history of forecasts as JSON and CSV text."""

import json

import pandas as pd

from features.files.cells import escape_formulas
from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
from forecast.runs.predictions.formats import DAY, NAME, VERSION_COLUMN, records
from forecast.runs.predictions.history import forecasts_of

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


def history_json(history: pd.DataFrame) -> str:
    """The schema version and an object per forecast: `series`, `as_of`, `given_at`, `digest`, `run_id` and its `predictions`."""
    forecasts = [
        {
            "series": str(rows["series"].iloc[0]),
            "as_of": rows["as_of"].iloc[0].strftime(DAY),
            "given_at": rows["given_at"].iloc[0].strftime(MOMENT),
            "digest": str(rows["digest"].iloc[0]),
            "run_id": str(rows["run_id"].iloc[0]),
            "predictions": records(rows),
        }
        for rows in forecasts_of(history)
    ]
    return json.dumps({"schema": {"name": NAME, "version": SCHEMA_VERSION}, "forecasts": forecasts}, indent=1, allow_nan=False) + "\n"


def history_csv(history: pd.DataFrame) -> str:
    """A row per forecast and question: the columns of the predictions table, `as_of`, `given_at` and the schema version."""
    days = {name: history[name].dt.strftime(DAY) for name in [*(key for key, column in COLUMNS.items() if column.kind == "date"), "as_of"]}
    rows = history.assign(**days, given_at=history["given_at"].dt.strftime(MOMENT), **{VERSION_COLUMN: SCHEMA_VERSION})
    return str(escape_formulas(rows).to_csv(index=False, lineterminator="\n"))
