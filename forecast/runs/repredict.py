"""A run that is already fitted, asked about another day."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from features.errors import InputError, validation_line
from features.panel.calendar import day
from features.panel.panel import Panel
from features.sources.load import BUNDLED, IN_MEMORY, LIVE, is_live
from forecast.backtest.dataset import Data, Dataset, LiveOptions, data_of, dataset_of, known_panel, rolled_back
from forecast.backtest.experiment import Experiment, validate
from forecast.models.forecasts import Forecasts
from forecast.models.stand_in import stand_in_forecast
from forecast.runs.answer.answer import Answer, RunKey
from forecast.runs.answer.build import answer_last
from forecast.runs.contrasts.precedents import read_precedents
from forecast.runs.fitted_run import read_model
from forecast.runs.folder import Run, open_run
from forecast.runs.manifest import COMPONENTS, PRECEDENTS
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.components import read_components
from forecast.runs.predictions.read import read_run
from forecast.runs.predictions.rules import check_predictions
from forecast.runs.predictions.tables import forecast_of, predictions_table
from forecast.runs.same_closes import SAME_RETURN, refuse_other_closes
from forecast.target.sample import Sample

KEPT = "kept"


@dataclass(frozen=True)
class Reprediction:
    """The forecast of one surge by a run that is already fitted, and what it was made of; `rows` and `data` give it when asked."""

    answer: Answer
    run: Run
    experiment: Experiment
    rows: Callable[[], pd.DataFrame]
    data: Callable[[], Dataset]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The probabilities of `answer` as rows of the predictions table, one a question."""
        return self.rows()

    @cached_property
    def dataset(self) -> Dataset:
        """The data that the forecast is of."""
        return self.data()


def repredict(run: Run, data: Data = None, as_of: str | date | None = None, fresh: LiveOptions | None = None) -> Reprediction:
    """The answer for the last surge known at `as_of`; InputError where the run has none to give.

    data : "bundled", a folder, "live", a table, or KEPT for the panel that the run keeps; default, where the run's data came from, as
    they are there now, and of a table or a folder that is no longer there what the run keeps, with a note. By default, and where they are
    what the run was trained on, the answer is that of the training.
    fresh : how live data are read.
    """
    experiment = experiment_of(run)
    panel, notes = panel_of(run, experiment, data, as_of, fresh)
    answer = written_answer(run) if data is None and _is_trained_on(panel, run) else None
    if answer is None:
        return answered(run, experiment, dataset_of(panel, experiment, notes, matrix=run.features(panel)))
    new = [note for note in notes if note not in answer.notes]
    return Reprediction(
        answer.model_copy(update={"notes": [*new, *answer.notes]}),
        run,
        experiment,
        rows=lambda: _predicted_rows(run, np.datetime64(answer.surge.session)).reset_index(drop=True),
        data=lambda: dataset_of(panel, experiment, notes, matrix=run.features(panel)),
    )


def _is_trained_on(panel: Panel, run: Run) -> bool:
    """Whether `panel` is what the run was trained on, so that its answer is written already."""
    manifest = run.manifest
    return (panel.source, panel.origin, panel.digest) == (manifest.source, manifest.origin, manifest.panel_digest)


def _predicted_rows(run: Run, surge: np.datetime64) -> pd.DataFrame:
    """The rows of the run's predictions that are of one surge."""
    table = read_run(run.folder)
    return table[table["date"] == pd.Timestamp(surge)]


def panel_of(
    run: Run, experiment: Experiment, data: Data = None, as_of: str | date | None = None, fresh: LiveOptions | None = None
) -> tuple[Panel, tuple[str, ...]]:
    """What was known at `as_of`, and lines on it; the arguments are those of `repredict`."""
    upto, came_from = None if as_of is None else day(as_of), run.manifest.data
    gone = data is None and came_from != BUNDLED and not is_live(came_from) and not Path(came_from).is_dir()
    if gone or (isinstance(data, str) and data == KEPT):
        panel, notes = rolled_back(run.panel(), upto)
        where = "the table trained on" if came_from == IN_MEMORY else came_from
        why = (f"{where} is not there; read from what the run keeps, which ends on {run.manifest.as_of}",) if gone else ()
        return panel, (*why, *panel.notes, *notes)
    origin = (LIVE if is_live(came_from) else came_from) if data is None else data
    panel, notes = known_panel(experiment, data_of(experiment, origin, upto, fresh), upto)
    return panel, tuple(notes)


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


def stored_dataset(run: Run, experiment: Experiment, as_of: pd.Timestamp | None = None) -> Dataset:
    """What the run was trained on, as it was known at the close of `as_of`."""
    panel, notes = rolled_back(run.panel(), as_of)
    return dataset_of(panel, experiment, (*panel.notes, *notes), matrix=run.features(panel))


def answered(run: Run, experiment: Experiment, dataset: Dataset) -> Reprediction:
    """The run's answer for the last surge of `dataset`; InputError where the run has none to give."""
    sample, market = dataset.sample, run.manifest.market
    if dataset.panel.market != market:
        raise InputError(f"run {run.folder}: trained on {market}, but the data are of {dataset.panel.market}; give its data with --data")
    trained_to = np.datetime64(run.manifest.as_of)
    refuse_other_closes(sample, trained_to, run.manifest.recent_returns)
    if not len(sample.rows):
        raise InputError(f"{dataset.panel.market}: no surge up to {dataset.panel.sessions[-1]:%Y-%m-%d}; ask for a later date")
    surge = sample.surge_sessions[-1]
    if surge < trained_to:
        model, why = None, _no_forecast(run, surge, len(dataset.panel.sessions), experiment)
        if why is None:
            forecast = _walk_forward_forecast(run, sample, surge, experiment)
        else:
            forecast = stand_in_forecast(sample, len(experiment.model.components), experiment.interval.level)
            dataset = replace(dataset, notes=(why, *dataset.notes))
    else:
        model = read_model(run, sample.questions)
        forecast, notes = model.forecast(sample, experiment.seed, experiment.interval)
        dataset = replace(dataset, notes=(*dataset.notes, *notes))
    origin = RunKey(experiment.name, run.manifest.digest, run.manifest.run_id)
    metrics, companions = read_metrics(run, experiment.questions), read_precedents(run.folder / PRECEDENTS, experiment.questions[0].horizon)
    answer = answer_last(dataset, experiment, origin, forecast=forecast, model=model, metrics=metrics, companions=companions)
    assert answer is not None  # there is a surge, and a forecast of it
    table = check_predictions(predictions_table(dataset, forecast, origin), f"run {run.folder}")
    return Reprediction(answer, run, experiment, rows=lambda: table, data=lambda: dataset)


def _no_forecast(run: Run, surge: np.datetime64, sessions: int, experiment: Experiment) -> str | None:
    """Why no model had been fitted by the surge, None where one had; InputError where the run's own tables are needed to tell."""
    if not (run.folder / COMPONENTS).is_file():
        raise InputError(f"run: the last surge was on {surge}, and a registered model answers for those after its training; give the run")
    open_run(run.folder)
    table = read_run(run.folder)
    if (table["date"] == pd.Timestamp(surge)).any():
        return None
    least, first = experiment.walk_forward.min_history, table["date"].min()
    short = f", {sessions} sessions being fewer than walk_forward.min_history = {least}" if sessions < least else ""
    began = "the run's walk-forward has no forecast" if pd.isna(first) else f"the run's walk-forward begins on {first:%Y-%m-%d}"
    return f"no model had been fitted by the surge of {surge}: {began}{short}; the base rate of that day stands in the forecast's place"


def _walk_forward_forecast(run: Run, sample: Sample, surge: np.datetime64, experiment: Experiment) -> Forecasts:
    """The forecast that the run's walk-forward made of `surge`, read from its tables."""
    rows, parts = _predicted_rows(run, surge), read_components(run.folder)
    if abs(rows["surge_return"].iloc[0] - sample.surge_return[-1]) > SAME_RETURN:
        raise InputError(f"--data: the surge of {surge} is not the one that was forecast; give the data trained on")
    try:
        return forecast_of(rows, parts[parts["date"] == pd.Timestamp(surge)], sample, experiment.model.components)
    except ValueError as error:
        raise InputError(f"{run.folder}: its tables {error} on {surge}; train again") from None
