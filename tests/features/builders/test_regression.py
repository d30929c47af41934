"""Rolling least squares against the slow way, and yields on the days they moved."""

import numpy as np
import pandas as pd
import pytest

from features.builders.regression import change_by_stamp, rate_move, rolling_moments, rolling_slopes
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import YIELD_2Y

SESSIONS = pd.bdate_range("2010-01-01", periods=400, unit="ns", name="date")
RNG = np.random.default_rng(5)
MOVES = pd.DataFrame(RNG.normal(0, [0.01, 0.012, 0.06], (400, 3)), index=SESSIONS, columns=["a", "b", "c"])
RESPONSE = pd.Series(0.0004 + MOVES.to_numpy() @ [0.8, 0.3, -0.02] + RNG.normal(0, 0.004, 400), index=SESSIONS)


def by_hand(row: int, window: int) -> tuple[np.ndarray, float]:
    rows = slice(max(0, row - window + 1), row + 1)
    table = np.column_stack([np.ones(400), MOVES])[rows]
    own = RESPONSE.to_numpy()[rows]
    whole = np.isfinite(table).all(axis=1) & np.isfinite(own)
    coefficients, *_ = np.linalg.lstsq(table[whole], own[whole], rcond=None)
    rest = own[whole] - table[whole] @ coefficients
    return coefficients[1:], float(np.sqrt((rest**2).sum() / (whole.sum() - 4)))


@pytest.mark.parametrize("row", [74, 80, 120, 399])
def test_rolling_slopes_are_those_of_least_squares_on_the_window(row: int) -> None:
    slopes, sigma = by_hand(row, 100)
    fit = rolling_slopes(RESPONSE, MOVES, 100)
    # 1e-9 on the correlations' diagonal moves a slope by 1e-9 of itself; running sums add less
    np.testing.assert_allclose(fit.slopes.iloc[row], slopes, rtol=1e-7)
    assert fit.sigma.iloc[row] == pytest.approx(sigma, rel=1e-7)


def test_slopes_are_known_once_three_quarters_of_the_window_are() -> None:
    fit = rolling_slopes(RESPONSE, MOVES, 100)
    assert np.isnan(fit.slopes.iloc[73]).all()
    assert np.isfinite(fit.slopes.iloc[74]).all()


def test_a_session_with_a_gap_is_left_out() -> None:
    holes = MOVES.copy()
    holes.iloc[370, 1] = np.nan
    without = RESPONSE.index != SESSIONS[370]
    fit = rolling_slopes(RESPONSE, holes, 30).slopes.iloc[-1]
    same = rolling_slopes(RESPONSE[without], MOVES[without], 29).slopes.iloc[-1]
    np.testing.assert_allclose(fit, same, rtol=1e-9)


def test_a_regressor_that_stands_still_has_no_slope() -> None:
    still = MOVES.assign(d=0.0)
    fit = rolling_slopes(RESPONSE, still, 100).slopes
    assert fit["d"].iloc[-1] == 0.0
    np.testing.assert_allclose(fit[["a", "b", "c"]].iloc[-1], rolling_slopes(RESPONSE, MOVES, 100).slopes.iloc[-1])


def test_two_regressors_that_move_as_one_share_the_slope() -> None:
    twin = pd.DataFrame({"a": MOVES["a"], "again": MOVES["a"]})
    fit = rolling_slopes(0.6 * MOVES["a"], twin, 100).slopes.iloc[-1]
    np.testing.assert_allclose(fit, [0.3, 0.3], rtol=1e-5)


def test_rolling_moments_are_covariances() -> None:
    fit = rolling_moments(MOVES.to_numpy(), 63, needed=63)
    np.testing.assert_allclose(fit[200], MOVES.iloc[138:201].cov() * 62 / 63, rtol=1e-9)
    assert np.isnan(fit[61]).all()


def late(values: np.ndarray, sessions: int) -> Panel:
    """A yield that is published `sessions` sessions after the day it is stamped with."""
    release_days = SESSIONS[sessions:]
    released = Releases(pd.Series(values, index=SESSIONS).iloc[: len(release_days)], release_days, pd.Timedelta(days=10))
    frame = pd.DataFrame({"small": 1.0, "yield_2y": released.onto(SESSIONS)}, index=SESSIONS)
    return Panel(frame, "Hand made", "XNYS", "test", "test", released={"yield_2y": released})


def test_a_yield_moves_on_the_day_it_moved_and_not_when_it_was_published() -> None:
    path = np.cumsum(RNG.normal(0, 0.05, 400))
    fit = change_by_stamp(late(path, 1), YIELD_2Y, 5)
    np.testing.assert_allclose(fit.iloc[1:399], np.diff(path)[:398], atol=1e-12)


def test_the_move_of_five_sessions_ends_at_the_last_yield_published() -> None:
    path = np.cumsum(RNG.normal(0, 0.05, 400))
    assert rate_move(late(path, 1), YIELD_2Y, 5).iloc[-1] == pytest.approx(path[398] - path[394])
    assert rate_move(late(path, 0), YIELD_2Y, 5).iloc[-1] == pytest.approx(path[399] - path[394])


def test_a_yield_that_comes_out_too_late_is_not_used() -> None:
    panel = late(np.arange(400.0), 6)
    assert change_by_stamp(panel, YIELD_2Y, 5).iloc[:-6].isna().all()
    assert rate_move(panel, YIELD_2Y, 5).iloc[:-6].isna().all()
