"""A team's tracking server: MLflow on PostgreSQL, two runs logged at once."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from forecast.api import load_predictions
from forecast.runs.folder import new_run_folder
from forecast.runs.tracking import tracked_run
from forecast.runs.write import write_run
from tests.processes import Forked
from tests.servers import answers, free_port, mlflow_server, running, until
from tests.studies import small_study

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
    with mlflow_server(place, "server", *stores, "--host", "127.0.0.1", "--port", port, "--workers", 1) as log:
        until(lambda: answers(port), log)
        yield "http" + f"://127.0.0.1:{port}"


def log_small(folder: Path, server: str) -> None:
    """As a training of the small study does: a run opened on the server, the folder written with its id, and logged."""
    study = small_study()
    with tracked_run(server, study.experiment.tracking.experiment, study.run_name, folder.parent) as tracked:
        assert tracked.unreachable is None
        with new_run_folder(folder) as new:
            write_run(new.scratch, study, study.run(jobs=1), tracked.run_id)
        said = tracked.log(folder)
        assert said is None, said


@pytest.fixture(scope="module")
def parents(server: str, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two runs that were opened and logged at once by two processes on a server where nothing was before."""
    place = tmp_path_factory.mktemp("runs")
    for one in [Forked(place, log_small, place / name, server) for name in ("one", "other")]:
        code, errors = one.end()
        assert code == 0, errors
    client = MlflowClient(server)
    return [run for run in logged(client) if "mlflow.parentRunId" not in run.data.tags]


def logged(client: MlflowClient) -> list[Run]:
    """All runs on the server."""
    experiment = client.get_experiment_by_name("smallcap-surge")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


@pytest.mark.slow
def test_two_runs_logged_at_once_are_whole_on_a_server_with_postgresql(server: str, parents: list[Run]) -> None:
    client = MlflowClient(server)
    assert len(parents) == len(logged(client)) == 2  # one run a training, nothing nested in it
    assert {run.info.status for run in parents} == {"FINISHED"}
    assert parents[0].data.metrics["brier"] == parents[1].data.metrics["brier"]  # of one study
    for run in parents:
        assert client.get_logged_model(run.outputs.model_outputs[0].model_id).status == "READY"
    assert {version.run_id for version in client.search_model_versions("name = 'smallcap-surge'")} == {run.info.run_id for run in parents}


@pytest.mark.slow
def test_a_run_on_the_server_is_read_back_through_it(server: str, parents: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    for run in parents:
        assert set(load_predictions(run.info.run_id)["run_id"]) == {run.info.run_id}
    assert len(load_predictions("models:/smallcap-surge@challenger")) == len(load_predictions(parents[0].info.run_id))
