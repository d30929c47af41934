"""Training makes the report too: beside the run's files, in the store, and never at the run's expense."""

import shutil
from pathlib import Path

import pytest

from features.errors import InputError
from forecast.api import TrainedRun, train
from forecast.report.html import page
from forecast.report.html.page import build
from forecast.runs.folder import DRAWN, PICTURES, REPORT, new_run_folder, open_run
from tests import markets
from tests.commands import run

EXPERIMENT = """
name = "small"
market.name = "Simulated"
surge = { min_z = 1.0, min_return = 0.01 }
sensitivity = { horizons = [] }
pullback = { horizons = [] }
walk_forward = { start = 2007-01-03, refit_every = 1000 }
model = { paths = 100, components = ["climatology", "ewma"] }
inputs.small = { file = "small.csv", columns = { small = "Close" } }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Path:
    """A working directory with prices, an experiment of them, one that finds no surge, and a store."""
    place = tmp_path_factory.mktemp("place")
    shutil.copy(blank_store, place)
    markets.panel().frame["small"].rename("Close").rename_axis("Date").to_csv(place / "small.csv")
    (place / "small.toml").write_text(EXPERIMENT)
    (place / "quiet.toml").write_text(EXPERIMENT.replace("min_return = 0.01", "min_return = 1.0"))
    return place


def trained(place: Path, output: str, *, experiment: str = "quiet.toml", report: bool = True, store: Path | None = None) -> TrainedRun:
    uri = None if store is None else f"sqlite:///{store}"
    options = {"track": store is not None, "tracking_uri": uri, "report": report}
    return train(place / experiment, data=place, output=place / output, jobs=1, **options)  # type: ignore[arg-type]


def test_the_report_stands_beside_the_run_and_in_the_store_and_is_what_the_files_alone_give(place: Path) -> None:
    made = trained(place, "tracked", experiment="small.toml", store=place / "mlflow.db")
    assert made.report_error is None
    assert made.report == place / "tracked" / REPORT
    assert made.report.read_text("utf-8") == build(open_run(made.folder)).html
    drawn = list((made.folder / PICTURES).iterdir())
    assert {path.suffix for path in drawn} == set(DRAWN)
    from mlflow import MlflowClient

    client = MlflowClient(made.tracking_uri)
    assert REPORT in {artifact.path for artifact in client.list_artifacts(made.run_id)}
    assert {Path(artifact.path).name for artifact in client.list_artifacts(made.run_id, PICTURES)} == {path.name for path in drawn}


@pytest.mark.slow
def test_a_run_that_is_replaced_takes_its_report_away(place: Path) -> None:
    done = run(
        "train", str(place / "quiet.toml"), "--data", str(place), "--output", "replaced", "--no-tracking", "--jobs", "1", place=place
    )
    assert done.returncode == 0
    assert "Report: replaced/report.html" in done.stdout
    assert (place / "replaced" / REPORT).is_file()
    assert trained(place, "replaced", report=False).report is None
    assert not (place / "replaced" / REPORT).exists()
    assert not (place / "replaced" / PICTURES).exists()


def test_a_report_that_fails_loses_no_run_and_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "write_beside", full)
    made = trained(place, "failed")
    assert made.report is None
    assert made.report_error == "no report was made (OSError: [Errno 28] No space left on device)"
    assert open_run(made.folder).manifest.name.startswith("small-")


def test_a_folder_of_pictures_with_anything_else_in_it_is_nobodys_to_delete(place: Path) -> None:
    folder = place / "kept"
    trained(place, "kept", report=False)
    (folder / PICTURES).mkdir()
    (folder / PICTURES / "answer.png").write_bytes(b"")
    (folder / PICTURES / "holiday.jpg").write_text("precious")
    with pytest.raises(InputError, match="exists and is no run, it holds pictures"), new_run_folder(folder):
        pass
    assert (folder / PICTURES / "holiday.jpg").read_text() == "precious"
