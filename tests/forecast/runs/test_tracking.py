"""MLflow: a run in the store, two at once, a store that is away."""

import json
import os
import shutil
import signal
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Event
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
import pytest
from mlflow import MlflowClient

from features.errors import InputError
from forecast.api import TrainedRun, load_predictions, predict, train
from forecast.backtest.checkpoints import FOLDER
from forecast.backtest.verification import brier, diebold_mariano
from forecast.cli import signals
from forecast.cli.progress import shown_progress
from forecast.models.logistic import Logistic
from forecast.report.html import page
from forecast.report.html.page import Report
from forecast.runs.folder import PICTURES, REPORT, Run, open_run
from forecast.runs.manifest import digests, seal
from forecast.runs.predictions.history import load_history
from forecast.runs.predictions.settled import read_settled
from forecast.runs.tracking import log_run
from forecast.runs.tracking.client import DEFAULT_URI, connection
from forecast.runs.tracking.run_data import RunContent
from tests.commands import run
from tests.processes import command
from tests.reports import ODD_NAME, run_of
from tests.runs import QUICK


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, away from any store the environment may name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture
def store(place: Path, blank_store: Path) -> str:
    """The address of `mlflow.db`, a store with nothing in it, in the working directory."""
    shutil.copy(blank_store, place)
    return f"sqlite:///{place / 'mlflow.db'}"


def statuses(store: Path) -> list[str]:
    """Of the runs in a sound store."""
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [status for (status,) in connection.execute("SELECT status FROM runs")]


MAIN, OTHER, FALL = "surge_0.5_h21", "fixed_0.05_h5", "fall_0.05_h21"
ROOT = Path(__file__).resolve().parents[3]
PIXEL = b"\x89PNG\r\n\x1a\n"  # what a PNG begins with


def draw(run: Run, **_: object) -> Report:
    """As the report does, in no time: a page, and a picture."""
    (run.folder / REPORT).write_text("")
    (run.folder / PICTURES).mkdir()
    (run.folder / PICTURES / "skill.png").write_bytes(PIXEL)
    return Report("", (), {}, ())


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> TrainedRun:
    """A training of two questions in a store of its own."""
    place = tmp_path_factory.mktemp("tracked")
    shutil.copy(blank_store, place)
    overrides = [*QUICK, "sensitivity.horizons=[5]", "sensitivity.fixed=[0.05]", "sensitivity.surge=[]", "sensitivity.sigma=[]"]
    overrides += ["pullback.horizons=[21]", "pullback.sizes=[0.05]"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "write_beside", draw)
        return train(overrides=overrides, jobs=1, output=place / "run", tracking_uri=f"sqlite:///{place / 'mlflow.db'}")


@pytest.fixture
def client(tracked: TrainedRun) -> MlflowClient:
    return MlflowClient(tracked.tracking_uri)


def test_a_run_is_found_in_the_store_with_everything_it_wrote(tracked: TrainedRun, client: MlflowClient) -> None:
    assert tracked.tracking_error is None
    run = client.get_run(tracked.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["outcome.horizon"] == "21"
    pool = tracked.metrics["questions"][MAIN]["models"]["pool"]
    assert run.data.metrics["brier"] == pytest.approx(pool["brier"], abs=1e-12)
    assert run.data.metrics["brier_skill_vs_climatology"] == pool["brier_skill_vs_climatology"]
    tags = run.data.tags
    assert tags["promoted"] == str(tracked.metrics["promotion"]["promoted"]).lower()
    assert tags["series"] == "US small caps, second size fifth"
    assert (tags["horizon"], tags["question"], tags["source"]) == ("21", MAIN, "bundled")
    assert tracked.answer is not None
    main = tracked.answer.questions[0]
    shares = ", ".join(f"{name} {100 * main.probabilities[name]:.0f} %" for name in ("continue", "stall", "reverse"))
    assert f"By {main.known}: **{shares}**." in tags["mlflow.note.content"]
    assert f"Data as of {tracked.answer.as_of}" in tags["mlflow.note.content"]
    assert {item.path for item in client.list_artifacts(tracked.run_id)} == {path.name for path in tracked.folder.iterdir()} | {"tables"}


def test_mornings_are_told_apart_by_their_probabilities_and_days(tracked: TrainedRun, client: MlflowClient) -> None:
    assert tracked.answer is not None
    main, fall, as_of = tracked.answer.questions[0], tracked.answer.questions[-1], tracked.answer.as_of
    run = client.get_run(tracked.run_id)
    assert (fall.barrier_kind, fall.size, fall.horizon) == ("fall", 0.05, 21)
    expected = {f"p_{name}": main.probabilities[name] for name in main.probabilities}
    expected |= {f"base_{name}": main.base_rate[name] for name in main.base_rate}
    expected |= {"p_fall_5": fall.probabilities["reverse"], "base_fall_5": fall.base_rate["reverse"]}
    assert {name: run.data.metrics[name] for name in expected} == expected
    assert [point.step for point in client.get_metric_history(tracked.run_id, "p_reverse")] == [int(as_of.replace("-", ""))]
    assert run.info.run_name == f"us_small_caps {as_of}"
    filed = [run.info.experiment_id]
    assert client.search_runs(filed, f"metrics.p_reverse > {main.probabilities['reverse'] - 1e-9} and tags.as_of = '{as_of}'")
    assert not client.search_runs(filed, f"metrics.p_reverse > {main.probabilities['reverse'] + 1e-9}")


def test_skill_over_gjr_is_that_of_the_settled_forecasts(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = run_of("whole", tmp_path_factory)
    record = read_settled(folder.folder)[0]
    loss, reference = (brier(record.probabilities[name], record.outcomes) for name in ("pool", "garch"))
    numbers = RunContent.of(folder).scores[0].numbers
    assert numbers["brier_skill_vs_gjr"] == pytest.approx(1 - loss.mean() / reference.mean(), abs=1e-12)
    assert numbers["brier_t_vs_gjr"] == pytest.approx(diebold_mariano(reference - loss, horizon=record.question.horizon).t, abs=1e-12)


def test_nothing_logged_names_a_place_of_the_machine_or_who_logged_it(tracked: TrainedRun, client: MlflowClient) -> None:
    run = client.get_run(tracked.run_id)
    model = client.get_logged_model(run.outputs.model_outputs[0].model_id)
    files = [path for place in (run.info.artifact_uri, model.artifact_location) for path in _below(place)]
    assert {"MLmodel", "run.json", "questions.json"} <= {path.name for path in files}
    said = [*run.data.tags.values(), *run.data.params.values(), *(path.read_text("utf-8") for path in files)]
    place = str(tracked.folder.parent)
    assert not [text[:200] for text in said if place in text or str(ROOT) in text]
    assert {key for key in run.data.tags if key.startswith(("owner", "run_id"))} == set()


READABLE = ("", ".json", ".yaml", ".txt", ".csv")


def _below(address: str) -> list[Path]:
    """Files of text below a place of a store on disk, without the code that the model carries."""
    place = Path(url2pathname(urlparse(address).path))
    return [path for path in place.rglob("*") if path.is_file() and path.suffix in READABLE and "code" not in path.parts]


def test_the_folder_of_the_data_leaves_the_machine_by_its_name_alone(small_run: TrainedRun) -> None:
    manifest = open_run(small_run.folder).manifest
    for data, name in {"/home/somebody/prices": "prices", "bundled": "bundled", "live@2026-11-23": "live@2026-11-23", "/": "data"}.items():
        assert manifest.model_copy(update={"data": data}).without_place().data == name


def test_the_version_of_the_model_says_what_it_answers_and_whether_it_is_promoted(tracked: TrainedRun, client: MlflowClient) -> None:
    version = client.get_model_version_by_alias("smallcap-surge", "challenger")
    assert version.run_id == tracked.run_id
    assert version.description == client.get_run(tracked.run_id).data.tags["mlflow.note.content"]
    assert version.tags["promoted"] == "false"
    assert "Not promoted: the rule of promotion holds on 0 of 1 question." in version.description


def test_a_name_is_no_markup_on_the_page_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert ODD_NAME == "<b>Odd & sons</b> $x_1$"
    assert r"\<b\>Odd \& sons\</b\> $x\_1$" in RunContent.of(run_of("bare", tmp_path_factory)).description


def test_a_run_is_read_back_by_its_id(tracked: TrainedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tracked.tracking_uri))
    assert tracked.answer is not None
    assert set(load_predictions(tracked.run_id)["run_id"]) == {tracked.run_id}
    assert predict(tracked.run_id, data="kept").answer.questions == tracked.answer.questions


def test_a_training_is_one_run_with_its_questions_and_components_as_tables(tracked: TrainedRun, client: MlflowClient) -> None:
    run = client.get_run(tracked.run_id)
    assert [each.info.run_id for each in client.search_runs([run.info.experiment_id])] == [tracked.run_id]
    questions, components = (
        json.loads(path.read_text()) for name in ("questions", "components") for path in _below(run.info.artifact_uri) if path.stem == name
    )
    assert [row[0] for row in questions["data"]] == list(tracked.metrics["questions"])
    assert [row[0] for row in components["data"]] == ["climatology", "ewma", "logistic"]
    brier = components["columns"].index("brier")
    scores = tracked.metrics["questions"]
    assert [row[brier] for row in components["data"]] == [scores[MAIN]["models"][row[0]]["brier"] for row in components["data"]]
    for name, models, forecaster in ((OTHER, scores[OTHER]["models"], "pool"), ("ewma", scores[MAIN]["models"], "ewma")):
        history = client.get_metric_history(tracked.run_id, f"skill.{name}")
        assert len(history) > 2
        assert history[-1].value == pytest.approx(models[forecaster]["brier_skill_vs_base_rate"], abs=1e-12)


@pytest.mark.slow
def test_on_request_questions_and_components_are_runs_nested_in_it_with_the_same_names(
    tracked: TrainedRun, store: str, place: Path
) -> None:
    folder = shutil.copytree(tracked.folder, place / "nested")
    experiment = json.loads((folder / "experiment.json").read_text())
    (folder / "experiment.json").write_text(json.dumps(experiment | {"tracking": experiment["tracking"] | {"nested": True}}))
    manifest = open_run(tracked.folder).manifest
    seal(folder, manifest.model_copy(update={"files": digests(folder)}))
    key, client = log_run(folder, store), MlflowClient(store)
    nested = client.search_runs([client.get_run(key).info.experiment_id], f"tags.mlflow.parentRunId = '{key}'")
    by_name = {run.info.run_name: run for run in nested}
    names = {f"question {label}" for label in (MAIN, OTHER, FALL)} | {f"component {name}" for name in ("climatology", "ewma", "logistic")}
    assert set(by_name) == names
    assert {run.info.status for run in nested} == {"FINISHED"}
    scores = tracked.metrics["questions"]
    other = by_name[f"question {OTHER}"].data
    assert other.metrics["brier_skill_vs_climatology"] == pytest.approx(
        scores[OTHER]["models"]["pool"]["brier_skill_vs_climatology"], abs=1e-12
    )
    assert other.params["question"] == OTHER
    ewma = by_name["component ewma"].data
    assert ewma.metrics["rps"] == scores[MAIN]["models"]["ewma"]["rps"]
    assert set(ewma.metrics) <= set(other.metrics)
    assert by_name["component logistic"].data.params["prior_sd"] == str(Logistic().prior_sd)
    assert client.get_run(key).data.metrics.keys() >= {"brier", "rps", "log", "sessions", "episodes", "forecasts", "alarms"}


def test_a_forecast_of_a_run_in_the_store_is_kept_under_the_name_it_was_asked_by(tracked: TrainedRun, tmp_path: Path) -> None:
    """And not under that of the folder it was fetched into, which goes when the program ends."""
    predict(tracked.run_id, data="kept", tracking_uri=tracked.tracking_uri, history=tmp_path)
    assert json.loads((tmp_path / "latest.json").read_text())["run"] == tracked.run_id


def test_skill_is_followed_from_fold_to_fold_up_to_the_number_itself(tracked: TrainedRun, client: MlflowClient) -> None:
    history = client.get_metric_history(tracked.run_id, "brier")
    table = load_predictions(tracked.folder)
    main = table[(table["barrier_kind"] == "surge") & table["outcome"].notna()]
    folds = np.unique(table["trained_to"], return_inverse=True)[1][main.index] + 1
    assert [point.step for point in history] == sorted(set(folds))
    assert len(history) > 2
    early = main[folds <= history[1].step]
    probabilities, happened = early[["p_reverse", "p_stall", "p_continue"]].to_numpy(), np.eye(3)[early["outcome"].to_numpy("int64")]
    assert history[1].value == pytest.approx(((probabilities - happened) ** 2).sum(axis=1).mean(), abs=1e-12)


def test_numbers_say_what_they_were_measured_on_and_of_which_model(tracked: TrainedRun, client: MlflowClient) -> None:
    run = client.get_run(tracked.run_id)
    panel = run.inputs.dataset_inputs[0].dataset
    assert panel.name == run.data.tags["series"]
    assert open_run(tracked.folder).manifest.panel_digest.startswith(panel.digest)
    model = client.get_logged_model(run.outputs.model_outputs[0].model_id)
    assert (model.status, model.source_run_id) == ("READY", tracked.run_id)
    by_key = {metric.key: metric for metric in model.metrics}
    assert (by_key["brier"].dataset_name, by_key["brier"].dataset_digest) == (panel.name, panel.digest)


def test_what_the_training_took_of_the_machine_is_told_under_the_names_of_mlflow(tracked: TrainedRun, client: MlflowClient) -> None:
    samples = tracked.metrics["system"]
    assert len(set(map(len, samples.values()))) == 1
    assert len(samples["seconds"]) > 0
    history = client.get_metric_history(tracked.run_id, "system/cpu_utilization_percentage")
    assert [point.value for point in sorted(history, key=lambda point: point.timestamp)] == samples["cpu_utilization_percentage"]
    assert all(0 <= value <= 100 for value in samples["cpu_utilization_percentage"])
    assert all(value > 10 for value in samples["process_memory_megabytes"])  # numpy alone takes more


@pytest.mark.slow
def test_an_upload_that_fails_is_tried_again(tracked: TrainedRun, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two uploads of files break off; the run is whole all the same."""
    tries: list[str] = []
    upload = MlflowClient.log_artifacts

    def flaky(self: MlflowClient, run_id: str, folder: str) -> None:
        tries.append(run_id)
        if len(tries) < 3:
            raise ConnectionResetError("connection reset by peer")
        upload(self, run_id, folder)

    monkeypatch.setattr(MlflowClient, "log_artifacts", flaky)
    monkeypatch.setattr("forecast.runs.tracking.client.PAUSES", (0.0, 0.0, 0.0))
    run_id = log_run(tracked.folder, store)
    assert tries == [run_id] * 3
    assert MlflowClient(store).get_run(run_id).info.status == "FINISHED"


@pytest.mark.slow
def test_a_model_that_cannot_be_logged_leaves_no_run_open(tracked: TrainedRun, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: MlflowClient, run_id: str, files: str) -> None:
        raise ConnectionResetError("connection reset by peer")

    monkeypatch.setattr(MlflowClient, "log_model_artifacts", broken)
    monkeypatch.setattr("forecast.runs.tracking.client.PAUSES", ())
    with pytest.raises(InputError, match="connection reset by peer"):
        log_run(tracked.folder, store)
    left = MlflowClient(store)
    runs = left.search_runs([experiment.experiment_id for experiment in left.search_experiments()])
    assert [run.info.status for run in runs] == ["FAILED"]
    assert "owner" not in runs[0].data.tags


def test_no_message_of_a_store_shows_its_password(tracked: TrainedRun) -> None:
    for store in ("postgresql+absent://user:secret@localhost/none", "postgresql://user:secret@localhost:port/none"):
        with pytest.raises(InputError) as caught:
            log_run(tracked.folder, store)
        assert "secret" not in str(caught.value)
        assert "user:***@localhost" in str(caught.value)


def test_runs_kept_on_disk_are_logged_later_with_one_command(tracked: TrainedRun, small_run: TrainedRun, place: Path, store: str) -> None:
    done = run("log", str(tracked.folder), str(small_run.folder), "--tracking-uri", store, place=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("MLflow: run ") == 2
    again = run("log", str(small_run.folder), "--tracking-uri", store, place=place)
    assert again.returncode == 2
    assert f"is already in {store}" in again.stderr


@pytest.mark.slow
def test_two_trainings_at_once_share_one_store(place: Path) -> None:
    options = ("--jobs", "1", "--no-report", *(word for key in QUICK for word in ("--set", key)))
    both = [command(place, "train", *options) for _ in range(2)]
    for one in both:
        code, errors = one.end()
        assert code == 0, errors
    assert statuses(place / "mlflow.db") == ["FINISHED", "FINISHED"]
    folders = [path.parent for path in (place / "runs").glob("*/run.json")]
    assert len(folders) == 1  # the same experiment on the same data
    assert json.loads((folders[0] / "metrics.json").read_text("utf-8"))["warnings"] == []
    hidden = {path.name for path in (place / "runs").glob(".*")}
    assert hidden == {f".{folders[0].name}.lock", FOLDER}, "nothing is left half made"
    assert len(load_history(place / "runs" / "history")) == 2
    assert len(load_predictions(folders[0])) > 0


@pytest.mark.slow
def test_a_store_that_is_away_loses_nothing(place: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    trained = train(overrides=QUICK, jobs=1, report=False, tracking_uri="http" + "://127.0.0.1:9")
    assert trained.tracking_error is not None
    assert "127.0.0.1:9" in trained.tracking_error
    assert "\n" not in trained.tracking_error
    assert len(load_predictions(trained.folder)) > 0
    later = log_run(trained.folder, DEFAULT_URI)
    assert statuses(place / "mlflow.db") == ["FINISHED"]
    assert len(load_predictions(later)) == len(load_predictions(trained.folder))
    assert len(load_predictions(trained.run_id)) == len(load_predictions(later))  # by the id its rows bear
    with pytest.raises(InputError, match=f"is already in sqlite:///mlflow.db, as run {later}; nothing was logged"):
        log_run(trained.folder, DEFAULT_URI)


def test_a_training_that_breaks_is_marked_as_failed(place: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("forecast.backtest.study.backtest", broken)
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
    with connection(store) as client:
        client.search_experiments()


@pytest.mark.slow
def test_a_run_that_cannot_be_logged_whole_is_marked_as_failed(place: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no room for artifacts")

    monkeypatch.setattr("mlflow.MlflowClient.log_artifacts", refuse)
    monkeypatch.setattr("forecast.runs.tracking.client.PAUSES", (0.0,))
    trained = train(overrides=QUICK, jobs=1, report=False)
    assert trained.tracking_error == "--tracking-uri sqlite:///mlflow.db: no room for artifacts"
    assert statuses(place / "mlflow.db") == ["FAILED"]
    assert len(load_predictions(trained.folder)) > 0


@pytest.mark.slow
def test_a_polite_end_leaves_no_half_a_run(place: Path, store: str) -> None:
    quick = ["model.components=['climatology','ewma','logistic']", "sensitivity.horizons=[]", "pullback.horizons=[]"]
    running = command(place, "train", "--jobs", "1", *(word for key in quick for word in ("--set", key)))
    assert any("walk-forward" in line for line in running.stderr)
    os.kill(running.pid, signal.SIGTERM)
    code, errors = running.end()
    assert code == 130, errors
    assert errors.splitlines()[-1] == "interrupted: no run was written"
    assert statuses(place / "mlflow.db") == ["KILLED"]
    assert not [path for path in (place / "runs").iterdir() if path.is_dir() and path.name != FOLDER]


def test_an_end_that_was_swallowed_is_heeded_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_end_requested", Event())
    with shown_progress() as progress:
        progress("walk-forward", 1, 9)
        with suppress(KeyboardInterrupt):  # as a callback of a foreign library does
            signals._request_end(15, None)
        with pytest.raises(KeyboardInterrupt):
            progress("walk-forward", 2, 9)


def test_a_mistake_opens_no_store(place: Path) -> None:
    with pytest.raises(InputError, match="walk_forward: would start on 2030-01-01"):
        train(overrides=[*QUICK, "walk_forward.start=2030-01-01"], jobs=1, report=False)
    with pytest.raises(InputError, match="is the working directory, or holds it"):
        train(overrides=QUICK, jobs=1, report=False, output=".")
    assert list(place.iterdir()) == []
