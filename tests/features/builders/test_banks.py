"""Banks on panels small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest

from features.panel.panel import Panel
from features.panel.releases import Releases
from tests.features.hand_made import last

SESSIONS = pd.bdate_range("2010-01-01", periods=400, unit="ns", name="date")
RNG = np.random.default_rng(7)
SMALL, STEPS, NOISE = RNG.normal(0, 0.012, 400), RNG.normal(0, 0.05, 400), RNG.normal(0, 0.005, 400)
YIELD = 4 + np.cumsum(STEPS)


def price(moves: np.ndarray) -> np.ndarray:
    return 100 * np.exp(np.cumsum(moves))


def panel(bank: np.ndarray, **columns: np.ndarray | float) -> Panel:
    """Banks' daily returns; the two-year yield comes out a session after its stamp."""
    late = Releases(pd.Series(YIELD[:-1], index=SESSIONS[:-1]), SESSIONS[1:], pd.Timedelta(days=10))
    series = {"small": price(SMALL), "regional_banks": price(bank), "yield_2y": late.onto(SESSIONS)} | columns
    return Panel(pd.DataFrame(series, index=SESSIONS), "Hand made", "XNYS", "test", "test", released={"yield_2y": late})


def test_a_planted_sensitivity_to_rates_is_found_though_yields_come_out_late() -> None:
    on = panel(1.1 * SMALL + 0.08 * STEPS)
    assert last("regional_banks_rate_beta", on) == pytest.approx(0.08, rel=1e-6)


def test_what_rates_gave_and_what_else_did_add_up_to_the_move() -> None:
    bank = 1.1 * SMALL + 0.08 * STEPS + NOISE
    bank[-5:] += 0.01
    on = panel(bank)
    before = slice(400 - 5 - 252, 395)
    table = np.column_stack([np.ones(252), SMALL[before], STEPS[before]])
    slopes, *_ = np.linalg.lstsq(table, bank[before], rcond=None)
    sigma = np.sqrt(5 * ((bank[before] - table @ slopes) ** 2).sum() / 249)
    gain = slopes[2] * STEPS[-5:-1].sum()  # the last session's yield is not out
    assert last("regional_banks_rate_gain_5", on) == pytest.approx(gain / sigma, rel=1e-6)
    assert last("regional_banks_beyond_rates_5", on) == pytest.approx(
        (bank[-5:].sum() - slopes[1] * SMALL[-5:].sum() - gain) / sigma, rel=1e-6
    )


def test_lenders_that_move_as_small_caps_do_not_lead_them() -> None:
    saw = 0.01 * (-1.0) ** np.arange(400)
    on = panel(SMALL + saw)
    assert last("regional_banks_over_small_5", on) == pytest.approx(
        last("momentum_5", Panel(pd.DataFrame({"small": price(saw)}, index=SESSIONS), "Saw", "XNYS", "test", "test"))
    )
    assert last("regional_banks_over_small_21", on) < 0.5


def test_the_slope_change_is_the_ten_year_less_the_two_year_yield_moved() -> None:
    on = panel(SMALL, yield_10y=4.2)
    two_year = on.frame["yield_2y"]
    assert last("lending_slope_over_5", on) == pytest.approx(two_year.iloc[-6] - two_year.iloc[-1])


def test_the_margin_stands_in_its_own_ten_years_from_before_the_first_session() -> None:
    days = pd.bdate_range(end=SESSIONS[-1], periods=2520, unit="ns")
    line = Releases(pd.Series(np.arange(2520.0), index=days), days, pd.Timedelta(days=10))
    flat = Releases(pd.Series(1.0, index=days), days, pd.Timedelta(days=10))
    frame = pd.DataFrame({"small": 1.0, "yield_10y": line.onto(SESSIONS), "bill": 1.0}, index=SESSIONS)
    on = Panel(frame, "Hand made", "XNYS", "test", "test", released={"yield_10y": line, "bill": flat})
    assert last("lending_margin_10y", on) == pytest.approx((2519 / 2) / (2520 * 2521 / 12) ** 0.5)
