"""A value against its own history."""

import numpy as np
import pandas as pd
import pytest

from features.panel.align import difference, log_ratio
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import BILL, LARGE, TECH, YIELD_10Y
from features.panel.standardise import percentile_rank, z_score, z_score_among

SESSIONS = pd.bdate_range("2010-01-01", periods=8, unit="ns", name="date")


def released(values: list[float], days: pd.DatetimeIndex, stamps: pd.DatetimeIndex | None = None) -> Releases:
    return Releases(pd.Series(values, index=days if stamps is None else stamps), days, pd.Timedelta(days=30))


def test_a_line_ends_at_the_z_score_of_a_line() -> None:
    # of 0 .. n-1 the mean is (n-1)/2 and the sample variance n(n+1)/12
    assert z_score(pd.Series(np.arange(20.0)), 12).iloc[-1] == pytest.approx(5.5 / (12 * 13 / 12) ** 0.5)


def test_three_quarters_of_a_window_are_enough() -> None:
    assert z_score(pd.Series(np.arange(20.0)), 12).notna().to_numpy().argmax() == 8


def test_the_share_below_counts_what_was_released_and_no_more() -> None:
    past = released([1.0, 2.0, 3.0, 4.0], SESSIONS[[0, 1, 2, 6]])
    now = pd.Series([9.0, 2.0, 2.0, 2.5, np.nan, 0.5, 2.5, 4.0], index=SESSIONS)
    ranks = percentile_rank(now, past, 4)  # three of four are enough; the last session sees them all
    np.testing.assert_array_equal(ranks, [np.nan, np.nan, 2 / 3, 2 / 3, np.nan, 0.0, 0.5, 1.0])


def test_the_share_below_forgets_what_left_the_window() -> None:
    past = released([9.0, 1.0, 2.0, 3.0], SESSIONS[:4])
    assert percentile_rank(pd.Series(5.0, index=SESSIONS), past, 3).iloc[-1] == 1.0
    assert percentile_rank(pd.Series(5.0, index=SESSIONS), past, 4).iloc[-1] == 0.75


def test_z_among_measures_from_the_mean_released_by_then() -> None:
    past = released([1.0, 2.0, 3.0, 100.0], SESSIONS[[0, 1, 2, 7]])
    assert z_score_among(pd.Series(4.0, index=SESSIONS), past, 3).iloc[5] == pytest.approx(2.0)


def test_a_pair_is_known_when_the_later_of_the_two_is() -> None:
    frame = pd.DataFrame({"small": 1.0}, index=SESSIONS)
    early, late = SESSIONS[:3], SESSIONS[1:4]
    released_by = {
        "tech": released([2.0, 4.0, 8.0], early, early),
        "large": released([1.0, 1.0], late[:2], early[[0, 2]]),
        "yield_10y": released([4.0, 5.0, 6.0], early, early),
        "bill": released([1.0, 3.0, 5.0], late, early),
    }
    panel = Panel(frame, "Hand made", "XNYS", "test", "test", released=released_by)
    ratio, gap = log_ratio(panel, TECH, LARGE), difference(panel, YIELD_10Y, BILL)
    np.testing.assert_allclose(ratio.observed, np.log([2.0, 8.0]))
    assert list(ratio.known) == [late[0], early[2]]
    np.testing.assert_array_equal(gap.onto(SESSIONS).iloc[:5], [np.nan, 3.0, 2.0, 1.0, 1.0])
