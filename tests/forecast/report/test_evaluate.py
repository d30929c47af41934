"""The evaluation of a run, from Python and from the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from forecast.api import load_predictions
from forecast.backtest.verification.scores import brier
from forecast.cli.app import main
from forecast.models.session_vol import session_vol, vol_rank
from forecast.report.evaluation.coverage import table_coverage
from forecast.report.evaluation.evaluation import evaluate_question, evaluate_run
from forecast.report.evaluation.evaluation_file import evaluation_json
from forecast.report.evaluation.subgroups import partitions
from forecast.runs.folder import EVALUATION, new_run_folder, open_run
from forecast.runs.manifest import write_json
from forecast.runs.predictions.settled import SettledForecasts, read_settled
from forecast.target.question import Question
from forecast.target.sample import Sample
from tests.runs import COMPONENTS, FREQUENCIES, MAIN, make_run

OTHER = Question(horizon=10, barrier="sigma", size=0.75)  # as long a label as any default


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "made", (MAIN, OTHER))


@pytest.fixture(scope="module")
def records(folder: Path) -> list[SettledForecasts]:
    return read_settled(folder)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_a_record_holds_the_settled_rows_of_its_question(records: list[SettledForecasts]) -> None:
    assert [record.question for record in records] == [MAIN, OTHER]
    for record in records:
        assert len(record) == 198
        assert list(record.probabilities) == ["pool", *COMPONENTS, "base_rate"]
        assert (record.settlement > record.dates).all()
        assert set(np.unique(record.outcomes)) == {0, 1, 2}
        np.testing.assert_allclose(record.probabilities["ewma"], (record.probabilities["pool"] + 6 * FREQUENCIES) / 7)


def test_the_truth_is_worth_more_than_climatology_and_is_found_calibrated(records: list[SettledForecasts]) -> None:
    evaluation = evaluate_question(records[0])
    over = evaluation.forecasters["pool"].over["climatology"]
    losses = {name: brier(p, records[0].outcomes).mean() for name, p in records[0].probabilities.items()}
    assert over.skill == pytest.approx(1 - losses["pool"] / losses["climatology"])
    assert over.interval.low < over.skill < over.interval.high
    assert over.diebold_mariano.t > 1.65
    assert min(part.miscalibration_p for part in evaluation.reliability.values()) > 0.01  # three tests at 1 % of a forecast that is true
    assert evaluation.forecasters["pool"].set_p == 1.0
    assert evaluation.better_p["climatology"] < 0.1 < evaluation.better_p["pool"]
    assert evaluation.episodes == len(np.unique(records[0].episodes))
    assert 0 < evaluation.effective <= evaluation.sessions == 198


def test_the_parts_of_a_kind_hold_each_row_once(records: list[SettledForecasts]) -> None:
    record = records[0]
    kinds: dict[str, np.ndarray] = {}
    for kind, _, rows in partitions(record):
        kinds[kind] = kinds.get(kind, np.zeros(len(record))) + rows
    assert set(kinds) == {"decade", "z", "regime"}
    for times in kinds.values():
        np.testing.assert_array_equal(times, 1)
    by_name = {name: rows for kind, name, rows in partitions(record)}
    np.testing.assert_array_equal(by_name["wild"], record.vol_rank >= 2 / 3)
    np.testing.assert_array_equal(by_name["1.5 to 2"], (record.z >= 1.5) & (record.z < 2))
    np.testing.assert_array_equal(by_name["1990s"], record.dates < np.datetime64("2000-01-01"))
    for evaluation in evaluate_question(record).slices:
        part = record.select(by_name[evaluation.name])
        assert evaluation.sessions == len(part)
        assert evaluation.brier == pytest.approx(brier(part.probabilities["pool"], part.outcomes).mean())


def test_groups_are_covered_as_the_predictions_table_says(folder: Path, records: list[SettledForecasts]) -> None:
    table = load_predictions(folder)
    for record in records:
        mine = table[(table["barrier_kind"] == record.question.barrier) & (table["horizon"] == record.question.horizon)]
        evaluation = evaluate_question(record, level=0.8)
        assert evaluation.coverage == table_coverage(mine, level=0.8)
        assert evaluation.inside == sum(group.inside for group in evaluation.coverage)


@pytest.mark.slow
def test_the_monitor_and_the_search_in_the_metrics_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = {"known": ["1999-01-04", "1999-03-01"], "e_values": [130.0, 90.5], "left_out": [0.1, 0.082], "covered": 0.5, "adapted": 1.0}
    state |= {"alarm": "1999-01-04", "fault": "too bold"}
    search = {"methods": ["learned", "equal"], "probability": 0.25, "degradation": 0.0125, "episodes": 16}
    made = make_run(tmp_path / "watched")
    write_json(made / "metrics.json", {"monitor": {MAIN.label: state}, "combination": {"overfitting": search}})
    assert run("evaluate", _with_manifest(made), "--pictures", tmp_path / "pictures") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "9 90.50!" in shown
    assert "e-value 90.5, at most 130; ALARM on 1999-01-04, too bold. Sets of 90 % held 50% of the outcomes" in shown
    assert "best of learned, equal been picked" in shown
    assert "on one half of 16 episodes, it would have been no better than the median on the other half in 25% of the cases" in shown
    written = json.loads((made / EVALUATION).read_text("utf-8"))
    assert written["overfitting"] == search
    assert written["questions"][MAIN.label]["monitor"]["peak"] == 130
    assert len(written["questions"][MAIN.label]["coverage"]) == 9
    assert (tmp_path / "pictures" / "monitor.png").stat().st_size > 1000


def test_a_question_without_a_settled_forecast_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path / "open", surges=3, open_ones=3)
    assert run("evaluate", folder, "--pictures", tmp_path / "none") == 0
    assert "No forecast of this question is settled yet." in capsys.readouterr().out
    assert list((tmp_path / "none").iterdir()) == []
    few = make_run(tmp_path / "few", surges=6, open_ones=0)
    evaluation = evaluate_run(open_run(few))[MAIN.label]
    assert (evaluation.sessions, evaluation.better_p) == (6, {})


def test_the_command_prints_a_row_a_question_within_100_columns_and_writes_what_it_found(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evaluate", folder, "--pictures", tmp_path / "new" / "pictures") == 0
    shown = capsys.readouterr().out
    assert " ".join(shown.split()).startswith(
        "Better than the base rate on 2 of 2 questions, surely on 2; better than climatology on 2, surely on 2;"
    )
    assert shown.index("Better than") < shown.index("half the surge") < shown.index("0.75 sigma")
    written = json.loads((folder / EVALUATION).read_text("utf-8"))
    assert list(written["questions"]) == [MAIN.label, OTHER.label]
    assert written["questions"][MAIN.label]["sessions"] == 198
    assert {path.name for path in (tmp_path / "new" / "pictures").iterdir()} == {
        f"reliability-{question.label}.png" for question in (MAIN, OTHER)
    }
    open_run(folder)  # is whole still
    tables = [line for line in shown.splitlines() if not line.startswith(("Picture:", "Evaluation:"))]
    assert max(len(line) for line in tables) <= 100
    assert not any("…" in line for line in tables)


def test_one_question_is_shown_in_full_on_a_screen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", folder, "--question", OTHER.label) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 75
    assert max(len(line) for line in lines) <= 100
    assert not any("…" in line for line in lines)
    for word in ("pool", "analogs", "continue", "miscali-", "decade", "volatility", "198 surge sessions"):
        assert any(word in line for line in lines), word


def test_json_is_what_python_gives(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", folder, "--question", MAIN.label, "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    opened = open_run(folder)
    evaluation = evaluation_json(opened, evaluate_run(opened, label=MAIN.label))
    pool = evaluation["questions"][MAIN.label]["forecasters"]["pool"]
    assert shown["questions"][MAIN.label]["forecasters"]["pool"]["scores"] == pool["scores"]
    assert shown["run"] == "made"
    assert pool["corp"]["stall"]["score"] > 0


def test_mistakes_are_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", folder, "--question", "surge_9_h9") == 2
    assert "--question surge_9_h9: the run asks surge_0.5_h21, sigma_0.75_h10" in capsys.readouterr().err
    assert run("evaluate", tmp_path / "none") == 2
    assert "neither a run folder nor an MLflow run id" in capsys.readouterr().err
    broken = make_run(tmp_path / "broken")
    components = pd.read_parquet(broken / "components.parquet")
    components.iloc[1:].to_parquet(broken / "components.parquet")
    assert run("evaluate", broken) == 2
    assert "components.parquet is changed" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"climatology has other sessions than the predictions of surge_0\.5_h21"):
        read_settled(_with_manifest(broken))


def _with_manifest(folder: Path) -> Path:
    from forecast.runs.manifest import MANIFEST, digests, write_json

    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    write_json(folder / MANIFEST, manifest | {"files": digests(folder)})
    return folder


def test_a_run_with_an_evaluation_is_replaced_like_any_other(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / EVALUATION).write_text("{}\n", "utf-8")
    with new_run_folder(folder) as new:
        (new.scratch / "anything").write_text("", "utf-8")
    assert [path.name for path in folder.iterdir()] == ["anything"]


def test_the_rank_of_the_volatility_is_the_share_of_earlier_sessions_below_it_and_knows_nothing_later(sample: Sample) -> None:
    ranks, vol = vol_rank(sample), session_vol(sample)
    for place in (0, len(sample.rows) // 2, len(sample.rows) - 1):
        row = int(sample.rows[place])
        earlier = [value for value in vol[: row + 1] if np.isfinite(value)]
        assert ranks[place] == sum(value < vol[row] for value in earlier) / len(earlier)
        np.testing.assert_array_equal(vol_rank(sample.up_to(row)), ranks[: place + 1])
    assert 0 <= ranks.min() < ranks.max() < 1
