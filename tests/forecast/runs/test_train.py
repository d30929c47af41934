"""Train, record, predict and the command line, on a folder of files as a user would have it."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from features.catalogue import feature_matrix
from features.errors import InputError
from forecast.api import TrainedRun, load_predictions, predict, train
from forecast.backtest.experiment import read_experiment
from forecast.backtest.study import Study
from forecast.models.component import FitError
from forecast.models.forecast_model import ForecastModel
from forecast.models.msgarch import SwitchingRecursions
from forecast.models.registry import DEFAULT
from forecast.report.text.answer_table import show_answer
from forecast.report.text.console import console
from forecast.runs.answer.demonstrated_skill import STANDS_IN
from forecast.runs.folder import open_run
from forecast.runs.predictions.read import (
    BASE_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    UNCALIBRATED_COLUMNS,
)
from forecast.target.outcome import OUTCOMES
from tests import markets
from tests.commands import assert_refused, run

ROOT = Path(__file__).resolve().parents[3]
EXPERIMENT = """
name = "test"
market.name = "Simulated"
surge = {{ min_z = 1.0, min_return = 0.01 }}
outcome = {{ horizon = 21, barrier = "surge", size = 0.5, also = [{{ horizon = 10, barrier = "sigma", size = 0.75 }}] }}
sensitivity = {{ horizons = [] }}
pullback = {{ horizons = [] }}
walk_forward = {{ start = 2006-06-01, refit_every = 300 }}
model.paths = 300
model.msgarch.starts = 1
interval.paths = 100
scenarios.calm = {{ ewma_vol_32 = {{ percentile = 0.1 }}, distance_from_trend = 0.0 }}
scenarios.fear = {{ implied_vol = 4.0 }}
inputs.small = {{ file = "small.csv", columns = {{ small = "{column}" }} }}
inputs.vix = {{ file = "vix.csv", columns = {{ vix = "Close" }} }}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with data and an experiment; the last session is a surge."""
    place = tmp_path_factory.mktemp("place")
    panel = markets.panel()
    close = panel.frame["small"].copy()
    close.iloc[-3:] *= 1.08
    (place / "data").mkdir()
    close.rename("Close").rename_axis("Date").to_csv(place / "data" / "small.csv")
    (place / "test.toml").write_text(EXPERIMENT.format(column="Close"))
    return place


@pytest.fixture(scope="module")
def trained(place: Path) -> TrainedRun:
    return train(place / "test.toml", data=place / "data", output=place / "run", track=False, report=False, jobs=1)


@pytest.fixture(scope="module")
def earlier(place: Path) -> TrainedRun:
    """The same experiment, trained a year before."""
    return train(place / "test.toml", data=place / "data", as_of="2006-12-31", output=place / "earlier", track=False, report=False, jobs=1)


def test_a_run_holds_every_file_of_the_contract(trained: TrainedRun) -> None:
    files = {
        "predictions.parquet",
        "predictions.csv",
        "components.parquet",
        "forecast.json",
        "metrics.json",
        "experiment.json",
        "model.json",
        "panel.parquet",
        "precedents.parquet",
        "paths.parquet",
        "base_rate.json",
        "features.parquet",
        "run.json",
    }
    assert {path.name for path in trained.folder.iterdir()} == files
    table = load_predictions(trained.folder)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 2 * len(table["date"].unique())
    pd.testing.assert_frame_equal(
        pd.read_csv(trained.folder / "predictions.csv")[[*P_COLUMNS, *BASE_COLUMNS, *CLIMATOLOGY_COLUMNS]],
        table[[*P_COLUMNS, *BASE_COLUMNS, *CLIMATOLOGY_COLUMNS]],
        rtol=1e-15,
    )


def test_the_last_session_is_forecast_by_the_final_fit(trained: TrainedRun) -> None:
    answer = trained.answer
    assert answer is not None
    assert answer.is_surge_today
    assert answer.trained_to == answer.as_of == answer.surge.session == "2008-09-05"
    for question in answer.questions:
        assert sum(question.probabilities.values()) == pytest.approx(1)
        assert question.outcome is None
        assert set(question.components) == set(DEFAULT)
    assert [question.known for question in answer.questions] == ["2008-10-06", "2008-09-19"]  # by the exchange's calendar
    last = load_predictions(trained.folder).iloc[-2]
    assert [last[column] for column in P_COLUMNS] == list(answer.questions[0].probabilities.values())
    assert pd.isna(last["outcome"])
    assert any(driver.tilt for driver in answer.drivers)


def test_an_input_that_is_not_there_is_said(trained: TrainedRun) -> None:
    assert any(note.startswith("input `vix` is off: no file vix.csv") for note in trained.notes)
    assert any(re.fullmatch(r"\d+ of \d+ features in use; `doctor` says what the rest need", note) for note in trained.notes)


def test_scenarios_are_answered_beside_the_forecast(trained: TrainedRun) -> None:
    assert trained.answer is not None
    calm, fear = trained.answer.scenarios
    assert [driver.feature for driver in calm.drivers] == ["ewma_vol_32", "distance_from_trend"]
    assert set(calm.components) == {"logistic", "analogs"}
    for question in trained.answer.questions:
        assert sum(calm.probabilities[question.question].values()) == pytest.approx(1)
        assert calm.probabilities[question.question] != question.probabilities
        assert fear.probabilities[question.question] == pytest.approx(question.probabilities, abs=1e-15)
    assert "scenario fear: no model sees VIX (no vix)" in trained.answer.notes
    written = json.loads((trained.folder / "forecast.json").read_text())
    assert [scenario["scenario"] for scenario in written["scenarios"]] == ["calm", "fear"]
    assert all(driver["sign"] and driver["story"] in (-1, 0, 1) for driver in written["drivers"])


def test_the_screen_has_a_table_of_scenarios_for_the_main_question_and_says_what_they_state(trained: TrainedRun) -> None:
    assert trained.answer is not None
    screen = Console(width=100, file=io.StringIO(), record=True)
    show_answer(screen, trained.answer, full=True)
    lines = screen.export_text().splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert sum(line.startswith("Scenarios, ") for line in lines) == 1
    for scenario in trained.answer.scenarios:
        cells = [f"{scenario.probabilities[trained.answer.questions[0].question][outcome]:.1%}" for outcome in reversed(OUTCOMES)]
        assert any(line.split()[:4] == [scenario.scenario, *cells] for line in lines)
    assert any(line.startswith("· calm: Volatility of small caps, half-life of 32 sessions ") for line in lines)
    assert "· fear: nothing that a model sees" in [line.rstrip() for line in lines]


def test_metrics_agree_with_the_table(trained: TrainedRun) -> None:
    table = load_predictions(trained.folder)
    settled = table[(table["barrier_kind"] == "sigma") & table["outcome"].notna()]
    p, y = settled[list(P_COLUMNS)].to_numpy(), settled["outcome"].to_numpy(int)
    scores = trained.metrics["questions"]["sigma_0.75_h10"]
    assert scores["sessions"] == len(settled)
    assert scores["models"]["pool"]["brier"] == pytest.approx(((p - np.eye(3)[y]) ** 2).sum(axis=1).mean())
    base = settled[list(CLIMATOLOGY_COLUMNS)].to_numpy()
    skill = 1 - ((p - np.eye(3)[y]) ** 2).sum() / ((base - np.eye(3)[y]) ** 2).sum()
    assert scores["models"]["pool"]["brier_skill_vs_climatology"] == pytest.approx(skill)
    assert json.loads((trained.folder / "metrics.json").read_text())["questions"]["sigma_0.75_h10"]["episodes"] == scores["episodes"]


def test_the_rivals_of_the_pool_are_scored_as_the_tables_say(trained: TrainedRun) -> None:
    table, parts = load_predictions(trained.folder), pd.read_parquet(trained.folder / "components.parquet")
    settled = table[(table["barrier_kind"] == "sigma") & table["outcome"].notna()]
    happened = np.eye(3)[settled["outcome"].to_numpy(int)]
    scores = trained.metrics["combination"]["questions"]["sigma_0.75_h10"]
    assert set(scores) == {"learned", "equal", "best", "stacking", "in_force", "calibrated"}
    rows = parts[(parts["barrier_kind"] == "sigma") & parts["date"].isin(settled["date"])]
    logs = np.log(rows[list(P_COLUMNS)].to_numpy()).reshape(len(settled), len(DEFAULT), 3)
    weights = rows["weight"].to_numpy().reshape(len(settled), len(DEFAULT), 1)
    for name, mixed in (("equal", logs.mean(axis=1)), ("in_force", (weights * logs).sum(axis=1))):
        p = np.exp(mixed) / np.exp(mixed).sum(axis=1, keepdims=True)
        assert scores[name]["brier"] == pytest.approx(((p - happened) ** 2).sum(axis=1).mean())
        if name == "in_force":
            assert set(settled["method"]) <= {"learned", "equal", "best"}  # log-linear, as this record has it
            np.testing.assert_allclose(settled[list(UNCALIBRATED_COLUMNS)], p, rtol=1e-12)
    pool = trained.metrics["questions"]["sigma_0.75_h10"]["models"]["pool"]
    assert {key: pool[key] for key in scores["calibrated"]} == pytest.approx(scores["calibrated"])
    assert next(iter(trained.metrics["combination"]["in_force"].values())) == "learned"


def test_two_runs_of_one_experiment_are_one_on_any_number_of_workers(place: Path) -> None:
    options = {"data": place / "data", "as_of": "2006-12-31", "track": False, "report": False}
    overrides = ["model.components=['climatology','ewma','range','logistic']", "walk_forward.refit_every=100"]  # two refits, so two workers
    one, other = (
        train(place / "test.toml", overrides=overrides, output=place / f"on-{jobs}" / "run", jobs=jobs, **options) for jobs in (1, 2)
    )
    first, second = load_predictions(one.folder), load_predictions(other.folder)
    assert first["trained_to"].nunique() >= 2
    pd.testing.assert_frame_equal(first.drop(columns="run_id"), second.drop(columns="run_id"), check_exact=True)
    assert (one.folder / "model.json").read_bytes() == (other.folder / "model.json").read_bytes()
    assert other.metrics["warnings"] == one.metrics["warnings"]


@pytest.mark.slow
def test_another_seed_differs_within_the_stated_error(place: Path) -> None:
    options = {"data": place / "data", "track": False, "report": False, "jobs": 1}
    few = ["model.components=['climatology','ewma','range','garch']", "walk_forward.start=2008-01-02"]
    one, other = (
        train(place / "test.toml", overrides=[*few, f"seed={seed}"], output=place / f"seed-{seed}", **options).answer for seed in (1, 7)
    )
    assert one is not None
    assert other is not None
    for mine, theirs in zip(one.questions, other.questions, strict=True):
        for outcome in OUTCOMES:
            gap = abs(mine.probabilities[outcome] - theirs.probabilities[outcome])
            assert 0 < gap < 3 * (mine.mc_error[outcome] + theirs.mc_error[outcome])


@pytest.mark.slow
def test_training_later_does_not_change_earlier_forecasts(trained: TrainedRun, earlier: TrainedRun) -> None:
    before, after = load_predictions(earlier.folder), load_predictions(trained.folder)
    last = before["date"].max()
    if earlier.answer is not None and earlier.answer.is_surge_today:  # forecast by the final fit of that day
        before = before[before["date"] < last]
    both = before.merge(after, on=["date", "barrier_kind"], suffixes=("", "_later"))
    assert len(both) == len(before) > 20
    for column in (*P_COLUMNS, *BASE_COLUMNS, *CLIMATOLOGY_COLUMNS, *UNCALIBRATED_COLUMNS, *LOW_COLUMNS, *HIGH_COLUMNS, "method"):
        np.testing.assert_array_equal(both[column], both[f"{column}_later"])


def test_predicting_the_training_day_gives_the_trained_forecast(place: Path, trained: TrainedRun) -> None:
    anew = predict(trained.folder, data=place / "data")
    assert trained.answer is not None
    assert anew.answer.model_dump() == trained.answer.model_dump()
    rows = trained.to_frame()
    pd.testing.assert_frame_equal(anew.table, rows[rows["date"] == anew.answer.surge.session].reset_index(drop=True))


def test_what_the_run_was_trained_on_is_answered_as_it_is_written_without_a_model(
    trained: TrainedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = predict(trained.folder, data="kept")
    monkeypatch.setattr(ForecastModel, "forecast", lambda *_: pytest.fail("forecast again"))
    written = predict(trained.folder)
    assert written.answer.model_dump() == anew.answer.model_dump()
    pd.testing.assert_frame_equal(written.table, anew.table)
    assert "continue" in written._repr_html_()
    with pytest.raises(pytest.fail.Exception, match="forecast again"):
        predict(trained.folder, data="kept")


def test_a_later_surge_is_forecast_without_refitting(place: Path, earlier: TrainedRun) -> None:
    answer = predict(earlier.folder, data=place / "data").answer
    assert answer.surge.session == "2008-09-05"
    assert answer.trained_to == "2006-12-29"
    assert sum(answer.questions[0].probabilities.values()) == pytest.approx(1)


def test_overrides_hold_for_an_experiment_given_as_an_object(place: Path) -> None:
    experiment = read_experiment(place / "test.toml")
    study = Study.prepare(experiment, data=place / "data", as_of=None, overrides=["model.paths=777"])
    assert study.experiment.model.paths == 777
    with pytest.raises(InputError, match="unknown key 'bogus'"):
        Study.prepare(experiment, data=place / "data", as_of=None, overrides=["bogus.key=1"])


@pytest.mark.parametrize("as_of", ["2006-12-29", pd.Timestamp("2006-12-29 17:30"), pd.Timestamp("2006-12-29", tz="Asia/Tokyo")])
def test_a_day_is_a_day_however_it_is_given(place: Path, as_of: object) -> None:
    study = Study.prepare(place / "test.toml", data=place / "data", as_of=as_of, overrides=[])
    assert study.dataset.panel.sessions[-1] == pd.Timestamp("2006-12-29")


def test_a_component_that_fails_on_the_day_is_said(place: Path, earlier: TrainedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise FitError("out of luck")

    monkeypatch.setattr(SwitchingRecursions, "predict", broken)
    answer = predict(earlier.folder, data=place / "data").answer
    assert "msgarch: the base rate in its place on 2008-09-05 (out of luck)" in answer.notes
    assert answer.questions[0].components["msgarch"] == answer.questions[0].base_rate


def test_an_earlier_surge_is_answered_as_it_was_given_then(trained: TrainedRun) -> None:
    table = load_predictions(trained.folder)
    row = table[table["barrier_kind"] == "surge"].iloc[len(table) // 4]
    answer = predict(trained.folder, as_of=row["date"]).answer
    assert answer.surge.session == f"{row['date']:%Y-%m-%d}"
    assert list(answer.questions[0].probabilities.values()) == [row[column] for column in P_COLUMNS]
    assert list(answer.questions[0].interval.values()) == [
        (row[low], row[high]) for low, high in zip(LOW_COLUMNS, HIGH_COLUMNS, strict=True)
    ]
    assert answer.trained_to == f"{row['trained_to']:%Y-%m-%d}"
    assert answer.scenarios == []
    assert any(note.startswith("scenarios left out: the forecast of 200") for note in answer.notes)


@pytest.mark.parametrize(
    "as_of", ["2004-06-30", "2001-06-29"]
)  # before the walk-forward, and with fewer sessions than models are fitted on
def test_before_any_model_the_base_rate_of_that_day_stands_in_and_says_so(trained: TrainedRun, as_of: str) -> None:
    answer, table = (one := predict(trained.folder, as_of=as_of)).answer, one.table
    main = answer.questions[0]
    assert re.match(r"no model had been fitted by the surge of 200[0-4]-.*: the run's walk-forward begins on 2006-", answer.notes[0])
    assert ("fewer than walk_forward.min_history" in answer.notes[0]) == (as_of < "2003")
    assert set(table["method"]) == {main.method} == {"base_rate"}
    assert main.probabilities == main.base_rate
    assert main.interval == main.base_interval
    assert (main.demonstrated, main.skill_t, main.headline.standing) == (False, None, STANDS_IN)
    assert "No forecast could be given, and the base rate stands in its place: continue" in main.sentence
    screen = console()
    with screen.capture() as shown:
        show_answer(screen, answer)
    assert "No forecast could be given, and the base rate stands in its place." in shown.get()
    assert "stands in" in shown.get().splitlines()[4]


def test_data_of_another_market_are_refused(trained: TrainedRun) -> None:
    with pytest.raises(InputError, match=r"no file small\.csv among the bundled data"):
        predict(trained.folder, data="bundled")


def test_closes_other_than_those_trained_on_are_refused(place: Path, earlier: TrainedRun, tmp_path: Path) -> None:
    closes = pd.read_csv(place / "data" / "small.csv", index_col="Date")
    (closes * 10).to_csv(tmp_path / "small.csv")  # another base, the same index
    assert predict(earlier.folder, data=tmp_path).answer.surge.session == "2008-09-05"
    closes.loc["2006-11-15"] *= 1.01
    closes.to_csv(tmp_path / "small.csv")
    with pytest.raises(InputError, match="closes of Simulated are not those trained on, the first apart on 2006-11-15; train again"):
        predict(earlier.folder, data=tmp_path)


def test_predictions_of_another_schema_are_refused(trained: TrainedRun, tmp_path: Path) -> None:
    pd.read_parquet(trained.folder / "predictions.parquet").to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="schema version none, this package reads 3"):
        load_predictions(tmp_path / "plain.parquet")
    (tmp_path / "broken.parquet").write_text("not Parquet")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        load_predictions(tmp_path / "broken.parquet")


def test_the_command_line_prints_the_forecast_within_100_columns(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    data_options = ["--data", "data", "--as-of", "2008-09-01", "--set", "walk_forward.start=2008-01-02"]
    few = ["--set", "model.components=['climatology','ewma','logistic']"]
    output_options = ["--no-tracking", "--no-report", "--full", "--output", "cli", "--jobs", "1"]
    done = run("train", "test.toml", *data_options, *few, *output_options, place=place)
    assert done.returncode == 0, done.stderr
    assert "as-of 2008-09-01 is no session; rolled back to 2008-08-29" in done.stdout
    assert "2008-08-29, the last session known, is no surge; this is the last one" in done.stdout
    assert "Trust: unproven on this question" in done.stdout
    assert "Climatology rests on" in done.stdout
    assert "Not promoted: " in done.stdout
    assert "scenarios left out" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    shown = run("predict", "--run", "cli", "--format", "csv", place=place)
    assert shown.stdout.splitlines()[0] == ",".join(COLUMNS)
    done = run("predict", "--run", "cli", "--format", "json", place=place)
    assert json.loads(done.stdout)["series"] == "Simulated"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "absent.toml"], "absent.toml: no such experiment file"),
        (["train", "test.toml"], "and it holds the small-cap close; put it there"),
        (["train", "test.toml", "--data", "nowhere"], "--data nowhere: no such folder"),
        (["train", "test.toml", "--data", "data", "--as-of", "soon"], "--as-of soon: is no date; write YYYY-MM-DD"),
        (
            ["train", "test.toml", "--data", "data", "--as-of", "1999-12-31"],
            "lies before the first session of Simulated, 2000-01-03",
        ),
        (["train", "test.toml", "--data", "data", "--as-of", "2001-06-30"], "fewer than walk_forward.min_history = 750"),
        (["train", "test.toml", "--data", "data", "--output", "data"], "--output data: exists and is no run"),
        (["train", "test.toml", "--data", "data", "--set", "features.only=['momentun']"], "[features]: no family 'momentun'"),
        (["train", "test.toml", "--data", "data", "--set", "market.exchange=XXXX"], "market.exchange: no calendar 'XXXX'"),
        (["train", "test.toml", "--data", "data", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["train", "--frobnicate"], "No such option"),
        (["predict"], "run: none was given; name its folder, an MLflow run id or models:/NAME@ALIAS"),
        (["predict", "nothing"], "run nothing: neither a run folder nor an MLflow run id"),
        (["predict", "nothing", "--run", "else"], "run nothing: --run else was given too; name one of them"),
        (["predict", "--run", "x" * 300], "neither a run folder nor an MLflow run id"),
        (["predict", "--run", "nothing"], "run nothing: neither a run folder nor an MLflow run id"),
        (["log", "data"], "holds no run.json, so it is no whole run"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(place: Path, arguments: list[str], said: str) -> None:
    before = {path for path in place.rglob("*") if not path.name.endswith(".lock")}
    done = run(*arguments, *(["--no-tracking"] if arguments[0] == "train" else []), place=place)
    assert done.stderr.startswith("error: ")
    assert_refused(done, said)
    assert {path for path in place.rglob("*") if not path.name.endswith(".lock")} == before


@pytest.mark.slow
def test_a_forecast_of_a_fitted_run_waits_for_no_library_that_only_fits_or_draws(trained: TrainedRun) -> None:
    script = f"""
import sys
from forecast.api import predict
from forecast.runs.folder import open_run
assert predict({str(trained.folder)!r}, data="kept").answer.questions
print(sorted({{"sklearn", "statsmodels", "arch", "mlflow", "matplotlib", "scipy.stats"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_features_are_read_from_the_run_where_the_panel_is_its_own_and_made_anew_where_it_is_not(trained: TrainedRun) -> None:
    opened = open_run(trained.folder)
    panel = opened.panel()
    own = opened.features(panel)
    expected = feature_matrix(panel)
    pd.testing.assert_frame_equal(own.frame, expected.frame, check_exact=True, check_freq=False)
    assert own.off == expected.off
    moved = replace(panel, frame=panel.frame.assign(small=panel.frame["small"] * 1.5))  # another level at every close: another digest
    pd.testing.assert_frame_equal(opened.features(moved).frame, feature_matrix(moved).frame, check_exact=True, check_freq=False)
