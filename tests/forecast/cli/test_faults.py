"""Faults of the machine under a run: no room, no right to write, a clock that goes back. What was there before stays whole."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError
from features.files.atomic import atomic_write
from forecast.api import TrainedRun, load_predictions, predict
from forecast.backtest.checkpoints import FOLDER, Checkpoints, FoldPrediction
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import walk
from forecast.runs.answer.answer import Answer
from forecast.runs.export import export_table
from forecast.runs.folder import open_run
from forecast.runs.predictions.columns import COLUMNS
from forecast.runs.predictions.history import append_forecast, load_history
from forecast.runs.tracking import tracked_run
from forecast.target.splits import Fold
from tests.commands import run
from tests.disks import Disk, mounted, read_only, small_disk
from tests.studies import small_study

NOON = datetime(2019, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def study() -> Study:
    return small_study()


@pytest.fixture
def prepared(study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Whatever is asked to be trained is the small study."""
    monkeypatch.setattr(Study, "prepare", lambda *_, **__: study)
    return study


@pytest.fixture
def rows(small_run: TrainedRun) -> pd.DataFrame:
    assert small_run.answer is not None
    table = load_predictions(small_run.folder)
    return table[table["date"] == small_run.answer.surge.session].reset_index(drop=True)


@pytest.fixture
def answer(small_run: TrainedRun) -> Answer:
    assert small_run.answer is not None
    return small_run.answer


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of its own that can be filled."""
    with small_disk(tmp_path / "disk") as made:
        yield made


def hidden(place: Path) -> set[str]:
    """What is left half made in `place`; locks and refits that stay are none of it."""
    lasting = {".history.lock", ".run.lock", ".mlflow.db.lock", FOLDER, ".gitignore"}
    return {path.name for path in place.rglob(".*")} - lasting


def test_a_fold_that_finds_no_room_is_not_kept_and_nothing_is_lost(disk: Disk, study: Study) -> None:
    store = Checkpoints.within(disk.place)
    folds = walk_folds(study)
    calm = walk(folds, study.samples, study.experiment)
    walk(folds[:2], study.samples, study.experiment, checkpoints=store)
    sorted(store.folder.glob("*/*.npz"))[1].unlink()
    before = kept_in(store)
    with disk.full():
        result = walk(folds, study.samples, study.experiment, checkpoints=_blown_up(store))
    assert result.reused == 1
    assert result.notes[-1].startswith(f"finished folds are not kept ({disk.error})")
    assert kept_in(store) == before
    for one, other in zip(result.predictions, calm.predictions, strict=True):
        assert [part.tobytes() for part in one.prediction.parts] == [part.tobytes() for part in other.prediction.parts]


def kept_in(store: Checkpoints) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.glob("*/*")}


def walk_folds(study: Study) -> list[Fold]:
    return study.experiment.walk_forward.folds(study.dataset.sample)


def _blown_up(store: Checkpoints) -> Checkpoints:
    """The store, with files of more than a page."""

    class Large(Checkpoints):
        def write(self, key: str, prediction: FoldPrediction) -> str | None:
            return super().write(key, prediction._replace(notes=(*prediction.notes, "x" * 9000)))

    return Large(store.folder, store.code)


@pytest.mark.slow
def test_a_run_that_finds_no_room_ends_in_one_line_and_the_one_before_it_stays(disk: Disk, prepared: Study) -> None:
    options = ("train", "--output", str(disk.place / "run"), "--no-tracking", "--no-report", "--jobs", "1", "--quiet")
    assert run(*options).returncode == 0
    before = open_run(disk.place / "run").manifest
    with disk.full():
        done = run(*options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert disk.error in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert open_run(disk.place / "run").manifest == before
    assert not hidden(disk.place)
    assert run(*options).returncode == 0
    assert not hidden(disk.place)
    assert len(load_history(disk.place / "history")["given_at"].unique()) == 2


def test_a_forecast_that_finds_no_room_is_told_and_the_history_stays(
    disk: Disk, small_run: TrainedRun, answer: Answer, rows: pd.DataFrame
) -> None:
    append_forecast(disk.place / "history", answer, rows, run=small_run.folder, given_at=NOON)
    before = {path.name: path.read_bytes() for path in (disk.place / "history").iterdir()}
    with disk.full(), pytest.raises(InputError, match=f"cannot be written .*{disk.error}"):
        append_forecast(disk.place / "history", answer, rows, run=small_run.folder, given_at=NOON + timedelta(days=1))
    assert {path.name: path.read_bytes() for path in (disk.place / "history").iterdir()} == before
    append_forecast(disk.place / "history", answer, rows, run=small_run.folder, given_at=NOON + timedelta(days=1))
    assert len(load_history(disk.place / "history")) == 2 * len(rows)


def test_a_page_that_finds_no_room_leaves_the_one_before_it(disk: Disk) -> None:
    page = disk.place / "report.html"
    page.write_text("the page of yesterday")
    with disk.full(), pytest.raises(InputError, match=f"report.html: cannot be written .*{disk.error}"), atomic_write(page) as scratch:
        scratch.write_text("x" * 100_000)
    assert page.read_text() == "the page of yesterday"
    assert [path.name for path in disk.place.iterdir()] == ["report.html"]


@pytest.mark.slow
def test_a_store_that_finds_no_room_is_told_and_stays_sound(disk: Disk, small_run: TrainedRun, blank_store: Path) -> None:
    store = Path(shutil.copy(blank_store, disk.place))
    with tracked_run(f"sqlite:///{store}", "small", "run", disk.place) as tracked:
        assert tracked.unreachable is None
        with disk.full():
            said = tracked.log(small_run.folder)
    assert said is not None
    assert said.startswith("--tracking-uri sqlite:///")
    assert "\n" not in said
    open_run(small_run.folder)
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with tracked_run(f"sqlite:///{store}", "small", "run", disk.place) as tracked:
        assert tracked.log(small_run.folder) is None
    with closing(sqlite3.connect(store)) as connection:
        statuses = [status for (status,) in connection.execute("SELECT status FROM runs WHERE name = 'run' ORDER BY start_time")]
    assert statuses[-1] == "FINISHED"
    assert statuses[0] in ("FAILED", "KILLED"), "no run of the dead counts as running"


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[Path]:
    """A place that can be shut by `read_only`."""
    with mounted(tmp_path / "shut"):
        yield tmp_path / "shut"


@pytest.mark.slow
def test_where_nothing_may_be_written_each_says_so_and_what_is_there_is_read(
    shut: Path, prepared: Study, small_run: TrainedRun, answer: Answer, rows: pd.DataFrame, tmp_path: Path
) -> None:
    options = ("train", "--output", str(shut / "run"), "--no-tracking", "--no-report", "--jobs", "1", "--quiet")
    assert run(*options).returncode == 0
    with read_only(shut):
        done = run(*options)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert "cannot be written" in done.stderr
        elsewhere = run(*options[:2], str(tmp_path / "other"), *options[3:], "--history", str(shut / "history"))
        assert elsewhere.returncode == 2
        assert f"error: --history {shut / 'history'}: cannot be written" in elsewhere.stderr
        with pytest.raises(InputError, match="cannot be written"):
            append_forecast(shut / "history", answer, rows, run=small_run.folder)
        with pytest.raises(InputError, match="cannot be written"):
            export_table(shut / "run", shut / "mine.csv")
        with tracked_run(f"sqlite:///{shut / 'mlflow.db'}", "small", "run", shut) as tracked:
            assert "cannot be written (" in str(tracked.unreachable)
        other = small_study(seed=2)
        assert walk(walk_folds(other)[:1], other.samples, other.experiment, checkpoints=Checkpoints.within(shut)).notes
        assert predict(shut / "run", data="kept").answer.questions == answer.questions
        assert len(load_history(shut / "history")) == len(rows)


def test_a_clock_that_was_set_back_loses_no_forecast(tmp_path: Path, small_run: TrainedRun, answer: Answer, rows: pd.DataFrame) -> None:
    """Each is kept under the moment that the clock told; the order is the clock's, and `latest.json` has what was given last."""
    back = [NOON, NOON - timedelta(days=1), NOON - timedelta(days=1), NOON + timedelta(seconds=1)]
    files = [
        append_forecast(tmp_path, answer, rows.assign(method=f"given {number}"), run=small_run.folder, given_at=moment)
        for number, moment in enumerate(back)
    ]
    assert len({path.name for path in files}) == 4
    assert [path.name.split("_")[2] for path in files] == [f"{moment:%Y%m%dT%H%M%S}000000Z" for moment in back]
    forecasts = load_history(tmp_path)
    assert forecasts["method"].drop_duplicates().tolist() == ["given 1", "given 2", "given 0", "given 3"]
    assert set(forecasts.columns) == {*COLUMNS, "as_of", "given_at"}
    assert json.loads((tmp_path / "latest.json").read_text())["forecast"] == files[3].name
    assert load_history(tmp_path, given_by=NOON)["method"].drop_duplicates().tolist() == ["given 1", "given 2", "given 0"]
