"""Report of `forecast analogs`: the past surges nearest to the last one, and those before first rate cuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.errors import InputError
from features.panel.calendar import day
from forecast.backtest.dataset import Dataset, assemble, data_of
from forecast.backtest.experiment import read_experiment
from forecast.models.analog_history import GEOMETRY, AnalogHistory
from forecast.models.analogs import FittedAnalogs
from forecast.models.climatology import frequencies
from forecast.models.component import FitError
from forecast.runs.answer.analogs import COMPONENT, COUNT, Analog, fitted_analogs, nearest
from forecast.runs.answer.answer import Surge
from forecast.runs.answer.build import describe_surge
from forecast.runs.answer.first_cuts import FirstCuts, before_first_cuts, first_cuts
from forecast.runs.answer.plain_values import by_outcome, numbers_or_none
from forecast.target.question import BarrierKind
from forecast.target.sample import Sample


class AnalogOdds(BaseModel):
    """Probabilities for one question: `analogs` by the component, `unweighted` at the same barrier after every settled surge.

    `barrier` is a log move; `episodes` is the number of independent cases compared.
    """

    model_config = ConfigDict(frozen=True)
    question: str
    sentence: str
    horizon: int
    barrier_kind: BarrierKind
    barrier: float
    episodes: int
    analogs: dict[str, float]
    unweighted: dict[str, float]
    climatology: dict[str, float]


class AnalogReport(BaseModel):
    """The analogs of one surge; `drivers` are its own values, and `used` the drivers that distances are measured in."""

    model_config = ConfigDict(frozen=True)
    series: str
    source: str
    origin: str
    as_of: str
    is_surge_today: bool
    surge: Surge
    questions: list[AnalogOdds]
    drivers: dict[str, float | None]
    used: list[str]
    analogs: list[Analog]
    before_first_cuts: FirstCuts
    notes: list[str]


@dataclass(frozen=True)
class AnalogStudy:
    """The report and the data it was made from; `seen` ends with the surge."""

    report: AnalogReport
    dataset: Dataset
    seen: Sample


def study_analogs(
    experiment: str | Path | None = None,
    *,
    data: str | Path | None = None,
    as_of: str | date | None = None,
    overrides: Sequence[str] = (),
    count: int = COUNT,
) -> AnalogStudy:
    """The analogs of the last surge up to `as_of`; only the component `analogs` is fitted. InputError for a mistake of the user."""
    only = (*overrides, f'model.components=["{COMPONENT}"]', "sensitivity.horizons=[]", "pullback.horizons=[]")
    chosen = read_experiment(None if experiment is None else Path(experiment), only)
    dataset = assemble(chosen, data_of(chosen, data), None if as_of is None else day(as_of))
    sample, panel = dataset.sample, dataset.panel
    if not len(sample.rows):
        raise InputError(f"{panel.market}: no surge up to {panel.sessions[-1]:%Y-%m-%d}; ask for a later date")
    place = len(sample.rows) - 1
    row = int(sample.rows[place])
    seen = sample.up_to(row)
    try:
        fitted = fitted_analogs(seen, chosen.model)
        odds, analogs = _odds(seen, fitted), nearest(seen, fitted, count)
    except FitError as error:
        raise InputError(f"{error} on {seen.sessions[-1]}; ask for a later date, or a longer history") from None
    past = AnalogHistory.of(seen, fitted.features)
    drivers = np.where(past.available[-1] > 0, past.drivers[-1], np.nan)
    report = AnalogReport(
        series=panel.market,
        source=panel.source,
        origin=panel.origin,
        as_of=f"{panel.sessions[-1]:%Y-%m-%d}",
        is_surge_today=row == len(sample) - 1,
        surge=describe_surge(dataset, chosen, place),
        questions=odds,
        drivers=numbers_or_none((*GEOMETRY, *fitted.features), drivers),
        used=list(fitted.used),
        analogs=analogs,
        before_first_cuts=before_first_cuts(sample, chosen.surge, first_cuts(panel.sessions[-1])),
        notes=list(dataset.notes),
    )
    return AnalogStudy(report, dataset, seen)


def _odds(seen: Sample, fitted: FittedAnalogs) -> list[AnalogOdds]:
    probabilities = fitted.predict(seen, key=0, paths=0).probabilities
    base = frequencies(seen)
    odds = []
    for q, question in enumerate(seen.questions):
        near = fitted.neighbourhood(seen, q)
        odds.append(
            AnalogOdds(
                question=question.label,
                sentence=question.sentence,
                horizon=question.horizon,
                barrier_kind=question.barrier,
                barrier=float(seen.barriers[-1, q]),
                episodes=len(np.unique(near.episode)),
                analogs=by_outcome(probabilities[q]),
                unweighted=by_outcome(near.base),
                climatology=by_outcome(base[q]),
            )
        )
    return odds


def analogs_frame(report: AnalogReport) -> pd.DataFrame:
    """A row per analog and then per move before a first cut; `group` says which. NaN where a column is not of the group, or not known."""
    rows = [_flat("nearest", analog.model_dump()) for analog in report.analogs]
    rows += [_flat("before first cut", move.model_dump()) for move in report.before_first_cuts.moves]
    return pd.DataFrame(rows)


def _flat(group: str, values: dict[str, object]) -> dict[str, object]:
    """The row with nested tables as columns `table.key`."""
    flat: dict[str, object] = {"group": group}
    for key, value in values.items():
        flat |= {f"{key}.{inner}": nested for inner, nested in value.items()} if isinstance(value, dict) else {key: value}
    return flat
