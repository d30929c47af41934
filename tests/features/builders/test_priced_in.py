"""What is priced in, on panels small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.builders.priced_in import share_travelled
from features.panel.panel import Panel
from features.panel.releases import Releases
from tests.features.hand_made import last

SESSIONS = pd.bdate_range("2010-01-01", periods=400, unit="ns", name="date")
RNG = np.random.default_rng(21)
LARGE, TECH = RNG.normal(0, 0.01, 400), RNG.normal(0, 0.013, 400)
TWO, ONE, NOISE = RNG.normal(0, 0.05, 400), RNG.normal(0, 0.04, 400), RNG.normal(0, 0.005, 400)
STEPS = {"yield_2y": TWO, "yield_1y": ONE}
odds = st.floats(0, 1).map(lambda p: round(p, 6))


def price(moves: np.ndarray) -> np.ndarray:
    return 100 * np.exp(np.cumsum(moves))


def panel(small: np.ndarray) -> Panel:
    """Small caps' daily returns; yields come out a session after their stamps."""
    late = {
        name: Releases(pd.Series(4 + np.cumsum(steps)[:-1], index=SESSIONS[:-1]), SESSIONS[1:], pd.Timedelta(days=10))
        for name, steps in STEPS.items()
    }
    columns = {"small": price(small), "large": price(LARGE), "tech": price(TECH)} | {
        name: releases.onto(SESSIONS) for name, releases in late.items()
    }
    return Panel(pd.DataFrame(columns, index=SESSIONS), "Hand made", "XNYS", "test", "test", released=late)


def planted(extra: float, noise: float = 0.0) -> np.ndarray:
    """Small caps respond to the news, and rise by `extra` in the last five sessions for no reason."""
    small = 0.9 * LARGE + 0.2 * TECH - 0.02 * TWO - 0.03 * ONE + noise * NOISE
    small[-5:] += extra / 5
    small[-1] += 0.02 * TWO[-1] + 0.03 * ONE[-1]  # of yields not yet out nothing is asked
    return small


def test_the_planted_response_to_rates_is_found() -> None:
    assert last("small_rate_beta", panel(planted(0.0))) == pytest.approx(-0.05, rel=1e-6)


def test_what_news_does_not_explain_is_what_was_planted() -> None:
    small = planted(0.06, noise=1.0)
    before = slice(400 - 5 - 252, 395)
    news = np.column_stack([LARGE, TECH, TWO, ONE])
    table = np.column_stack([np.ones(252), news[before]])
    slopes, *_ = np.linalg.lstsq(table, small[before], rcond=None)
    sigma = np.sqrt(5 * ((small[before] - table @ slopes) ** 2).sum() / (252 - 5))
    shock = news[-5:].sum(axis=0) - np.r_[0, 0, TWO[-1], ONE[-1]]
    rest = small[-5:].sum() - shock @ slopes[1:]
    on = panel(small)
    assert last("unexplained_5", on) == pytest.approx(rest / sigma, rel=1e-6)
    assert last("unexplained_share_5", on) == pytest.approx(np.clip(rest / small[-5:].sum(), 0, 1), rel=1e-6)
    assert last("rates_worth_5", on) == pytest.approx(shock[2:] @ slopes[3:] / sigma, rel=1e-6)


def test_of_a_surge_that_is_all_news_nothing_is_unexplained() -> None:
    assert last("unexplained_share_5", panel(planted(0.0))) == pytest.approx(0.0, abs=1e-6)


def test_the_surge_itself_does_not_move_the_slopes() -> None:
    assert last("small_rate_beta", panel(planted(0.5))) == last("small_rate_beta", panel(planted(0.0)))


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [
        (0.9, 0.6, 0.75),
        (1.0, 0.6, 1.0),
        (0.6, 0.6, 0.0),
        (0.3, 0.6, -0.5),
        (0.0, 0.6, -1.0),
        (1.0, 1.0, 1.0),
        (0.0, 0.0, 0.0),
        (0.4, 1.0, -0.6),
    ],
)
def test_odds_have_gone_their_share_of_the_way(now: float, before: float, share: float) -> None:
    assert share_travelled(pd.Series([now]), pd.Series([before])).iloc[0] == pytest.approx(share)


def test_of_unknown_odds_nothing_is_said() -> None:
    assert share_travelled(pd.Series([np.nan, 0.5]), pd.Series([0.5, np.nan])).isna().all()


@given(now=odds, before=odds)
def test_the_way_to_certainty_is_the_way_to_nought_seen_from_the_other_side(now: float, before: float) -> None:
    share = share_travelled(pd.Series([now]), pd.Series([before])).iloc[0]
    mirrored = share_travelled(pd.Series([1 - now]), pd.Series([1 - before])).iloc[0]
    assert -1 <= share <= 1
    if now != before:  # what stays at certainty has arrived, what stays at nought has not set out
        assert share == pytest.approx(-mirrored, abs=1e-9)


def test_a_year_yield_a_fifth_of_a_point_below_the_policy_rate_has_four_fifths_of_a_cut() -> None:
    yields = np.where(np.arange(400) < 379, 5.23, 5.13)
    frame = pd.DataFrame({"small": 1.0, "yield_1y": yields, "policy_rate": 5.33}, index=SESSIONS)
    frame.iloc[-1, 2] = 4.0  # a day on which the effective rate strays
    on = Panel(frame, "Hand made", "XNYS", "test", "test")
    assert last("cut_by_yield_left", on) == pytest.approx(0.2)
    assert last("cut_by_yield_travelled_21", on) == pytest.approx((0.8 - 0.4) / 0.6)
