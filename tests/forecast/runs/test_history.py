"""A history of forecasts: each stays as it was given, whoever else writes, and whatever goes wrong."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from forecast.api import TrainedRun, load_predictions, predict, train
from forecast.runs.answer.answer import Answer
from forecast.runs.folder import open_run
from forecast.runs.predictions import history as history_module
from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
from forecast.runs.predictions.history import append_forecast, forecast_days, load_history
from forecast.runs.predictions.history_file_name import ForecastFileName, slug
from forecast.runs.predictions.latest import FIELDS
from tests.commands import refusal, run
from tests.processes import Forked
from tests.runs import QUICK

ASKED = [*QUICK, "outcome.also=[{horizon=10, barrier='sigma', size=0.75}]"]
NOON = datetime(2024, 7, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def trained(place: Path) -> TrainedRun:
    return train(overrides=ASKED, output=place / "run", track=False, report=False, jobs=1)


@pytest.fixture(scope="module")
def answer(trained: TrainedRun) -> Answer:
    assert trained.answer is not None
    return trained.answer


@pytest.fixture(scope="module")
def rows(trained: TrainedRun, answer: Answer) -> pd.DataFrame:
    table = load_predictions(trained.folder)
    return table[table["date"] == answer.surge.session].reset_index(drop=True)


class Add(Protocol):
    """`append_forecast` of the trained run's forecast, with anything of it changed."""

    def __call__(self, folder: Path = ..., *, as_of: str = ..., given_at: datetime | None = ..., **columns: object) -> Path: ...


@pytest.fixture
def add(tmp_path: Path, trained: TrainedRun, answer: Answer, rows: pd.DataFrame) -> Add:
    def append(folder: Path = tmp_path, *, as_of: str = answer.as_of, given_at: datetime | None = NOON, **columns: object) -> Path:
        series = columns.get("series", answer.series)
        changed = answer.model_copy(update={"as_of": as_of, "series": series})
        return append_forecast(folder, changed, rows.assign(**columns), run=trained.folder, given_at=given_at)  # type: ignore[arg-type]

    return append


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


def test_a_training_adds_its_forecast_to_the_history_beside_its_run(
    trained: TrainedRun, answer: Answer, rows: pd.DataFrame, place: Path
) -> None:
    assert trained.history_file is not None
    assert trained.history_file.parent == place / "history"
    assert trained.history_error is None
    history = load_history(place / "history")
    pd.testing.assert_frame_equal(history[list(COLUMNS)], rows)
    assert set(history["as_of"]) == {pd.Timestamp(answer.as_of)}
    assert abs(history["given_at"].iloc[0] - pd.Timestamp.now("UTC")) < pd.Timedelta(minutes=30)
    open_run(trained.folder)  # the run is still whole


def test_a_forecast_is_added_and_nothing_that_was_there_is_touched(tmp_path: Path, add: Add) -> None:
    before: dict[str, bytes] = {}
    for hour in range(3):
        path = add(given_at=NOON + timedelta(hours=hour))
        now = files(tmp_path)
        assert {name: now[name] for name in before} == before
        assert set(now) - set(before) == {path.name}
        assert not path.stat().st_mode & 0o222, "nobody may write to it"
        before = now
    history = load_history(tmp_path)
    assert history["given_at"].drop_duplicates().tolist() == [pd.Timestamp(NOON + timedelta(hours=hour)) for hour in range(3)]


@pytest.mark.parametrize("links", [True, False])
def test_forecasts_at_the_same_moment_are_all_kept_where_links_can_be_made_and_elsewhere(
    tmp_path: Path, add: Add, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_links(*names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    assert len({add() for _ in range(3)}) == 3
    assert len(load_history(tmp_path)) == 3 * len(rows)


def append_many(run: Path, folder: Path, count: int, killed: bool) -> None:
    """The run's forecast as of `count` moments; or killed when the first is about to get its name."""
    answer, table = Answer.model_validate_json((run / "forecast.json").read_text()), load_predictions(run)
    if killed:
        history_module.os.link = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
    for each in range(count):
        moment = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(seconds=each)
        append_forecast(folder, answer, table[table["date"] == answer.surge.session], run=run, given_at=moment)


@pytest.mark.slow
def test_two_processes_at_once_lose_nothing(tmp_path: Path, trained: TrainedRun, rows: pd.DataFrame) -> None:
    each = 6
    both = [Forked(tmp_path, append_many, trained.folder, tmp_path, each, False) for _ in range(2)]
    assert [one.end() for one in both] == [(0, ""), (0, "")]
    history = load_history(tmp_path)
    assert len(files(tmp_path)) == 2 * each
    assert history.groupby("given_at").size().tolist() == [2 * len(rows)] * each
    assert json.loads((tmp_path / "latest.json").read_text())["given_at"] == f"2019-01-01T00:00:{each - 1:02}+00:00"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_process_killed_in_the_middle_leaves_nothing_half_read(tmp_path: Path, add: Add, trained: TrainedRun, rows: pd.DataFrame) -> None:
    add()
    before = load_history(tmp_path)
    assert Forked(tmp_path, append_many, trained.folder, tmp_path, 1, True).end()[0] == -signal.SIGKILL
    assert list(tmp_path.glob(".*.tmp.parquet")), "it had begun to write"
    pd.testing.assert_frame_equal(load_history(tmp_path), before)
    add()
    assert len(load_history(tmp_path)) == 2 * len(rows)
    assert not list(tmp_path.glob(".*.tmp.*")), "the next to write clears up"


def test_yesterdays_forecast_is_read_as_it_was_given(tmp_path: Path, add: Add) -> None:
    """Three days; on the third, the second is done again with what is known by then."""
    calls = [("2019-01-02", 2), ("2019-01-03", 3), ("2019-01-04", 4), ("2019-01-03", 4)]
    for number, (as_of, day) in enumerate(calls):
        add(as_of=as_of, method=f"given {number}", given_at=datetime(2019, 1, day, 22, number, tzinfo=UTC))

    def read(**options: object) -> list[str]:
        return load_history(tmp_path, **options)["method"].drop_duplicates().str.removeprefix("given ").tolist()  # type: ignore[arg-type]

    assert read() == ["0", "1", "2", "3"]
    assert read(as_of="2019-01-03") == ["1", "3"]
    assert read(as_of="2019-01-03", given_by="2019-01-03") == ["1"]
    assert read(given_by=datetime(2019, 1, 3, 22, 1, tzinfo=UTC)) == ["0", "1"]
    assert read(given_by=datetime(2019, 1, 3, 22, 0, tzinfo=UTC)) == ["0"]
    assert read(on="2019-01-03") == ["1"], "what was done again the day after was not in force then"
    assert read(on="2019-01-04") == ["2"]
    assert read(on="2019-02-04") == ["2"]
    assert read(on="2019-01-01") == []
    assert load_history(tmp_path, on="2019-01-01").dtypes.equals(load_history(tmp_path).dtypes)
    assert forecast_days(tmp_path) == ["2019-01-02", "2019-01-03", "2019-01-04"]


def test_a_damaged_file_is_refused_by_name(tmp_path: Path, add: Add, rows: pd.DataFrame) -> None:
    path = add()
    content = path.read_bytes()
    path.chmod(0o644)
    whole = load_history(tmp_path)
    assert len(whole) == len(rows)
    for damaged in (b"", content[: len(content) // 2], content[:-1]):
        path.write_bytes(damaged)
        assert refusal(lambda: load_history(tmp_path)).startswith(f"{path}: damaged (")
    seen = 0
    for at in range(50, 4000, 250):  # a bit of a page's checksum, or of what it covers, is seen; others decide nothing
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            pd.testing.assert_frame_equal(load_history(tmp_path), whole)
        except InputError as error:
            # Where no error is raised, the table is the same; a bit of a column's name or type is another schema.
            assert str(error).startswith((f"{path}: damaged (", f"{path}: is no forecast of a history, "))  # noqa: PT017
            seen += 1
    assert seen > 5
    path.write_bytes(content)
    other = path.rename(path.with_name(path.name.replace("2024-07-16_", "2024-07-15_")))
    assert (
        refusal(lambda: load_history(tmp_path)) == f"{other}: holds another forecast than its name says; put back a copy, or move it away"
    )
    other.rename(tmp_path / "mine.parquet")
    assert refusal(lambda: load_history(tmp_path)).endswith("mine.parquet: no forecast of a history by its name; move it away")


def test_a_file_of_another_schema_version_is_refused_by_name(tmp_path: Path, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.runs.predictions.columns.SCHEMA_VERSION", 2)
    path = add()
    assert refusal(lambda: load_history(tmp_path)).startswith(f"{path}: schema version 2, this package reads 3")


def test_places_and_moments_that_are_none_are_refused(tmp_path: Path, add: Add, trained: TrainedRun) -> None:
    (tmp_path / "file").write_text("precious")
    assert "given_at 2019-01-01 00:00:00: has no zone" in refusal(lambda: add(given_at=datetime(2019, 1, 1)))
    assert "is the folder of a run" in refusal(lambda: add(trained.folder))
    assert "is the folder of a run, and no history" in refusal(lambda: load_history(trained.folder))
    assert "cannot be written" in refusal(lambda: add(tmp_path / "file" / "history"))
    assert "is no folder of a history" in refusal(lambda: load_history(tmp_path / "nowhere"))
    assert "--on 4 May: is no date" in refusal(lambda: load_history(tmp_path, on="4 May"))
    assert "no probabilities" in refusal(lambda: add(tmp_path / "h", p_stall=2.0))
    assert not (tmp_path / "h").exists()


def test_moments_are_kept_in_utc(tmp_path: Path, add: Add) -> None:
    path = add(given_at=datetime(2024, 7, 17, 8, 30, tzinfo=timezone(timedelta(hours=9))))
    assert "_20240716T233000000000Z_" in path.name
    assert set(load_history(tmp_path)["given_at"]) == {pd.Timestamp("2024-07-16 23:30", tz="UTC")}


@given(st.text(max_size=200))
def test_a_series_makes_a_name_that_any_file_system_takes(series: str) -> None:
    named = ForecastFileName(series, "2024-07-16", NOON, "0123456789abcdef")
    file = named.file(12)
    assert len(file.encode()) <= 255
    assert not set(file) & set('/\\:*?"<>| \0\n')
    assert not file.startswith((".", "-", "_"))
    assert slug(slug(series)) == slug(series)
    assert ForecastFileName.of(Path(file)).stem == named.stem


def test_latest_is_the_forecast_given_last_with_every_field_of_its_page(
    tmp_path: Path, add: Add, trained: TrainedRun, answer: Answer
) -> None:
    path = add(tmp_path / "history")
    content = json.loads((path.parent / "latest.json").read_text())
    assert list(content) == list(FIELDS)
    assert content["forecast"] == path.name
    assert (path.parent / content["run"]).resolve() == trained.folder.resolve()
    assert content["given_at"] == "2024-07-16T12:00:00+00:00"
    main = answer.questions[0]
    assert content["main"]["probabilities"] == main.probabilities
    assert content["main"]["climatology"] == main.climatology
    assert content["main"]["interval"] == {outcome: list(bounds) for outcome, bounds in main.interval.items()}
    assert [question["question"] for question in content["questions"]] == [question.question for question in answer.questions]
    assert content["surge"]["sentence"] == answer.surge.sentence
    assert json.loads((path.parent / f"latest-{slug(answer.series)}.json").read_text()) == content


def test_latest_gives_way_to_a_day_as_late_or_later_only(tmp_path: Path, add: Add, answer: Answer) -> None:
    def latest_after(as_of: str, hour: int, series: str = answer.series) -> tuple[str, int]:
        add(as_of=as_of, given_at=NOON + timedelta(hours=hour), series=series)
        content = json.loads((tmp_path / "latest.json").read_text())
        return content["as_of"], (datetime.fromisoformat(content["given_at"]) - NOON) // timedelta(hours=1)

    assert latest_after("2019-01-03", 0) == ("2019-01-03", 0)
    assert latest_after("2019-01-02", 1) == ("2019-01-03", 0)
    assert latest_after("2019-01-03", 2) == ("2019-01-03", 2)
    assert latest_after("2019-01-04", 3, "Another index") == ("2019-01-04", 3)
    assert json.loads((tmp_path / f"latest-{slug(answer.series)}.json").read_text())["as_of"] == "2019-01-03"
    (tmp_path / "latest.json").write_text("half a fil")
    assert latest_after("2019-01-02", 4) == ("2019-01-02", 4)


def test_predict_adds_to_a_history_when_it_is_asked_to(tmp_path: Path, trained: TrainedRun, answer: Answer) -> None:
    given_now = predict(trained.folder, data="kept", history=tmp_path / "api").answer
    assert load_history(tmp_path / "api")["p_stall"].tolist() == [question.probabilities["stall"] for question in given_now.questions]
    done = run("predict", "--run", str(trained.folder), "--data", "kept", "--history", "cli", "--format", "csv", place=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(files(tmp_path / "cli")) == 1
    refused = run("predict", "--run", str(trained.folder), "--data", "kept", "--history", str(trained.folder), place=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: --history ")


@pytest.mark.slow
def test_a_training_without_history_keeps_none_and_one_that_cannot_is_still_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [*QUICK, "model.components=['climatology']"]
    (tmp_path / "file").write_text("")
    refused = lambda: train(overrides=few, output=tmp_path / "run", track=False, report=False, jobs=1, history=tmp_path / "file")  # noqa: E731
    assert "--history" in refusal(refused)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]

    def full(*arguments: object, **options: object) -> Path:
        raise InputError("--history h: cannot be written (No space left on device); name a folder that can")

    monkeypatch.setattr("forecast.report.trained_run.append_forecast", full)
    options = [word for item in few for word in ("--set", item)]
    done = run("train", *options, "--output", "run", "--no-tracking", "--no-report", "--jobs", "1", place=tmp_path)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "python -m forecast predict --run run --data kept --history FOLDER" in done.stderr
    assert open_run(tmp_path / "run").manifest.name
    monkeypatch.undo()
    done = run("train", *options, "--output", "run", "--no-tracking", "--no-report", "--no-history", "--jobs", "1", place=tmp_path)
    assert (done.returncode, done.stderr.count("error")) == (0, 0)
    assert not (tmp_path / "history").exists()


def test_the_command_prints_what_was_given(trained: TrainedRun, answer: Answer, rows: pd.DataFrame, place: Path, tmp_path: Path) -> None:
    folder = str(place / "history")
    table = run("history", folder)
    assert table.returncode == 0
    assert max(map(len, table.stdout.splitlines())) <= 100
    assert [f"{probability:.1%}" in table.stdout for probability in answer.questions[0].probabilities.values()] == [True] * 3
    content = json.loads(run("history", folder, "--format", "json", "--as-of", answer.as_of).stdout)
    assert content["schema"]["version"] == SCHEMA_VERSION
    (forecast,) = content["forecasts"]
    assert forecast["as_of"] == answer.as_of
    assert [row["p_continue"] for row in forecast["predictions"]] == rows["p_continue"].tolist()
    (tmp_path / "given.csv").write_text(run("history", folder, "--format", "csv").stdout)
    pd.testing.assert_frame_equal(load_predictions(tmp_path / "given.csv")[list(COLUMNS)], rows)
    none = run("history", folder, "--as-of", "1999-12-31")
    assert none.returncode == 2
    assert none.stderr == (
        f"error: {folder}: no forecast fits --as-of 1999-12-31; it holds forecasts of what was known on {answer.as_of}; ask for another day\n"
    )
    early = run("history", folder, "--on", answer.as_of)  # a day before anything was given: the clock has gone on since the data ended
    assert early.returncode == 2
    assert f"no forecast fits --on {answer.as_of}; " in early.stderr
    assert "--given-by and --on leave out what was given later" in early.stderr
