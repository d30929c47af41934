"""The model that a store keeps: registered, loaded without the package, and asked over HTTP."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.sources.load import BUNDLED, load_panel
from forecast.api import TrainedRun, load_predictions, predict, train
from forecast.backtest.experiment import read_experiment
from forecast.runs.ask.ask import AnsweredRun
from forecast.runs.folder import open_run
from forecast.runs.predictions.read import P_COLUMNS
from forecast.runs.recent import MOST, Recent
from forecast.runs.repredict import repredict
from forecast.runs.served_run import ANSWER, REPLY, ServedRun
from tests.processes import ROOT
from tests.servers import PATIENCE, answers, free_port, mlflow_server, until
from tests.tails import tail_of

ENDED, SURGED = "2024-06-28", pd.Timestamp("2024-07-11")  # what the training knew, and the next surge of the bundled data
KIND = [
    "model.paths=200",
    "model.components=['climatology','ewma']",
    "companions={}",
    "walk_forward.start=2016-01-04",
    "walk_forward.refit_every=504",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
    "outcome.barrier=fixed",
    "outcome.horizon=5",
]
BETTER = [
    *KIND,
    "outcome.size=0.05",
    "promotion.over=['climatology','base_rate']",
    "promotion.min_t=0.0",
]  # a rule that this question meets
WORSE = [*KIND, "outcome.size=0.05"]  # the usual rule names a component that is not there
INTERPRETED = {"NUMBA_DISABLE_JIT": "1"}  # for a few answers, to compile the model's copy takes longer than to run it
CHAMPION = "models:/smallcap-surge@champion"


class Shop(NamedTuple):
    """A store with a champion, and what came out after its training."""

    store: str
    trained: TrainedRun
    tail: pd.DataFrame


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Shop:
    place = tmp_path_factory.mktemp("shop")
    shutil.copy(blank_store, place)
    store = f"sqlite:///{place / 'mlflow.db'}"
    trained = train(as_of=ENDED, overrides=BETTER, output=place / "run", tracking_uri=store, jobs=1, report=False)
    assert trained.tracking_error is None
    whole = load_panel(BUNDLED, read_experiment().inputs, market="Small", exchange="XNYS").as_of(SURGED)
    return Shop(store, trained, tail_of(whole, pd.Timestamp(ENDED)))


@pytest.fixture(scope="module")
def loaded(shop: Shop) -> Any:
    import mlflow

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        patch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR", ""))  # this process has its kernels where they were
        patch.setattr("numba.config.CACHE_LOCATOR_CLASSES", "", raising=False)  # and afterwards, too
        # MLflow puts the model's copy of the package first; workers of later tests would read that, and compile its kernels anew
        patch.setattr(sys, "path", list(sys.path))
        mlflow.set_tracking_uri(shop.store)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*Any type hint is inferred", UserWarning)  # MLflow 3.17 of its own code
            model = mlflow.pyfunc.load_model(CHAMPION)
        yield model
        mlflow.set_tracking_uri(None)


def expected(shop: Shop) -> pd.DataFrame:
    """The run's forecast of the surge after its training, from the data themselves."""
    return repredict(open_run(shop.trained.folder), "bundled", SURGED.date()).table


def assert_same(rows: pd.DataFrame, table: pd.DataFrame) -> None:
    """Probabilities alike to 1e-12: features behind a tail may differ in a last bit."""
    assert len(rows) == len(table) == 1
    assert rows["date"].iloc[0] == f"{SURGED:%Y-%m-%d}"
    np.testing.assert_allclose(rows[list(P_COLUMNS)].to_numpy("float64"), table[list(P_COLUMNS)].to_numpy("float64"), rtol=0, atol=1e-12)


def test_a_run_asked_with_a_tail_answers_as_with_the_data(shop: Shop) -> None:
    rows = ServedRun.load(shop.trained.folder).predict(shop.tail)
    assert tuple(rows.columns) == ANSWER
    assert_same(rows, expected(shop))
    assert rows["trained_to"].iloc[0] == ENDED


def test_the_same_rows_are_answered_from_memory_and_other_rows_are_not(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    served = ServedRun.load(shop.trained.folder)
    first = served.predict(shop.tail)
    first["p_stall"] = 0.0  # a caller's own copy
    with monkeypatch.context() as patch:
        patch.setattr(ServedRun, "_later", lambda *_: pytest.fail("computed again"))
        assert_same(served.predict(shop.tail.copy()), expected(shop))
        with pytest.raises(pytest.fail.Exception, match="computed again"):
            served.predict(shop.tail.assign(value=shop.tail["value"] * 1.0001))
    for number in range(3 * MOST):
        served.recent.result(number, lambda: None)
    assert len(served.recent._results) == MOST


def test_those_who_ask_alike_at_once_are_answered_by_one_making() -> None:
    recent, begun, made = Recent(), Event(), []

    def make() -> int:
        begun.set()
        time.sleep(0.05)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(4) as clients:
        first = clients.submit(recent.result, "alike", make)
        begun.wait()
        others = [clients.submit(recent.result, "alike", make) for _ in range(3)]
        assert [each.result() for each in (first, *others)] == [1] * 4
    with pytest.raises(ZeroDivisionError):
        recent.result("an error", lambda: 1 // 0)
    assert recent.result("an error", lambda: 7) == 7  # which was no result


def test_without_a_tail_the_last_surge_of_the_training_is_answered_as_it_was_then(shop: Shop) -> None:
    rows = ServedRun.load(shop.trained.folder).predict(shop.tail.iloc[:0])
    table = load_predictions(shop.trained.folder)
    assert rows["date"].iloc[0] == f"{table['date'].iloc[-1]:%Y-%m-%d}"
    assert rows[list(P_COLUMNS)].to_numpy().tolist() == table[list(P_COLUMNS)].tail(1).to_numpy().tolist()


def test_the_logged_model_gives_named_probabilities(shop: Shop, loaded: Any) -> None:
    rows = loaded.predict(shop.tail)
    assert list(rows.columns) == list(ANSWER) == loaded.metadata.signature.outputs.input_names()
    assert_same(rows, expected(shop))
    assert {spec.name: spec.required for spec in loaded.metadata.signature.inputs} == {
        "series": True,
        "stamp": True,
        "value": True,
        "known": False,
    }


def test_the_logged_model_is_asked_one_question_by_params(shop: Shop, loaded: Any) -> None:
    rows = loaded.predict(shop.tail, params={"barrier": "5%", "within": 5})
    assert list(rows.columns) == list(REPLY)
    table = expected(shop)
    same = {name: table[f"p_{name}"].iloc[0] for name in ("continue", "stall", "reverse")}  # the question that the run was trained on
    np.testing.assert_allclose(rows.set_index("outcome")["probability"].loc[list(same)], list(same.values()), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        rows["base_rate"], table[["base_continue", "base_stall", "base_reverse"]].iloc[0].to_numpy(float), atol=1e-12
    )
    fall = loaded.predict(shop.tail, params={"fall": "3%", "within": 4})
    assert fall["outcome"].tolist() == ["falls"]
    assert 0 < fall["low"].iloc[0] <= fall["probability"].iloc[0] <= fall["high"].iloc[0] < 1
    assert fall["trust"].iloc[0].startswith("Trust: ")
    close = AnsweredRun.of(open_run(shop.trained.folder), "bundled", SURGED.date()).surge.close
    level = loaded.predict(shop.tail, params={"level": 0.97 * close, "by": "2024-07-17"})  # four sessions after
    assert level["probability"].iloc[0] == pytest.approx(fall["probability"].iloc[0], abs=1e-9)


def test_what_is_no_question_is_refused_in_the_words_of_a_request(shop: Shop) -> None:
    served = ServedRun.load(shop.trained.folder)
    for question, said in (
        ({"fall": "5 percent", "within": 5}, "fall 5 percent: must be a share such as 5% or 0.05"),
        ({"fall": "5%"}, "within 21 (sessions) or by YYYY-MM-DD"),
        ({"within": 5}, "one of fall 5%, rise 5%, barrier 5% and level 2150"),
        ({"fall": "5%", "within": 6}, "within 6: must be 1 to 5 sessions"),
    ):
        with pytest.raises(InputError) as refused:
            served.ask(shop.tail, question)
        assert said in str(refused.value)
        assert "--" not in str(refused.value)
    with pytest.raises(InputError, match="the models have seen what followed its last surge"):
        served.ask(shop.tail.iloc[:0], {"fall": "5%", "within": 5})


def test_its_own_example_is_answered(loaded: Any) -> None:
    example = loaded.input_example
    assert example["stamp"].tolist() == [ENDED]
    assert np.isclose(loaded.predict(example)[list(P_COLUMNS)].to_numpy("float64").sum(), 1)


def test_the_model_holds_nothing_that_is_unpickled(loaded: Any) -> None:
    from mlflow.artifacts import download_artifacts

    folder = Path(download_artifacts(artifact_uri=loaded.metadata.get_model_info().model_uri))
    logged = [path for path in folder.rglob("*") if path.parent != folder / "__pycache__"]  # byte code that loading it has written
    endings = {path.suffix for path in logged if path.is_file()}
    assert endings <= {".py", ".csv", ".toml", ".json", ".parquet", ".txt", ".yaml", ".html", ".css", ".j2", ".md", ""}
    assert not [path for path in logged if path.name == "__pycache__" and path.parent != folder]
    lines = (folder / "requirements.txt").read_text("utf-8").split()
    assert all("==" in line for line in lines)
    assert any(line.startswith("mlflow==") for line in lines)


@pytest.mark.slow
def test_a_model_address_serves_wherever_a_run_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shop.store)
    assert load_predictions(CHAMPION).equals(load_predictions(shop.trained.folder))
    answer = predict(CHAMPION, data="bundled", as_of=SURGED.date()).answer
    assert list(answer.questions[0].probabilities.values()) == expected(shop)[list(P_COLUMNS)].iloc[0].tolist()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("models:/smallcap-surge", "no address of a model; write models:/NAME@ALIAS or models:/NAME/VERSION"),
        ("models:/smallcap-surge@best", "best"),
        ("models:/nothing/1", "nothing"),
    ],
)
def test_an_address_without_a_model_is_named(shop: Shop, address: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shop.store)
    with pytest.raises(InputError) as refused:
        load_predictions(address)
    assert said in str(refused.value)


@pytest.mark.slow
def test_a_model_has_no_answer_for_a_surge_before_the_end_of_its_training(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shop.store)
    with pytest.raises(InputError, match="a registered model answers for those after its training; give the run"):
        predict(CHAMPION, data="bundled", as_of="2024-05-31")


@pytest.mark.slow
def test_the_champion_stays_until_the_rule_of_promotion_names_another(shop: Shop, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(shop.store)
    before = client.get_model_version_by_alias("smallcap-surge", "champion")
    assert before.run_id == shop.trained.run_id
    other = train(as_of=ENDED, overrides=WORSE, output=tmp_path / "run", tracking_uri=shop.store, jobs=1, report=False)
    assert not other.metrics["promotion"]["promoted"]
    assert client.get_model_version_by_alias("smallcap-surge", "champion").version == before.version
    assert client.get_model_version_by_alias("smallcap-surge", "challenger").run_id == other.run_id


WITHOUT_PACKAGE = """
import importlib.util, sys
assert importlib.util.find_spec("forecast") is None and importlib.util.find_spec("features") is None
import pandas as pd
print(len(pd.read_parquet(sys.argv[1])))
"""
UVICORN = """#!{python}
from uvicorn.main import main
main()
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of a bare environment that sees this one's libraries, but, as .pth files are not followed twice, no editable install."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, symlinks=True, with_pip=False)
    libraries = next((place / "lib").glob("python*/site-packages"))
    (libraries / "others.pth").write_text(str(Path(pd.__file__).parents[1]), "utf-8")
    (place / "bin" / "uvicorn").write_text(UVICORN.format(python=place / "bin" / "python"))
    (place / "bin" / "uvicorn").chmod(0o755)
    return place / "bin"


@pytest.mark.slow
def test_an_environment_without_the_package_reads_predictions(shop: Shop, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    command = [bare / "python", "-c", WITHOUT_PACKAGE, shop.trained.folder / "predictions.parquet"]
    done = subprocess.run(command, cwd=bare, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(load_predictions(shop.trained.folder))


@pytest.fixture(scope="module")
def server(shop: Shop, bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPConnection]:
    """A connection to `mlflow models serve` on the champion: MLflow starts the uvicorn of the environment without the package."""
    place, port = tmp_path_factory.mktemp("served"), free_port()
    environment = INTERPRETED | {
        "PATH": os.pathsep.join((str(bare), os.environ["PATH"])),
        "PYTHONPATH": "",
        "MLFLOW_TRACKING_URI": shop.store,
    }
    words = ("models", "serve", "-m", CHAMPION, "--env-manager", "local", "-p", port)
    with mlflow_server(place, *words, environment=environment | {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}) as log:
        until(lambda: answers(port, "/ping"), log)
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            yield connection


def ask(server: HTTPConnection, body: str) -> tuple[int, Any]:
    server.close()  # it has closed the connection itself where this machine was busy for five seconds
    server.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    answer = server.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.slow
def test_a_server_without_the_package_gives_the_probabilities_of_the_process(shop: Shop, server: HTTPConnection) -> None:
    status, reply = ask(server, json.dumps({"dataframe_split": shop.tail.to_dict("split", index=False)}))
    assert status == 200
    assert_same(pd.DataFrame(reply["predictions"]), expected(shop))


@pytest.mark.slow
def test_a_server_is_asked_one_question(shop: Shop, server: HTTPConnection) -> None:
    tail = {"dataframe_split": shop.tail.to_dict("split", index=False)}
    status, reply = ask(server, json.dumps(tail | {"params": {"fall": "3%", "within": 4}}))
    assert status == 200, reply
    rows = ServedRun.load(shop.trained.folder).ask(shop.tail, {"fall": "3%", "within": 4})
    assert reply["predictions"][0]["probability"] == pytest.approx(rows["probability"].iloc[0], abs=1e-12)
    status, reply = ask(server, json.dumps(tail | {"params": {"fall": "3%", "within": 99}}))
    assert (status, reply["message"]) == (400, "within 99: must be 1 to 5 sessions, the longest horizon that the run was trained on")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "valid JSON"),
        ("{}", "dataframe_split"),
        ('{"dataframe_records": [{"stamp": "2024-07-01", "value": 81700.0}]}', "missing inputs ['series']"),
        ('{"dataframe_records": [{"series": "small", "stamp": "2024-07-01", "value": "high"}]}', "value"),
        ('{"dataframe_records": [{"series": "smal", "stamp": "2024-07-01", "value": 81700.0}]}', "tail: no series 'smal' in the panel"),
        ('{"dataframe_records": [{"series": "small", "stamp": "soon", "value": 81700.0}]}', "tail: stamp of row 1 is 'soon', no day"),
        ('{"dataframe_records": [{"series": "small", "stamp": "2024-07-01", "value": -1.0}]}', "-1"),
        ('{"dataframe_records": [{"series": "small", "stamp": "2024-06-27", "value": 1.0}]}', "has 81708.5; leave it out"),
    ],
)
def test_a_malformed_request_is_refused_in_one_line(server: HTTPConnection, body: str, said: str) -> None:
    status, reply = ask(server, body)
    assert 400 <= status < 500
    assert said in reply["message"]
    assert "Traceback" not in json.dumps(reply)


@pytest.mark.slow
def test_requests_in_sequence_have_one_answer(shop: Shop, server: HTTPConnection) -> None:
    body = json.dumps({"dataframe_split": shop.tail.to_dict("split", index=False)})
    answers = [ask(server, body) for _ in range(5)]
    assert {status for status, _ in answers} == {200}
    assert all(reply == answers[0][1] for _, reply in answers)


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow 3.17 of its own code
def test_connections_of_a_socket_that_was_open_before_the_model_hold_nothing_back() -> None:
    from forecast.runs.tracking.served_model import _answer_at_once  # which makes itself MLflow's current model

    with socket.socket(socket.AF_INET) as shared:  # as workers of uvicorn share one
        shared.bind(("127.0.0.1", 0))
        assert not shared.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        _answer_at_once()
        shared.listen()
        with socket.create_connection(shared.getsockname()), shared.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(("named", "sets"), [(None, True), ("", False)])
def test_where_kernels_are_kept_outlasts_a_compilation_where_numba_was_imported_before(
    named: str | None, sets: bool, tmp_path: Path
) -> None:
    script = """
import numba
from forecast.runs.tracking.served_model import LOCATORS, _compile_elsewhere
_compile_elsewhere()
numba.njit(lambda x: x + 1)(1)
print(getattr(numba.config, "CACHE_LOCATOR_CLASSES", "") == LOCATORS, bool(numba.config.CACHE_DIR))
"""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(tmp_path)} | ({} if named is None else {"NUMBA_CACHE_DIR": named})
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT, check=True)
    assert done.stdout.split() == [str(sets)] * 2
