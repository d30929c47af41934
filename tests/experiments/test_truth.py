"""The truth test: the true probabilities are right, they win the log score, and the forecaster is measured against them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from experiments.truth import picture
from experiments.truth.__main__ import truth
from experiments.truth.law import DriverProcess, TrueLaw, true_law
from experiments.truth.market import SimulatedMarket, draw
from experiments.truth.page import TruthHeader, beaten, page
from experiments.truth.study import POOL, AccuracyRow, MarketForecasts, default_design, measure, rows_of, true_chances, unlearned
from features.catalogue import feature_matrix
from forecast.backtest.verification.scores import log_score, newey_west_mean
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.passage.first_passage import first_passage, simulate_paths
from forecast.models.rules import IntervalRule, ModelRule
from forecast.target.outcome import first_barrier_met
from forecast.target.sample import Sample
from tests.experiments.command import exit_code

pytestmark = pytest.mark.slow

BARRIERS, HORIZONS = np.array([0.02, 0.05]), np.array([21, 21])


def chain_law(slope: float = 0.0) -> TrueLaw:
    """Regimes whose variances stand still, with normal innovations: a Gaussian chain."""
    law = true_law()
    variances = law.volatility.first
    flat = np.column_stack([variances, np.zeros((2, 3))])
    volatility = replace(law.volatility, coefficients=flat, nu=np.full(2, np.inf), skew=np.zeros(2))
    return TrueLaw(volatility, replace(law.driver, slope=slope))


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return draw(true_law(), 12, 3)


@pytest.fixture(scope="module")
def sample(market: SimulatedMarket) -> Sample:
    return market.sample(default_design().experiment)


@pytest.mark.slow
def test_where_variances_stand_still_the_truth_is_the_chains_exact_passage() -> None:
    law, market = chain_law(), draw(chain_law(), 4, 1)
    rows = np.array([500, 900])
    of = law.volatility
    for row, ahead in zip(rows, law.ahead(market.returns, market.driver, rows), strict=True):
        today = law.history(market.returns[:row], market.driver[:row]).filtered[-1]  # from what came before the close alone
        exact = exact_passage(MarkovPathLaw(today, of.transitions, np.full(2, of.drift), np.sqrt(of.first)), BARRIERS, HORIZONS)
        passage = first_passage(ahead, BARRIERS, HORIZONS, key=7, paths=50_000)
        np.testing.assert_array_less(np.abs(passage.probabilities - exact), 4 * passage.errors)


def test_a_driver_that_stays_is_a_drift() -> None:
    """A driver that never moves adds slope times its value to each session, which the chain's exact passage can be by_name too."""
    law = TrueLaw(chain_law().volatility, DriverProcess(stay=1.0, sd=0.3, slope=0.001))
    returns, driver = np.zeros(100), np.full(101, 0.8)
    (ahead,) = law.ahead(returns, driver, np.array([100]))
    of = law.volatility
    today = law.history(returns, driver[:-1]).filtered[-1]
    exact = exact_passage(MarkovPathLaw(today, of.transitions, np.full(2, of.drift + 0.0008), np.sqrt(of.first)), BARRIERS, HORIZONS)
    passage = first_passage(ahead, BARRIERS, HORIZONS, key=8, paths=50_000)
    np.testing.assert_array_less(np.abs(passage.probabilities - exact), 4 * passage.errors)
    assert exact[0, 2] - exact[0, 0] > 0.2  # the drift is no small matter here


def test_simulated_drivers_have_the_mean_and_the_spread_of_the_autoregression() -> None:
    """Without shocks a path is the sum of its drifts: E = slope x (1 - stay^h) / (1 - stay), by hand; 20,000 paths."""
    law = true_law()
    still = replace(law.volatility, coefficients=np.tile([1e-24, 0.0, 0.0, 0.0], (2, 1)), first=np.full(2, 1e-24), drift=0.0)
    silent = TrueLaw(still, replace(law.driver, stay=0.9))
    returns, driver = silent.driver.slope * np.full(30, 0.4), np.full(31, 0.4)
    (ahead,) = silent.ahead(returns, driver, np.array([30]))
    paths = simulate_paths(ahead, 21, key=9, paths=20_000)
    expected = silent.driver.slope * 0.4 * (1 - 0.9**21) / (1 - 0.9)
    assert paths[:, -1].mean() == pytest.approx(expected, rel=1e-9)  # antithetic twins mirror the driver exactly
    weights = (1 - 0.9 ** np.arange(20, 0, -1)) / (1 - 0.9)  # of each innovation in the sum of those after it
    spread = silent.driver.slope * silent.driver.spread * (weights @ weights) ** 0.5
    assert paths[:, -1].std() == pytest.approx(spread, rel=4 / (2 * 10_000) ** 0.5)  # of as many pairs


def test_the_market_follows_its_law(market: SimulatedMarket) -> None:
    """The transforms of what was drawn, by the law that drew it, are uniform (Rosenblatt 1952); the filter knows no more than it may."""
    law = true_law()
    history = law.history(market.returns, market.driver[:-1])
    transformed = history.cdf(history.returns, slice(0, -1))
    assert kstest(transformed, "uniform").pvalue > 1e-3  # the seed is fixed
    early = law.history(market.returns[:1000], market.driver[:1000])
    np.testing.assert_array_equal(early.predicted[:1000], history.predicted[:1000])


def test_the_driver_is_a_feature_and_moves_the_drift(market: SimulatedMarket) -> None:
    """By least squares the returns' slope on the driver of the close before is the law's, within four standard errors."""
    seen = feature_matrix(market.panel(), ["implied_vol"]).frame["implied_vol"].to_numpy()
    np.testing.assert_allclose(seen - seen.mean(), market.driver - market.driver.mean(), atol=1e-12)
    law = replace(true_law(), driver=replace(true_law().driver, slope=0.004))  # five times as strong, so that sixty years tell
    long = draw(law, 60, 4)
    x = long.driver[:-1] - long.driver[:-1].mean()
    slope, error = float(x @ long.returns / (x @ x)), float(long.returns.std() / (x @ x) ** 0.5)
    assert slope == pytest.approx(0.004, abs=4 * error)
    assert 0.004 > 8 * error  # so that a slope of zero is told from it


def test_a_high_driver_makes_a_surge_likelier_to_go_on(market: SimulatedMarket, sample: Sample) -> None:
    law, row = true_law(), int(sample.rows[0])
    states = [law.ahead(market.returns[:row], np.r_[market.driver[:row], value], np.array([row]))[0] for value in (-0.6, 0.6)]
    low, high = (first_passage(state, sample.barriers[0], sample.horizons, key=1, paths=20_000).probabilities for state in states)
    assert (high[:, 2] > low[:, 2] + 0.02).all()
    assert (high[:, 0] < low[:, 0] - 0.02).all()


@pytest.mark.slow
def test_the_truth_wins_the_log_score() -> None:
    """On 400 decisions 21 sessions apart, against itself tilted, sharpened, and constant.

    The gain's t is about sqrt(n D / 2), D the mean divergence: 3 and more for each of them.
    """
    law = true_law()
    market = draw(replace(law, driver=replace(law.driver, slope=0.002)), 36, 5)
    law = replace(law, driver=replace(law.driver, slope=0.002))
    rows = np.arange(500, 500 + 21 * 400, 21)
    barrier, horizon = np.array([0.03]), np.array([21])
    truth = np.stack(
        [first_passage(one, barrier, horizon, key=3, paths=2000).probabilities[0] for one in law.ahead(market.returns, market.driver, rows)]
    )
    path = np.log(market.closes)
    moves = np.stack([path[row + 1 : row + 22] - path[row] for row in rows])
    happened = first_barrier_met(moves, np.full(len(rows), 0.03)).astype(np.int64)
    loss = log_score(truth, happened)
    sharp = truth**3 / (truth**3).sum(axis=1, keepdims=True)
    tilted = truth * np.array([2.0, 1.0, 1.0])
    constant = np.tile(truth.mean(axis=0), (len(rows), 1))
    for other in (sharp, tilted / tilted.sum(axis=1, keepdims=True), constant):
        assert newey_west_mean(log_score(other, happened) - loss, lags=0).t > 2


def test_excess_is_a_divergence_and_error_a_mean_of_absolute_differences() -> None:
    truth = np.array([[[0.2, 0.3, 0.5]], [[0.1, 0.6, 0.3]]])
    by_name = {"same": truth, "other": np.full((2, 1, 3), 1 / 3)}
    forecasts = MarketForecasts(1, 5.0, truth, by_name, np.array([[2], [1]], dtype=np.int8), {})
    assert (forecasts.error("same"), forecasts.excess("same"), forecasts.realised("same")) == (0, 0, 0)
    assert forecasts.error("other") == pytest.approx(np.abs(truth - 1 / 3).mean())
    entropy = -(truth * np.log(truth)).sum(axis=2).mean()
    assert forecasts.excess("other") == pytest.approx(np.log(3) - entropy)
    assert forecasts.realised("other") == pytest.approx(np.log(3) + (np.log(0.5) + np.log(0.6)) / 2)


@pytest.fixture(scope="module")
def small_study() -> list[MarketForecasts]:
    model = ModelRule(components=("climatology", "ewma", "garch"), paths=1000)
    design = default_design(lengths=(3.0, 5.0), step=2.0, seeds=(1, 2), paths=4000, model=model)
    experiment = design.experiment.model_copy(update={"interval": IntervalRule(paths=100)})  # intervals are not looked at
    return measure(replace(design, experiment=experiment))


def test_a_small_study_measures_every_forecaster_at_every_length(small_study: list[MarketForecasts]) -> None:
    assert [(one.seed, one.length) for one in small_study] == [(1, 3.0), (1, 5.0), (2, 3.0), (2, 5.0)]
    rows = rows_of(small_study)
    assert {row.name for row in rows} == {POOL, "equal weights", "truth without the driver", "climatology", "ewma", "garch"}
    assert all(0 < row.error < 0.5 and row.excess > 0 and np.isfinite(row.excess_se) for row in rows)
    assert all(np.allclose(one.truth.sum(axis=2), 1) for one in small_study)


def test_the_page_fits_a_screen_and_has_every_forecaster_and_length(small_study: list[MarketForecasts]) -> None:
    rows = rows_of(small_study)
    text = page(rows, TruthHeader("2024-07-16", (1, 2), 4000, ("surge_0.5_h21",), ("climatology", "ewma", "garch"), 2.0), "truth.png")
    assert max(len(line) for line in text.splitlines() if line.startswith("|")) <= 100
    assert text.count("| pool ") == 3
    assert text.count("| garch ") == 4  # its weight too
    assert sum(line.split() == ["|", "forecaster", "|", "3", "years", "|", "5", "years", "|"] for line in text.splitlines()) == 4
    assert "`garch` is beaten by `ewma`, which is misspecified, at " in text
    garch = next(row for row in rows if row.name == "garch" and row.length == 5)
    assert f"{1000 * garch.excess:.1f} ({1000 * garch.excess_se:.1f})" in text


def test_pools_that_learn_nothing_are_geometric_means() -> None:
    by_name = {
        name: np.array([[list(p)]]) for name, p in (("garch", (0.2, 0.3, 0.5)), ("msgarch", (0.4, 0.4, 0.2)), ("ewma", (0.3, 0.3, 0.4)))
    }
    pools = unlearned(by_name)
    for label, names in (("equal weights", list(by_name)), ("garch, msgarch alone", ["garch", "msgarch"])):
        mean = np.exp(np.mean([np.log(by_name[name]) for name in names], axis=0))
        np.testing.assert_allclose(pools[label], mean / mean.sum(), rtol=1e-12)
    assert list(unlearned({"ewma": by_name["ewma"]})) == ["equal weights"]


def test_who_is_beaten_by_whom_is_read_from_the_excess() -> None:
    def row(name: str, length: float, excess: float) -> AccuracyRow:
        return AccuracyRow(name, length, 0.1, 0.01, excess, 0.001, 0.0, 0.5, 9)

    rows = [row("garch", 5, 0.02), row("ewma", 5, 0.01), row("garch", 10, 0.01), row("ewma", 10, 0.01)]
    assert beaten(rows) == ["`garch` is beaten by `ewma`, which is misspecified, at 5 years, of 2 lengths."]
    assert beaten(rows[2:]) == ["`garch` is beaten by `ewma`, which is misspecified, at none of 1 lengths."]


def test_the_picture_has_a_line_for_every_forecaster(small_study: list[MarketForecasts], tmp_path: Path) -> None:
    picture.draw(rows_of(small_study), tmp_path / "truth.svg", markets=2)
    text = (tmp_path / "truth.svg").read_text("utf-8")
    assert all(f">{name}<" in text for name in (POOL, "truth without the driver", "climatology", "ewma", "garch", "asked of the pool"))
    picture.draw(rows_of(small_study), tmp_path / "again.svg", markets=2)
    assert (tmp_path / "again.svg").read_text("utf-8") == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "1", "--seed", "1"], "--seed 1 1: each once; leave it out for the default"),
        (["--seed", "-1"], "Invalid value for '--seed': "),
        (["--jobs", "0"], "Invalid value for '--jobs': "),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(truth, *arguments, "--output", str(tmp_path / "out")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {message}")
    assert not (tmp_path / "out").exists()


def test_the_truth_does_not_hang_on_the_number_of_threads(market: SimulatedMarket, sample: Sample) -> None:
    one, two = (true_chances(true_law(), market, sample, np.arange(2), 2000, threads) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_lengths_are_those_of_refits() -> None:
    with pytest.raises(ValueError, match=r"lengths must be multiples of 2.5 years from the first on, got \(5.0, 11.0\)"):
        default_design(lengths=(5.0, 11.0))
