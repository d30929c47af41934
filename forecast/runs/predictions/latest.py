"""latest.json: the last forecast as one small file for dashboards."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from features.files.atomic import atomic_write
from features.files.bounded import read_json
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.manifest import write_json
from forecast.runs.predictions.columns import SCHEMA_VERSION
from forecast.runs.predictions.history_file_name import slug

FILE = "latest.json"
FIELDS = {
    "schema_version": "that of the predictions table; a change of it is a change of this file too",
    "series": "the index; where it stands in for another, the name says so",
    "as_of": "last day of the data, YYYY-MM-DD",
    "given_at": "when the forecast was made, UTC, ISO 8601",
    "is_surge_today": "whether the surge's session is `as_of`",
    "surge": "`session`, `sentence` in words, `gain` (simple return), `log_return`, `z`, `rank` of `of` returns since `since`",
    "headline": "the forecast's `probabilities` on the main question, whether its skill is `demonstrated`, and `standing` why",
    "main": "the main question: `sentence`, `asks`, `probabilities`, `interval` (low, high) of the `level`, `base_rate`, `base_interval`, "
    "`base_episodes`, `climatology`, `known` (when it is settled), `outcome` and `met` where known, `skill`, `skill_t`, `skill_over`, "
    "`demonstrated`",
    "questions": "every question, the main one first: label, `horizon`, `barrier_kind`, `size`, `barrier` (log move), `probabilities`, "
    "`interval`, `base_rate`, `base_interval`, `base_episodes`, `climatology`, `known`, `demonstrated`",
    "experiment": "its name",
    "digest": "of experiment and data",
    "run_id": "of the run",
    "run": "the run's folder, relative to the folder of this file; for a run from MLflow, its id or address there",
    "forecast": "the file of the history, beside this one, with the same forecast",
    "notes": "missing inputs, models that the base rate replaced, alarms",
}
SAYS = ("probabilities", "interval", "base_rate", "base_interval", "base_episodes", "climatology", "known")
MAIN = ("asks", "sentence", *SAYS, "level", "outcome", "met", "met_on")
SKILL = ("skill", "skill_t", "skill_over", "demonstrated")
BRIEF = ("question", "horizon", "barrier_kind", "size", "barrier", *SAYS, "demonstrated")


def replace_latest(folder: Path, answer: Answer, *, given_at: datetime, run: str | Path, forecast: str) -> None:
    """Update `latest.json`, and that of the series, unless the forecast there has a later `as_of`."""
    address = os.path.relpath(run.resolve(), folder.resolve()) if isinstance(run, Path) else run
    content = latest(answer, given_at=given_at, run=address, forecast=forecast)
    for path in (folder / FILE, folder / f"latest-{slug(answer.series)}.json"):
        if _as_of(path) <= answer.as_of:
            with atomic_write(path) as scratch:
                write_json(scratch, content)


def latest_run(folder: Path, series: str) -> str | None:
    """The run that gave the last forecast of `series`: its folder, or its id or address in MLflow; None where nothing says it."""
    try:
        address = str(read_json(folder / f"latest-{slug(series)}.json")["run"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    beside = folder / address
    return str(beside) if beside.is_dir() else address


def latest(answer: Answer, *, given_at: datetime, run: str, forecast: str) -> dict[str, Any]:
    """The content, with the keys of FIELDS."""
    main = answer.questions[0]
    surge = {"sentence": answer.surge.sentence} | answer.surge.model_dump(exclude={"window", "largest_since"})
    return {
        "schema_version": SCHEMA_VERSION,
        "series": answer.series,
        "as_of": answer.as_of,
        "given_at": given_at.isoformat(),
        "is_surge_today": answer.is_surge_today,
        "surge": surge,
        "headline": answer.headline.model_dump(),
        "main": {"question": main.question} | _some(main, (*MAIN, *SKILL)),
        "questions": [_some(question, BRIEF) for question in answer.questions],
        "experiment": answer.experiment,
        "digest": answer.digest,
        "run_id": answer.run_id,
        "run": run,
        "forecast": forecast,
        "notes": answer.notes,
    }


def _some(question: QuestionAnswer, fields: tuple[str, ...]) -> dict[str, Any]:
    dumped = question.model_dump(mode="json")
    return {field: dumped[field] for field in fields}


def _as_of(path: Path) -> str:
    """The day of the forecast at `path`; the empty text, before any day, if there is none or it cannot be read."""
    try:
        return date.fromisoformat(read_json(path)["as_of"]).isoformat()
    except (OSError, ValueError, TypeError, KeyError):
        return ""
