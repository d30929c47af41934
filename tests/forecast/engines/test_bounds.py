"""A parameter that is held at a bound is said to be, by name; and levels are told from returns."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.garch.recursion_coordinates import RecursionCoordinates
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.switching.coordinates import Bounded, Positive, TransitionLogits
from forecast.engines.switching.remarks import index_levels
from tests.forecast.engines import published
from tests.forecast.engines.hard_series import hard_series

pytestmark = pytest.mark.slow

TICKS = np.tile([70.0] * 11 + [52.0] + [70.0] * 4 + [64.0] + [70.0] * 5 + [66.0, 70.0, 50.0, 83.0], 8)  # a price in whole points


@pytest.mark.parametrize("k", [2, 3])
def test_a_regime_whose_volatility_is_at_its_floor_says_so(k: int) -> None:
    fitted = MarkovSwitching(k).fit(TICKS)
    floor = 0.01 * TICKS.std()  # a hundredth of the sample's
    held = [name for name in fitted.params_.filter(like="sigma").index if fitted.params_[name] < 1.001 * floor]
    assert held
    for name in held:
        assert f"{name} is held at its bound of {floor:.4g}" in fitted.warnings_
    assert set(fitted.bounds_) <= set(fitted.warnings_)


def test_tails_at_their_bounds_say_so() -> None:
    series = hard_series()
    heavy = Garch(variance="garch", dist="skewt").fit(series["a peg with two jumps"])
    light = Garch(variance="garch", dist="t").fit(series["light"])
    assert "nu is held at its bound of 2.05" in heavy.warnings_
    assert "nu is held at its bound of 500" in light.warnings_
    one_sided = Garch(variance="garch", dist="skewt").fit(np.random.default_rng(1).exponential(1.0, 500) ** 2)
    assert "lambda is held at its bound of 0.99" in one_sided.warnings_


def test_a_refit_keeps_a_fit_that_is_held_at_a_bound() -> None:
    fitted = Garch(variance="garch", dist="t").refit(hard_series()["light"])
    assert fitted.fallback_ is None
    assert fitted.converged_
    assert fitted.bounds_


@pytest.mark.parametrize(
    ("block", "theta", "lines"),
    [
        (Positive(("sigma[1]", "sigma[2]"), 0.01, 1.0), [0.01, 0.5], ["sigma[1] is held at its bound of 0.01"]),
        (Bounded(("nu",), 2.05, 500.0), [2.0501], ["nu is held at its bound of 2.05"]),
        (Bounded(("nu",), 2.05, 500.0), [499.9], ["nu is held at its bound of 500"]),
        (Bounded(("lambda",), -0.99, 0.99), [-0.99], ["lambda is held at its bound of -0.99"]),
        (Bounded(("ar",), -0.99, 0.99), [0.5], []),
        (TransitionLogits(2), [0.0, 0.3], ["p[1->1] is held at its bound of 1"]),
        (TransitionLogits(2), [0.2, 1.0], ["p[2->2] is held at its bound of 0"]),
        (TransitionLogits(3), [0.0, 0.1, 0.1, 0.1, 0.2, 0.2], []),  # one exit of several
        (TransitionLogits(1), [], []),
        (RecursionCoordinates(("garch",), frozenset()), [0.1, 0.0, 0.9], ["alpha is held at its bound of 0"]),
        (RecursionCoordinates(("gjr",), frozenset()), [0.1, 0.1, -0.1, 0.5], ["alpha + gamma is held at its bound of 0"]),
        (RecursionCoordinates(("garch",), frozenset()), [0.1, 0.1, 0.9 - 1e-6], ["persistence is held at its bound of 1"]),
        (
            RecursionCoordinates(("garch",), frozenset()),
            [1e-14, 0.1, 0.0],
            ["omega is held at its bound of 0", "beta is held at its bound of 0"],
        ),
        (RecursionCoordinates(("garch", "garch"), frozenset({"alpha"})), [0.1, 0.2, 0.0, 0.5, 0.6], ["alpha is held at its bound of 0"]),
        (RecursionCoordinates(("egarch",), frozenset()), [0.1, 0.0, 0.0, -1.0], ["beta is held at its bound of -1"]),
        (RecursionCoordinates(("garch",), frozenset(), 1e9), [1e10, 0.05, 0.9], []),
    ],
)
def test_what_stands_at_a_bound_is_named(block: Any, theta: list[float], lines: list[str]) -> None:
    assert list(block.held(np.array(theta))) == lines


# levels -----------------------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(4)
LEVELS = 2000 * np.exp(np.cumsum(0.01 * RNG.standard_normal(600)))


@pytest.mark.parametrize("build", [lambda: MarkovSwitching(2), Garch, lambda: MSGarch(2, n_starts=1)])
def test_index_levels_in_the_place_of_returns_are_noticed(build: Any) -> None:
    fitted = build()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted.fit(LEVELS[:300])
    lines = [text for text in fitted.warnings_ if "look like index levels" in text]
    assert len(lines) == 1
    assert lines[0].endswith("not returns: take differences of logs first")
    assert lines[0] in [str(warning.message) for warning in caught]


def persistent(mean: float, step: float) -> np.ndarray:
    """An exponentially weighted volatility of that mean, as MarkovSwitching may well be given."""
    return mean * np.sqrt(pd.Series(np.random.default_rng(5).standard_normal(900) ** 2).ewm(alpha=step).mean().to_numpy())[100:]


@pytest.mark.parametrize(
    "values",
    [
        published.array("test_markov_regression", "fedfunds"),
        published.array("test_markov_autoregression", "rgnp"),
        100 * np.diff(np.log(LEVELS)),
        persistent(0.01, 0.06),
        persistent(16.0, 0.06),
        persistent(25.0, 0.3),
        np.exp(RNG.normal(3.0, 0.4, 500)),  # independent
        np.full(20, 2000.0) + np.arange(20),  # too few to tell
    ],
    ids=["fed funds", "growth of GNP", "returns", "daily volatility", "yearly volatility", "a fast one", "independent", "few"],
)
def test_rates_growth_and_volatilities_are_no_levels(values: np.ndarray) -> None:
    assert index_levels(np.asarray(values, dtype=np.float64)) == ()


def test_real_levels_are_levels_and_real_volatility_is_not(russell: pd.Series, data_dir: Any) -> None:
    assert index_levels(russell.to_numpy(np.float64))
    vix = pd.read_csv(data_dir / "vix_daily.csv.gz").select_dtypes("number")
    for name in vix:
        assert index_levels(vix[name].to_numpy(np.float64)) == ()
    assert index_levels(100 * np.diff(np.log(russell.to_numpy(np.float64)))) == ()
