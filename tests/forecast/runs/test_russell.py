"""The Russell 2000 experiment on real data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import FeatureMatrix, feature_matrix
from features.files.folder import Folder
from features.panel.panel import Panel, build_panel
from features.sources.load import load_panel
from features.sources.market import load_market
from forecast.api import train
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import build_sample
from tests import markets

RUSSELL = Path(__file__).resolve().parents[3] / "experiments" / "russell2000.toml"
QUICK = [
    "model.paths=100",
    "interval.paths=100",
    "walk_forward.start=2013-01-02",
    "walk_forward.refit_every=504",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
]


@pytest.fixture(scope="module")
def market(data_dir: Path) -> tuple[Panel, FeatureMatrix]:
    """The panel and its features, which no threshold or question changes."""
    panel = load_panel(str(data_dir), read_experiment(RUSSELL).inputs, market="Russell 2000", exchange="XNYS")
    return panel, feature_matrix(panel)


@pytest.mark.parametrize(
    ("overrides", "sessions"),
    [
        (["surge.min_z=1.5", "outcome.size=0.5"], 343),
        (["surge.min_z=1", "outcome.size=1.0"], 903),
        (["surge.min_z=1", "outcome.barrier=sigma", "outcome.size=0.75"], 903),
        (["surge.min_z=1", "outcome.barrier=fixed", "outcome.size=0.05"], 903),
    ],
)
def test_settled_surge_sessions_since_1997_are_as_many_as_counted_elsewhere(
    market: tuple[Panel, FeatureMatrix], overrides: list[str], sessions: int
) -> None:
    experiment = read_experiment(RUSSELL, overrides)
    sample = build_sample(*market, experiment.surge, experiment.outcome.questions)
    since = sample.surge_sessions >= np.datetime64("1997-01-01")
    assert int((since & (sample.outcomes[:, 0] != UNSETTLED)).sum()) == sessions


@pytest.mark.slow
def test_noise_in_every_input_after_2015_changes_no_forecast_up_to_then(data_dir: Path) -> None:
    """Components that see the inputs; that all of them are blind is shown on a simulated market."""
    few = "model.components=['climatology','range','logistic','analogs']"
    experiment = read_experiment(RUSSELL, [*QUICK, "walk_forward.refit_every=252", few])
    raw, _ = load_market(Folder(data_dir), experiment.inputs, market="Russell 2000", exchange="XNYS")
    last = pd.Timestamp("2015-12-31")
    actual, blind = (_backtest(market, experiment) for market in (raw, markets.with_noise_after(raw, last)))
    counts = [int((days <= np.datetime64("2015-12-31")).sum()) for days, _ in (actual, blind)]
    assert counts[0] == counts[1] > 30
    for name in ("components", "uncalibrated", "probabilities", "climatology", "method", "weights"):
        assert getattr(actual[1], name)[: counts[0]].tobytes() == getattr(blind[1], name)[: counts[0]].tobytes(), name


def _backtest(raw, experiment: Experiment):
    panel = build_panel(raw).as_of(pd.Timestamp("2016-12-30"))  # a year of noise; more of it would show nothing more
    sample = build_sample(panel, feature_matrix(panel), experiment.surge, experiment.outcome.questions)
    tested = backtest([sample], experiment).forecasts
    return sample.surge_sessions[tested.surges], tested


@pytest.mark.slow
def test_the_surge_of_july_2024_is_read_ranked_and_forecast(data_dir: Path, tmp_path: Path) -> None:
    late = ("walk_forward.start=2022-01-03", "walk_forward.refit_every=1000", "model.msgarch.starts=1")
    trained = train(RUSSELL, data=data_dir, overrides=[*QUICK, *late], output=tmp_path / "run", track=False, report=False, jobs=1)
    answer = trained.answer
    assert answer is not None
    assert answer.is_surge_today
    assert answer.surge.session == "2024-07-16"
    assert answer.surge.gain == pytest.approx(0.1154, abs=5e-5)
    assert answer.surge.log_return == pytest.approx(0.1092, abs=5e-5)
    assert answer.surge.largest_since == "2020-04-29"
    assert answer.questions[0].barrier == pytest.approx(0.1092 / 2, abs=5e-5)
    assert all(0.05 < p < 0.8 for p in answer.questions[0].probabilities.values())
    assert not any(note.startswith("input ") for note in trained.notes)  # every file is there
    assert trained.metrics["warnings"] == []
    assert [scenario.scenario for scenario in answer.scenarios] == ["soft_landing", "hard_landing", "high_for_longer", "tax_cut"]
    assert all(len(scenario.components) for scenario in answer.scenarios)
    said = [note for note in answer.notes if note.startswith("scenario")]
    assert all("models do not learn from" in note or "lies beyond all its history" in note for note in said)  # else every driver is seen
