"""Scores of one forecaster on one question: over the whole walk-forward, and up to each refit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from forecast.backtest.experiment import Experiment
from forecast.backtest.verification import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.scores import SCORES, skill_score
from forecast.engines.arrays import Float
from forecast.runs.folder import Run
from forecast.runs.predictions.settled import SettledForecasts, read_settled

STEPPED = "brier"  # the score that has a step per refit
FORECAST, QUESTION, COMPONENT = "forecast", "question", "component"  # kinds
Steps = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True)
class ForecasterScores:
    """Scores of one forecaster on one question, under the same names for each of them.

    kind is FORECAST, QUESTION or COMPONENT. `numbers` are over the whole walk-forward; `steps` has (refit, value) pairs by name, the
    mean over all forecasts up to that refit, so that the last equals the number.
    """

    name: str
    kind: str
    question: str
    numbers: dict[str, float]
    steps: Steps
    settings: dict[str, Any] = field(default_factory=dict)


def forecaster_scores(run: Run, experiment: Experiment, metrics: Mapping[str, Any], table: pd.DataFrame) -> list[ForecasterScores]:
    """Those of the forecast of the main question, and then of each question and, on the main question, of each component."""
    main = experiment.outcome.questions[0]
    records = {record.question.label: record for record in read_settled(run.folder, components_of=main)}
    folds = _folds(table)
    first = _scores(FORECAST, main.label, main.label, POOL, metrics, records.get(main.label), folds)
    first.numbers.update(_over_garch(records.get(main.label), experiment))
    questions = [_scores(QUESTION, label, label, POOL, metrics, records.get(label), folds) for label in metrics["questions"]]
    rules = experiment.model.options
    components = [
        _scores(COMPONENT, name, main.label, name, metrics, records.get(main.label), folds, settings=rules.get(name, {}))
        for name in experiment.model.components
    ]
    return [first, *questions, *components]


def _scores(
    kind: str,
    name: str,
    label: str,
    forecaster: str,
    metrics: Mapping[str, Any],
    record: SettledForecasts | None,
    folds: Mapping[np.datetime64, int],
    **about: Any,
) -> ForecasterScores:
    stored = metrics["questions"][label]
    numbers = dict(stored["models"].get(forecaster, {})) | {"sessions": stored["sessions"], "episodes": stored["episodes"]}
    if forecaster == POOL:
        numbers |= _monitor((metrics.get("monitor") or {}).get(label) or {})
    steps = dict(_steps(record, forecaster, folds)) if record else {}
    return ForecasterScores(name, kind, label, {key: float(value) for key, value in numbers.items() if value is not None}, steps, **about)


def _over_garch(record: SettledForecasts | None, experiment: Experiment) -> dict[str, float]:
    """Brier skill of the forecast over the component `garch`, by the name of its recursion, and its t; nothing without that component."""
    if record is None or "garch" not in record.probabilities:
        return {}
    loss, reference = (SCORES[STEPPED](record.probabilities[name], record.outcomes) for name in (POOL, "garch"))
    over, name = skill(loss, reference, horizon=record.question.horizon), experiment.model.options["garch"]["variance"]
    numbers = {f"{STEPPED}_skill_vs_{name}": over.skill, f"{STEPPED}_t_vs_{name}": over.t}
    return {key: value for key, value in numbers.items() if np.isfinite(value)}


def _monitor(state: Mapping[str, Any]) -> dict[str, float]:
    """The monitor's last e-value, and the coverage of its intervals."""
    capital = {"monitor.e_value": state["e_values"][-1]} if state.get("e_values") else {}
    return capital | {f"monitor.{name}": state[name] for name in ("covered", "adapted") if state.get(name) is not None}


def _folds(table: pd.DataFrame) -> dict[np.datetime64, int]:
    """The number of the refit that each surge was forecast by."""
    days = table[["date", "trained_to"]].drop_duplicates("date")
    number = np.unique(days["trained_to"].to_numpy(), return_inverse=True)[1]
    return dict(zip(days["date"].to_numpy("datetime64[D]"), (number + 1).tolist(), strict=True))


def _steps(record: SettledForecasts, forecaster: str, folds: Mapping[np.datetime64, int]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The score, and its skill over climatology and over the base rate, of all settled forecasts up to each refit."""
    if forecaster not in record.probabilities or not len(record):
        return
    losses = {name: SCORES[STEPPED](record.probabilities[name], record.outcomes) for name in (forecaster, CLIMATOLOGY, BASE_RATE)}
    number = np.array([folds[date] for date in record.dates], dtype=np.int64)
    ends = np.flatnonzero(np.append(np.diff(number) > 0, True)) + 1
    at = [(int(number[end - 1]), int(end)) for end in ends]
    yield STEPPED, [(fold, float(losses[forecaster][:end].mean())) for fold, end in at]
    for name in (CLIMATOLOGY, BASE_RATE):
        if name != forecaster:
            so_far = partial(_skill_so_far, losses[forecaster], losses[name])
            yield f"{STEPPED}_skill_vs_{name}", [(fold, value) for fold, end in at if np.isfinite(value := so_far(end))]


def _skill_so_far(loss: Float, reference: Float, end: int) -> float:
    return float(skill_score(loss[:end], reference[:end]))
