"""Suppose: the forecast of a surge again, with drivers at the values that a scenario states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict

from features.catalogue import catalogue
from forecast.backtest.backtest import Given
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.backtest.scenario import ScenarioValue
from forecast.engines.arrays import Float
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.forecaster import Forecaster
from forecast.target.outcome import OUTCOMES


class ScenarioDriver(BaseModel):
    """A driver under a scenario, and today; `percentile` is the share of its own past at or below `value`, `seen_by` the components."""

    model_config = ConfigDict(frozen=True)
    feature: str
    unit: str
    value: float
    today: float | None
    percentile: float
    seen_by: list[str]


class ScenarioAnswer(BaseModel):
    """Probabilities by question label and outcome under one scenario, and those of the components that predicted anew, by name.

    Only the stated drivers move, the others stay as they are today; the other components, and the pool's weights and calibration, too.
    """

    model_config = ConfigDict(frozen=True)
    scenario: str
    drivers: list[ScenarioDriver]
    probabilities: dict[str, dict[str, float]]
    components: dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class _Asked:
    """What every scenario of one surge is asked of."""

    dataset: Dataset
    row: int
    given: Given
    fitted: Forecaster
    chain: Ensemble
    seed: int


def answer_scenarios(
    dataset: Dataset, experiment: Experiment, place: int, given: Given, fitted: Forecaster | None
) -> tuple[list[ScenarioAnswer], tuple[str, ...]]:
    """Each scenario of the experiment for the surge number `place`, and notes on what could not be supposed.

    fitted : the forecaster that gave `given`; None where that was read from the walk-forward: there is then no scenario, and a note.
    """
    if not experiment.scenarios:
        return [], ()
    if fitted is None or given.chain is None:
        when = dataset.sample.sessions[dataset.sample.rows[place]]
        return [], (f"scenarios left out: the forecast of {when} is the walk-forward's, whose fitted models are not kept",)
    asked = _Asked(dataset, int(dataset.sample.rows[place]), given, fitted, given.chain, experiment.seed)
    answers = [_scenario(asked, name, settings) for name, settings in experiment.scenarios.items()]
    return [answer for answer, _ in answers], tuple(note for _, notes in answers for note in notes)


def _scenario(asked: _Asked, name: str, settings: Mapping[str, ScenarioValue]) -> tuple[ScenarioAnswer, list[str]]:
    drivers: list[ScenarioDriver] = []
    unseen = [feature for feature in settings if not _seen_by(asked, feature)]
    notes = [f"scenario {name}: no model sees {_listed(asked, unseen)}"] if unseen else []
    for feature, setting in settings.items():
        if feature in unseen:
            continue
        driver, noted = _driver(asked, feature, setting)
        notes.extend(f"scenario {name}: {note}" for note in noted)
        if driver is not None:
            drivers.append(driver)
    sample = asked.dataset.sample.up_to(asked.row)
    features = sample.features.copy()
    for driver in drivers:
        features[-1, sample.feature_names.index(driver.feature)] = driver.value
    again = [component for component in asked.fitted.components if any(component in driver.seen_by for driver in drivers)]
    components, failed = asked.fitted.predict_again(replace(sample, features=features), asked.seed, asked.given.components, again)
    notes.extend(f"scenario {name}: {note}" for note in failed)
    answer = ScenarioAnswer(
        scenario=name,
        drivers=drivers,
        probabilities=_by_question(asked, _forecast(asked, components)),
        components={label: _by_question(asked, components[k]) for k, label in enumerate(asked.fitted.components) if label in again},
    )
    return answer, notes


def _forecast(asked: _Asked, components: Float) -> Float:
    """What the chain of today makes of other components, (q, 3)."""
    sample = asked.dataset.sample
    barriers = sample.barriers[np.searchsorted(sample.rows, asked.row)]
    return asked.chain.forecast(asked.chain.pool(components), asked.given.climatology, barriers, sample.horizons)


def _by_question(asked: _Asked, probabilities: Float) -> dict[str, dict[str, float]]:
    """Probabilities (n_questions, 3) by label and outcome."""
    questions = asked.dataset.sample.questions
    return {question.label: dict(zip(OUTCOMES, row.tolist(), strict=True)) for question, row in zip(questions, probabilities, strict=True)}


def _seen_by(asked: _Asked, feature: str) -> list[str]:
    """The components that the feature makes a difference to; none where it lacks an input."""
    if feature in asked.dataset.features.off:
        return []
    return [name for name, seen in asked.fitted.drivers().items() if feature in seen]


def _listed(asked: _Asked, features: Sequence[str]) -> str:
    """The features, each with the input that it lacks; and how to let models learn from those that lack none."""
    off, chosen = asked.dataset.features.off, asked.dataset.sample.chosen
    listed = ", ".join(f"{name} (no {', '.join(off[name])})" if name in off else name for name in features)
    away = sorted({catalogue()[name].family for name in features if name not in off and name not in chosen})
    return listed + (f"; models do not learn from {', '.join(away)}, see features.without" if away else "")


def _driver(asked: _Asked, feature: str, setting: ScenarioValue) -> tuple[ScenarioDriver | None, list[str]]:
    """The driver under the scenario, None where it has no value; and a note for what is odd about it."""
    history = asked.dataset.features.frame[feature].iloc[: asked.row + 1]
    value, today, known = setting.value(history), float(history.iloc[-1]), history.dropna()
    if not np.isfinite(value):
        return None, [f"{feature} is not known on {asked.dataset.sample.sessions[asked.row]}, so it stays so; state its value"]
    notes = []
    if len(known) and not known.min() <= value <= known.max():
        notes.append(f"{feature} at {value:.3g} lies beyond all its history, {known.min():.3g} to {known.max():.3g}")
    driver = ScenarioDriver(
        feature=feature,
        unit=catalogue()[feature].unit,
        value=value,
        today=today if np.isfinite(today) else None,
        percentile=float((known <= value).mean()) if len(known) else 0.0,
        seen_by=_seen_by(asked, feature),
    )
    return driver, notes
