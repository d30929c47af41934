"""What a run's JSON files say of a forecast is checked as strictly when it is read as when it is written, whoever reads it."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from pydantic import ValidationError

from features.errors import InputError
from forecast.report.html.page import build
from forecast.runs.answer.answer import Answer
from forecast.runs.field_rules import LONGEST_TEXT
from forecast.runs.folder import open_run
from forecast.runs.manifest import MANIFEST
from forecast.runs.metrics import read_metrics
from forecast.runs.repredict import written_answer
from tests.commands import run
from tests.reports import run_of


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a small run, to be changed."""
    return Path(shutil.copytree(run_of("bare", tmp_path_factory).folder, tmp_path / "run"))


def put(folder: Path, name: str, keys: str, value: object) -> None:
    """Puts `value` at the dotted place in a JSON file of the run, whose digests are then those of the files as they are."""
    content = json.loads((folder / name).read_text())
    holder: Any = content
    *above, last = [int(key) if key.isdecimal() else key.replace("_DOT_", ".") for key in keys.split(".")]
    for key in above:
        holder = holder[key]
    holder[last] = value
    (folder / name).write_text(json.dumps(content))
    if name != MANIFEST:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        (folder / MANIFEST).write_text(json.dumps(manifest))


SEVEN = {"reverse": 7.0, "stall": 7.0, "continue": 7.0}
HUGE = {"reverse": 1e308, "stall": 0.0, "continue": 0.0}
BELOW = {"reverse": -0.5, "stall": 0.5, "continue": 1.0}
FAULTS = [
    *(
        (f"questions.0.{name}", value, "sum to 1")
        for name in ("probabilities", "base_rate", "climatology", "uncalibrated")
        for value in (SEVEN, HUGE, BELOW)
    ),
    ("headline.probabilities", SEVEN, "sum to 1"),
    ("questions.0.headline.probabilities", HUGE, "sum to 1"),
    ("questions.0.components.ewma", SEVEN, "sum to 1"),
    ("questions.0.probabilities", {"reverse": 1.0}, "must have reverse, stall, continue"),
    ("questions.0.interval.stall", [0.9, 0.1], "a low and a high end"),
    ("questions.0.interval.stall", [-1.0, 2.0], "a low and a high end"),
    ("questions.0.interval.stall", [0.0, 0.0], "must hold its probability"),
    ("questions.0.base_interval.stall", [0.0, 0.0], "must hold its probability"),
    ("questions.0.base_episodes", -1, "greater than or equal to 0"),
    ("questions.0.level", 1.0, "less than 1"),
    ("questions.0.mc_error.stall", -1.0, "greater than or equal to 0"),
    ("questions.0.weights.ewma", -1.0, "greater than or equal to 0"),
    ("questions.0.barrier", -0.1, "greater than or equal to 0"),
    ("questions.0.horizon", 0, "greater than or equal to 1"),
    ("questions.0.barrier_kind", "none", "barrier_kind"),
    ("questions.0.outcome", "crash", "is no outcome"),
    ("questions.0.known", "2024-02-30", "is no day"),
    ("questions.0.known", "9999-12-31", "is no day"),
    ("questions.0.known", "1999-01-04", "must lie after the surge"),
    ("questions", [], "at least 1"),
    ("surge.session", "2058-01-04", "surge.session must lie from trained_to"),
    ("surge.since", "yesterday", "is no day"),
    ("surge.gain", -2.0, "greater than -1"),
    ("as_of", "20080905", "is no day"),
    ("drivers.0.percentile", 7.0, "less than or equal to 1"),
    ("series", "=1+1", "formula"),
    ("notes", ["x" * (LONGEST_TEXT + 1)], "at most 5000"),
]


@pytest.mark.parametrize(("keys", "value", "said"), FAULTS, ids=[f"{keys} {number}" for number, (keys, *_) in enumerate(FAULTS)])
def test_a_forecast_that_cannot_be_is_neither_written_nor_read(folder: Path, keys: str, value: object, said: str) -> None:
    put(folder, "forecast.json", keys, value)
    with pytest.raises(InputError, match=r"forecast\.json: .*; train again") as caught:
        written_answer(open_run(folder))
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ValidationError):
        Answer(**json.loads((folder / "forecast.json").read_text()))


@pytest.mark.slow
def test_it_is_neither_drawn_nor_logged(folder: Path, tmp_path: Path, blank_store: Path) -> None:
    shutil.copy(blank_store, tmp_path)
    put(folder, "forecast.json", "questions.0.probabilities", SEVEN)
    with pytest.raises(InputError, match="must be probabilities"):
        build(open_run(folder))
    for words in (("report", "run"), ("log", "run", "--tracking-uri", "sqlite:///mlflow.db")):
        done = run(*words, place=tmp_path)
        said = "questions.0.probabilities: must be probabilities from 0 to 1 that sum to 1, got [7.0"
        assert done.returncode == 2
        assert said in done.stderr.splitlines()[-1]
    store = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert not store.search_runs([each.experiment_id for each in store.search_experiments()])
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        ("questions.surge_0_DOT_5_h21.models.pool.brier", 1e308, "brier of pool must be from 0 to 2"),
        ("questions.surge_0_DOT_5_h21.sessions", -1, "greater than or equal to 0"),
        ("monitor.surge_0_DOT_5_h21.covered", 7.0, "less than or equal to 1"),
        ("monitor.surge_0_DOT_5_h21.known", ["soon"], "is no day"),
        ("warnings", ["x" * (LONGEST_TEXT + 1)], "at most 5000"),
    ],
)
def test_scores_that_cannot_be_are_refused(folder: Path, keys: str, value: object, said: str) -> None:
    put(folder, "metrics.json", keys, value)
    with pytest.raises(InputError, match=r"metrics\.json: ") as caught:
        read_metrics(open_run(folder))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("first_session", "2058-01-04", "must be days in order"),
        ("as_of", "9999-12-31", "must be days in order"),
        ("sessions", -1, "greater than or equal to 0"),
        ("notes", ["x" * (LONGEST_TEXT + 1)], "at most 5000"),
        ("version", "x" * (LONGEST_TEXT + 1), "at most 5000"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(folder: Path, key: str, value: object, said: str) -> None:
    put(folder, MANIFEST, key, value)
    with pytest.raises(InputError, match=r"run\.json: damaged") as caught:
        open_run(folder)
    assert said in str(caught.value)


def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    answer = written_answer(run_of("bare", tmp_path_factory))
    assert answer is not None
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
