"""Content: what a store is told of a run, as plain values: parameters, tags, numbers, and a part for each question and component."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from forecast.backtest.verification import CLIMATOLOGY, POOL
from forecast.backtest.verification.scores import SCORES, saved
from forecast.engines.arrays import Int
from forecast.runs.folder import PICTURES, SKILL_PICTURE, Run, skill_picture
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.read import read_run
from forecast.runs.predictions.settled import SettledForecasts, read_settled
from forecast.runs.repredict import experiment_of, written_answer

NAMED = ("source", "origin", "series", "market", "digest", "version", "as_of", "run_id")  # of the manifest, under these names
STEPPED = "brier"  # the score that is followed from fold to fold
SKILL = f"{STEPPED}_skill_vs_{CLIMATOLOGY}"
LONGEST_PARAM = 500  # characters


@dataclass(frozen=True)
class Part:
    """What is told of one forecaster on one question, under the same names wherever it stands.

    kind : "forecast", "question" or "component".   numbers : over the whole walk-forward.   steps : by name, (fold, value) pairs: the mean
    over all that was forecast up to that fold, so that the last is the number itself.   params : what sets it apart from the others.
    picture : of a question, that of its skill through time, which the report has drawn; None without one.
    """

    name: str
    kind: str
    numbers: dict[str, float]
    steps: dict[str, list[tuple[int, float]]]
    params: dict[str, str] = field(default_factory=dict)
    picture: Path | None = None


def params(run: Run) -> dict[str, str]:
    """Every key of the experiment, nested ones joined by dots."""
    return {key: str(value)[:LONGEST_PARAM] for key, value in flat(run.read("experiment.json")).items()}


def tags(run: Run) -> dict[str, str]:
    """Who the run is: origin of the data, versions, digests, horizon, and whether the rule of promotion holds for it."""
    manifest, metrics = run.manifest, read_metrics(run)
    main = experiment_of(run).outcome.questions[0]
    told = {key: str(getattr(manifest, key)) for key in NAMED}
    told |= {"horizon": str(main.horizon), "question": main.label}
    if manifest.stands_in_for:
        told["stands_in_for"] = manifest.stands_in_for
    if "promotion" in metrics:
        told["promoted"] = str(is_promoted(run)).lower()
    return told


def is_promoted(run: Run) -> bool:
    """The verdict of the rule of promotion."""
    return bool(read_metrics(run).get("promotion", {}).get("promoted", False))


def note(run: Run) -> str:
    """The answer in words, for the page of the run."""
    answer = written_answer(run)
    if answer is None:
        return f"{_plain(run.manifest.series)}: no surge up to {run.manifest.as_of}."
    return f"**{_plain(answer.series)}**, {answer.surge.session}: {_plain(answer.questions[0].sentence)}"


def _plain(text: str) -> str:
    """`text` as Markdown that shows it as it stands: a name of an index is no markup."""
    return re.sub(r"([\\`*_\[\]<>&#|~])", r"\\\1", text)


def totals(run: Run) -> dict[str, float]:
    """Numbers of the run as a whole: how much there was, how long it took, what the monitor and the rule of promotion say."""
    metrics = read_metrics(run)
    told: dict[str, Any] = {name: metrics[name] for name in ("surges", "forecasts", "seconds") if name in metrics}
    told["warnings"] = len(metrics.get("warnings", ()))
    told["alarms"] = sum(state["alarm"] is not None for state in (metrics.get("monitor") or {}).values())
    told |= {f"promotion.{name}": metrics["promotion"][name] for name in ("passed", "asked") if "promotion" in metrics}
    overfitting = (metrics.get("combination") or {}).get("overfitting") or {}
    if overfitting.get("probability") is not None:
        told["probability_of_overfitting"] = overfitting["probability"]
    return {name: float(value) for name, value in told.items()}


def parts(run: Run) -> tuple[Part, list[Part]]:
    """The forecast on the main question, then a part a question and, on the main question, a part a component."""
    experiment = experiment_of(run)
    metrics = read_metrics(run, experiment.questions)
    records = {record.question.label: record for record in read_settled(run.folder)}
    folds = _folds(run)
    main = experiment.outcome.questions[0].label
    made = [
        replace(_part(label, "question", POOL, metrics, label, records.get(label), folds), picture=_picture(run, label, main))
        for label in metrics["questions"]
    ]
    made += [
        _part(name, "component", name, metrics, main, records.get(main), folds, flat(run.read("experiment.json")["model"].get(name) or {}))
        for name in experiment.model.components
    ]
    return _part(main, "forecast", POOL, metrics, main, records.get(main), folds), made


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
    found = metrics["questions"][label]
    numbers = dict(found["models"].get(forecaster, {})) | {"sessions": found["sessions"], "episodes": found["episodes"]}
    if forecaster == POOL:
        numbers |= _watched((metrics.get("monitor") or {}).get(label) or {})
    told = {key: float(value) for key, value in numbers.items() if value is not None}
    settings = {"question": label} | {key: str(value)[:LONGEST_PARAM] for key, value in (chosen or {}).items()}
    steps = dict(_steps(record, forecaster, folds)) if record else {}
    return Part(name, kind, told, steps, settings)


def _picture(run: Run, label: str, main: str) -> Path | None:
    path = run.folder / PICTURES / f"{SKILL_PICTURE if label == main else skill_picture(label)}.png"
    return path if path.is_file() else None


def _watched(state: Mapping[str, Any]) -> dict[str, float]:
    """Of the monitor: the capital of who bets against the forecasts, and how often intervals held."""
    told = {"monitor.e_value": state["e_values"][-1]} if state.get("e_values") else {}
    return told | {f"monitor.{name}": state[name] for name in ("covered", "adapted") if state.get(name) is not None}


def _folds(run: Run) -> dict[np.datetime64, int]:
    """The number of the refit that forecast each surge."""
    table = read_run(run.folder)[["date", "trained_to"]].drop_duplicates("date")
    number = np.unique(table["trained_to"].to_numpy(), return_inverse=True)[1]
    return dict(zip(table["date"].to_numpy("datetime64[D]"), (number + 1).tolist(), strict=True))


def _steps(record: SettledForecasts, forecaster: str, folds: Mapping[np.datetime64, int]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The score and its skill over climatology, of all that was forecast up to each fold and is settled by now."""
    if forecaster not in record.given or not len(record):
        return
    loss, base = (SCORES[STEPPED](record.given[name], record.outcomes) for name in (forecaster, CLIMATOLOGY))
    number = np.array([folds[date] for date in record.dates], dtype=np.int64)
    ends = np.flatnonzero(np.append(np.diff(number) > 0, True)) + 1
    yield STEPPED, _told(number, ends, lambda end: float(loss[:end].mean()))
    if forecaster != CLIMATOLOGY:
        yield SKILL, _told(number, ends, lambda end: saved(loss[:end], base[:end]))


def _told(number: Int, ends: Int, value: Any) -> list[tuple[int, float]]:
    found = [(int(number[end - 1]), float(value(end))) for end in ends]
    return [(fold, told) for fold, told in found if np.isfinite(told)]


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, keys joined by dots; characters that MLflow refuses in names become underscores."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= flat(value, f"{name}.")
        else:
            found["".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)] = value
    return found
