"""Prediction: the steps between an opened run and an answer."""

from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.load import BUNDLED
from forecast.answer import Answer, Origin, answer_last
from forecast.backtest import Given, give
from forecast.config import Experiment, validate
from forecast.dataset import Dataset, assemble
from forecast.forecaster import Forecaster
from forecast.predictions import BASE_COLUMNS, P_COLUMNS, load_predictions
from forecast.runs import Run
from forecast.training import day


def predict_run(run: Run, data: str | None, as_of: str | pd.Timestamp | None) -> Answer:
    """The answer for the last surge known at `as_of`; InputError where the run has none to give."""
    experiment = validate(run.read("experiment.json"), str(run.folder / "experiment.json"))
    dataset = assemble(experiment, data if data is not None else str(run.manifest.get("data", BUNDLED)), day(as_of))
    sample = dataset.sample
    market = run.manifest.get("market")
    if dataset.panel.market != market:
        raise InputError(f"--run {run.folder}: trained on {market}, but the data are of {dataset.panel.market}; give its data with --data")
    if not len(sample.rows):
        raise InputError(f"{dataset.panel.label}: no surge up to {dataset.panel.sessions[-1]:%Y-%m-%d}; lower surge.min_z and train again")
    origin = Origin(experiment.name, str(run.manifest["digest"]), str(run.manifest["run_id"]))
    surge = sample.surge_sessions[-1]
    if surge < np.datetime64(run.manifest["as_of"]):
        answer = answer_last(dataset, experiment, origin, _given_then(run, dataset, surge), None)
    else:
        forecaster, given = _given_now(run, dataset, experiment)
        answer = answer_last(dataset, experiment, origin, given, forecaster)
    assert answer is not None
    return answer


def _given_now(run: Run, dataset: Dataset, experiment: Experiment) -> tuple[Forecaster, Given]:
    """The run's fitted models on the data up to the last surge."""
    stored = run.read("model.json")
    try:
        forecaster = Forecaster.load(stored)
        weights = np.asarray(stored["weights"], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{run.folder / 'model.json'}: not a fitted model ({str(error).splitlines()[0]}); train again") from None
    row = int(dataset.sample.rows[-1])
    seen = dataset.sample.up_to(row)
    trained_to = int(np.searchsorted(seen.sessions, np.datetime64(run.manifest["as_of"]), side="right")) - 1
    return forecaster, give(seen, row, trained_to, forecaster.predict(seen, experiment.seed), weights)


def _given_then(run: Run, dataset: Dataset, surge: np.datetime64) -> Given:
    """The forecast that the run's walk-forward made of `surge`, read from its tables."""
    table, parts = load_predictions(run.folder), pd.read_parquet(run.folder / "components.parquet")
    then = table[table["date"] == pd.Timestamp(surge)]
    if then.empty:
        first = table["date"].min()
        began = "has none" if pd.isna(first) else f"begins on {first:%Y-%m-%d}"
        raise InputError(f"--as-of: the last surge was on {surge}, and the run's walk-forward {began}; ask for a later date")
    rows = [_row_of(then, question) for question in dataset.sample.questions]
    of_day = parts[parts["date"] == pd.Timestamp(surge)]
    by_question = [_rows_of(of_day, question) for question in dataset.sample.questions]
    return Given(
        trained_to=int(np.searchsorted(dataset.sample.sessions, np.datetime64(rows[0]["trained_to"], "D"))),
        components=np.stack([part[list(P_COLUMNS)].to_numpy() for part in by_question], axis=1),
        base=np.array([[row[column] for column in BASE_COLUMNS] for row in rows], dtype=np.float64),
        pool=np.array([[row[column] for column in P_COLUMNS] for row in rows], dtype=np.float64),
        weights=np.stack([part["weight"].to_numpy() for part in by_question]),
    )


def _rows_of(table: pd.DataFrame, question: Any) -> pd.DataFrame:
    asked = (table["horizon"] == question.horizon) & (table["barrier_kind"] == question.barrier) & (table["size"] == question.size)
    return table[asked]


def _row_of(table: pd.DataFrame, question: Any) -> "pd.Series[Any]":
    return _rows_of(table, question).iloc[0]
