"""Exact values of the policy family, and the arithmetic of a change of tax."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.builders.tax import CORPORATE, LARGE_DOMESTIC, PROPOSED, SMALL_DOMESTIC, tax_uplift
from features.catalogue import feature_matrix
from features.errors import InputError
from features.files.folder import Folder
from features.panel.raw import RawSeries, check
from features.panel.series import EVENT_ODDS
from features.sources.inputs import Input
from features.sources.market import load_market
from tests.features.hand_made import SESSIONS, last, panel


def test_from_21_to_15_percent_lifts_domestic_earnings_by_759_per_ten_thousand() -> None:
    assert tax_uplift(0.21, 0.15) == pytest.approx(0.85 / 0.79 - 1, abs=1e-15)
    assert round(100 * tax_uplift(0.21, 0.15), 2) == 7.59
    assert tax_uplift(0.21, 0.15, 0.8) == pytest.approx(0.8 * 0.06 / 0.79)


def test_from_35_to_21_percent_lifted_them_by_a_fifth() -> None:
    assert tax_uplift(0.35, 0.21) == pytest.approx(14 / 65)  # the act of 2017


@given(old=st.floats(0, 0.9), new=st.floats(0, 0.9), domestic=st.floats(0, 1))
def test_there_and_back_is_nothing(old: float, new: float, domestic: float) -> None:
    assert (1 + tax_uplift(old, new)) * (1 + tax_uplift(new, old)) == pytest.approx(1)
    assert tax_uplift(old, new, domestic) == pytest.approx(domestic * tax_uplift(old, new))


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ((21, 0.15), "old must be a tax rate from 0 to below 1, got 21; give 0.21 for 21 %"),
        ((0.21, -0.1), "new must be a tax rate from 0 to below 1, got -0.1"),
        ((1.0, 0.1), "old must be a tax rate"),
        ((0.21, float("nan")), "new must be a tax rate from 0 to below 1, got nan"),
        ((0.21, 0.15, 80), "domestic must be a share from 0 to 1, got 80; give 0.8 for 80 %"),
    ],
)
def test_a_rate_or_share_that_cannot_be_is_refused(given_: tuple[float, ...], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        tax_uplift(*given_)
    assert "\n" not in str(caught.value)


def test_odds_by_hand() -> None:
    on = panel(event_odds=np.r_[np.full(590, 0.5), np.full(10, 0.75)])
    assert last("event_odds", on) == 0.75
    assert last("event_log_odds", on) == pytest.approx(np.log(3))
    assert last("event_odds_over_5", on) == 0
    assert last("event_odds_over_21", on) == pytest.approx(0.25)
    assert last("event_log_odds", panel(event_odds=1.0)) == pytest.approx(np.log(199))  # half a cent from certain


def test_the_expected_uplift_is_the_change_of_the_odds_times_the_uplift() -> None:
    on = panel(event_odds=np.r_[np.full(597, 0.5), np.full(3, 0.6)])
    assert last("expected_tax_uplift_over_5", on) == pytest.approx(0.1 * tax_uplift(CORPORATE, PROPOSED, SMALL_DOMESTIC))
    relative = 0.1 * tax_uplift(CORPORATE, PROPOSED) * (SMALL_DOMESTIC - LARGE_DOMESTIC)
    assert last("relative_tax_uplift_over_5", on) == pytest.approx(relative)


def test_without_odds_the_family_is_off() -> None:
    off = feature_matrix(panel(small=100.0), ["event_odds", "expected_tax_uplift_over_5"]).off
    assert off == {"event_odds": ("event_odds",), "expected_tax_uplift_over_5": ("event_odds",)}


@pytest.mark.parametrize("value", [1.2, -0.01])
def test_odds_outside_nought_and_one_are_refused_in_one_line(value: float) -> None:
    odds = pd.Series(0.5, index=SESSIONS)
    odds.iloc[3] = value
    said = rf"odds.csv, column Win: {value} on 2010-01-06 is no probability \(0 to 1\); correct it, or say unit = 'percent' in \[inputs\]"
    with pytest.raises(InputError, match=said) as caught:
        check(RawSeries(EVENT_ODDS, odds, "odds.csv, column Win"))
    assert "\n" not in str(caught.value)


def test_odds_in_percent_are_converted(tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_text("Date,Close,Win\n2024-07-15,100,60\n2024-07-16,101,70\n")
    inputs = {
        "small": Input(file="small.csv", columns={"small": "Close"}),
        "odds": Input(file="small.csv", columns={"event_odds": "Win"}, unit="percent"),
    }
    raw, _ = load_market(Folder(tmp_path), inputs, market="Test", exchange="XNYS")
    assert raw.series["event_odds"].observed.tolist() == pytest.approx([0.6, 0.7])
