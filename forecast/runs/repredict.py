"""Reuse: a run that is already fitted, asked about another day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from features.errors import InputError, validation_line
from features.panel.calendar import day
from features.sources.load import BUNDLED, LIVE
from forecast.backtest.backtest import Forecasts, Given
from forecast.backtest.dataset import Dataset, LiveOptions, data_of, dataset_of, is_live, known_panel, rolled_back
from forecast.backtest.experiment import Experiment, validate
from forecast.engines.arrays import Float
from forecast.runs.answer.answer import Answer, RunKey
from forecast.runs.answer.build import answer_last
from forecast.runs.fitted_run import FittedRun, rows_of
from forecast.runs.folder import COMPONENTS, Run, open_run
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.build import predictions_table
from forecast.runs.predictions.components import read_components
from forecast.runs.predictions.read import (
    BASE_COLUMNS,
    ERROR_COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    SPREAD_COLUMNS,
    UNCALIBRATED_COLUMNS,
    read_run,
)
from forecast.runs.predictions.rules import check_predictions
from forecast.runs.same_closes import SAME_RETURN, refuse_other_closes

KEPT = "kept"


@dataclass(frozen=True)
class RunForecast:
    """The forecast of one surge by a run that is already fitted.

    Parameters
    ----------
    answer
        Everything that is said of the surge, its questions, drivers and analogs.
    table
        The same probabilities as rows of the predictions table, one a question.
    """

    answer: Answer
    table: pd.DataFrame


def reuse(run: Run, data: str | Path | None = None, as_of: str | date | None = None, fresh: LiveOptions | None = None) -> RunForecast:
    """The answer for the last surge known at `as_of`; InputError where the run has none to give.

    data : "bundled", a folder, "live", or KEPT for the panel that the run keeps; default, where the run's data came from, as they are
    there now, and of a folder that is no longer there what the run keeps, with a note.   fresh : how live data are read.
    """
    experiment, upto, came_from = experiment_of(run), None if as_of is None else day(as_of), run.manifest.data
    if data is None and came_from != BUNDLED and not is_live(came_from) and not Path(came_from).is_dir():
        found = kept_dataset(run, experiment, upto)
        gone = f"{came_from} is not there; read from what the run keeps, which ends on {run.manifest.as_of}"
        return answered(run, experiment, replace(found, notes=(gone, *found.notes)))
    if data == KEPT:
        return answered(run, experiment, kept_dataset(run, experiment, upto))
    origin = (LIVE if is_live(came_from) else came_from) if data is None else str(data)
    panel, notes = known_panel(experiment, data_of(experiment, origin, upto, fresh), upto)
    return answered(run, experiment, dataset_of(panel, experiment, notes, matrix=run.features(panel)))


def experiment_of(run: Run) -> Experiment:
    """The experiment that the run is of; InputError where its file is damaged."""
    return validate(run.read("experiment.json"), str(run.folder / "experiment.json"))


def written_answer(run: Run) -> Answer | None:
    """The answer that the run was trained to give; None where there was no surge. InputError where its file is damaged."""
    written = run.read("forecast.json")
    try:
        return None if written is None else Answer.model_validate(written)
    except ValidationError as error:
        raise InputError(f"{run.folder / 'forecast.json'}: {validation_line(error, Answer, remedy='train again')}") from None


def kept_dataset(run: Run, experiment: Experiment, as_of: pd.Timestamp | None = None) -> Dataset:
    """What the run was trained on, as it was known at the close of `as_of`."""
    panel, said = rolled_back(run.panel(), as_of)
    return dataset_of(panel, experiment, (*panel.notes, *said), matrix=run.features(panel))


def answered(run: Run, experiment: Experiment, dataset: Dataset) -> RunForecast:
    """The run's answer for the last surge of `dataset`; InputError where the run has none to give."""
    sample, market = dataset.sample, run.manifest.market
    if dataset.panel.market != market:
        raise InputError(f"run {run.folder}: trained on {market}, but the data are of {dataset.panel.market}; give its data with --data")
    trained_to = np.datetime64(run.manifest.as_of)
    refuse_other_closes(sample, trained_to, run.manifest.recent_returns)
    if not len(sample.rows):
        raise InputError(f"{dataset.panel.label}: no surge up to {dataset.panel.sessions[-1]:%Y-%m-%d}; ask for a later date")
    surge = sample.surge_sessions[-1]
    if surge < trained_to:
        forecaster, given = None, _given_then(run, dataset, surge, experiment)
    else:
        fitted = FittedRun.of(run, sample.questions)
        forecaster = fitted.forecaster
        given, noted = fitted.given(dataset, experiment)
        dataset = replace(dataset, notes=(*dataset.notes, *noted))
    origin = RunKey(experiment.name, run.manifest.digest, run.manifest.run_id)
    answer = answer_last(dataset, experiment, origin, forecast=given, fitted=forecaster, metrics=read_metrics(run, experiment.questions))
    assert answer is not None  # there is a surge, and it was given a forecast
    table = predictions_table(dataset, Forecasts.of(len(sample.rows) - 1, given), origin)
    return RunForecast(answer, check_predictions(table, f"run {run.folder}"))


def _given_then(run: Run, dataset: Dataset, surge: np.datetime64, experiment: Experiment) -> Given:
    """The forecast that the run's walk-forward made of `surge`, read from its tables."""
    if not (run.folder / COMPONENTS).is_file():
        raise InputError(f"run: the last surge was on {surge}, and a registered model answers for those after its training; give the run")
    open_run(run.folder)
    table, parts = read_run(run.folder), read_components(run.folder)
    then, parts_then = table[table["date"] == pd.Timestamp(surge)], parts[parts["date"] == pd.Timestamp(surge)]
    if then.empty:
        first = table["date"].min()
        began = "has none" if pd.isna(first) else f"begins on {first:%Y-%m-%d}"
        raise InputError(f"--as-of: the last surge was on {surge}, and the run's walk-forward {began}; ask for a later date")
    asked = {"weight", *ERROR_COLUMNS, *SPREAD_COLUMNS}
    whole = asked <= set(parts.columns) and len(parts_then) == len(then) * len(parts["component"].unique())
    if not whole or [len(rows_of(then, question)) for question in dataset.sample.questions] != [1] * len(then):
        raise InputError(f"{run.folder}: its tables do not answer the questions of its experiment on {surge}; train again")
    rows = [rows_of(then, question).iloc[0] for question in dataset.sample.questions]
    if abs(rows[0]["surge_return"] - dataset.sample.surge_return[-1]) > SAME_RETURN:
        raise InputError(f"--data: the surge of {surge} is not the one that was forecast; give the data trained on")
    by_question = [rows_of(parts_then, question) for question in dataset.sample.questions]
    if any(tuple(part["component"]) != experiment.model.components for part in by_question):
        raise InputError(f"{run.folder}: its components on {surge} are not those of its experiment; train again")
    return Given(
        trained_to=int(np.searchsorted(dataset.sample.sessions, np.datetime64(rows[0]["trained_to"], "D"))),
        components=np.stack([part[list(P_COLUMNS)].to_numpy() for part in by_question], axis=1),
        errors=np.stack([part[list(ERROR_COLUMNS)].to_numpy() for part in by_question], axis=1),
        spread=np.stack([part[list(SPREAD_COLUMNS)].to_numpy() for part in by_question], axis=1),
        climatology=_numbers(rows, BASE_COLUMNS),
        uncalibrated=_numbers(rows, UNCALIBRATED_COLUMNS),
        probabilities=_numbers(rows, P_COLUMNS),
        method=str(rows[0]["method"]),
        weights=np.stack([part["weight"].to_numpy() for part in by_question]),
        bounds=np.array([[[row[column] for column in side] for side in (LOW_COLUMNS, HIGH_COLUMNS)] for row in rows], dtype=np.float64),
        chain=None,
    )


def _numbers(rows: Sequence[pd.Series], columns: Sequence[str]) -> Float:
    """(q, len(columns)) from a row of the predictions table a question."""
    return np.array([[row[column] for column in columns] for row in rows], dtype=np.float64)
