"""Exact values of features on panels small enough to work out by hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.panel.releases import Releases
from features.panel.volatility import ewma_vol, parkinson_vol
from tests.features.hand_made import SESSIONS, last, panel


def saw(step: float) -> np.ndarray:
    """A price that moves by the log step up and down in turn, ending on a rise."""
    return 100 * np.exp(step * (np.arange(len(SESSIONS)) % 2))


def test_momentum_is_the_return_in_its_own_volatility() -> None:
    on = panel(small=saw(0.01))
    vol = ewma_vol(on.frame["small"], 32).iloc[-1]
    assert last("momentum_1", on) == pytest.approx(0.01 / vol)
    assert last("momentum_21", on) == pytest.approx(0.01 / (vol * math.sqrt(21)))


def test_relative_momentum_is_nil_where_the_ratio_has_come_back() -> None:
    on = panel(small=saw(0.01), large=100.0)
    assert last("relative_momentum_21", on) == pytest.approx(0.01 / (ewma_vol(on.frame["small"], 32).iloc[-1] * math.sqrt(21)))
    assert last("relative_momentum_252", on) == pytest.approx(0.0, abs=1e-12)


def test_distance_from_high_is_zero_at_the_high() -> None:
    assert last("distance_from_high", panel(small=np.linspace(1, 2, 600))) == 0.0
    assert last("distance_from_high", panel(small=np.r_[np.full(599, 100.0), 90.0])) == pytest.approx(math.log(0.9))


def test_har_terms_are_root_mean_squares() -> None:
    moves = np.zeros(600)
    moves[-2:] = 0.01, 0.02
    on = panel(small=100 * np.exp(np.cumsum(moves)))
    assert last("har_vol_1", on) == pytest.approx(math.log(100 * 0.02 * math.sqrt(252)))
    assert last("har_vol_5", on) == pytest.approx(math.log(100 * math.sqrt((0.01**2 + 0.02**2) / 5) * math.sqrt(252)))


def test_implied_volatility_gap_is_nil_where_options_price_what_was_realised() -> None:
    close = saw(0.01)
    vix = 100 * float(ewma_vol(pd.Series(close), 32).iloc[-1]) * math.sqrt(252)
    assert last("implied_vol_gap", panel(small=close, vix=vix)) == pytest.approx(0.0, abs=1e-12)


def test_spreads_are_wide_when_bonds_of_lower_rating_yield_more() -> None:
    assert last("default_spread", panel(baa=6.5, aaa=5.0)) == pytest.approx(1.5)
    assert last("term_spread", panel(yield_10y=4.2, bill=5.2)) == pytest.approx(-1.0)


def test_forward_rate_is_implied_by_one_and_two_years() -> None:
    # two years at 4.5 and one at 5 leave 4 for the second: a fall of one point
    assert last("forward_less_year", panel(yield_1y=5.0, yield_2y=4.5)) == pytest.approx(-1.0)


def test_real_bill_takes_off_twelve_months_of_inflation() -> None:
    months = pd.date_range("2008-01-01", "2012-03-01", freq="MS").as_unit("ns")
    core = Releases(pd.Series(1.03 ** (np.arange(len(months)) / 12), index=months), months + pd.DateOffset(days=45), pd.Timedelta(days=75))
    assert last("real_bill", replace(panel(bill=5.0, core_cpi=0.0), released={"core_cpi": core})) == pytest.approx(2.0)


def test_range_volatility_of_a_random_walk_is_its_volatility() -> None:
    # Parkinson (1980): unbiased for a continuous walk; 390 steps a session see a range shorter by about 3 %.
    rng = np.random.default_rng(3)
    path = np.cumsum(rng.normal(0, 0.01 / math.sqrt(390), (4000, 390)), axis=1)
    high, low = (pd.Series(np.exp(side)) for side in (np.maximum(path.max(axis=1), 0), np.minimum(path.min(axis=1), 0)))
    assert parkinson_vol(high, low, 4000).iloc[-1] == pytest.approx(0.01, rel=0.06)
