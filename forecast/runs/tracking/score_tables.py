"""Tables of a run that MLflow shows: a row a question, and a row a component."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forecast.runs.answer.answer import Answer
from forecast.runs.manifest import finite
from forecast.runs.tracking.forecaster_scores import COMPONENT, QUESTION, ForecasterScores
from forecast.target.outcome import OUTCOMES

FOLDER = "tables"
FILES = {QUESTION: f"{FOLDER}/questions.json", COMPONENT: f"{FOLDER}/components.json"}
TAG = {"mlflow.loggedArtifacts": json.dumps([{"path": path, "type": "table"} for path in FILES.values()])}  # shown as tables, not as text
Row = dict[str, Any]


def write_score_tables(folder: Path, scores: Sequence[ForecasterScores], answer: Answer | None) -> None:
    """The tables of FILES below `folder`, in the notation of MLflow's own tables; probabilities are those of `answer`."""
    (folder / FOLDER).mkdir()
    for kind, path in FILES.items():
        rows = [_row(each, answer) for each in scores if each.kind == kind]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        content = {"columns": columns, "data": [[finite(row.get(name)) for name in columns] for row in rows]}
        (folder / path).write_text(json.dumps(content, allow_nan=False), "utf-8")


def _row(scores: ForecasterScores, answer: Answer | None) -> Row:
    return {scores.kind: scores.name} | _forecast(scores, answer) | scores.numbers


def _forecast(scores: ForecasterScores, answer: Answer | None) -> Row:
    """The probabilities of the last surge: of a question's forecast beside the base rate, of a component with its weight."""
    question = next((each for each in answer.questions if each.question == scores.question), None) if answer else None
    if question is None:
        return {}
    if scores.kind == QUESTION:
        base = {f"base_{name}": question.base_rate[name] for name in reversed(OUTCOMES)}
        return {"asks": question.asks} | {f"p_{name}": question.probabilities[name] for name in reversed(OUTCOMES)} | base
    law = question.components.get(scores.name)
    return {"weight": question.weights.get(scores.name)} | ({f"p_{name}": law[name] for name in reversed(OUTCOMES)} if law else {})
