"""A run whose training, or whose logging, is ended at any step: it is whole on disk, and `log` makes one whole run of it in the store."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from features.errors import InputError
from forecast.api import TrainedRun, TrainingInterruptedError, load_predictions, train
from forecast.backtest.study import Study, StudyResult
from forecast.runs.folder import Run, open_run, run_snapshot
from forecast.runs.predictions.history import load_history
from forecast.runs.tracking import log_run
from tests.commands import run
from tests.studies import small_study

STEPS = (  # of the logging of a run, in its order, by the calls of MLflow's client
    "log_artifacts",
    "log_inputs",
    "create_logged_model",
    "log_model_artifacts",
    "log_outputs",
    "log_batch",
    "create_registered_model",
    "create_model_version",
    "set_registered_model_alias",
)


class KilledError(BaseException):
    """Stands for a process that is gone: nobody tells the store."""


@contextmanager
def ended_at(step: str, error: BaseException) -> Iterator[None]:
    """`error` in place of the step; after KilledError no run is marked as ended."""

    def end(*_: Any, **__: Any) -> None:
        if isinstance(error, KilledError):
            for name in ("set_terminated", "finalize_logged_model"):
                patch.setattr(MlflowClient, name, gone)
        raise error

    def gone(*_: Any, **__: Any) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MlflowClient, step, end)
        yield


@pytest.fixture(scope="module")
def studied() -> tuple[Study, StudyResult]:
    """A small study, and what it finds."""
    study = small_study()
    return study, study.run(jobs=1)


def _small_model(run: Run, place: Path, **_: Any) -> Path:
    """A folder in the place of the model, which takes MLflow seconds to make."""
    (place / "model").mkdir()
    (place / "model" / "MLmodel").write_text(run.manifest.digest)
    return place / "model"


@pytest.fixture
def place(tmp_path: Path, blank_store: Path, studied: tuple[Study, StudyResult], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a store, `mlflow.db`, where the study is trained, and logged with a small model, in no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("forecast.runs.tracking.client.PAUSES", ())
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(blank_store, tmp_path)
    monkeypatch.setattr(Study, "prepare", lambda *_, **__: studied[0])
    monkeypatch.setattr(Study, "run", lambda *_, **__: studied[1])
    monkeypatch.setattr("forecast.runs.tracking.model.save_model", _small_model)
    return tmp_path


def trained(place: Path, **options: Any) -> TrainedRun:
    return train(output=place / "run", jobs=1, report=False, **options)


def assert_logged_once(place: Path, key: str) -> None:
    """The store shows the run, its model and its version, each once and whole, and the dead none of theirs."""
    client = MlflowClient(f"sqlite:///{place / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("smallcap-surge").experiment_id
    runs = client.search_runs([experiment])
    assert {each.info.status for each in runs} == {"FINISHED"}
    assert [each.info.run_id for each in runs] == [key]
    assert "owner" not in runs[0].data.tags
    assert [(model.source_run_id, str(model.status)) for model in client.search_logged_models([experiment])] == [(key, "READY")]
    assert [version.run_id for version in client.search_model_versions("name = 'smallcap-surge'")] == [key]
    assert client.get_model_version_by_alias("smallcap-surge", "challenger").run_id == key
    assert load_predictions(key).equals(load_predictions(place / "run"))
    assert {path.name for path in place.glob(".*")} == {".run.lock", ".mlflow.db.lock"}


def test_a_log_that_was_killed_at_any_step_is_replaced_by_the_next(place: Path) -> None:
    store = f"sqlite:///{place / 'mlflow.db'}"
    made = trained(place, track=False)
    before = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    for step in STEPS:
        with ended_at(step, KilledError()), pytest.raises(KilledError):
            log_run(made.folder, store)
        assert {path.name: path.read_bytes() for path in made.folder.iterdir()} == before
    assert_logged_once(place, log_run(made.folder, store))
    with pytest.raises(InputError, match="is already in"):
        log_run(made.folder, store)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["log_artifacts", "set_registered_model_alias"])
def test_a_training_that_is_ended_while_it_logs_leaves_a_whole_run(place: Path, step: str) -> None:
    with ended_at(step, KeyboardInterrupt()), pytest.raises(TrainingInterruptedError) as interrupted:
        trained(place)
    left = interrupted.value.run
    assert open_run(left.folder).manifest.run_id == left.run_id
    assert left.tracking_error == "the training was ended before it was logged"
    assert len(load_history(place / "history")["given_at"].unique()) == 1
    assert_logged_once(place, log_run(left.folder, "sqlite:///mlflow.db"))


@pytest.mark.slow
@pytest.mark.parametrize("step", ["create_logged_model", "set_terminated"])
def test_a_training_that_is_killed_while_it_logs_leaves_a_whole_run(place: Path, step: str) -> None:
    with ended_at(step, KilledError()), pytest.raises(KilledError):
        trained(place)
    done = run("log", "run", "--tracking-uri", "sqlite:///mlflow.db", "--format", "json", place=place)
    assert done.returncode == 0, done.stderr
    assert_logged_once(place, json.loads(done.stdout)["run_id"])


@pytest.mark.slow
def test_an_error_of_logging_that_nobody_foresaw_costs_no_run(place: Path) -> None:
    with ended_at("log_batch", RuntimeError("out of luck")):
        made = trained(place)
    (place / ".run-0123").mkdir()  # as a training that was killed leaves it
    (place / ".run-0123.half-made.lock").touch()
    assert made.tracking_error == "--tracking-uri sqlite:///mlflow.db: out of luck"
    assert open_run(made.folder).manifest.run_id == made.run_id
    assert made.history_file is not None
    assert_logged_once(place, log_run(made.folder, "sqlite:///mlflow.db"))


@pytest.mark.slow
def test_a_report_that_is_interrupted_costs_no_run_and_the_command_says_where_it_is(place: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.report.html.page.build", _interrupted)
        done = run("train", "--output", "run", "--jobs", "1", "--tracking-uri", "sqlite:///mlflow.db", place=place)
    assert done.returncode == 130
    command = "python -m forecast log run --tracking-uri sqlite:///mlflow.db"
    assert done.stderr.splitlines()[-1] == f"interrupted: the run is whole in run, and was not logged whole; log it later with: {command}"
    assert_logged_once(place, log_run(place / "run", "sqlite:///mlflow.db"))


def _interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_training_that_is_interrupted_before_its_run_is_whole_leaves_none(place: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.runs.write.seal", _interrupted)
        done = run("train", "--output", "run", "--jobs", "1", "--no-tracking", "--no-report", place=place)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (130, "interrupted: no run was written")
    assert not (place / "run").exists()


@pytest.mark.slow
def test_two_processes_do_not_log_one_folder(place: Path) -> None:
    """The second is told of the first, and leaves nothing once that is done."""
    store = f"sqlite:///{place / 'mlflow.db'}"
    made = trained(place, track=False)
    client = MlflowClient(store)
    first = client.create_run(client.create_experiment("smallcap-surge"), tags={"run_id": made.run_id, "owner": "h 7 /no/lock"})
    with pytest.raises(InputError, match=f"is being logged by process 7 of h, as run {first.info.run_id}; wait for it"):
        log_run(made.folder, store)
    client.delete_run(first.info.run_id)
    assert_logged_once(place, log_run(made.folder, store))


@pytest.mark.slow
def test_a_snapshot_stays_what_it_was_when_the_run_is_replaced(place: Path) -> None:
    first = trained(place, track=False)
    with run_snapshot(first.folder) as snapshot:
        second = trained(place, track=False)
        assert snapshot.manifest.run_id == first.run_id
        assert set(load_predictions(snapshot.folder)["run_id"]) == {first.run_id}
    assert open_run(second.folder).manifest.run_id == second.run_id != first.run_id
    assert not snapshot.folder.exists()
