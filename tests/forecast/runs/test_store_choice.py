"""Which experiment a run is filed under, and stores of another version of MLflow than the one that is here."""

import shutil
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import pytest
from mlflow import MlflowClient

from features.errors import InputError
from forecast.backtest.experiment import Tracking, read_experiment
from forecast.runs.locate import load_predictions
from forecast.runs.tracking import download, experiment_name, tracked_run
from forecast.runs.tracking.client import connection, experiment_id
from forecast.runs.tracking.experiment_choice import DEFAULT, ID, NAME, in_force
from forecast.runs.tracking.schema import _revisions
from tests.commands import refusal, run
from tests.runs import make_run


@pytest.fixture
def place(tmp_path: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a store, `mlflow.db`, away from what the environment may name."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", NAME, ID):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(blank_store, tmp_path)
    return tmp_path


def test_the_experiment_of_the_environment_is_obeyed_unless_the_experiment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert experiment_name(Tracking()) == DEFAULT == "smallcap-surge"
    monkeypatch.setenv(NAME, "team A")
    assert experiment_name(Tracking()) == "team A"
    for chosen in ("mine", DEFAULT):
        assert experiment_name(read_experiment(None, [f"tracking.experiment={chosen}"]).tracking) == chosen
    assert in_force("mine") == "mine"  # a run that was trained under a name of its own is logged under that later
    assert in_force(DEFAULT) == "team A"


@pytest.mark.parametrize("name", ["../../escaped", "a/b", "x' OR '1'='1", "", " a", "a" * 101])
def test_a_name_in_the_environment_is_that_of_a_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, name)
    if not name:
        assert experiment_name(Tracking()) == DEFAULT
        return
    said = refusal(lambda: experiment_name(Tracking()))
    assert said.startswith(f"{NAME} ")
    assert "set tracking.experiment" in said


def test_the_id_of_the_environment_is_obeyed_where_nothing_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = "sqlite:///mlflow.db"
    with connection(store) as client:
        key = client.create_experiment("team A")
        assert experiment_id(client, "mine", store) != key
        monkeypatch.setenv(ID, key)
        assert experiment_id(client, DEFAULT, store) == key
        assert client.get_experiment(experiment_id(client, "mine", store)).name == "mine"
        monkeypatch.setenv(NAME, "team A")
        assert experiment_id(client, "team A", store) == key
        monkeypatch.setenv(NAME, "team B")
        assert (
            refusal(lambda: experiment_id(client, "team B", store)) == f"{ID} {key} is 'team A', and {NAME} is 'team B'; unset one of them"
        )
        monkeypatch.setenv(ID, "77")
        assert refusal(lambda: experiment_id(client, DEFAULT, store)).startswith(f"{ID} '77': the store has no experiment of that id")


def test_a_run_is_opened_under_that_experiment(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "team A")
    with tracked_run("sqlite:///mlflow.db", experiment_name(Tracking()), "run", place) as tracked:
        client = MlflowClient("sqlite:///mlflow.db")
        assert client.get_experiment(client.get_run(tracked.run_id).info.experiment_id).name == "team A"


@pytest.mark.parametrize("key", ["x' or '1'='1", 'a"b', "0" * 31, "A" * 32])
def test_what_is_no_id_of_a_run_is_refused_before_a_store_is_asked(place: Path, key: str) -> None:
    assert "no id of a run, which is 32 hexadecimal digits" in refusal(lambda: download(key, "sqlite:///mlflow.db"))
    assert "neither a run folder nor an MLflow run id" in refusal(lambda: load_predictions(key))


def of_schema(file: Path, revision: str) -> Path:
    """The store as if another version of MLflow had made it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.commit()
    return file


@pytest.mark.parametrize(
    ("age", "remedy"),
    [
        ("an older", "when all who use it can, take a copy and run: mlflow db upgrade sqlite:///"),
        ("a newer", "install the MLflow that the others use; or name another store"),
    ],
)
def test_a_store_of_another_mlflow_is_left_as_it_is_and_named(place: Path, age: str, remedy: str) -> None:
    """MLflow by itself would upgrade the older without asking, which shuts out everybody with the MLflow of before."""
    own, before, *_ = _revisions()
    file = of_schema(place / "mlflow.db", before if age == "an older" else "f" * 12)
    bytes_before = file.read_bytes()
    with tracked_run("sqlite:///mlflow.db", "small", "run", place) as tracked:
        said = tracked.log(place)
    assert said is not None
    assert f"mlflow.db: is of {age} MLflow than {version('mlflow')} here (schema " in said
    assert remedy in said
    assert "\n" not in said
    done = run("log", str(make_run(place / "run", surges=5)), "--tracking-uri", "sqlite:///mlflow.db")
    assert done.returncode == 2
    assert remedy in done.stderr.splitlines()[-1]
    assert file.read_bytes() == bytes_before
    of_schema(file, own)
    with connection("sqlite:///mlflow.db") as client:
        assert client.search_experiments()


def test_a_server_that_is_too_old_is_named_with_its_version(place: Path) -> None:
    class OldServer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            known = self.path == "/version"
            body = b"2.22.0" if known else b"Not Found"
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), OldServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http{'://'}127.0.0.1:{server.server_port}"
            said = rf"404.* \(the server is MLflow 2\.22\.0, here is {version('mlflow')}\)$"
            with pytest.raises(InputError, match=said), connection(url) as client:
                client.search_experiments()
        finally:
            server.shutdown()
