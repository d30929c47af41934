"""Scenarios: the forecast of a surge with drivers at the values that a scenario states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict

from features.catalogue import catalogue
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.backtest.scenario import ScenarioValue
from forecast.engines.arrays import Float
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecasts import Forecasts
from forecast.runs.answer.feature_words import feature_title, feature_value
from forecast.runs.answer.plain_values import by_outcome, finite_or_none
from forecast.runs.field_rules import Finite, LawProbabilities, Share, Text, Texts


class ScenarioDriver(BaseModel):
    """A driver under a scenario and today; `percentile` is the share of its past at or below `value`, `seen_by` its components."""

    model_config = ConfigDict(frozen=True)
    feature: Text
    unit: Text
    value: Finite
    today: Finite | None
    percentile: Share
    seen_by: Texts


class ScenarioAnswer(BaseModel):
    """Probabilities by question label and outcome under one scenario, of the forecast and of the components that predicted again.

    Only the stated drivers change. Other drivers, other components, and the pool's weights and calibration stay as they are.
    """

    model_config = ConfigDict(frozen=True)
    scenario: Text
    drivers: list[ScenarioDriver]
    probabilities: dict[Text, LawProbabilities]
    components: dict[Text, dict[Text, LawProbabilities]]


@dataclass(frozen=True)
class _Context:
    """The surge, its forecast and the fitted models, which are the same for each scenario."""

    dataset: Dataset
    row: int
    forecast: Forecasts
    model: ForecastModel
    seed: int


def answer_scenarios(
    dataset: Dataset, experiment: Experiment, place: int, forecast: Forecasts, model: ForecastModel | None
) -> tuple[list[ScenarioAnswer], tuple[str, ...]]:
    """Each scenario of the experiment for the surge number `place`, and notes on what was left out.

    `model` made the forecast; None for one of the walk-forward, which gives a note and no scenario.
    """
    if not experiment.scenarios:
        return [], ()
    if model is None:
        when = dataset.sample.sessions[dataset.sample.rows[place]]
        return [], (f"scenarios left out: the forecast of {when} is the walk-forward's, whose fitted models are not kept",)
    context = _Context(dataset, int(dataset.sample.rows[place]), forecast, model, experiment.seed)
    answers = [_scenario(context, name, settings) for name, settings in experiment.scenarios.items()]
    return [answer for answer, _ in answers], tuple(note for _, notes in answers for note in notes)


def _scenario(context: _Context, name: str, settings: Mapping[str, ScenarioValue]) -> tuple[ScenarioAnswer, list[str]]:
    drivers: list[ScenarioDriver] = []
    label = f"scenario {name.replace('_', ' ')}"
    unseen = [feature for feature in settings if not _seen_by(context, feature)]
    notes = [f"{label}: no model sees {_listed(context, unseen)}"] if unseen else []
    for feature, setting in settings.items():
        if feature in unseen:
            continue
        driver, noted = _driver(context, feature, setting)
        notes.extend(f"{label}: {note}" for note in noted)
        if driver is not None:
            drivers.append(driver)
    sample = context.dataset.sample.up_to(context.row)
    features = sample.features.copy()
    for driver in drivers:
        features[-1, sample.feature_names.index(driver.feature)] = driver.value
    forecaster = context.model.forecaster
    again = [component for component in forecaster.components if any(component in driver.seen_by for driver in drivers)]
    components, failed = forecaster.predict_again(replace(sample, features=features), context.seed, context.forecast.components[0], again)
    notes.extend(f"{label}: {note}" for note in failed)
    answer = ScenarioAnswer(
        scenario=name,
        drivers=drivers,
        probabilities=_by_question(context, _forecast(context, components)),
        components={label: _by_question(context, components[k]) for k, label in enumerate(forecaster.components) if label in again},
    )
    return answer, notes


def _forecast(context: _Context, components: Float) -> Float:
    """The forecast (q, 3) that today's ensemble makes of other components."""
    sample = context.dataset.sample
    barriers = sample.barriers[np.searchsorted(sample.rows, context.row)]
    ensemble = context.model.ensemble
    return ensemble.calibrate(ensemble.pool(components), context.forecast.climatology[0], barriers, sample.horizons, sample.falls)


def _by_question(context: _Context, probabilities: Float) -> dict[str, dict[str, float]]:
    """Probabilities (n_questions, 3) by label and outcome."""
    questions = context.dataset.sample.questions
    return {question.label: by_outcome(row) for question, row in zip(questions, probabilities, strict=True)}


def _seen_by(context: _Context, feature: str) -> list[str]:
    """The components that use the feature; none if the feature lacks an input."""
    if feature in context.dataset.features.off:
        return []
    return [name for name, seen in context.model.forecaster.drivers().items() if feature in seen]


def _listed(context: _Context, features: Sequence[str]) -> str:
    """The features, each with the input that it lacks, and how to let models learn from the others."""
    off, chosen = context.dataset.features.off, context.dataset.sample.chosen
    listed = ", ".join(f"{feature_title(name)} (no {', '.join(off[name])})" if name in off else feature_title(name) for name in features)
    away = sorted({catalogue()[name].family for name in features if name not in off and name not in chosen})
    return listed + (f"; models do not learn from {', '.join(away)}, see features.without" if away else "")


def _driver(context: _Context, feature: str, setting: ScenarioValue) -> tuple[ScenarioDriver | None, list[str]]:
    """The driver under the scenario, None if it has no value, and notes on it."""
    history = context.dataset.features.frame[feature].iloc[: context.row + 1]
    value, today, past = setting.value(history), float(history.iloc[-1]), history.dropna()
    if not np.isfinite(value):
        return None, [
            f"{feature_title(feature)} is not known on {context.dataset.sample.sessions[context.row]}, so it stays so; state its value"
        ]
    notes = []
    if len(past) and not past.min() <= value <= past.max():
        shown, low, high = (feature_value(feature, float(each)) for each in (value, past.min(), past.max()))
        notes.append(f"{feature_title(feature)} at {shown} lies beyond all its history, {low} to {high}")
    driver = ScenarioDriver(
        feature=feature,
        unit=catalogue()[feature].unit,
        value=value,
        today=finite_or_none(today),
        percentile=float((past <= value).mean()) if len(past) else 0.0,
        seen_by=_seen_by(context, feature),
    )
    return driver, notes
