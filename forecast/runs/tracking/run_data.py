"""What is said of a run in a store beside its files, as plain values: parameters, tags, a description, the forecast and scores."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forecast.backtest.experiment import Experiment
from forecast.runs.answer.answer import Answer
from forecast.runs.folder import Run
from forecast.runs.metrics import read_metrics
from forecast.runs.predictions.read import read_run
from forecast.runs.repredict import experiment_of, written_answer
from forecast.runs.tracking.description import description
from forecast.runs.tracking.forecaster_scores import ForecasterScores, forecaster_scores
from forecast.target.outcome import OUTCOMES, REVERSE
from forecast.target.question import FALL

MANIFEST_TAGS = ("source", "origin", "series", "digest", "version", "as_of")
TABLES = ("inputs", "companions")  # of an experiment, whose entries are a parameter each
LONGEST_PARAM = 500  # characters


@dataclass(frozen=True)
class RunContent:
    """All that is said of a run beside its files; everything that it is made from has been checked.

    `forecast` has the probabilities of the last surge, empty where there is none; `scores` begin with those of the forecast itself.
    """

    experiment: Experiment
    as_of: date
    answer: Answer | None
    params: dict[str, str]
    tags: dict[str, str]
    description: str
    promoted: bool
    forecast: dict[str, float]
    totals: dict[str, float]
    scores: list[ForecasterScores]
    machine_load: dict[str, list[float]]

    @classmethod
    def of(cls, run: Run) -> "RunContent":
        """InputError for a file of the run that holds what cannot be."""
        experiment, answer = experiment_of(run), written_answer(run)
        metrics = read_metrics(run, experiment.questions)
        promoted = bool(metrics.get("promotion", {}).get("promoted", False))
        return cls(
            experiment=experiment,
            as_of=run.manifest.as_of,
            answer=answer,
            params=params(experiment),
            tags=_tags(run, experiment, answer) | {"promoted": str(promoted).lower()},
            description=description(run.manifest, answer, metrics),
            promoted=promoted,
            forecast=_forecast(answer) if answer else {},
            totals=_totals(metrics),
            scores=forecaster_scores(run, experiment, metrics, read_run(run.folder)),
            machine_load=dict(metrics.get("system", {})),
        )


def params(experiment: Experiment) -> dict[str, str]:
    """Each key of the experiment that is set, nested keys joined by dots; a file of [inputs] or [companions] is one."""
    keys = experiment.model_dump(mode="json", exclude={*TABLES, "tracking"})
    files = experiment.model_dump(mode="json", include=set(TABLES), exclude_defaults=True)
    entries = {f"{table}.{name}": json.dumps(entry) for table, each in files.items() for name, entry in each.items()}
    return {key: str(value)[:LONGEST_PARAM] for key, value in (flat(keys) | flat(entries)).items() if value is not None}


def _tags(run: Run, experiment: Experiment, answer: Answer | None) -> dict[str, str]:
    """Origin of the data, version, digest, horizon, question and surge."""
    main = experiment.outcome.questions[0]
    values = {key: str(getattr(run.manifest, key)) for key in MANIFEST_TAGS}
    surge = {"surge": answer.surge.session} if answer else {}
    return values | {"horizon": str(main.horizon), "question": main.label} | surge


def _forecast(answer: Answer) -> dict[str, float]:
    """Probabilities and base rates of the main question, and of the falls over as many sessions."""
    main = answer.questions[0]
    numbers = {f"p_{name}": main.probabilities[name] for name in reversed(OUTCOMES)}
    numbers |= {f"base_{name}": main.base_rate[name] for name in reversed(OUTCOMES)}
    for each in answer.questions:
        if each.barrier_kind == FALL and each.horizon == main.horizon:
            numbers[f"p_fall_{100 * each.size:.6g}"] = each.probabilities[OUTCOMES[REVERSE]]
            numbers[f"base_fall_{100 * each.size:.6g}"] = each.base_rate[OUTCOMES[REVERSE]]
    return numbers


def _totals(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Metrics of the run as a whole: counts, seconds, alarms, and the votes of the rule of promotion."""
    numbers: dict[str, Any] = {name: metrics[name] for name in ("surges", "forecasts", "seconds") if name in metrics}
    numbers["warnings"] = len(metrics.get("warnings", ()))
    numbers["alarms"] = sum(state["alarm"] is not None for state in (metrics.get("monitor") or {}).values())
    numbers |= {f"promotion.{name}": metrics["promotion"][name] for name in ("passed", "asked") if "promotion" in metrics}
    overfitting = (metrics.get("combination") or {}).get("overfitting") or {}
    if overfitting.get("probability") is not None:
        numbers["probability_of_overfitting"] = overfitting["probability"]
    return {name: float(value) for name, value in numbers.items()}


def run_title(experiment: str, as_of: date) -> str:
    """Name of a run on MLflow's pages, by which a row of mornings is told apart.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    as_of : datetime.date
        Last session of the data.

    Returns
    -------
    str
    """
    return f"{experiment} {as_of:%Y-%m-%d}"


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
