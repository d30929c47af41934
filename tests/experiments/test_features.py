"""The page of every feature."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from experiments.features.__main__ import features as command
from experiments.features.page import PAGE, PICTURE, PICTURES, describe, lag_text, listed, write_page
from features.catalogue import catalogue, families, feature_matrix
from features.panel.panel import Panel
from features.sources.inputs import Input, LagModel
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.report.plots.driver import driver_figure
from forecast.runs.answer.contrast import contrast
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers
from tests.experiments.command import exit_code

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def dataset(panel: Panel, sample: Sample) -> Dataset:
    return Dataset(panel, feature_matrix(panel), sample, ())


def test_the_page_lists_the_features_of_the_catalogue_in_its_order() -> None:
    """Where this fails, `python -m experiments.features experiments/russell2000.toml --data FOLDER` makes the page anew."""
    page = (DOCS / PAGE).read_text("utf-8")
    assert listed(page) == list(catalogue())
    assert {path.name for path in (DOCS / PICTURES).iterdir()} == set(PICTURE.findall(page))


def test_a_page_describes_every_feature_and_draws_those_that_are_known(dataset: Dataset, tmp_path: Path) -> None:
    """One feature a family is drawn, and one needs an input that the panel lacks; all others are off."""
    few = [*{item.family: name for name, item in catalogue().items()}.values(), "implied_vol"]
    panel = Panel(dataset.panel.frame.drop(columns="vix"), "No VIX", "XNYS", "test", "test")
    some = Dataset(panel, feature_matrix(panel, few), dataset.sample, ())
    stages: list[tuple[str, int, int]] = []
    inputs = {"rates": Input(file="x.csv", columns={"yield_10y": "y"}, lag=LagModel(sessions=1))}
    (tmp_path / PAGE).write_text(f"]({PICTURES}/stale.png)", "utf-8")
    (tmp_path / PICTURES).mkdir()
    for name in ("stale.png", "other.png"):
        (tmp_path / PICTURES / name).write_bytes(b"old")
    page = write_page(some, Experiment(inputs=inputs), tmp_path, lambda *stage: stages.append(stage)).read_text("utf-8")
    drawn = [name for name in catalogue() if name in some.features.frame]
    assert len(few) > len(drawn) > 5
    assert listed(page) == list(catalogue())
    assert PICTURE.findall(page) == [f"{name}.png" for name in drawn]
    assert {path.name for path in (tmp_path / PICTURES).iterdir()} == {"other.png", *(f"{name}.png" for name in drawn)}
    assert stages[-1] == ("pictures", len(drawn), len(drawn))
    assert "- 2008-09-05: off, no vix\n" in page
    assert "`yield_10y`, known after 1 session; `bill`\n" in page
    for name, item in catalogue().items():
        section = page.partition(f"### `{name}`")[2].partition("\n#")[0]
        assert f"## {item.family}\n" in page
        assert f"- Sign: {item.sign}\n" in section
    for name in drawn:
        assert f" ({some.features.frame[name].iloc[-1]:.4g}), percentile " in page.partition(f"### `{name}`")[2].partition("\n#")[0]
        assert matplotlib.image.imread(tmp_path / PICTURES / f"{name}.png").shape[:2] == (60, 260)
        assert (tmp_path / PICTURES / f"{name}.png").stat().st_size < 16384


def test_what_history_says_is_of_the_main_question_and_settled_surges(dataset: Dataset) -> None:
    sample = dataset.sample
    entry = next(entry for entry in describe(dataset) if entry.item.name == "term_spread")
    settled = np.flatnonzero(sample.outcomes[:, 0] != UNSETTLED)
    values = dataset.features.frame["term_spread"].to_numpy()[sample.rows[settled]]
    assert entry.contrast == contrast(values, sample.outcomes[settled, 0].astype(int), episode_numbers(sample.rows[settled], 21))
    assert entry.contrast is not None


@pytest.mark.parametrize(
    ("lag", "said"),
    [
        ({}, "at its close"),
        ({"sessions": 1}, "after 1 session"),
        ({"months": 1, "days": 30}, "after 1 month and 30 days"),
        ({"months": 2, "releases": {"file": "days.csv"}}, "on its release day, else after 2 months"),
    ],
)
def test_a_lag_is_said_in_words(lag: dict[str, object], said: str) -> None:
    assert lag_text(LagModel.model_validate(lag)) == said


def test_every_family_says_what_it_is() -> None:
    assert set(families()) == {item.family for item in catalogue().values()}
    assert all(families().values())


def test_a_picture_shows_the_line_its_own_band_and_the_surges_in_sight() -> None:
    history = pd.Series(np.r_[np.nan, np.arange(100.0)])
    axis = driver_figure(history, 61, [5, 90, 100]).axes[0]
    median, line, dots = axis.lines
    assert list(median.get_ydata()) == [49.5, 49.5]
    assert list(line.get_xdata()) == list(range(61, 101))
    assert list(line.get_ydata()) == list(np.arange(60.0, 100.0))
    assert list(dots.get_ydata()) == [89.0, 99.0]
    low, high = axis.patches[0].get_extents().transformed(axis.transData.inverted()).intervaly
    assert (low, high) == pytest.approx((9.9, 89.1))  # the tenth and ninetieth percentile of 0 to 99


def test_a_mistake_on_the_command_line_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiment = ROOT / "experiments" / "russell2000.toml"
    assert exit_code(command, str(experiment), "--output", str(tmp_path / "out")) == 2
    assert (
        "error: russell2000: nothing says where the files of its [inputs] are; give their folder with --data PATH"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "out").exists()
