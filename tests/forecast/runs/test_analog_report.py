"""The report of analogs, its command and its picture, and the list in a run's answer; on the data that ship."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.sources.load import BUNDLED
from forecast.api import TrainedRun, predict, train
from forecast.backtest.dataset import assemble
from forecast.backtest.experiment import Experiment, Pullback, Sensitivity, chosen_experiment
from forecast.models.rules import ModelRule
from forecast.report.plots.analogs import AFTER, BEFORE, _spread, draw, moves_about
from forecast.report.text.analog_tables import show_analogs
from forecast.report.text.console import console
from forecast.runs.answer.analog_report import AnalogStudy, analogs_frame, study_analogs
from forecast.runs.answer.analogs import fitted_analogs, nearest
from tests.commands import assert_refused, run

ROOT = Path(__file__).parents[3]
DAY = "2008-11-06"  # two sessions after a surge, so that the running path has a future in the picture


@pytest.fixture(scope="module")
def study() -> AnalogStudy:
    return study_analogs(as_of=DAY)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    only = (
        'model.components=["climatology", "analogs"]',
        "walk_forward.start=2007-01-03",
        "sensitivity.horizons=[]",
        "pullback.horizons=[]",
        "companions={}",
    )
    return train(as_of="2009-06-30", overrides=only, output=tmp_path_factory.mktemp("runs") / "run", track=False, report=False, jobs=1)


@pytest.mark.slow
def test_the_report_tells_the_first_cuts_known_by_its_day(study: AnalogStudy) -> None:
    assert study.report.surge.session == "2008-11-04"
    assert not study.report.is_surge_today
    assert study.report.before_first_cuts.cuts[-2:] == ["2001-01-03", "2007-09-18"]
    assert all(analog.session < study.report.surge.session for analog in study.report.analogs)
    assert "credit_spread_level" not in study.report.used  # there are no yields of corporate bonds
    assert study.report.drivers["credit_spread_level"] is None


def test_the_frame_has_a_row_for_everything_listed(study: AnalogStudy) -> None:
    frame = analogs_frame(study.report)
    counts = frame["group"].value_counts()
    assert counts["nearest"] == len(study.report.analogs) == 10
    assert counts["before first cut"] == len(study.report.before_first_cuts.moves)
    assert frame["followed.21"].notna().all()


def test_the_tables_fit_a_hundred_columns(study: AnalogStudy) -> None:
    screen = console()
    with screen.capture() as captured:
        show_analogs(screen, study.report)
    lines = captured.get().splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert not any("…" in line for line in lines)
    cases = len(study.report.before_first_cuts.cuts)
    assert f"These are {cases} independent cases: too few to tell a rule from chance." in lines


def test_paths_are_rebased_at_the_surge_in_units_of_its_volatility(study: AnalogStudy) -> None:
    seen = study.seen
    row = int(seen.rows[10])
    path = moves_about(seen, np.array([row]))[0]
    assert path[BEFORE] == 0
    assert path.shape == (BEFORE + 1 + AFTER,)
    ratio = np.log(seen.close[row + 21] / seen.close[row]) / np.log(seen.close[row - 5] / seen.close[row])
    assert path[BEFORE + 21] / path[BEFORE - 5] == pytest.approx(ratio)
    assert np.isnan(moves_about(seen, seen.rows[-1:])[0][BEFORE + 1 :]).all()


def test_labels_are_moved_no_more_than_needed() -> None:
    np.testing.assert_allclose(_spread([5.0, 0.0, 0.2], 1.0), [5.0, -0.4, 0.6])
    assert _spread([3.0], 1.0) == [3.0]


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_study_gives_the_same_picture(study: AnalogStudy, tmp_path: Path, ending: str) -> None:
    drawn = [draw(study, tmp_path / f"{name}.{ending}").read_bytes() for name in ("one", "two")]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) > 10_000
    if ending == "svg":
        text = drawn[0].decode()
        assert all(analog.session in text for analog in study.report.analogs)
        assert "median of the past" in text


@pytest.mark.slow
def test_a_runs_answer_lists_the_analogs_and_so_does_one_read_back(trained: TrainedRun) -> None:
    assert trained.answer is not None
    stored = json.loads((trained.folder / "forecast.json").read_text("utf-8"))
    assert stored["analogs"] == [analog.model_dump() for analog in trained.answer.analogs]
    assert len(stored["analogs"]) == 10
    then = predict(trained.folder, as_of="2008-11-06").answer
    assert then.surge.session == "2008-11-04"
    assert len(then.analogs) == 10
    assert all(analog.session < then.surge.session for analog in then.analogs)
    assert all(analog.followed["63"] is None for analog in then.analogs if analog.session > "2008-08-10")


@pytest.mark.slow
def test_a_list_read_back_is_of_the_fit_that_forecast_it(trained: TrainedRun) -> None:
    then = predict(trained.folder, as_of=DAY).answer
    model = ModelRule(components=("climatology", "analogs"))
    dataset = assemble(
        chosen_experiment(Experiment(model=model, sensitivity=Sensitivity(horizons=()), pullback=Pullback(horizons=()))),
        BUNDLED,
        pd.Timestamp(DAY),
    )
    row = int(np.searchsorted(dataset.sample.sessions, np.datetime64(then.trained_to)))
    fitted = fitted_analogs(dataset.sample.up_to(row), model)
    seen = dataset.sample.up_to(int(dataset.sample.rows[-1]))
    assert row < len(seen) - 1  # trained before the surge, as the walk-forward was
    assert list(then.questions[0].components["analogs"].values()) == fitted.predict(seen, key=0, paths=0).probabilities[0].tolist()
    assert then.analogs == nearest(seen, fitted)


def test_the_command_prints_json_and_csv_and_draws(tmp_path: Path, study: AnalogStudy) -> None:
    picture = tmp_path / "now.png"
    done = run("analogs", "--as-of", DAY, "--format", "json", "--count", "3", "--picture", str(picture))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["analogs"] == [analog.model_dump() for analog in study.report.analogs[:3]]
    assert picture.read_bytes().startswith(b"\x89PNG")
    listed = run("analogs", "--as-of", DAY, "--format", "csv")
    assert len(pd.read_csv(StringIO(listed.stdout))) == len(analogs_frame(study.report))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "soon"], "--as-of soon: is no date; write YYYY-MM-DD"),
        (["--count", "0"], "Invalid value for '--count'"),
        (["--picture", "now.jpg"], "--picture now.jpg: must end in"),
        (["--set", "model.analogs.drivers=['term_spred']"], "did you mean 'term_spread'?"),
        (["absent.toml"], "absent.toml: no such experiment file"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    assert_refused(run("analogs", *arguments), said)


def test_too_few_surges_are_one_line() -> None:
    with pytest.raises(InputError, match=r"settled episodes number \d, fewer than the 5 needed on .*; ask for a later date"):
        study_analogs(as_of="1967-03-01", overrides=["surge.min_z=3.2"])
    with pytest.raises(InputError, match="no surge up to 1967-03-01; ask for a later date"):
        study_analogs(as_of="1967-03-01", overrides=["surge.min_z=9.0"])
