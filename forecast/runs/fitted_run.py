"""The fitted model of a run, read from its folder."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.errors import InputError
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.intervals import TrackRecord
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecaster import Forecaster, one_line
from forecast.runs.folder import Run
from forecast.runs.predictions.read import P_COLUMNS, read_run, rows_of
from forecast.target.question import Question


def read_model(run: Run, questions: Sequence[Question]) -> ForecastModel:
    """What `run` has learned on `questions`; InputError, one line, where its files do not hold that."""
    stored = run.read("model.json")
    try:
        forecaster = Forecaster.load(stored)
        _refuse_others(forecaster, run)
        ensemble = Ensemble.load(stored["chain"], questions=len(questions), components=len(forecaster.components))
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{run.folder / 'model.json'}: not a fitted model ({one_line(error)}); train again") from None
    return ForecastModel(forecaster, ensemble, _records(run, questions), np.datetime64(run.manifest.as_of))


def _refuse_others(forecaster: Forecaster, run: Run) -> None:
    """ValueError where the fitted components are not those of the run's experiment, or look at what is no feature."""
    names = run.read("experiment.json")["model"]["components"]
    if list(forecaster.components) != list(names):
        raise ValueError(f"its components are {', '.join(forecaster.components)}, those of the experiment {', '.join(map(str, names))}")
    strange = next((name for names in forecaster.drivers().values() for name in names if name not in catalogue()), None)
    if strange is not None:
        raise ValueError(f"no feature {strange!r}")


def _records(run: Run, questions: Sequence[Question]) -> tuple[TrackRecord, ...]:
    """Of each question, the forecasts of the run's walk-forward that were settled before its last session."""
    table = read_run(run.folder)
    settled = table[table["outcome"].notna() & (table["known"] < pd.Timestamp(run.manifest.as_of))]
    rows = [rows_of(settled, question) for question in questions]
    return tuple(TrackRecord(part[list(P_COLUMNS)].to_numpy("float64"), part["episode"].to_numpy("int64")) for part in rows)
