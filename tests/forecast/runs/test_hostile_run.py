"""A run folder from an untrusted hand: it is refused in one line, or answers rightly; it runs nothing and reaches nothing else."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from features.errors import InputError
from features.sources import panel_file
from forecast.models import MODELS
from forecast.report.html.page import build
from forecast.runs.fitted_run import read_model
from forecast.runs.folder import open_run
from forecast.runs.manifest import MANIFEST
from forecast.runs.repredict import KEPT, experiment_of, repredict
from tests.commands import Done, run
from tests.fuzz.run_files import whole
from tests.runs import make_run

pytestmark = pytest.mark.slow
INJECTED = "x' or attributes.status = 'FINISHED"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A copy of a run of every component, to be changed."""
    return Path(shutil.copytree(whole(), tmp_path / "run"))


def sealed(folder: Path) -> None:
    """Gives the manifest the digests of the files as they are now."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def changed(folder: Path, name: str, change: Callable[[Any], object]) -> None:
    """A JSON file of the run after `change`, sealed."""
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))
    sealed(folder)


def refused(done: Done, said: str) -> None:
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: ")


def test_the_run_answers_as_long_as_nothing_is_changed(hostile: Path) -> None:
    assert run("predict", str(hostile), "--data", "kept").returncode == 0


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("run_id", INJECTED, "run_id: string should match pattern"),
        ("name", "../../page", "name: string should match pattern"),
        ("tracking_experiment", "../../mlruns", "tracking_experiment: string should match pattern"),
        ("market", "=HYPERLINK(1)", "begins as a formula of a spreadsheet does"),
        ("series", "@x", "begins as a formula"),
        ("market", "\x1b]0;x\x07", "holds a control character"),
        ("notes", ["\u202etxt.exe"], "holds a control character"),
        ("sessions", 1e400, "is no number"),
        ("files", {"model.json": 1}, "files.model.json"),
    ],
)
def test_a_manifest_holds_names_and_no_more(tmp_path: Path, key: str, value: object, said: str) -> None:
    folder = make_run(tmp_path / "run", surges=5)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {key: value}).replace("Infinity", "1e999"))
    for command in ("predict", "evaluate", "report", "log"):
        refused(run(command, str(folder), place=tmp_path), said)
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize("name", ["panel.parquet", "report.html", "evaluation.json", "pictures", "pictures/monitor.png", "run.json"])
def test_a_link_in_a_run_is_refused_whatever_it_leads_to(tmp_path: Path, name: str) -> None:
    folder = make_run(tmp_path / "run", surges=5)
    (tmp_path / "secret").write_text("secret")
    link = folder / name
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "secret")
    for command in ("evaluate", "report", "log", "predict"):
        refused(run(command, str(folder), place=tmp_path), f"{Path(name).name} is a link, and a run holds its own files")
    refused(run("export", str(folder), "--output", "x.csv", place=tmp_path), "is a link")
    assert (tmp_path / "secret").read_text() == "secret"


def put(*keys: str | int, value: object) -> Callable[[Any], object]:
    """Puts `value` at a place in nested values."""

    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


MODEL_FAULTS = {
    "an unknown component": (put("components", "os.system", value={}), "no component 'os.system'"),
    "paths without end": (put("paths", value=10**12), "paths: input should be less than or equal to 10000000"),
    "paths below none": (put("paths", value=-1), "paths: input should be greater than or equal to 4"),
    "no components": (put("components", value=[]), "components: input should be a table"),
    "a chain of another shape": (
        put("components", "regime", "transitions", value=[[1.0]]),
        "transitions must be of shape (3, 3), got (1, 1)",
    ),
    "a hundred regimes": (put("components", "regime", "means", value=[0.0] * 100), "means must be of 1 to 6 regimes, got 100"),
    "no probabilities": (put("components", "regime", "transitions", value=np.eye(3).dot(2).tolist()), "transitions must be probabilities"),
    "a volatility below none": (put("components", "regime", "vols", value=[-1.0, 1.0, 1.0]), "vols must be > 0"),
    "no residuals": (put("components", "ewma", "residuals", value=[]), "residuals must be (n,), at least one"),
    "residuals in two dimensions": (put("components", "garch", "residuals", value=[[1.0]]), "residuals must be (n,), at least one"),
    "a law that is text": (put("components", "ewma", "drift", value="nan"), "drift: input should be a finite number"),
    "laws without end": (put("components", "range", "drawn", value=[[0.0, 1.0]] * 1000), "drawn must hold at most 64 laws, got 1000"),
    "a shape of one degree": (put("components", "msgarch", "nu", value=[1.0, 1.0]), "nu must be 0 or > 2"),
    "columns that are not there": (put("components", "analogs", "metric", "columns", 0, value=10**9), "the metric's columns must be among"),
    "coefficients of another size": (put("components", "logistic", "coefficients", value=[[[0.0]]]), "coefficients must be of shape"),
    "weights below none": (lambda model: model["chain"]["weights"][0][0].__setitem__(0, -5.0), "weights must be probabilities"),
    "moves out of reach": (lambda model: model["chain"]["calibrator"]["moves"][0].__setitem__(0, 1e6), "moves must lie within 20"),
    "a covariance that is none": (
        lambda model: model["chain"]["calibrator"]["covariance"][0][0].__setitem__(0, -1.0),
        "covariance must be one",
    ),
    "a component less": (lambda model: model["components"].pop("garch"), "its components are"),
    "a method unheard of": (put("chain", "method", value="import os"), f"not an ensemble for 2 questions and {len(MODELS)} components"),
}


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_fitted_state_that_cannot_be_is_refused_by_its_name(hostile: Path, fault: str) -> None:
    change, said = MODEL_FAULTS[fault]
    changed(hostile, "model.json", change)
    opened = open_run(hostile)
    with pytest.raises(InputError, match="not a fitted model") as caught:
        read_model(opened, experiment_of(opened).questions)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_numbers_that_are_absurd_and_finite_give_probabilities(hostile: Path) -> None:
    def absurd(model: Any) -> None:
        for name in ("ewma", "garch", "range", "heavy"):
            model["components"][name]["drift"] = 1e300
            model["components"][name]["residuals"] = [-1e200, 0.0, 1e200]
        model["components"]["regime"]["means"] = [1e300, -1e300, 0.0]
        model["components"]["shared"]["drift"] = -1e308
        model["components"]["logistic"]["intercepts"] = [[1e308, -1e308, 0.0]] * 2

    changed(hostile, "model.json", absurd)
    with np.errstate(all="ignore"):
        prediction = repredict(open_run(hostile), KEPT)
    for question in prediction.answer.questions:
        assert sum(question.probabilities.values()) == pytest.approx(1)
        assert all(0 < p < 1 for p in question.probabilities.values())


FILE_FAULTS = {
    "metrics of another kind": ("metrics.json", put("questions", value=[]), "metrics.json: questions: input should be"),
    "scores of no question": ("metrics.json", lambda content: content["questions"].clear(), "metrics.json: has no scores of"),
    "an experiment with a formula": ("experiment.json", put("market", "name", value="=1+1"), "begins as a formula"),
    "an experiment of many questions": (
        "experiment.json",
        put("outcome", "also", value=[{"horizon": h, "barrier": "fixed", "size": s / 100} for h in range(1, 101) for s in (1, 2, 3, 4)]),
        "outcome.also",
    ),
    "an experiment without end": ("experiment.json", put("interval", "paths", value=10**15), "interval.paths"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_files_that_say_what_cannot_be_are_refused(hostile: Path, fault: str) -> None:
    name, change, said = FILE_FAULTS[fault]
    changed(hostile, name, change)
    refused(run("predict", str(hostile), "--data", "kept"), said)


@pytest.mark.parametrize(
    ("name", "column", "value", "said"),
    [
        ("components.parquet", "p_stall", float("nan"), "no probabilities that sum to 1"),
        ("components.parquet", "weight", -1.0, "weight is not all finite and at least 0"),
        ("components.parquet", "size", -1.0, "size not all above 0"),
        ("predictions.parquet", "p_stall", float("inf"), "no probabilities that sum to 1"),
        ("panel.parquet", "value", float("inf"), "a value is infinite"),
        ("panel.parquet", "series", "os", "no series 'os'"),
    ],
)
def test_tables_that_cannot_be_are_refused(hostile: Path, name: str, column: str, value: object, said: str) -> None:
    table = pyarrow.parquet.read_table(hostile / name)
    values = table.column(column).to_pylist()
    place = table.column_names.index(column)
    pyarrow.parquet.write_table(table.set_column(place, column, pa.array([value, *values[1:]])), hostile / name)
    sealed(hostile)
    commands = [("evaluate",)] if "components" in name else [("predict", "--data", "kept")]
    for command, *options in commands:
        refused(run(command, str(hostile), *options), said)


def test_a_page_of_hostile_names_has_no_script_no_handler_and_no_address(hostile: Path) -> None:
    said = "</title><script>alert(1)</script>\"'><img src=//evil onerror=alert(1)> $\\frac{"
    panel = panel_file.load(hostile / "panel.parquet")
    object.__setattr__(panel, "market", said)
    object.__setattr__(panel, "origin", said)
    object.__setattr__(panel, "notes", (said, "<a href='javascript:alert(1)'>x</a>"))
    panel_file.save(panel, hostile / "panel.parquet")
    manifest = json.loads((hostile / MANIFEST).read_text())
    named = dict.fromkeys(("market", "series", "origin", "source"), said)
    (hostile / MANIFEST).write_text(json.dumps(manifest | named | {"notes": [said]}))
    forecast = json.loads((hostile / "forecast.json").read_text())
    forecast |= dict.fromkeys(("series", "origin", "source"), said) | {"notes": [said]}
    (hostile / "forecast.json").write_text(json.dumps(forecast))
    sealed(hostile)
    made = build(open_run(hostile))
    assert made.failed == ()
    page = html5lib.parse(made.html, namespaceHTMLElements=False)
    assert "alert(1)" in "".join(page.itertext())
    for element in page.iter():
        assert element.tag not in ("script", "iframe", "object", "embed", "img", "link", "base", "form")
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            if str(name).rpartition("}")[2] in ("href", "src", "action"):
                assert value.startswith("#")
