"""Indices that are left out: none learns from itself, days count once, and what fails is a line."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.left_out.__main__ import left_out as command
from experiments.left_out.design import SAME_QUESTIONS, LeftOutDesign, left_out_design, left_out_indices, study_of
from experiments.left_out.losses import pooled
from experiments.left_out.page import LeftOutHeader, page
from experiments.left_out.study import Trial, each
from features.errors import InputError
from features.panel import calendar
from features.sources import load as sources
from features.sources.inputs import Input
from features.sources.load import shared_inputs
from forecast.backtest.forecaster_names import CLIMATOLOGY, POOL
from forecast.backtest.study import Study
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.scores import brier
from tests import markets
from tests.experiments.command import exit_code

pytestmark = pytest.mark.slow

EXPERIMENT = """
name = "simulated"

[market]
name = "Own"

[surge]
min_return = 0.01

[walk_forward]
start = 2004-01-02
min_history = 750

[model]
components = ["climatology", "ewma"]
paths = 100

[interval]
paths = 100

[inputs.own]
file = "own.csv"
columns = { small = "Close", small_high = "High", small_low = "Low" }

[inputs.large]
file = "large.csv"
columns = { large = "Close" }

[inputs.funds]
file = "funds.csv"
columns = { sector_energy = "XLE", sector_utilities = "XLU" }

[companions.large]
file = "large.csv"
columns = ["Close"]
high = "High"
low = "Low"

[companions.fund]
file = "funds.csv"
columns = ["XLE", "IWM"]

[companions.portfolio]
file = "returns.csv"
columns = ["Dec 5"]
holds = "percent return"
lag = { months = 2 }
"""


def prices(seed: int) -> pd.DataFrame:
    series = markets.raw_market(seed).series
    parts = {"Close": "small", "High": "small_high", "Low": "small_low"}
    return pd.DataFrame({column: series[name].observed for column, name in parts.items()}).rename_axis("Date")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    prices(1).to_csv(folder / "own.csv")
    prices(2).to_csv(folder / "large.csv")
    pd.DataFrame({name: prices(seed)["Close"] for name, seed in (("XLE", 3), ("IWM", 4), ("XLU", 5))}).to_csv(folder / "funds.csv")
    pd.DataFrame({"Dec 5": 100 * prices(6)["Close"].pct_change().iloc[1:]}).to_csv(folder / "returns.csv")
    (folder / "simulated.toml").write_text(EXPERIMENT, "utf-8")
    return folder


@pytest.fixture(scope="module")
def design(place: Path) -> LeftOutDesign:
    return left_out_design(place / "simulated.toml", str(place), refit_every=500)


@pytest.fixture(scope="module")
def studies(design: LeftOutDesign) -> dict[str, Study]:
    return {one.name: study_of(one, design) for one in left_out_indices(design.experiment)}


@pytest.fixture(scope="module")
def tested(design: LeftOutDesign) -> list[Trial]:
    return list(each(left_out_indices(design.experiment), design))


def about(design: LeftOutDesign) -> LeftOutHeader:
    return LeftOutHeader("2026-11-23", "python -m experiments.left_out simulated.toml --data DIR", design.experiment, "Own")


def test_an_index_that_is_left_out_learns_from_all_the_others_and_never_from_itself(studies: dict[str, Study]) -> None:
    every = {"Own", "large", "fund XLE", "fund IWM", "portfolio"}
    assert list(studies) == ["fund IWM", "large", "fund XLE", "portfolio"]
    for name, study in studies.items():
        assert study.dataset.sample.market == name
        assert {sample.market for sample in study.companions} == every - {name}
        assert len(study.companions) == 4
        own = study.dataset.sample.returns
        shared = min(len(own), *(len(sample.returns) for sample in study.companions))
        assert all(
            abs(np.corrcoef(own[-shared:], sample.returns[-shared:])[0, 1]) < 0.2 for sample in study.companions
        )  # independent walks


def test_the_same_prices_under_another_name_are_left_out_too(place: Path) -> None:
    twin = 'companions.twin={file="own.csv", columns=["Close"]}'
    again = left_out_design(place / "simulated.toml", str(place), refit_every=500, overrides=[twin])
    (one,) = left_out_indices(again.experiment, ["twin"])
    assert {sample.market for sample in study_of(one, again).companions} == {"large", "fund XLE", "fund IWM", "portfolio"}


def test_it_is_asked_about_at_its_own_prices_with_its_own_ranges(place: Path, studies: dict[str, Study]) -> None:
    large, portfolio = studies["large"].dataset, studies["portfolio"].dataset
    expected = prices(2)
    np.testing.assert_allclose(large.sample.close, expected["Close"], rtol=1e-12)
    np.testing.assert_allclose(large.sample.ranges, np.log(expected["High"] / expected["Low"]) ** 2 / (4 * np.log(2)), rtol=1e-9)
    np.testing.assert_allclose(portfolio.sample.returns, np.log(prices(6)["Close"]).diff().iloc[2:], rtol=1e-9, atol=1e-14)
    assert np.isnan(portfolio.sample.ranges).all()
    assert (portfolio.sample.known == portfolio.sample.sessions).all()  # the lag of a companion's publication is none of a target's


def test_what_is_the_index_itself_is_no_shared_input(studies: dict[str, Study]) -> None:
    columns = {name: set(study.dataset.panel.frame.columns) for name, study in studies.items()}
    assert columns["large"] == {"small", "small_high", "small_low", "sector_energy", "sector_utilities"}
    assert columns["fund XLE"] == {"small", "large", "sector_utilities"}
    assert columns["portfolio"] == columns["fund IWM"] == {"small", "large", "sector_energy", "sector_utilities"}


def test_inputs_of_the_experiments_own_index_are_left_out_whole() -> None:
    inputs = {
        "own": Input(file="a.csv", columns={"small": "Close", "small_before": "Q2"}),
        "vix": Input(file="a.csv", columns={"vix": "V"}),
    }
    assert shared_inputs(inputs, "b.csv", "V") == {"vix": inputs["vix"]}
    assert shared_inputs(inputs, "a.csv", "V") == {}


def test_everything_but_questions_threshold_and_refits_is_as_the_experiment_has_it(
    design: LeftOutDesign, studies: dict[str, Study]
) -> None:
    for study in studies.values():
        assert study.experiment.questions == SAME_QUESTIONS
        assert study.experiment.surge.min_z == 1
        assert study.experiment.surge.min_return == 0.01
        assert study.experiment.model == design.experiment.model
        assert study.experiment.seed == design.experiment.seed
        assert study.experiment.walk_forward.refit_every == 500


def test_a_young_index_is_asked_about_from_five_years_after_its_first_session(studies: dict[str, Study]) -> None:
    assert studies["large"].experiment.walk_forward.start == date(
        2005, 1, 3
    )  # its first session is 2000-01-03, the experiment's start 2004


def test_of_one_index_what_is_pooled_is_the_score_of_its_forecasts(design: LeftOutDesign, tested: list[Trial]) -> None:
    one = next(trial for trial in tested if trial.index.name == "large")
    assert one.losses is not None
    worth = pooled([one.losses], "XNYS")
    assert list(worth) == [question.label for question in SAME_QUESTIONS]
    for label, pool in worth.items():
        mine = one.losses[one.losses["question"] == label]
        expected = skill(mine[POOL].to_numpy(), mine[CLIMATOLOGY].to_numpy(), horizon=21)
        assert pool.rows == pool.sessions == len(mine) > 20
        assert pool.over[CLIMATOLOGY].skill == pytest.approx(expected.skill, rel=1e-12)
        assert "garch" not in pool.over


def test_the_same_day_in_many_indices_counts_once() -> None:
    days = calendar.sessions("XNYS", pd.Timestamp("2004-01-02"), pd.Timestamp("2006-12-29"))[::7]
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet([1, 1, 1], (2, len(days)))
    losses = [brier(p, rng.integers(0, 3, len(days))) for p in probabilities]
    one = pd.DataFrame({"question": "surge_0.5_h21", "horizon": 21, "session": days, POOL: losses[0], CLIMATOLOGY: losses[1]})
    alone, thrice = (pooled([one] * count, "XNYS")["surge_0.5_h21"] for count in (1, 3))
    assert thrice.rows == 3 * alone.rows
    assert thrice.sessions == alone.sessions == len(days)
    assert thrice.effective == pytest.approx(alone.effective)
    assert thrice.over[CLIMATOLOGY].t == pytest.approx(alone.over[CLIMATOLOGY].t)
    assert alone.episodes == 1  # every seventh session: none is more than a horizon from the last


def test_losses_of_a_day_are_averaged_over_the_indices_that_surged_on_it() -> None:
    days = pd.DatetimeIndex(["2004-01-05", "2004-03-01"])
    both = pd.DataFrame({"question": "q", "horizon": 21, "session": days, POOL: [0.2, 0.4], CLIMATOLOGY: [0.5, 0.5]})
    second = both.iloc[1:].assign(**{POOL: 0.8})
    pool = pooled([both, second], "XNYS")["q"]
    assert pool.over[CLIMATOLOGY].skill == pytest.approx(1 - (0.2 + (0.4 + 0.8) / 2) / (0.5 + 0.5))
    assert (pool.rows, pool.sessions, pool.episodes) == (3, 2, 2)


def test_the_page_says_first_which_questions_do_not_beat_both_bars(design: LeftOutDesign, tested: list[Trial]) -> None:
    one = next(trial for trial in tested if trial.losses is not None)
    assert one.losses is not None
    days = pd.DatetimeIndex(one.losses["session"].unique())
    noise = np.random.default_rng(1).normal(0, 0.01, (2, len(days)))
    sure = pd.DataFrame({POOL: 0.4 + noise[0], "base_rate": 0.5 + noise[1], CLIMATOLOGY: 0.5 + noise[1]})
    unsure = sure.assign(base_rate=sure[POOL])
    losses = [
        part.assign(question=label, horizon=21, session=days) for label, part in (("surge_0.5_h21", sure), ("fixed_0.05_h21", unsure))
    ]
    lines = page([replace(one, losses=pd.concat(losses))], about(design)).splitlines()
    assert lines[2] == "Surely better than both the base rate and climatology (t of at least 1.65): half the surge."
    assert lines[4] == "**Not shown to beat both** (t of at least 1.65): 5 %."


def test_the_page_has_every_index_and_fits_a_screen(design: LeftOutDesign, tested: list[Trial]) -> None:
    text = page(tested, about(design))
    assert all(line in text for line in ("| large ", "| fund XLE ", "| fund IWM ", "| less small-cap funds", "| all tested"))
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "2026-11-23" in text
    assert "`python -m experiments.left_out simulated.toml --data DIR`" in text
    assert "4 of the experiment's 4 companions were tested" in text.replace("\n", " ")
    for title in ("## Half the surge", "## The whole surge", "## 0.75 sigma", "## 5 %"):
        assert title in text


@pytest.mark.slow
def test_an_index_that_fails_is_a_line_and_the_others_are_tested(
    design: LeftOutDesign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = sources.companion_as_target

    def broken(folder: Path, label: str, column: str, spec: object, **options: object) -> object:
        if column == "XLE":
            raise InputError("funds.csv: is torn")
        if column == "IWM":
            raise ZeroDivisionError("by nothing")
        return load(folder, label, column, spec, **options)

    monkeypatch.setattr(sources, "companion_as_target", broken)
    pool = list(each(left_out_indices(design.experiment), design))
    assert {one.index.name for one in pool if one.losses is not None} == {"large", "portfolio"}
    text = page(pool, about(design))
    assert "- fund XLE: funds.csv: is torn" in text
    assert "- fund IWM: ZeroDivisionError: by nothing" in text


def test_what_is_kept_is_not_computed_again(design: LeftOutDesign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = left_out_indices(design.experiment, ["large"])
    (first,) = each(chosen, design, keep=tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".parquet"]
    monkeypatch.setattr("experiments.left_out.study.backtest", None)
    (again,) = each(chosen, design, keep=tmp_path)
    assert first.losses is not None
    assert again.losses is not None
    pd.testing.assert_frame_equal(first.losses, again.losses)


def test_the_command_writes_the_page(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [str(place / "simulated.toml"), "--data", str(place), "--only", "XLE", "--refit-every", "500", "--jobs", "1"]
    assert exit_code(command, *options, "--output", str(tmp_path)) == 0
    text = (tmp_path / "left_out.md").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["left_out.md"]
    assert "| fund XLE " in text
    assert "| large " not in text
    assert str(tmp_path / "left_out.md") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "XLV"], "--only XLV: no such index; the experiment's companions are large, fund XLE, fund IWM, portfolio"),
        (["--set", "companions={}"], "simulated: needs [companions], each of which is left out in turn"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(command, str(place / "simulated.toml"), "--data", str(place), *arguments, "--output", str(tmp_path / "out")) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"error: {message}")
    assert not (tmp_path / "out").exists()
