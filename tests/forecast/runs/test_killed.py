"""What the killed leave: swept by those who come later, and told from what the living are making."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock
from mlflow import MlflowClient

from benchmarks.killed import storm
from features.errors import InputError
from features.files.atomic import LOCK, atomic_write, claim, remove_abandoned
from forecast.api import TrainedRun
from forecast.backtest.checkpoints import FOLDER
from forecast.backtest.study import Study
from forecast.runs.folder import new_run_folder, open_run
from forecast.runs.tracking import log_run, tracked_run
from forecast.runs.tracking.client import connection
from forecast.runs.tracking.run_owner import NAME, OLD, OWNER, own_run, owner_of
from forecast.runs.tracking.stores import check_sqlite
from tests.commands import run
from tests.forecast.runs.test_runs import write_run
from tests.processes import Forked, command
from tests.runs import QUICK
from tests.studies import small_study

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")


def killed(script: str, place: Path) -> None:
    """Runs `script`, which ends by killing itself."""
    script = f"import os, signal\ndie = lambda: os.kill(os.getpid(), signal.SIGKILL)\n{script}"
    done = subprocess.run([sys.executable, "-c", script], cwd=place, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -signal.SIGKILL


def names(place: Path) -> list[str]:
    """What is in `place` but for the locks that stay."""
    return sorted(path.name for path in place.iterdir() if path.name not in (".run.lock", ".mlflow.db.lock"))


HALVES = """
from pathlib import Path
from features.files.atomic import claim, scratch_folder
with scratch_folder(Path("run")) as scratch, claim(Path(".file.tmp.csv")):
    (scratch / "metrics.json").write_text("half")
    Path(".file.tmp.csv").write_text("half")
    die()
"""


def test_what_the_dead_were_making_is_swept_and_what_the_living_make_is_not(tmp_path: Path) -> None:
    (tmp_path / ".mine").mkdir()
    (tmp_path / ".mine.lock").touch()
    killed(HALVES, tmp_path)
    assert len(names(tmp_path)) == 6
    with claim(tmp_path / ".living"):
        (tmp_path / ".living").write_text("under way")
        remove_abandoned(tmp_path)
        assert names(tmp_path) == [".living", f".living{LOCK}", ".mine", ".mine.lock"]
        (tmp_path / ".living").unlink()
    assert names(tmp_path) == [".mine", ".mine.lock"]


def test_a_run_sweeps_what_one_of_any_name_left_beside_it(tmp_path: Path) -> None:
    killed(HALVES, tmp_path)
    write_run(tmp_path / "run")
    assert names(tmp_path) == ["run"]
    killed(HALVES, tmp_path)
    with atomic_write(tmp_path / "table.csv") as scratch:
        scratch.write_text("whole")
    assert names(tmp_path) == ["run", "table.csv"]


def test_a_report_whose_writer_was_killed_does_not_stand_in_the_way_of_the_next_run(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    killed(HALVES.replace('".file.tmp.csv"', '"run/.0123.tmp.html"').replace('Path("run")', 'Path("else")'), tmp_path)
    assert (tmp_path / "run" / ".0123.tmp.html").exists()
    write_run(tmp_path / "run", "newer")
    assert (open_run(tmp_path / "run").folder / "metrics.json").read_text() == "newer"
    assert not list((tmp_path / "run").glob(".*"))
    with new_run_folder(tmp_path / "other") as new, pytest.raises(InputError), new_run_folder(tmp_path / "other" / ".."):
        assert new.scratch.is_dir()


def test_a_lock_that_somebody_else_made_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / f".precious{LOCK}.txt").write_text("mine")
    (tmp_path / f"precious{LOCK}").write_text("mine")
    (tmp_path / "precious").write_text("mine")
    remove_abandoned(tmp_path)
    assert names(tmp_path) == sorted([f".precious{LOCK}.txt", f"precious{LOCK}", "precious"])


@pytest.fixture
def place(tmp_path: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a store of its own, `mlflow.db`."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(blank_store, tmp_path)
    return tmp_path


@pytest.fixture
def store(place: Path) -> str:
    return f"sqlite:///{place / 'mlflow.db'}"


def ended(store: str) -> dict[str, str]:
    """Status of each run, by name."""
    client = MlflowClient(store)
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    return {run.info.run_name: run.info.status for run in runs}


class KilledError(BaseException):
    """Stands for a process that is gone: its lock is free, and nobody told the store."""


def leave_running(store: str, place: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """As a process that is killed leaves it: a run with a part and a model under way, and a lock that nobody holds."""
    with monkeypatch.context() as mute, pytest.raises(KilledError), tracked_run(store, "small", name, place) as tracked:
        with connection(store) as client:
            filed = client.get_run(tracked.run_id).info.experiment_id
            client.create_run(filed, run_name=f"{name} part", tags={"mlflow.parentRunId": tracked.run_id})
            client.create_logged_model(filed, name="forecaster", source_run_id=tracked.run_id)
        mute.setattr(MlflowClient, "set_terminated", _gone)
        raise KilledError
    return tracked.run_id


def _gone(*_: object) -> None:
    raise OSError("nobody is there to say so")


@pytest.mark.slow
def test_a_run_whose_process_is_gone_is_ended_by_the_next(store: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_running(store, place, "dead", monkeypatch)
    assert ended(store) == {"dead": "RUNNING", "dead part": "RUNNING"}
    with tracked_run(store, "small", "alive", place) as alive, tracked_run(store, "small", "next", place):
        assert ended(store) == {"dead": "KILLED", "dead part": "KILLED", "alive": "RUNNING", "next": "RUNNING"}
        with closing(sqlite3.connect(place / "mlflow.db")) as connection:
            assert connection.execute("SELECT status FROM logged_models").fetchall() == [(3,)]  # MLflow's LoggedModelStatus FAILED
        client = MlflowClient(store)
        assert owner_of(client.get_run(alive.run_id))[2].parent == place
        dead = client.search_runs([client.get_run(alive.run_id).info.experiment_id], "attributes.status = 'KILLED'")
        assert [each for each in dead if OWNER in each.data.tags] == []
    assert len([name for name in names(place) if name.endswith(".tracked.lock")]) == 2, "theirs: the runs were not logged"


@pytest.mark.slow
def test_a_run_that_may_be_alive_is_left_alone(store: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another machine; without a lock to be seen; with one that is held, by whomever; with a lock that is no lock of ours."""
    (place / "precious").write_text("")
    tags = {run_id: {} for run_id in ("elsewhere", "unseen", "held", "hostile")}
    for name in tags:
        run_id = leave_running(store, place, name, monkeypatch)
        client = MlflowClient(store)
        host, process, lock = owner_of(client.get_run(run_id))
        assert NAME.fullmatch(lock.name)
        if name == "elsewhere":
            client.set_tag(run_id, OWNER, f"another-machine {process} {lock}")
        elif name == "unseen":
            lock.unlink()
        elif name == "held":
            holder = FileLock(lock)
            holder.acquire()
        else:
            client.set_tag(run_id, OWNER, f"{host} {process} {place / 'precious'}")
        with tracked_run(store, "small", "next", place) as tracked:
            assert ended(store)[name] == "RUNNING"
        assert tracked.run_id
        client.set_terminated(run_id, "FINISHED")
    assert (place / "precious").exists()
    holder.release()


def test_locks_that_nobody_holds_go_with_their_store_or_after_a_week(place: Path, store: str) -> None:
    locks = []
    for other in (store, "sqlite:///other.db", "sqlite:///older.db"):
        with own_run(place, other) as owner:
            locks.append(owner.lock)
    os.utime(locks[2], (0, 0))
    assert OLD < 30 * 86400
    with tracked_run(store, "small", "next", place):
        left = [path for path in locks if path.exists()]
    assert left == [locks[1]]


HOT = """
import sqlite3
connection = sqlite3.connect("mlflow.db", isolation_level=None)
connection.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
connection.execute("BEGIN IMMEDIATE")
connection.execute("CREATE TABLE half (x)")
for each in range(500):
    connection.execute("INSERT INTO half VALUES (?)", ("x" * 500,))
die()
"""


def test_a_store_whose_writer_was_killed_is_rolled_back(store: str, place: Path) -> None:
    killed(HOT, place)
    assert (place / "mlflow.db-journal").stat().st_size > 0
    check_sqlite(place / "mlflow.db")
    with closing(sqlite3.connect(place / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall()


@pytest.mark.slow
def test_a_store_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    killed(HALVES.replace('Path("run")', 'Path("mlflow.db")'), tmp_path)
    (tmp_path / "mlflow.db").touch()
    with connection(f"sqlite:///{tmp_path / 'mlflow.db'}") as client:
        assert [experiment.name for experiment in client.search_experiments()] == ["Default"]
    assert names(tmp_path) == ["mlflow.db"]


@pytest.fixture
def held(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the store, for whom nobody waits long."""
    monkeypatch.setattr("forecast.runs.tracking.stores.PATIENCE", 0.1)
    with closing(sqlite3.connect(place / "mlflow.db", isolation_level=None)) as connection:
        yield connection


@pytest.mark.slow
def test_a_training_whose_store_is_held_by_another_program_is_whole_and_says_so(
    place: Path, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small_study()
    monkeypatch.setattr(Study, "prepare", lambda *_, **__: study)
    held.execute("BEGIN EXCLUSIVE")
    options = ("train", "--output", "run", "--tracking-uri", "sqlite:///mlflow.db", "--no-report", "--jobs", "1", "--quiet")
    done = run(*options, place=place)
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert "mlflow.db: cannot be read (database is locked); wait for who holds it; the run is whole in run, log it later with: " in said
    assert open_run(place / "run").manifest.name
    held.execute("ROLLBACK")
    assert run("log", "run", "--tracking-uri", "sqlite:///mlflow.db", place=place).returncode == 0
    assert names(place) == [FOLDER, "history", "mlflow.db", "mlruns", "run"]


def drop(store: Path) -> None:
    store.unlink()


def garble(store: Path) -> None:
    store.write_bytes(b"\x00\xffgarbage" * 1000)


def replace_by_another(store: Path) -> None:
    """As a backup that is put back while the training runs."""
    shutil.copy(store, store.with_name("other.db"))
    with closing(sqlite3.connect(store.with_name("other.db"))) as connection:
        connection.execute("DELETE FROM tags")
        connection.execute("DELETE FROM runs")
        connection.commit()
    store.with_name("other.db").replace(store)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (drop, "was there when the training began, and is gone"),
        (garble, "is no sqlite file; name another"),
        (replace_by_another, "not found"),
    ],
)
def test_a_store_that_is_lost_during_a_training_is_named_and_nothing_goes_into_thin_air(
    store: str, place: Path, small_run: TrainedRun, harm, said: str
) -> None:
    with tracked_run(store, "small", "run", place) as tracked:
        harm(place / "mlflow.db")
        before = (place / "mlflow.db").read_bytes() if harm is garble else None
        reason = tracked.log(small_run.folder)
    assert reason is not None
    assert reason.startswith("--tracking-uri sqlite:///")
    assert said in reason
    assert "\n" not in reason
    assert open_run(small_run.folder).manifest.name
    if harm is garble:
        assert (place / "mlflow.db").read_bytes() == before, "whatever it is, it is not ours to change"
    if harm is drop:
        assert not (place / "mlflow.db").exists()
        assert log_run(small_run.folder, store)


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_logs_leaves_a_whole_run_and_log_makes_one_of_it(
    store: str, place: Path, small_run: TrainedRun
) -> None:
    shutil.copytree(small_run.folder, place / "run")
    logging = command(place, "log", "run", "--tracking-uri", store)
    with closing(sqlite3.connect(place / "mlflow.db")) as connection:
        while logging.poll() is None and not connection.execute("SELECT count(*) FROM runs").fetchone()[0]:
            time.sleep(0.01)
    os.killpg(logging.pid, signal.SIGKILL)
    assert logging.end()[0] == -signal.SIGKILL
    assert list(ended(store).values()) == ["RUNNING"]
    assert open_run(place / "run").manifest.run_id == small_run.run_id
    assert run("log", "run", "--tracking-uri", store, place=place).returncode == 0
    assert set(ended(store).values()) == {"FINISHED"}
    client = MlflowClient(store)
    assert len(client.search_runs([client.get_experiment_by_name("smallcap-surge").experiment_id])) == 1


@pytest.mark.slow
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_bits(
    tmp_path: Path, blank_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The benchmark in small: two kills, then a rerun to the end."""

    def start(folder: Path, words: list[str]) -> Forked:
        if not (folder / "mlflow.db").exists():
            shutil.copy(blank_store, folder)
        assert words[0] == "--jobs"
        return command(folder, "train", "--jobs", "1", *words[2:])

    overrides = (
        "model.components=['climatology','ewma']",
        "model.paths=100",
        "walk_forward.start=2017-06-01",
        "walk_forward.refit_every=42",
    )
    options = [word for override in (*QUICK, *overrides) for word in ("--set", override)]
    assert Forked(tmp_path, int).end() == (
        0,
        "",
    )  # what is forked later has everything imported, so that the first takes as long as the others
    # By this seed: killed half-way, and in the walk once folds are kept.
    code = storm(tmp_path, kills=2, seed=6, again=1.0, warm=False, options=("--no-report", *options), start=start)
    screen = capsys.readouterr().out
    assert code == 0, screen
    assert max(map(len, screen.splitlines())) <= 100
    assert screen.count("sound") == 2
    assert screen.count("the same bits") >= 1  # more where one was done before its moment came
