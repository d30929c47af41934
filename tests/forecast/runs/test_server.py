"""A team's tracking server: MLflow on PostgreSQL, two trainings at once."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from forecast.api import load_predictions
from tests.runs import QUICK
from tests.servers import PATIENCE, answers, free_port, running, until

ROOT = Path(__file__).resolve().parents[3]
OWNER = "postgres"  # who runs the database where we are root, which it refuses to be run by


def tool(name: str) -> str:
    """The program of PostgreSQL, on the path or where Debian keeps it."""
    places = [os.environ["PATH"], *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    path = shutil.which(name, path=os.pathsep.join(places))
    if not path:
        pytest.skip(f"no {name} here: PostgreSQL is not installed")
    return path


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty database of a PostgreSQL that runs for these tests alone."""
    pytest.importorskip("psycopg", reason="psycopg, the driver of PostgreSQL, is not installed (extra `postgresql`)")
    initdb, postgres, createdb = tool("initdb"), tool("postgres"), tool("createdb")
    place = Path(tempfile.mkdtemp(prefix="forecast-postgres-"))
    user = OWNER if os.geteuid() == 0 else None
    if user:
        shutil.chown(place, user)
    port = str(free_port())
    try:
        made = [initdb, "-D", place / "data", "-A", "trust", "-U", OWNER, "-N"]
        subprocess.run(made, check=True, capture_output=True, user=user, cwd=place)
        command = [postgres, "-D", place / "data", "-p", port, "-k", place, "-h", "127.0.0.1"]
        with running(command, place / "postgres.log", user=user):
            make = [createdb, "-h", "127.0.0.1", "-p", port, "-U", OWNER, "mlflow"]
            until(lambda: subprocess.run(make, check=False, capture_output=True).returncode == 0, place / "postgres.log")
            yield f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/mlflow"
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `mlflow server` on that database, artifacts through the server."""
    place, port = tmp_path_factory.mktemp("server"), free_port()
    stores = ["--backend-store-uri", database, "--artifacts-destination", place / "artifacts"]
    command = [sys.executable, "-m", "mlflow", "server", *stores, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with running(command, place / "server.log"):
        until(lambda: answers(port), place / "server.log")
        yield "http" + f"://127.0.0.1:{port}"


@pytest.mark.slow
def test_two_trainings_at_once_are_whole_on_a_server_with_postgresql(server: str, tmp_path: Path) -> None:
    quick = [word for key in QUICK for word in ("--set", key)]
    command = [sys.executable, "-m", "forecast.train", "--jobs", "1", "--no-report", *quick, "--tracking-uri", server]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(
            [*command, "--output", name], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in ("one", "other")
    ]
    for one in both:
        _, errors = one.communicate(timeout=PATIENCE)
        assert one.returncode == 0, errors
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("smallcap-surge")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert len(parents) == 2
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in parents:
        nested = [other for other in runs if other.data.tags.get("mlflow.parentRunId") == run.info.run_id]
        assert sorted(other.info.run_name for other in nested) == [
            "component climatology",
            "component ewma",
            "component logistic",
            "question surge_0.5_h21",
        ]
        question = next(other for other in nested if other.info.run_name.startswith("question"))
        assert run.data.metrics["brier"] == question.data.metrics["brier"]
        assert client.get_logged_model(run.outputs.model_outputs[0].model_id).status == "READY"
    assert {version.run_id for version in client.search_model_versions("name = 'smallcap-surge'")} == {run.info.run_id for run in parents}


@pytest.mark.slow
def test_a_run_on_the_server_is_read_back_through_it(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("smallcap-surge")
    assert experiment is not None, "the trainings of the test before are what is read"
    parents = [run for run in client.search_runs([experiment.experiment_id]) if "mlflow.parentRunId" not in run.data.tags]
    for run in parents:
        assert set(load_predictions(run.info.run_id)["run_id"]) == {run.info.run_id}
    assert len(load_predictions("models:/smallcap-surge@challenger")) == len(load_predictions(parents[0].info.run_id))
