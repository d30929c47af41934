"""Exact values of the fundamentals family, and what is kept of a series' own history."""

import math

import numpy as np
import pandas as pd
import pytest

from features.builders.growth import ago
from features.panel.align import asof_join
from features.panel.releases import Releases
from features.panel.series import Every
from features.panel.standardise import z_score
from tests.features.hand_made import last, monthly, panel

STEADY = 0.01 * np.arange(150)  # a percent a month, in logs


def earnings(logs: np.ndarray = STEADY) -> Releases:
    return monthly(20 * np.exp(logs), days=35)


def test_growth_of_steady_earnings() -> None:
    on = panel({"earnings": earnings()})
    assert last("earnings_growth_1y", on) == pytest.approx(0.12)
    assert last("earnings_growth_3y", on) == pytest.approx(0.12)
    assert last("earnings_acceleration", on) == pytest.approx(0, abs=1e-12)
    assert last("earnings_from_peak", on) == 0


def test_earnings_below_their_peak_and_turning_up() -> None:
    logs = np.r_[np.zeros(132), np.full(12, -0.5), np.full(6, -0.2)]
    on = panel({"earnings": earnings(logs)})
    assert last("earnings_from_peak", on) == pytest.approx(-0.2)
    assert last("earnings_growth_1y", on) == pytest.approx(0.3)
    assert last("earnings_acceleration", on) == pytest.approx(0.3 + 0.5)  # year on year they stood half lower six months before


def test_real_earnings_take_off_prices() -> None:
    on = panel({"earnings": earnings(), "cpi": monthly(100 * np.exp(0.4 * STEADY), days=15)})
    assert last("real_earnings_growth_1y", on) == pytest.approx(0.6 * 0.12)
    mean = np.exp(0.6 * STEADY[-121:]).mean()  # 3653 days hold the stamp ten years back
    assert last("earnings_over_trend", on) == pytest.approx(0.6 * STEADY[-1] - math.log(mean), abs=0.01)


def test_negative_earnings_have_no_growth() -> None:
    losses = monthly(np.r_[np.full(140, 5.0), np.full(10, -1.0)])
    assert np.isnan(last("small_earnings_growth_1y", panel({"small_earnings": losses})))


def test_small_caps_lead_when_their_earnings_outgrow() -> None:
    on = panel({"earnings": earnings(), "small_earnings": earnings(2 * STEADY)})
    assert last("small_earnings_lead", on) == pytest.approx(0.12)


def test_a_price_that_grows_with_earnings_is_no_expansion() -> None:
    growing = panel({"earnings": earnings()}, small=100 * np.exp(0.12 / 252 * np.arange(600)))
    for window in (21, 63, 252):
        assert last(f"multiple_expansion_{window}", growing) == pytest.approx(0, abs=1e-9)


def test_over_five_sessions_a_surge_is_nearly_all_multiple() -> None:
    small = np.r_[np.full(595, 100.0), 100 * np.exp(0.115 * np.arange(1, 6) / 5)]
    on = panel({"earnings": earnings()}, small=small)
    earned = 0.12 * 5 / 252
    assert last("multiple_share_5", on) == pytest.approx((0.115 - earned) / 0.115)
    assert last("multiple_share_252", on) == pytest.approx(-0.005 / (0.005 + 0.12))  # over the year profits did more than the price
    assert last("multiple_expansion_252", on) == pytest.approx(0.115 - 0.12)


def test_a_share_of_nothing_is_nil() -> None:
    still = panel({"earnings": earnings(0 * STEADY)}, small=100.0)
    assert last("multiple_share_63", still) == 0


# --- history


def test_what_was_a_year_ago_is_found_at_either_end_of_the_month() -> None:
    ends = pd.Series(np.arange(30.0), index=pd.date_range("2022-01-31", periods=30, freq="ME", unit="ns"))
    assert ago(ends, months=12).iloc[[11, 12, 25]].tolist()[1:] == [0, 13]  # 29 February 2024 finds 28 February 2023
    assert np.isnan(ago(ends, months=12).iloc[11])
    gap = ends.drop(ends.index[5])
    assert np.isnan(ago(gap, months=12)[ends.index[17]])


def test_z_score_of_a_constant_is_unknown() -> None:
    assert z_score(pd.Series(2.0, index=range(9)), window=5, least=2).isna().all()


def test_a_series_is_matched_with_what_was_known_then() -> None:
    to = monthly([1.0, 2.0, 3.0], days=20)
    late = monthly([10.0, 20.0, 30.0], days=60)
    np.testing.assert_array_equal(asof_join(late, to), [np.nan, np.nan, 10.0])  # January's came out on 1 March
    prompt = monthly([10.0, 20.0, 30.0], days=5)
    assert asof_join(prompt, to).tolist() == [10, 20, 30]
    none = Releases(prompt.observed.iloc[:0], prompt.known[:0], Every.MONTH.max_age)
    assert asof_join(none, to).isna().all()


def test_a_series_that_ended_long_ago_is_not_matched() -> None:
    to, old = monthly(np.ones(12)), monthly(np.ones(12))
    ended = Releases(old.observed.iloc[:4], old.known[:4], Every.MONTH.max_age)
    assert asof_join(ended, to).notna().sum() == 6  # two months more: a monthly value is called known for 75 days
