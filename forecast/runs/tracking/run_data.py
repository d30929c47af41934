"""Parameters, tags and metrics of a run, and of each question and component, as plain values."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forecast.backtest.verification import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.scores import SCORES, skill_score
from forecast.engines.arrays import Float, Int
from forecast.runs.folder import PICTURES, SKILL_PICTURE, Run, skill_picture
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.read import read_run
from forecast.runs.predictions.settled import SettledForecasts, read_settled
from forecast.runs.repredict import experiment_of, written_answer

MANIFEST_TAGS = ("source", "origin", "series", "market", "digest", "version", "as_of", "run_id")
STEPPED = "brier"  # the score that has a step per refit
LONGEST_PARAM = 500  # characters


@dataclass(frozen=True)
class Part:
    """Metrics of one forecaster on one question, under the same names for each of them.

    kind is "forecast", "question" or "component". `numbers` are over the whole walk-forward; `steps` has (refit, value) pairs by name, the
    mean over all forecasts up to that refit, so that the last equals the number. `picture` is a question's skill through time, if drawn.
    """

    name: str
    kind: str
    numbers: dict[str, float]
    steps: dict[str, list[tuple[int, float]]]
    params: dict[str, str] = field(default_factory=dict)
    picture: Path | None = None


@dataclass(frozen=True)
class RunContent:
    """All that is said of a run beside its files; everything that it is made from has been checked."""

    params: dict[str, str]
    tags: dict[str, str]
    note: str
    totals: dict[str, float]
    main: Part
    nested: list[Part]

    @classmethod
    def of(cls, run: Run) -> "RunContent":
        """InputError for a file of the run that holds what cannot be."""
        main, nested = parts(run)
        return cls(params(run), tags(run), note(run), totals(run), main, nested)


def params(run: Run) -> dict[str, str]:
    """Each key of the experiment, nested keys joined by dots."""
    return {key: str(value)[:LONGEST_PARAM] for key, value in flat(_keys(run)).items()}


def _keys(run: Run) -> dict[str, Any]:
    """Each key of the experiment, checked."""
    return experiment_of(run).model_dump(mode="json")


def tags(run: Run) -> dict[str, str]:
    """Origin of the data, version, digest, horizon, question, and whether the rule of promotion holds."""
    manifest, metrics = run.manifest, read_metrics(run)
    main = experiment_of(run).outcome.questions[0]
    values = {key: str(getattr(manifest, key)) for key in MANIFEST_TAGS}
    values |= {"horizon": str(main.horizon), "question": main.label}
    if "promotion" in metrics:
        values["promoted"] = str(is_promoted(run)).lower()
    return values


def is_promoted(run: Run) -> bool:
    """Whether the rule of promotion holds for the run."""
    return bool(read_metrics(run).get("promotion", {}).get("promoted", False))


def note(run: Run) -> str:
    """The answer in words, for MLflow's page of the run."""
    answer = written_answer(run)
    if answer is None:
        return f"{_plain(run.manifest.series)}: no surge up to {run.manifest.as_of}."
    return f"**{_plain(answer.series)}**, {answer.surge.session}: {_plain(answer.questions[0].sentence)}"


def _plain(text: str) -> str:
    """`text` with Markdown's marks escaped."""
    return re.sub(r"([\\`*_\[\]<>&#|~])", r"\\\1", text)


def totals(run: Run) -> dict[str, float]:
    """Metrics of the run as a whole: counts, seconds, alarms, and the votes of the rule of promotion."""
    metrics = read_metrics(run)
    numbers: dict[str, Any] = {name: metrics[name] for name in ("surges", "forecasts", "seconds") if name in metrics}
    numbers["warnings"] = len(metrics.get("warnings", ()))
    numbers["alarms"] = sum(state["alarm"] is not None for state in (metrics.get("monitor") or {}).values())
    numbers |= {f"promotion.{name}": metrics["promotion"][name] for name in ("passed", "asked") if "promotion" in metrics}
    overfitting = (metrics.get("combination") or {}).get("overfitting") or {}
    if overfitting.get("probability") is not None:
        numbers["probability_of_overfitting"] = overfitting["probability"]
    return {name: float(value) for name, value in numbers.items()}


def parts(run: Run) -> tuple[Part, list[Part]]:
    """The forecast of the main question, and then a part per question and, on the main question, per component."""
    experiment = experiment_of(run)
    metrics = read_metrics(run, experiment.questions)
    records = {record.question.label: record for record in read_settled(run.folder)}
    folds = _folds(run)
    main = experiment.outcome.questions[0].label
    nested = [
        replace(_part(label, "question", POOL, metrics, label, records.get(label), folds), picture=_picture(run, label, main))
        for label in metrics["questions"]
    ]
    nested += [
        _part(name, "component", name, metrics, main, records.get(main), folds, flat(_keys(run)["model"].get(name) or {}))
        for name in experiment.model.components
    ]
    return _part(main, "forecast", POOL, metrics, main, records.get(main), folds), nested


def _part(
    name: str,
    kind: str,
    forecaster: str,
    metrics: Mapping[str, Any],
    label: str,
    record: SettledForecasts | None,
    folds: Mapping[np.datetime64, int],
    chosen: Mapping[str, Any] | None = None,
) -> Part:
    scores = metrics["questions"][label]
    numbers = dict(scores["models"].get(forecaster, {})) | {"sessions": scores["sessions"], "episodes": scores["episodes"]}
    if forecaster == POOL:
        numbers |= _monitor((metrics.get("monitor") or {}).get(label) or {})
    numbers = {key: float(value) for key, value in numbers.items() if value is not None}
    settings = {"question": label} | {key: str(value)[:LONGEST_PARAM] for key, value in (chosen or {}).items()}
    steps = dict(_steps(record, forecaster, folds)) if record else {}
    return Part(name, kind, numbers, steps, settings)


def _picture(run: Run, label: str, main: str) -> Path | None:
    path = run.folder / PICTURES / f"{SKILL_PICTURE if label == main else skill_picture(label)}.png"
    return path if path.is_file() else None


def _monitor(state: Mapping[str, Any]) -> dict[str, float]:
    """The monitor's last e-value, and the coverage of its intervals."""
    capital = {"monitor.e_value": state["e_values"][-1]} if state.get("e_values") else {}
    return capital | {f"monitor.{name}": state[name] for name in ("covered", "adapted") if state.get(name) is not None}


def _folds(run: Run) -> dict[np.datetime64, int]:
    """The number of the refit that each surge was forecast by."""
    table = read_run(run.folder)[["date", "trained_to"]].drop_duplicates("date")
    number = np.unique(table["trained_to"].to_numpy(), return_inverse=True)[1]
    return dict(zip(table["date"].to_numpy("datetime64[D]"), (number + 1).tolist(), strict=True))


def _steps(record: SettledForecasts, forecaster: str, folds: Mapping[np.datetime64, int]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The score, and its skill over climatology and over the base rate, of all settled forecasts up to each refit."""
    if forecaster not in record.probabilities or not len(record):
        return
    names = (forecaster, CLIMATOLOGY, BASE_RATE)
    losses = {name: SCORES[STEPPED](record.probabilities[name], record.outcomes) for name in names}
    loss = losses[forecaster]
    number = np.array([folds[date] for date in record.dates], dtype=np.int64)
    ends = np.flatnonzero(np.append(np.diff(number) > 0, True)) + 1
    yield STEPPED, _by_refit(number, ends, lambda end: float(loss[:end].mean()))
    for name in (CLIMATOLOGY, BASE_RATE):
        if name != forecaster:
            yield f"{STEPPED}_skill_vs_{name}", _by_refit(number, ends, partial(_skill_so_far, loss, losses[name]))


def _skill_so_far(loss: Float, reference: Float, end: int) -> float:
    return float(skill_score(loss[:end], reference[:end]))


def _by_refit(number: Int, ends: Int, mean: Callable[[int], float]) -> list[tuple[int, float]]:
    pairs = [(int(number[end - 1]), mean(int(end))) for end in ends]
    return [(fold, value) for fold, value in pairs if np.isfinite(value)]


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, keys joined by dots; characters that MLflow refuses in names become underscores."""
    values: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            values |= flat(value, f"{name}.")
        else:
            values["".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)] = value
    return values
