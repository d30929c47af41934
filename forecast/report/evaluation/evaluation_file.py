"""evaluation.json: the evaluation of a run as plain values."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from features.files.atomic import replacement
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.evaluation.monitor_status import read_overfitting
from forecast.runs.folder import EVALUATION, Run
from forecast.runs.manifest import write_json
from forecast.target.question import Question


def evaluation_json(run: Run, evaluations: Mapping[str, QuestionEvaluation]) -> dict[str, Any]:
    """The evaluations as plain values, with the names of the run."""
    manifest = run.manifest
    names = {"run": manifest.name, "digest": manifest.digest, "run_id": manifest.run_id}
    names |= {"series": manifest.series, "as_of": manifest.as_of.isoformat()}
    return names | {"overfitting": read_overfitting(run), "questions": plain_evaluations(evaluations)}


def plain_evaluations(evaluations: Mapping[str, QuestionEvaluation]) -> dict[str, Any]:
    """The evaluations by label as plain values."""
    return {label: _plain(asdict(evaluation)) for label, evaluation in evaluations.items()}


def write_evaluation(folder: Path, content: dict[str, Any]) -> Path:
    """evaluation.json in `folder`, whole or not at all."""
    with replacement(folder / EVALUATION, scratch_in=folder.parent) as scratch:  # nothing unfinished is ever seen in a run's folder
        write_json(scratch, content)
    return folder / EVALUATION


def _plain(value: Any) -> Any:
    if isinstance(value, Question):
        return {"sentence": value.sentence} | value.model_dump()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value
