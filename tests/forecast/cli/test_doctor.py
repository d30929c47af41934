"""Doctor: what it finds is what a training finds, and it leaves nothing behind."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest

from forecast.backtest.dataset import assemble
from forecast.backtest.experiment import read_experiment
from forecast.cli.diagnosis import machine, packages, store
from forecast.cli.diagnosis.diagnose import diagnose
from forecast.cli.diagnosis.health_check import Diagnosis, HealthCheck, State
from tests import markets
from tests.commands import run

EXPERIMENT = """
name = "test"
inputs.small = { file = "small.csv", columns = { small = "Close" } }
inputs.vix = { file = "vix.csv", columns = { vix = "Close" } }
companions.other = { file = "other.csv", columns = ["Close"] }
scenarios.fear = { implied_vol = 4.0 }
"""


@pytest.fixture(scope="module")
def closes() -> str:
    """Those of the simulated market, as CSV."""
    return str(markets.panel().frame["small"].rename("Close").rename_axis("Date").to_csv())


@pytest.fixture
def place(tmp_path: Path, closes: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with closes, and neither a VIX nor companions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "small.csv").write_text(closes)
    (tmp_path / "test.toml").write_text(EXPERIMENT)
    return tmp_path


def of(diagnosis: Diagnosis, part: str, subject: str) -> HealthCheck:
    return next(item for item in diagnosis.checks if (item.part, item.subject) == (part, subject))


def test_what_is_lacking_is_named_and_a_training_can_run_without_it(place: Path) -> None:
    diagnosis = diagnose(Path("test.toml"), data="data", today=date(2008, 9, 8))
    assert diagnosis.ready
    small = of(diagnosis, "inputs", "small")
    assert small.state is State.OK
    assert small.message.startswith("2000-01-03 to 2008-09-05, ")
    assert of(diagnosis, "inputs", "vix") == HealthCheck(
        "inputs", "vix", State.NOTE, "no file vix.csv in data, which holds vix; put it there, or name its folder with --data"
    )
    assert of(diagnosis, "companions", "other").message.endswith("no file other.csv in data")
    assert of(diagnosis, "inputs", "history").message.endswith("the last of 2008-09-05, 3 days ago")
    assert of(diagnosis, "features", "scenarios.fear").message == "would go without implied_vol"


def test_it_counts_the_features_that_a_training_leaves_off(place: Path) -> None:
    diagnosis = diagnose(Path("test.toml"), data="data")
    off = assemble(read_experiment(Path("test.toml")), "data").features.off
    counted = [item.message.split(" of ")[0] for item in diagnosis.checks if item.part == "features" and " features off" in item.message]
    assert sum(map(int, counted)) == len(off) > 0


def test_an_old_last_close_is_a_note(place: Path) -> None:
    assert of(diagnose(Path("test.toml"), data="data", today=date(2008, 9, 12)), "inputs", "history").state is State.OK
    assert of(diagnose(Path("test.toml"), data="data", today=date(2008, 9, 13)), "inputs", "history").state is State.NOTE


def test_a_series_that_has_ended_is_told_to_be_too_old(place: Path) -> None:
    lines = (place / "data" / "small.csv").read_text().splitlines()
    (place / "data" / "vix.csv").write_text("\n".join(lines[:-20]))
    vix = of(diagnose(Path("test.toml"), data="data"), "inputs", "vix")
    assert vix.state is State.NOTE
    assert vix.message.endswith("vix.csv; too old to count as known on 2008-09-05: vix")


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (
            lambda data: (data / "small.csv").unlink(),
            [],
            "no file small.csv in data, which holds small; put it there, or name its folder with --data",
        ),
        (lambda data: (data / "small.csv").write_text("Date,Close\n2000-01-03,-1\n"), [], "must be > 0, got -1"),
        (lambda data: (data / "vix.csv").write_text("Date,Last\n2000-01-03,1\n"), [], "no column 'Close'"),
        (lambda data: (data / "other.csv").write_text("Date,Close\nyesterday,1\n"), [], "is no date"),
        (lambda data: None, ["--set", "walk_forward.min_history=9999"], "walk_forward.min_history = 9999"),
        (lambda data: None, ["--set", "walk_forward.start=2030-01-01"], "lies after the last close, 2008-09-05"),
        (lambda data: None, ["--set", "bogus=1"], "unknown key 'bogus'"),
        (lambda data: None, ["--output", "test.toml/runs"], "cannot be written"),
    ],
)
def test_what_stops_a_training_is_missing_and_exit_code_2(place: Path, change: object, arguments: list[str], said: str) -> None:
    change(place / "data")  # type: ignore[operator]
    done = run("doctor", "test.toml", "--data", "data", "--json", *arguments, place=place)
    messages = json.loads(done.stdout)
    missing = [item["said"] for item in messages["findings"] if item["state"] == "missing"]
    assert any(said in line for line in missing), missing
    assert (done.returncode, messages["ready"]) == (2, False)


def test_it_leaves_nothing_behind_and_fits_100_columns(place: Path) -> None:
    before = sorted(place.rglob("*"))
    done = run("doctor", "test.toml", "--data", "data", place=place)
    assert done.returncode == 0
    assert sorted(place.rglob("*")) == before
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_the_first_line_is_the_answer_and_packages_are_named_last_and_only_where_one_is_missing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def headings(*words: str) -> list[str]:
        lines = run("doctor", "test.toml", "--data", "data", *words, place=place).stdout.splitlines()
        return [line for line in lines if not line.startswith(" ")]

    assert headings() == ["A training can run.", "Off, or to be known", "What is there"]
    assert headings("--quiet") == ["A training can run.", "Off, or to be known"]
    assert headings("--verbose")[-1] == "In order: packages"
    (place / "data" / "small.csv").unlink()
    first, *rest = headings()
    assert first.startswith("A training cannot run: small: no file small.csv in data, ")
    assert first.endswith("--data (and 1 more, below)")
    assert rest[0] == "What stops it"
    monkeypatch.setattr(packages, "requires", lambda _: ["nothing-of-this-name>=1.5"])
    assert diagnose().answer == (
        "A training cannot run: nothing-of-this-name: is not installed, and smallcap-surge needs 1.5 or newer: "
        "pip install 'nothing-of-this-name>=1.5'"
    )


def test_what_would_switch_features_on_is_named(place: Path) -> None:
    volatility = of(diagnose(Path("test.toml"), data="data"), "features", "volatility")
    assert volatility.state is State.NOTE
    assert "features off (models learn from it); they need vix" in volatility.message


def test_without_its_files_an_experiment_cannot_run(place: Path) -> None:
    assert of(diagnose(Path("test.toml")), "inputs", "small").state is State.MISSING
    assert of(diagnose(Path("test.toml"), data="nowhere"), "data", "folder").message.startswith("--data nowhere: no such folder")


def make_store(file: Path, schema: str) -> str:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("CREATE TABLE runs (run_uuid)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (schema,))
        connection.execute("INSERT INTO runs VALUES ('a')")
        connection.commit()
    return f"sqlite:///{file}"


def test_a_store_is_compared_with_the_installed_mlflow(tmp_path: Path) -> None:
    from mlflow.store.db.utils import _get_latest_schema_revision

    newest = _get_latest_schema_revision()
    older = next(iter(store._revisions()[0] - {newest}))
    wanted = {newest: (State.OK, "own"), older: (State.NOTE, "`mlflow db upgrade`"), "0" * 12: (State.NOTE, "does not know")}
    for place, (schema, (state, said)) in enumerate(wanted.items()):
        status = store._store(make_store(tmp_path / f"{place}.db", schema))
        assert status[0] is state
        assert status[1].startswith(f"1 runs, schema {schema}, ")
        assert said in status[1]


@pytest.mark.parametrize(
    ("uri", "state", "said"),
    [
        ("sqlite:///new.db", State.OK, "is made by the first run"),
        ("sqlite:///text.db", State.NOTE, "is no sqlite file"),
        ("http" + "://127.0.0.1:9", State.NOTE, "does not answer"),
        ("http" + "://127.0.0.1:port", State.NOTE, "does not answer"),
        ("http" + "://[::1", State.NOTE, "does not answer"),
        ("http" + "://user:secret@127.0.0.1:9", State.NOTE, "does not answer"),
        ("http" + "://user:secret@127.0.0.1:port", State.NOTE, "does not answer"),
        ("postgresql+absent://user:secret@localhost/none", State.NOTE, "cannot be read"),
    ],
)
def test_a_store_that_is_away_is_a_note_and_shows_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, state: State, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.db").write_text("a text that is somebody's own")
    check = next(item for item in store.places(uri, tmp_path) if item.subject == "MLflow store")
    assert check.state is state
    assert said in check.message
    assert "secret" not in check.message


def test_a_package_below_its_bound_is_a_note_and_one_that_is_not_there_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = ["numpy>=99", "pandas>=2.0", "nothing-of-this-name>=1.5", "pytest>=99; extra == 'test'", "pytest>=1; extra == 'dev'"]
    monkeypatch.setattr(packages, "requires", lambda _: declared)
    checks = {item.subject: item for item in packages.packages()}
    assert checks["numpy"].message == f"{version('numpy')} is below 99, with which nothing is tested; upgrade it"
    assert checks["numpy"].state is State.NOTE
    assert checks["pandas"].state is State.OK
    assert checks["nothing-of-this-name"].state is State.MISSING
    assert checks["[test]"].message == "runs the suite; lacks pytest: pip install 'smallcap-surge[test]'"
    assert checks["[dev]"].state is State.OK


def test_without_a_package_that_is_needed_nothing_further_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "requires", lambda _: ["nothing-of-this-name>=1.5"])
    diagnosis = diagnose()
    assert not diagnosis.ready
    assert {item.part for item in diagnosis.checks} == {"packages", "machine"}


def test_versions_are_compared_by_their_numbers() -> None:
    assert packages._numbers("2.0") == packages._numbers("2")
    assert packages._numbers("0.14.5") < packages._numbers("0.15.0.dev1")
    assert packages._numbers("13.9.4") < packages._numbers("13.10")


def test_memory_and_the_cache_of_kernels_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(machine, "_memory", lambda: 0.5)
    checks = {item.subject: item for item in machine.machine()}
    assert checks["numba cache"].state is State.NOTE
    assert checks["memory"].message == "0.5 GiB, less than 2; train with --jobs 1"
