"""The prior of a short history: from markets that are long, as they were known when the year began."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.panel.indices import Index
from forecast.engines.garch.garch import LONG_RUN
from forecast.models.garch import GarchPaths
from forecast.models.garch_prior import LOOSEST, SHORT, panel_prior
from forecast.target.question import Question
from forecast.target.sample import Sample, price_sample
from forecast.target.surge import SurgeRule

pytestmark = pytest.mark.slow

TRUTH = (1e-6, 0.03, 0.08, 0.92)  # omega, alpha, gamma, beta of every simulated market


def _market(name: str, count: int, seed: int) -> Sample:
    """A GJR market of `count` sessions that ends on one day with the others."""
    rng = np.random.default_rng(seed)
    omega, alpha, gamma, beta = TRUTH
    h, moves = omega / (1 - alpha - gamma / 2 - beta), np.empty(count)
    for t in range(count):
        moves[t] = h**0.5 * rng.standard_t(8) * (6 / 8) ** 0.5
        h = omega + (alpha + gamma * (moves[t] < 0)) * moves[t] ** 2 + beta * h
    days = pd.bdate_range(end="2019-12-31", periods=count, unit="ns")
    close = pd.Series(100 * np.exp(np.cumsum(moves)), index=days)
    return price_sample(Index(name, close, close * np.nan, days), SurgeRule(min_z=1.0), (Question(),))


@pytest.fixture(scope="module")
def panel() -> list[Sample]:
    """A short market and four long ones."""
    return [_market("short", 900, 1), *(_market(f"long {seed}", 4000, seed) for seed in range(2, 6))]


def test_the_prior_of_a_short_market_lies_at_the_truth_of_the_long_ones(panel: list[Sample]) -> None:
    prior = panel_prior(panel)
    assert prior is not None
    assert list(prior) == list(LOOSEST)
    for name, truth in zip(("alpha", "gamma", "beta"), TRUTH[1:], strict=True):
        mean, sd = prior[name]
        assert abs(mean - truth) < sd  # the spread of four estimates is at least LOOSEST, some three of their standard errors
        assert sd >= LOOSEST[name]


def test_a_long_market_has_no_prior_and_one_without_companions_has_the_usual_one(panel: list[Sample]) -> None:
    assert len(panel[1].returns) >= SHORT
    assert panel_prior([panel[1], *panel[2:]]) is None
    assert panel_prior(panel[:1]) == LONG_RUN
    assert panel_prior(panel[:3]) == LONG_RUN  # two markets are too few


def test_what_comes_out_after_the_year_began_does_not_move_the_prior(panel: list[Sample]) -> None:
    target = panel[0].up_to(len(panel[0]) - 30)  # in November 2019
    cut = int(np.searchsorted(panel[1].sessions, np.datetime64("2019-01-01")))

    def later_noise(sample: Sample) -> Sample:
        close = sample.close.copy()
        close[cut:] *= np.exp(np.random.default_rng(3).normal(0, 0.05, len(close) - cut))
        return replace(sample, close=close)

    assert panel_prior([target, *panel[1:]]) == panel_prior([target, *map(later_noise, panel[1:])])


def test_a_short_garch_is_drawn_to_the_panel(panel: list[Sample]) -> None:
    alone, drawn = GarchPaths().fit(panel[:1]), GarchPaths().fit(panel)
    assert drawn.recursion != alone.recursion
    prior = panel_prior(panel)
    assert prior is not None
    beta, sd = prior["beta"]
    assert abs(drawn.recursion.beta - beta) < 3 * sd
