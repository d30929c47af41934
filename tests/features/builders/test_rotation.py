"""Rotation on panels small enough to work out by hand."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from features.builders.rotation import SECTORS, share_of_move
from features.catalogue import catalogue
from features.panel.panel import Panel

SESSIONS = pd.bdate_range("2010-01-01", periods=300, unit="ns", name="date")
RNG = np.random.default_rng(11)
LARGE = RNG.normal(0, 0.01, 300)


def price(moves: np.ndarray) -> np.ndarray:
    return 100 * np.exp(np.cumsum(moves))


def last(name: str, columns: Mapping[str, np.ndarray]) -> float:
    on = Panel(pd.DataFrame(columns, index=SESSIONS), "Hand made", "XNYS", "test", "test")
    return float(catalogue()[name](on).iloc[-1])


def surge(small: float, large: float) -> dict[str, np.ndarray]:
    """Small caps move twice as large ones do, until the last five sessions, in which each moves by the log return given."""
    own, other = 2 * LARGE, LARGE.copy()
    own[-5:], other[-5:] = small / 5, large / 5
    return {"small": price(own), "large": price(other)}


@pytest.mark.parametrize(
    ("large", "share"),
    [(0.0, 1.0), (-0.03, 1.0), (0.025, 0.5), (0.05, 0.0), (0.08, 0.0)],
    ids=["large caps flat", "large caps falling", "half of it the tide", "all of it the tide", "less than the tide"],
)
def test_the_share_of_rotation_is_what_the_tide_leaves(large: float, share: float) -> None:
    assert last("rotation_share_5", surge(0.10, large)) == pytest.approx(share, abs=1e-7)  # beta is 2 to 1e-9


def test_a_fall_has_a_share_of_rotation_too() -> None:
    assert last("rotation_share_5", surge(-0.10, -0.025)) == pytest.approx(0.5, abs=1e-7)


def test_no_move_has_no_share() -> None:
    assert last("rotation_share_5", surge(0.0001, -0.05)) == 0.0


def test_a_move_is_shared_within_bounds() -> None:
    part, total = pd.Series([2.0, -1.0, 0.3, 0.0, np.nan, 1.0]), pd.Series([1.0, 1.0, 0.6, 0.0, 1.0, np.nan])
    shares = share_of_move(part, total, pd.Series(1.0, index=part.index))
    np.testing.assert_array_equal(shares, [1.0, 0.0, 0.5, 0.0, np.nan, np.nan])


def test_rotation_is_measured_in_what_beta_left_over_before() -> None:
    noise = RNG.normal(0, 0.004, 300)
    own, other = 1.5 * LARGE + noise, LARGE.copy()
    own[-5:], other[-5:] = 0.02, 0.0
    before = slice(300 - 5 - 252, 295)
    slope, alpha = np.polyfit(LARGE[before], own[before], 1)
    rest = own[before] - slope * LARGE[before] - alpha
    sigma = (rest**2).sum() / 250
    assert last("rotation_5", {"small": price(own), "large": price(other)}) == pytest.approx(0.10 / (5 * sigma) ** 0.5, rel=1e-6)


def test_the_run_before_the_surge_leaves_the_surge_out() -> None:
    small = price(0.01 * (-1.0) ** np.arange(300))
    calm = {"small": small, "tech": price(np.full(300, 0.002))}
    crash = {"small": small, "tech": price(np.r_[np.full(295, 0.002), np.full(5, -0.05)])}
    assert last("tech_run_before_63", calm) == last("tech_run_before_63", crash) > 0


def sectors(moves: np.ndarray) -> dict[str, np.ndarray]:
    return {"small": np.ones(300)} | {series.name: price(moves[:, column]) for column, series in enumerate(SECTORS)}


def test_breadth_counts_the_sectors_that_rose() -> None:
    moves = np.zeros((300, 9))
    moves[-1] = [0.01, 0.02, 0.03, -0.01, -0.01, 0.0, 0.0, -0.02, -0.03]
    assert last("sector_breadth_5", sectors(moves)) == pytest.approx(3 / 9)


def test_sectors_twice_as_far_apart_as_ever_are_dispersed_by_the_log_of_two() -> None:
    moves = np.tile(np.linspace(-0.01, 0.01, 9), (300, 1))
    moves[-5:] *= 2
    assert last("sector_dispersion_5", sectors(moves)) == pytest.approx(np.log(2))


def test_sector_correlation_is_the_mean_over_pairs() -> None:
    moves = RNG.normal(0, 0.01, (300, 1)) + RNG.normal(0, 0.01, (300, 9))
    pairs = np.corrcoef(moves[-63:].T)[np.triu_indices(9, 1)]
    assert last("sector_correlation_63", sectors(moves)) == pytest.approx(pairs.mean(), rel=1e-9)


def test_value_leads_growth_by_its_return_in_its_own_volatility() -> None:
    value = price(0.01 * (-1.0) ** np.arange(300))
    lead = last("small_value_over_growth_5", {"small": value, "small_value": value, "small_growth": np.full(300, 100.0)})
    assert lead == pytest.approx(last("momentum_5", {"small": value}))
