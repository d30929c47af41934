from pathlib import Path

import pytest

from features.errors import InputError
from features.files.atomic import file_lock
from forecast.runs.folder import new_run_folder, open_run
from forecast.runs.locate import locate
from forecast.runs.manifest import FILES, Manifest, digests, seal, write_json

FILLED = {name: "x" for name, field in Manifest.model_fields.items() if field.annotation is str}


def write_run(folder: Path, text: str = "content") -> None:
    with new_run_folder(folder) as new:
        scratch = new.scratch
        for name in FILES:
            (scratch / name).write_text(text)
        rest = {
            "first_session": "2020-01-02",
            "as_of": "2020-12-31",
            "recent_returns": [],
            "panel_columns": [],
            "companions": [],
            "sessions": 1,
            "made_of_returns": False,
            "notes": [],
            "files": digests(scratch),
        }
        seal(scratch, Manifest.model_validate(FILLED | rest))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_run_is_written_whole_and_may_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "run"
    write_run(folder)
    write_run(folder, "newer")
    assert open_run(folder).manifest.name == "x"
    assert (folder / "metrics.json").read_text() == "newer"
    assert left(folder.parent) == ["run"]


def test_a_run_that_fails_leaves_nothing_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_run(folder)
    with pytest.raises(KeyboardInterrupt), new_run_folder(folder) as new:
        (new.scratch / "metrics.json").write_text("half")
        raise KeyboardInterrupt
    assert left(tmp_path) == ["run"]
    assert (open_run(folder).folder / "metrics.json").read_text() == "content"


def test_a_folder_that_is_no_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("precious")
    with pytest.raises(InputError, match="exists and is no run"):
        write_run(tmp_path)
    with pytest.raises(InputError, match="is a file; name a new folder"):
        write_run(tmp_path / "holiday.jpg")
    with pytest.raises(InputError, match="cannot be written"):
        write_run(tmp_path / "holiday.jpg" / "run")
    assert left(tmp_path) == ["holiday.jpg"]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda run: (run / "metrics.json").write_text("changed"), "metrics.json is changed, the run is damaged; train again"),
        (lambda run: (run / "metrics.json").unlink(), "metrics.json is missing, the run is damaged"),
        (lambda run: (run / "run.json").unlink(), "holds no run.json, so it is no whole run"),
        (lambda run: (run / "run.json").write_text("{"), "run.json: cannot be read"),
        (lambda run: (run / "run.json").write_text("[]"), "damaged, Manifest: input should be a table"),
        (lambda run: (run / "run.json").write_text("{}"), "damaged, name: is required but missing; train again"),
    ],
)
def test_a_damaged_run_is_refused(tmp_path: Path, harm, said: str) -> None:
    write_run(tmp_path / "run")
    harm(tmp_path / "run")
    with pytest.raises(InputError, match=said):
        open_run(tmp_path / "run")


def test_a_run_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a run folder nor an MLflow run id"):
        locate(tmp_path / "nothing")


def test_what_json_cannot_say_becomes_null(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"a": [float("nan"), float("inf"), 1.5]})
    assert (tmp_path / "x.json").read_text().split() == ["{", '"a":', "[", "null,", "null,", "1.5", "]", "}"]


def test_a_file_put_into_a_run_is_not_lost_to_the_next(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"exists and is no run, it holds notes\.txt; name a new folder"):
        write_run(tmp_path / "run")
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_replacement_cut_short_gives_back_the_run(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / ".run.replaced")  # as if killed between the two renames
    assert open_run(tmp_path / "run").manifest.name == "x"
    assert left(tmp_path) == ["run"]


def test_a_run_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_run(tmp_path / "link")
    assert open_run(tmp_path / "real").manifest.name == "x"
    assert (tmp_path / "link").is_symlink()


def test_a_lock_that_another_keeps_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.files.atomic.PATIENCE", 0.05)
    path = tmp_path / ".run.lock"
    with file_lock(path), pytest.raises(InputError, match=r"\.run\.lock: another process has held this lock"), file_lock(path):
        pass
