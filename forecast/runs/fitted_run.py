"""The fitted model of a run, read from its folder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.errors import InputError
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.intervals import TrackRecord
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecaster import Forecaster, one_line
from forecast.runs.folder import Run
from forecast.runs.predictions.read import P_COLUMNS, read_run
from forecast.target.question import Question

QUESTION = ("horizon", "barrier_kind", "size")  # columns of the predictions
FAULTS = (LookupError, TypeError, ValueError, OverflowError)  # of strange files


def read_forecaster(run: Run) -> Forecaster:
    """The fitted components of `run`; InputError, one line, where its file does not hold them."""
    return _forecaster(run, run.read("model.json"))


def read_model(run: Run, questions: Sequence[Question]) -> ForecastModel:
    """What `run` has learned on `questions`; InputError, one line, where its files do not hold that."""
    stored = run.read("model.json")
    forecaster = _forecaster(run, stored)
    try:
        ensemble = Ensemble.load(stored["chain"], questions=len(questions), components=len(forecaster.components))
    except FAULTS as error:
        raise _no_model(run, error) from None
    return ForecastModel(forecaster, ensemble, _records(run, questions), np.datetime64(run.manifest.as_of))


def _forecaster(run: Run, stored: Any) -> Forecaster:
    try:
        forecaster = Forecaster.load(stored)
        _refuse_others(forecaster, run)
    except FAULTS as error:
        raise _no_model(run, error) from None
    return forecaster


def _no_model(run: Run, error: Exception) -> InputError:
    return InputError(f"{run.folder / 'model.json'}: not a fitted model ({one_line(error)}); train again")


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
    settled = table.loc[table["outcome"].notna() & (table["known"] < pd.Timestamp(run.manifest.as_of)), [*QUESTION, "episode", *P_COLUMNS]]
    by_question = settled.groupby(list(QUESTION), sort=False).indices
    p, episodes = settled[list(P_COLUMNS)].to_numpy("float64"), settled["episode"].to_numpy("int64")
    rows = [by_question.get((each.horizon, each.barrier, each.size), np.zeros(0, dtype=np.intp)) for each in questions]
    return tuple(TrackRecord(p[part], episodes[part]) for part in rows)
