"""MLflow: a run in the store, two at once, a store that is away."""

import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from features.errors import InputError
from forecast import load_predictions, tracking
from forecast.commands import interrupt
from forecast.commands.progress import shown_progress
from forecast.predict import predict
from forecast.runs import open_run
from forecast.tracking import log_run
from forecast.train import train

ROOT = Path(__file__).resolve().parents[2]
QUICK = [
    "model.paths=100",
    "walk_forward.start=2018-01-02",
    "walk_forward.refit_every=63",
    "model.components=['climatology','ewma','logistic']",
    "sensitivity.horizons=[]",
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, away from any store the environment may name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def statuses(store: Path) -> list[str]:
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [status for (status,) in connection.execute("SELECT status FROM runs")]


def test_a_run_is_found_in_the_store_with_everything_it_wrote(place: Path) -> None:
    trained = train(overrides=QUICK, jobs=1, report=False)
    assert trained.unlogged is None
    from mlflow import MlflowClient

    client = MlflowClient(trained.tracking_uri)
    run = client.get_run(trained.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["outcome.horizon"] == "21"
    pool = trained.metrics["questions"]["surge_0.5_h21"]["models"]["pool"]
    assert run.data.metrics["questions.surge_0.5_h21.models.pool.brier"] == pytest.approx(pool["brier"])
    assert run.data.tags["stands_in_for"] == "Russell 2000"
    assert run.data.tags["promoted"] == str(trained.metrics["promotion"]["promoted"]).lower()
    assert run.data.tags["series"] == "Nasdaq Composite (stand-in for Russell 2000)"
    assert run.inputs.dataset_inputs[0].dataset.name == run.data.tags["series"]
    assert {item.path for item in client.list_artifacts(trained.run_id)} == {path.name for path in trained.folder.iterdir()}
    table = load_predictions(trained.run_id)
    assert set(table["run_id"]) == {trained.run_id}
    assert (table["series"] == run.data.tags["series"]).all()
    answer = predict(trained.run_id)
    assert trained.answer is not None
    assert answer.questions == trained.answer.questions


def test_of_the_grid_a_store_has_skill_and_t_alone(tmp_path: Path) -> None:
    trained = train(overrides=[*QUICK[:-1], "sensitivity.horizons=[5,21]"], jobs=1, output=tmp_path / "run", track=False, report=False)
    numbers = tracking.logged_numbers(open_run(trained.folder))
    main, metrics = "surge_0.5_h21", trained.metrics
    assert numbers[f"questions.{main}.models.ewma.log"] == metrics["questions"][main]["models"]["ewma"]["log"]
    assert numbers[f"combination.questions.{main}.equal.brier"] == metrics["combination"]["questions"][main]["equal"]["brier"]
    assert numbers[f"monitor.{main}.e_value"] == metrics["monitor"][main]["e_values"][-1]
    other = metrics["questions"]["fixed_0.05_h5"]["models"]["pool"]
    assert numbers["grid.fixed_0.05_h5.brier_skill_vs_climatology"] == other["brier_skill_vs_climatology"]
    of_grid = {name for name in numbers if any(f".{label}." in name for label in metrics["questions"] if label != main)}
    assert {name.rpartition(".")[2] for name in of_grid} == set(tracking.GRID)
    assert len(of_grid) <= 2 * 13
    assert (numbers["alarms"], numbers["promotion.asked"]) == (0, 1)


def test_two_trainings_at_once_share_one_store(place: Path) -> None:
    command = [sys.executable, "-m", "forecast.train", "--jobs", "1", *(part for key in QUICK for part in ("--set", key))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for one in both:
        _, errors = one.communicate(timeout=300)
        assert one.returncode == 0, errors
    assert statuses(place / "mlflow.db") == ["FINISHED", "FINISHED"]
    folders = [path for path in (place / "runs").iterdir() if path.is_dir()]
    assert len(folders) == 1  # the same experiment on the same data
    assert len(load_predictions(folders[0])) > 0


def test_a_store_that_is_away_loses_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    trained = train(overrides=QUICK, jobs=1, report=False, tracking_uri="http" + "://127.0.0.1:9")
    assert trained.unlogged is not None
    assert "127.0.0.1:9" in trained.unlogged
    assert "\n" not in trained.unlogged
    assert len(load_predictions(trained.folder)) > 0
    later = log_run(trained.folder, tracking.DEFAULT_URI)
    assert statuses(place / "mlflow.db") == ["FINISHED"]
    assert len(load_predictions(later)) == len(load_predictions(trained.folder))
    assert len(load_predictions(trained.run_id)) == len(load_predictions(later))  # by the id its rows bear
    with pytest.raises(InputError, match=f"is already in sqlite:///mlflow.db, as run {later}; nothing was logged"):
        log_run(trained.folder, tracking.DEFAULT_URI)


def test_a_training_that_breaks_is_marked_as_failed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("forecast.study.backtest", broken)
    with pytest.raises(RuntimeError, match="out of luck"):
        train(overrides=QUICK, jobs=1, report=False)
    assert statuses(place / "mlflow.db") == ["FAILED"]
    assert not [path for path in (place / "runs").iterdir() if path.is_dir()]


def test_a_store_that_is_not_there_is_not_made_by_reading(place: Path) -> None:
    with pytest.raises(InputError, match="no such store"):
        load_predictions("0" * 32)
    assert not (place / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("sqlite://", "names no file; write sqlite:///mlflow.db"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///mlflow.db?mode=ro", "names no file"),
        ("sqlite:///folder", "is a folder; name a file in it"),
        ("sqlite:///text.db", "is no sqlite file; name another"),
        ("sqlite:///other.db", "holds tables of something else; name another file"),
        ("postgresql+absent://nobody@localhost/none", "--tracking-uri postgresql\\+absent://"),
    ],
)
def test_a_store_that_cannot_be_one_is_named_and_left_alone(place: Path, store: str, said: str) -> None:
    (place / "folder").mkdir()
    (place / "text.db").write_text("a text that is somebody's own")
    with sqlite3.connect(place / "other.db") as connection:
        connection.execute("CREATE TABLE mine (x)")
    before = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=said) as caught:
        _open(store)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name in before} == before


def _open(store: str) -> None:
    with tracking._client(store) as client:
        client.search_experiments()


def test_a_run_that_cannot_be_logged_whole_is_marked_as_failed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no room for artifacts")

    monkeypatch.setattr("mlflow.MlflowClient.log_artifacts", refuse)
    trained = train(overrides=QUICK, jobs=1, report=False)
    assert trained.unlogged == "--tracking-uri sqlite:///mlflow.db: no room for artifacts"
    assert statuses(place / "mlflow.db") == ["FAILED"]
    assert len(load_predictions(trained.folder)) > 0


def test_a_polite_end_leaves_no_half_a_run(place: Path) -> None:
    quick = ["model.components=['climatology','ewma','logistic']", "sensitivity.horizons=[]"]
    command = [sys.executable, "-m", "forecast.train", "--jobs", "1", *(word for key in quick for word in ("--set", key))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    assert any("walk-forward" in line for line in running.stderr)
    running.terminate()
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert errors.splitlines()[-1] == "interrupted: no run was written"
    assert statuses(place / "mlflow.db") == ["KILLED"]
    assert not [path for path in (place / "runs").iterdir() if path.is_dir()]


def test_an_end_that_was_swallowed_is_heeded_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "_asked", Event())
    with shown_progress() as progress:
        progress("walk-forward", 1, 9)
        with suppress(KeyboardInterrupt):  # as a callback of a foreign library does
            interrupt._ask(15, None)
        with pytest.raises(KeyboardInterrupt):
            progress("walk-forward", 2, 9)


def test_a_mistake_opens_no_store(place: Path) -> None:
    with pytest.raises(InputError, match="walk_forward: would start on 2030-01-01"):
        train(overrides=[*QUICK, "walk_forward.start=2030-01-01"], jobs=1, report=False)
    with pytest.raises(InputError, match="is the working directory, or holds it"):
        train(overrides=QUICK, jobs=1, report=False, output=".")
    assert list(place.iterdir()) == []
