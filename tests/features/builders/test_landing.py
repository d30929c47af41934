"""Exact values of the landing and easing families."""

import math

import numpy as np
import pandas as pd
import pytest

from features.catalogue import catalogue
from features.panel.panel import Panel
from tests import markets
from tests.features.hand_made import SESSIONS, last, monthly, panel, weekly

# As published on 2024-07-05, January 2023 to June 2024: the vintage of which FRED's real-time indicator made 0.43 for June 2024
UNEMPLOYMENT_THEN = [3.4, 3.6, 3.5, 3.4, 3.7, 3.6, 3.5, 3.8, 3.8, 3.8, 3.7, 3.7, 3.7, 3.9, 3.8, 3.9, 4.0, 4.1]


def test_sahm_gap_of_the_vintage_of_july_2024_is_the_published_one() -> None:
    # months of 2023 and 2024 put on the last eighteen of the hand-made panel; the last one is known on the last session
    assert last("sahm_gap", panel({"unemployment": monthly(UNEMPLOYMENT_THEN)})) == pytest.approx(0.43, abs=0.005)


def test_sahm_gap_waits_for_the_release() -> None:
    rates = [4.0] * 17 + [5.5]
    gap = catalogue()["sahm_gap"](panel({"unemployment": monthly(rates, days=35)}))
    assert gap["2012-04-04"] == pytest.approx(0)
    assert gap["2012-04-05"] == pytest.approx(0.5)  # the mean of three months rises by a third of 1.5


def test_a_month_that_never_came_out_shifts_nothing() -> None:
    rates = monthly([4.0] * 12 + [4.4] * 6)
    gone = rates.observed.index != "2011-12-01"
    thinned = type(rates)(rates.observed[gone], rates.known[gone], rates.max_age)
    assert last("sahm_gap", panel({"unemployment": thinned})) == pytest.approx(0.4)
    assert last("unemployment_over_12m", panel({"unemployment": thinned})) == pytest.approx(0.4)


def test_growth_of_jobs_and_output() -> None:
    jobs = monthly(1000 * np.exp(0.001 * np.arange(24)))
    assert last("payrolls_growth_3m", panel({"payrolls": jobs})) == pytest.approx(1.2)  # a tenth of a percent a month
    assert last("production_growth_1y", panel({"production": jobs})) == pytest.approx(1.2)


def test_claims_are_four_weeks_against_the_year() -> None:
    claims = weekly(np.r_[np.full(80, 200_000.0), 220_000.0, 220_000.0, 240_000.0, 240_000.0])
    on = panel({"claims": claims})
    assert last("claims_growth_1y", on) == pytest.approx(math.log(230 / 200))
    assert last("claims_over_low", on) == pytest.approx(math.log(230 / 200))
    falling = panel({"claims": weekly(np.r_[np.full(80, 200_000.0), np.full(4, 190_000.0)])})
    assert last("claims_over_low", falling) == 0


def test_the_curve_by_hand() -> None:
    ten = np.r_[np.full(500, 3.0), np.full(100, 4.0)]
    on = panel(yield_10y=ten, yield_2y=3.5, bill=3.25)
    assert last("slope_10y_2y", on) == pytest.approx(0.5)
    assert last("re_steepening", on) == pytest.approx(1.0)
    assert last("inverted_share_252", on) == pytest.approx(152 / 252)
    assert catalogue()["term_spread_over_63"](on).iloc[[499, 520, 599]].tolist() == pytest.approx([0, 1, 0])


def test_credit_in_levels_changes_and_its_own_deviations() -> None:
    spread = np.tile([3.0, 5.0], 300)
    on = panel(credit_spread=spread, high_yield_spread=spread)
    sd = float(np.std(spread, ddof=1))
    for name in ("credit_spread_z", "high_yield_z"):
        assert last(name, on) == pytest.approx(1 / sd)
        assert catalogue()[name](on).first_valid_index() == SESSIONS[503]  # two years
    assert last("high_yield_level", on) == 5
    assert last("credit_spread_over_21", on) == pytest.approx(2)  # an odd number of sessions ago it was low


def test_easing_is_parted_between_the_two_landings() -> None:
    on = markets.panel()
    easing, risk = -catalogue()["expected_change_12m_proxy"](on), catalogue()["recession_probability"](on)
    soft, hard = catalogue()["expected_cut_proxy_into_soft_landing"](on), catalogue()["expected_cut_proxy_into_hard_landing"](on)
    assert soft.notna().sum() > 250
    pd.testing.assert_series_equal(soft + hard, (easing + 0 * risk), check_names=False)
    pd.testing.assert_series_equal(hard, easing * risk, check_names=False)


def test_easing_meets_unemployment_by_its_way_to_the_threshold() -> None:
    half = monthly([4.0] * 15 + [4.25] * 3)  # a gap of a quarter point: half of the way
    far = monthly([4.0] * 15 + [6.0] * 3)
    for rates, share in ((half, 0.5), (far, 1.0), (monthly([4.0] * 18), 0.0)):
        on = panel({"unemployment": rates}, yield_1y=4.5, policy_rate=5.25, bill=5.0)
        assert last("expected_cut_proxy_into_rising_unemployment", on) == pytest.approx(0.75 * share)


@pytest.fixture(scope="module")
def july(real: Panel) -> pd.Series:
    """Features on 2024-07-16."""
    names = ["sahm_gap", "claims_over_low", "recession_probability", "slope_10y_2y", "expected_tax_uplift_over_5", "multiple_share_5"]
    return pd.Series({name: catalogue()[name](real)[pd.Timestamp("2024-07-16")] for name in names})


def test_the_landing_on_the_day_of_the_surge(july: pd.Series) -> None:
    # 0.43 for June 2024, released on 2024-07-05: FRED, SAHMREALTIME; today's vintage gives it too
    assert july["sahm_gap"] == pytest.approx(0.43, abs=0.005)
    # FRED, T10Y2Y: -0.21 on 2024-07-15, published on the 16th
    assert july["slope_10y_2y"] == pytest.approx(-0.21)
    # the published coefficients (-0.5333, -0.6330) give 0.54 for the twelfth month at the month's mean spread of about -1;
    # any of twelve months is the likelier of the two
    assert 0.5 < july["recession_probability"] < 0.85
    assert july["claims_over_low"] > 0


def test_policy_and_profits_on_the_day_of_the_surge(july: pd.Series) -> None:
    # odds from 0.605 to 0.705 in five sessions: six tenths of a percent of earnings, of a surge of eleven and a half
    assert july["expected_tax_uplift_over_5"] == pytest.approx(0.0061, abs=0.0001)
    assert july["multiple_share_5"] > 0.95
