"""Many markets on one pool of workers, against single trainings; and the morning sheet."""

import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import html5lib
import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.live.store.open_live import LiveInputs
from forecast import api
from forecast.backtest import walk_forward
from forecast.backtest.fold_key import study_key
from forecast.backtest.markets.fold_blocks import fold_blocks, neighbours, walk_block
from forecast.backtest.markets.market_list import market_experiments
from forecast.backtest.markets.study_file import StudyFile
from forecast.backtest.markets.workers import Workers
from forecast.backtest.study import Study
from forecast.cli.exit_codes import ExitCode
from forecast.report.html.morning_sheet import sheet_page
from forecast.report.markets.change import change_since
from forecast.report.markets.market_row import MarketRow
from forecast.report.markets.market_run import MarketPlaces, MarketStudy, MarketTask, write_market
from forecast.report.markets.morning_sheet import MorningSheet, read_sheet, sheet_of, write_sheet
from forecast.report.training import RunRecipients
from forecast.runs.folder import open_run
from forecast.runs.manifest import TABLE_AS_TEXT
from forecast.runs.predictions.columns import KEY
from forecast.runs.predictions.partitions import write_partitions
from forecast.runs.predictions.read import read_run
from forecast.runs.tracking.client import connection
from forecast.runs.tracking.run_owner import PARENT
from forecast.target.splits import Fold
from tests.commands import Done, assert_refused, run
from tests.killed_worker import killed_always, killed_once
from tests.market_files import write_markets, write_world

WORDS = ("--workers", "1", "--report", "none", "--no-tracking", "--output", "out")


class Morning(NamedTuple):
    """A call over three markets, of which gamma's file is missing and beta is in a surge."""

    folder: Path
    file: Path
    done: Done

    @property
    def sheet(self) -> MorningSheet:
        sheet = read_sheet(self.folder / "out")
        assert sheet is not None
        return sheet


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    folder = tmp_path_factory.mktemp("morning")
    file = write_markets(folder, ["alpha", "beta", "gamma"], surging="beta")
    (folder / "gamma.csv").unlink()
    return Morning(folder, file, run("many", file.name, *WORDS, place=folder))


@pytest.fixture(scope="module")
def studies(morning: Morning) -> list[Study]:
    experiments = market_experiments([morning.file])[:2]
    return [Study.prepare(each, data=None, as_of=None, overrides=()) for each in experiments]


def test_a_market_that_fails_is_a_line_of_the_sheet_and_not_the_end_of_the_others(morning: Morning) -> None:
    assert morning.done.returncode == 0
    assert [row.name for row in morning.sheet.markets] == ["beta", "alpha", "gamma"]
    assert "no file gamma.csv" in (morning.sheet.failures[0].failure or "")
    assert "no file gamma.csv" in " ".join(morning.done.stdout.split())


def test_markets_in_a_surge_today_come_first_and_the_screen_has_100_columns(morning: Morning) -> None:
    assert [row.name for row in morning.sheet.surges] == ["beta"]
    assert max(map(len, morning.done.stdout.splitlines()[:-1])) <= 100
    assert morning.done.stdout.index("Simulated beta") < morning.done.stdout.index("Simulated alpha")


def test_the_run_of_a_market_is_that_of_a_single_training_to_the_bit(morning: Morning, tmp_path: Path) -> None:
    alone = api.train(
        market_experiments([morning.file])[0], output=tmp_path / "alone", track=False, report=False, keep_history=False, jobs=1
    )
    one, other = alone.to_frame(), read_run(morning.folder / "out" / "alpha")
    pd.testing.assert_frame_equal(one.drop(columns="run_id"), other.drop(columns="run_id"), check_exact=True)


def test_a_run_of_many_is_whole_without_the_text_of_its_predictions_and_no_other_run_is(morning: Morning, tmp_path: Path) -> None:
    run_folder = tmp_path / "alpha"
    shutil.copytree(morning.folder / "out" / "alpha", run_folder)
    assert not (run_folder / TABLE_AS_TEXT).exists()
    assert TABLE_AS_TEXT not in open_run(run_folder).manifest.files
    (run_folder / TABLE_AS_TEXT).write_text("another")
    with pytest.raises(InputError, match=r"predictions\.csv is changed"):
        open_run(run_folder)


@pytest.mark.parametrize(("report", "runs"), [("all", [True, False]), ("surges", [True]), ("none", [])])
def test_reports_are_of_all_markets_or_of_those_in_a_surge_or_of_none(report: Literal["all", "surges", "none"], runs: list[bool]) -> None:
    assert [today for today in (True, False) if RunRecipients(report=report).draws(today)] == runs


def test_a_market_whose_run_is_whole_is_not_trained_again(morning: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    before = morning.sheet
    monkeypatch.setattr(walk_forward, "predict_fold", _refuse)
    assert run("many", morning.file.name, *WORDS, place=morning.folder).returncode == 0
    assert [row.run_id for row in morning.sheet.markets] == [row.run_id for row in before.markets]


def _refuse(*_: object) -> None:
    raise AssertionError("a fold is fitted that was stored")


def test_folds_that_were_finished_before_a_kill_are_not_fitted_again(
    studies: list[Study], morning: Morning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, key = studies[0], study_key(studies[0].samples, studies[0].experiment, studies[0].digest)
    file = StudyFile.write(study, tmp_path)
    for block in fold_blocks(study, file, tmp_path / "out"):
        (tmp_path / "out").mkdir(exist_ok=True)
        walk_block(block)
    assert fold_blocks(study, file, tmp_path / "out") == []
    monkeypatch.setattr(walk_forward, "predict_fold", _refuse)
    places = MarketPlaces(tmp_path / "out", tmp_path, RunRecipients(report="none"), datetime.now(UTC))
    row = write_market(MarketStudy(MarketTask(study.experiment, None, None, places), file, key, (), 0))
    assert row.failure is None
    one, other = read_run(tmp_path / "out" / "alpha"), read_run(morning.folder / "out" / "alpha")
    pd.testing.assert_frame_equal(one.drop(columns="run_id"), other.drop(columns="run_id"), check_exact=True)


def test_what_markets_share_is_one_file_and_no_task_carries_it(studies: list[Study], tmp_path: Path) -> None:
    files = [StudyFile.write(study, tmp_path) for study in studies]
    assert len(list(tmp_path.glob("*.sample"))) == 1
    assert files[0].read().companions[0] is files[1].read().companions[0]
    block = fold_blocks(studies[0], files[0], tmp_path)[0]
    assert len(pickle.dumps(block)) < 1000  # bytes; the companion has a thousand times as many
    with pytest.raises(ValueError, match="another processor, library or code"):
        walk_block(replace(block, keys=("0" * 32,) * len(block)))


def test_a_study_is_read_as_it_was_written(studies: list[Study], tmp_path: Path) -> None:
    study = StudyFile.write(studies[0], tmp_path).read()
    assert study.digest == studies[0].digest
    assert study_key(study.samples, study.experiment, study.digest) == study_key(studies[0].samples, studies[0].experiment, study.digest)


def test_a_block_is_the_folds_of_a_year_or_at_least_four() -> None:
    days = pd.bdate_range("2001-01-01", "2004-12-31").to_numpy().astype("datetime64[D]")
    folds = [Fold(row, np.array([row])) for row in range(0, len(days), 21)]
    sample = _Days(days)
    whole = neighbours(folds, range(len(folds)), sample)  # type: ignore[arg-type]
    assert [place for first, last in whole for place in range(first, last)] == list(range(len(folds)))
    assert len(whole) == 4
    quarters = neighbours(folds[::3], range(len(folds[::3])), sample)  # type: ignore[arg-type]
    assert all(last - first >= walk_forward.BATCH for first, last in quarters[:-1])
    assert neighbours(folds, [0, 1, 5], sample) == [(0, 2), (5, 6)]  # type: ignore[arg-type]


class _Days(NamedTuple):
    sessions: np.ndarray


def test_tasks_of_a_worker_that_is_ended_from_outside_are_given_to_others(tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("a", "fatal", "b", "c")]
    assert sorted(Workers(2).results(killed_once, names)) == ["a", "b", "c", "fatal"]


def test_workers_that_are_ended_again_and_again_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--workers 2: workers were ended from outside 4 times, often for want of memory"):
        list(Workers(2).results(killed_always, [tmp_path]))


def test_variants_and_markets_are_named_by_their_tables(tmp_path: Path) -> None:
    file = write_markets(tmp_path, ["one", "two"])
    file.write_text(file.read_text("utf-8") + "\n[variants.wide]\nsurge.min_z = 2.0\n[variants.plain]\n", "utf-8")
    experiments = market_experiments([file], ["seed=7"])
    assert [each.name for each in experiments] == ["one-wide", "one-plain", "two-wide", "two-plain"]
    assert [each.surge.min_z for each in experiments] == [2.0, 1.0, 2.0, 1.0]
    assert {each.seed for each in experiments} == {7}


def test_several_values_of_a_key_make_a_variant_each_and_several_keys_every_combination(tmp_path: Path) -> None:
    file = write_markets(tmp_path, ["one", "two"])
    sweep = market_experiments([file], ["surge.min_z=1.5,2", "seed=7", "model.components=['har','ewma'],['garch']"])
    assert [each.name for each in sweep[:4]] == [
        "one-min_z_1.5-components_har_ewma",
        "one-min_z_1.5-components_garch",
        "one-min_z_2-components_har_ewma",
        "one-min_z_2-components_garch",
    ]
    assert [each.name for each in sweep[4:]] == [f"two-{each.name[4:]}" for each in sweep[:4]]
    assert [(each.surge.min_z, each.model.components, each.seed) for each in sweep[:2]] == [(1.5, ("har", "ewma"), 7), (1.5, ("garch",), 7)]
    again = market_experiments(sweep[:1], ["seed=7,8"])
    assert [(each.name, each.seed) for each in again] == [(f"{sweep[0].name}-seed_{seed}", seed) for seed in (7, 8)]
    assert again[0].digest == market_experiments([again[0]])[0].digest


def test_a_comma_in_quotes_or_brackets_makes_no_sweep(tmp_path: Path) -> None:
    file = write_markets(tmp_path, ["one"])
    kept = market_experiments([file], ["market.name='A, B'", "model.components=['har','ewma']"])
    assert [(each.name, each.market.name, each.model.components) for each in kept] == [("one", "A, B", ("har", "ewma"))]


def test_variants_that_pool_otherwise_share_their_refits_and_the_next_day_fits_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, fitted = write_markets(tmp_path, ["one"]), []
    predict_fold = walk_forward.predict_fold
    monkeypatch.setattr(walk_forward, "predict_fold", lambda fold, *rest: (fitted.append(fold.trained_to), predict_fold(fold, *rest))[1])
    words = ("many", file.name, *WORDS, "--set", "pool.half_life=1,20", "--set", "walk_forward.start=2004-01-01")
    assert run(*words, "--as-of", "2007-06-28", place=tmp_path).returncode == 0
    runs = [open_run(tmp_path / "out" / f"one-half_life_{years}") for years in (1, 20)]
    assert len(fitted) == len(set(fitted)) == read_run(runs[0].folder)["trained_to"].nunique()
    weights = [pd.read_parquet(each.folder / "components.parquet")["weight"] for each in runs]
    assert len(weights[0]) == len(weights[1])
    assert not np.allclose(*weights)
    fitted.clear()
    assert run(*words, place=tmp_path).returncode == 0
    assert len(fitted) <= 1


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["surge.min_z=1,"], "--set surge.min_z=1,: value 2 of 2 is empty"),
        (["seed=1,2,1"], "--set seed=1,2,1: 1 stands twice"),
        (["seed=1,2", "seed=3"], "--set seed: stands twice, once with several values"),
        (
            [f"seed={','.join(map(str, range(40)))}", f"surge.window={','.join(map(str, range(40)))}"],
            "seed, surge.window make 1600 variants",
        ),
        (["surge.min_z=1,x"], "world.toml, [markets.one]: surge.min_z: input should be a valid number, got 'x'"),
        (["seed"], "--set 'seed': must be key=value"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused_in_one_line(overrides: list[str], line: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        market_experiments([write_markets(tmp_path, ["one"])], overrides)
    assert line in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda file: [file, file], "two experiments are named one"),
        (lambda file: [], "no experiment was named"),
        (lambda file: [_with(file, "[markets.three]\nmarkets.four.seed = 1")], "[markets.three] has markets of its own"),
        (lambda file: [_with(file, "[variants]\nseed = 1")], "variants must be tables such as [variants.japan]"),
        (lambda file: [_with(file, "[markets.three]\nseed = 'x'")], "world.toml, [markets.three]: seed"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_in_one_line(change: Callable[[Path], list[Path]], line: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        market_experiments(change(write_markets(tmp_path, ["one"])))
    assert line in str(caught.value)


def _with(file: Path, text: str) -> Path:
    file.write_text(f"{file.read_text('utf-8')}\n{text}\n", "utf-8")
    return file


def test_two_markets_that_read_one_column_are_refused(tmp_path: Path) -> None:
    file = write_markets(tmp_path, ["one", "two"])
    file.write_text(file.read_text("utf-8").replace('"two.csv"', '"one.csv"'), "utf-8")
    assert_refused(run("many", str(file), *WORDS, place=tmp_path), "one and two both read column Close of one.csv")


def test_train_refuses_a_list_and_names_the_command_that_takes_it(tmp_path: Path) -> None:
    assert_refused(run("train", str(write_markets(tmp_path, ["one"]))), "python -m forecast many")


def test_the_exit_code_tells_a_daily_job_what_to_look_at(morning: Morning, tmp_path: Path) -> None:
    again = run("many", morning.file.name, *WORDS, "--exit-code", place=morning.folder)
    assert again.returncode == ExitCode.SURGE_AND_STALE  # beta is in a surge, gamma failed, and all data are of 2007
    alone = run("many", str(write_markets(tmp_path, ["lost"])), *WORDS, "--set", "inputs.small.file='none.csv'", place=tmp_path)
    assert alone.returncode == ExitCode.MISTAKE  # no market is left


def test_data_that_end_behind_those_of_others_are_stale(morning: Morning) -> None:
    beta, alpha = morning.sheet.markets[:2]
    made = datetime(2007, 7, 2, tzinfo=UTC)
    sheet = MorningSheet(made=made, markets=[beta, replace_as_of(alpha, "2007-06-19")], before={})
    assert [row.name for row in sheet.stale] == []
    assert not sheet.is_old
    behind = replace(sheet, markets=[beta, replace_as_of(alpha, "2007-06-18")])
    assert [row.name for row in behind.stale] == ["alpha"]
    assert "its data end on 2007-06-18" in behind.problems[0]
    assert replace(sheet, made=datetime(2007, 7, 10, tzinfo=UTC)).is_old


def replace_as_of(row: MarketRow, day: str) -> MarketRow:
    return row.model_copy(update={"as_of": day})


def test_the_lines_of_a_sweep_go_by_the_names_of_their_variants(morning: Morning) -> None:
    beta, alpha = morning.sheet.markets[:2]
    wide = beta.model_copy(update={"name": "beta-min_z_1.5-size_0.75-paths_1000"})
    sheet = MorningSheet(made=datetime.now(UTC), markets=[beta, wide, alpha], before={})
    assert [sheet.title(row) for row in sheet.markets] == ["beta", "beta-min_z_1.5-size_0.75-paths_1000", "Simulated alpha"]
    page = sheet_page(sheet, reports=())
    assert all(sheet.title(row) in page for row in sheet.markets)


def test_the_sheet_says_what_changed_since_an_earlier_day_of_the_data(morning: Morning, tmp_path: Path) -> None:
    beta = morning.sheet.surges[0]
    assert beta.surge is not None
    earlier = beta.surge.model_copy(update={"probabilities": {"continue": 0.2, "stall": 0.2, "reverse": 0.6}})
    yesterday = beta.model_copy(update={"as_of": "2007-06-28", "surge": earlier})
    write_sheet(sheet_of([yesterday], tmp_path, datetime.now(UTC)), tmp_path)
    moved = beta.surge.probabilities["continue"] - 0.2
    for _ in range(2):  # a second sheet of the same day is compared with the same one
        sheet = sheet_of([beta], tmp_path, datetime.now(UTC))
        assert sheet.change(beta) == f"continue {100 * moved:+.0f} points"
        write_sheet(sheet, tmp_path)
    later = {"as_of": "2007-07-06", "surge": beta.surge.model_copy(update={"session": "2007-07-06"})}
    assert change_since(beta, beta.model_copy(update=later)) == f"goes on, {beta.surge.sigmas:.1f} sigma before"  # a week later
    later = {"as_of": "2007-07-09", "surge": beta.surge.model_copy(update={"session": "2007-07-09"})}
    assert change_since(beta, beta.model_copy(update=later)) == "a new surge"
    other = beta.model_copy(update={"surge": beta.surge.model_copy(update={"session": "2007-06-27"})})
    assert sheet_of([other], tmp_path, datetime.now(UTC)).change(other) == "a new surge"
    assert sheet_of([MarketRow(name="new", market="New")], tmp_path, datetime.now(UTC)).before == {}


def test_the_predictions_of_all_markets_are_one_table_by_market_and_year(morning: Morning) -> None:
    whole = pd.read_parquet(morning.folder / "out" / "predictions")
    assert sorted(whole["market"].unique()) == ["alpha", "beta"]
    assert (whole["year"].astype(int) == whole["date"].dt.year).all()
    one = read_run(morning.folder / "out" / "alpha")
    own = whole[whole["market"] == "alpha"].drop(columns=["market", "year"]).sort_values(list(KEY), ignore_index=True)
    pd.testing.assert_frame_equal(own, one.sort_values(list(KEY), ignore_index=True), check_exact=True)


def test_predictions_that_are_written_again_take_the_place_of_those_before(morning: Morning, tmp_path: Path) -> None:
    table = read_run(morning.folder / "out" / "alpha")
    for rows in (table, table[table["date"].dt.year == table["date"].dt.year.max()].reset_index(drop=True)):
        write_partitions(rows, tmp_path, "alpha")
        written = pd.read_parquet(tmp_path / "predictions")
        assert len(written) == len(rows)
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["market=alpha"]


def test_polars_reads_it_as_one_table_too(morning: Morning) -> None:
    polars = pytest.importorskip("polars")
    table = polars.scan_parquet(f"{morning.folder}/out/predictions/**/*.parquet", hive_partitioning=True)
    assert table.select("market").unique().sort("market").collect().rows() == [("alpha",), ("beta",)]


def test_duckdb_reads_it_as_one_table_too(morning: Morning) -> None:
    duckdb = pytest.importorskip("duckdb")
    table = duckdb.read_parquet(f"{morning.folder}/out/predictions/**/*.parquet", hive_partitioning=True)
    assert table.project("market").distinct().order("market").fetchall() == [("alpha",), ("beta",)]


def test_the_page_is_strict_html_that_links_to_the_reports_there_are(morning: Morning) -> None:
    page = sheet_page(morning.sheet, {"alpha"})
    html5lib.HTMLParser(strict=True).parse(page)
    assert re.findall(r'href="([^#"]+)"', page) == ["alpha/report.html"]
    assert page.index("Simulated beta") < page.index("Simulated alpha") < page.index("What went wrong") < page.index("Simulated gamma")
    assert "http" not in page.replace("http-equiv", "")
    assert (morning.folder / "out" / "index.html").read_text("utf-8") == sheet_page(morning.sheet, set())


def test_what_a_market_is_called_is_text_and_no_markup_on_the_page(morning: Morning) -> None:
    rows = [row.model_copy(update={"market": "<script>alert(1)</script>"}) for row in morning.sheet.markets]
    assert "<script>" not in sheet_page(replace(morning.sheet, markets=rows), {"alpha", "beta"})


def test_the_runs_of_the_markets_are_nested_in_that_of_the_call(morning: Morning, tmp_path: Path, blank_store: Path) -> None:
    store = f"sqlite:///{shutil.copy(blank_store, tmp_path / 'mlflow.db')}"
    file = write_markets(tmp_path, ["alpha"])
    file.write_text(file.read_text("utf-8") + "\n[variants.wide]\nsurge.min_z = 1.5\n[variants.plain]\n", "utf-8")
    sheet = api.many([file], output=tmp_path / "out", tracking_uri=store, report="none", keep_history=False, workers=1)
    assert sheet.problems == []
    with connection(store) as client:
        runs = client.search_runs([each.experiment_id for each in client.search_experiments()])
        parent = next(each for each in runs if PARENT not in each.data.tags)
        children = [each for each in runs if each.data.tags.get(PARENT) == parent.info.run_id]
        artifacts = {each.path for each in client.list_artifacts(parent.info.run_id)}
    assert len(runs) == 3
    assert {each.info.status for each in runs} == {"FINISHED"}
    assert {each.info.run_id for each in children} == {row.run_id for row in sheet.markets}
    assert {float(each.data.params["surge.min_z"]) for each in children} == {1.0, 1.5}
    assert parent.data.metrics["markets"] == 2
    assert artifacts == {"index.html", "sheet.json"}


def test_each_market_of_the_world_that_ships_can_be_asked_for_live() -> None:
    world = market_experiments(["world"])
    assert [each.name for each in world] == ["us", "europe", "japan", "india", "china", "uk", "germany", "korea", "brazil", "emerging"]
    for each in world:
        files = {one.file for one in LiveInputs(each.live, each.inputs, each.companions, each.market.exchange).files()}
        assert files == set(each.live.files) == {f"{each.name}_small.csv.gz", f"{each.name}_large.csv.gz", "world.csv.gz"}


def test_the_world_that_ships_is_trained_from_a_folder_of_files(tmp_path: Path) -> None:
    write_world(tmp_path, {"uk": "XLON", "korea": "XKRX"})
    tiny = (
        "walk_forward.start=2005-06-01",
        "model.components=['climatology','ewma']",
        "model.paths=100",
        "interval.paths=100",
        "sensitivity.horizons=[]",
        "pullback.horizons=[21]",
    )
    sheet = api.many(["world"], data=tmp_path, output=tmp_path / "out", overrides=tiny, track=False, report="none", workers=1)
    assert {row.name for row in sheet.markets if row.failure is None} == {"uk", "korea"}
    assert all("it holds the small-cap close; put it there" in (row.failure or "") for row in sheet.failures)
    assert {row.surge.pullback_horizon for row in sheet.markets if row.surge is not None} == {21}


def test_a_market_of_a_folder_of_its_own_is_read_from_there(morning: Morning, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "alpha").mkdir(parents=True)
    for file in ("alpha.csv", "shared.csv"):
        shutil.copy(morning.folder / file, data / "alpha" / file)
    sheet = api.many(market_experiments([morning.file])[:1], data=data, output=tmp_path / "out", track=False, report="none", workers=1)
    assert sheet.failures == []
    assert (tmp_path / "out" / "alpha" / "run.json").is_file()
