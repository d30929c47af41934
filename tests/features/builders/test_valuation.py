"""Valuation on panels small enough to work out by hand, and against published numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.builders.valuation import PRICED_GAP
from features.builders.valuation_today import gap_today, inflation, multiple_today
from features.catalogue import catalogue
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import CAPE, CPI
from tests.features.hand_made import last

SESSIONS = pd.bdate_range("2010-01-01", periods=300, unit="ns", name="date")


def monthly(values: np.ndarray | list[float], first: str, lag: pd.DateOffset) -> Releases:
    stamps = pd.date_range(first, periods=len(values), freq="MS", unit="ns")
    return Releases(pd.Series(np.asarray(values, dtype=float), index=stamps), pd.DatetimeIndex(stamps + lag), pd.Timedelta(days=75))


def panel(released: dict[str, Releases], **columns: np.ndarray | float) -> Panel:
    frame = pd.DataFrame({"small": 100.0} | columns, index=SESSIONS)
    for name, releases in released.items():
        if name not in columns:
            frame[name] = releases.onto(SESSIONS)
    return Panel(frame, "Hand made", "XNYS", "test", "test", released=released)


MONTHS = len(pd.date_range("2010-01-01", SESSIONS[-1], freq="MS"))


def test_a_multiple_follows_the_index_and_gives_way_to_inflation() -> None:
    """30 in January 2010, known in August, and nothing later: since then the index gained 10 % and consumer prices 2 %."""
    index = np.where(SESSIONS.month + 12 * (SESSIONS.year - 2010) == 1, 1000.0, 1100.0)
    index[0] = 940.0
    index[19] = 1060.0  # January still has the mean of 1,000
    cape = monthly([30.0], "2010-01-01", pd.DateOffset(months=7))
    prices = monthly([200.0, *[204.0] * (MONTHS - 1)], "2010-01-01", pd.DateOffset(months=1))
    value = multiple_today(panel({"cape": cape, "cpi": prices}, large=index), CAPE, CPI)
    assert np.isnan(value["2010-07-30"])
    assert value["2010-08-02"] == pytest.approx(30 * 1.1 / 1.02)


def test_a_multiple_is_unknown_where_its_month_was_not_known_when_it_came_out() -> None:
    cape = monthly([30.0], "2010-01-01", pd.DateOffset(months=7))
    late = monthly([200.0], "2010-01-01", pd.DateOffset(months=8))
    assert multiple_today(panel({"cape": cape, "cpi": late}, large=1000.0), CAPE, CPI).isna().all()


def test_inflation_of_steady_prices_is_their_rate() -> None:
    prices = monthly(100 * 1.03 ** (np.arange(MONTHS + 120) / 12), "2000-01-01", pd.DateOffset(months=1))
    on = panel({"cpi": prices})
    assert inflation(on, CPI, 12).iloc[-1] == pytest.approx(3.0)
    assert inflation(on, CPI, 120).iloc[-1] == pytest.approx(3.0)


def test_stocks_yield_what_is_left_of_earnings_after_the_real_yield() -> None:
    prices = monthly(100 * 1.02 ** (np.arange(MONTHS + 120) / 12), "2000-01-01", pd.DateOffset(0))
    series = {"cape": monthly([25.0] * MONTHS, "2010-01-01", pd.DateOffset(0)), "cpi": prices}
    series["price_earnings"] = monthly([20.0] * MONTHS, "2010-01-01", pd.DateOffset(0))
    on = panel(series, large=1000.0, yield_10y=4.5)
    assert last("excess_cape_yield", on) == pytest.approx(100 / 25 - (4.5 - 2))
    assert last("earnings_yield_gap", on) == pytest.approx(100 / 20 - (4.5 - 2))


def test_small_caps_that_gained_a_tenth_are_a_tenth_less_cheap() -> None:
    small = np.where(SESSIONS > "2010-12-31", 100 * np.exp(0.1), 100.0)
    gap = monthly([0.5] * 12, "2010-01-01", pd.DateOffset(months=1))
    value = gap_today(panel({"value_gap_priced": gap}, small=small, large=50.0), PRICED_GAP)
    assert value["2010-12-31"] == pytest.approx(0.5)
    assert value["2011-01-03"] == pytest.approx(0.4)


def test_a_gap_stamped_before_the_first_session_is_brought_forward_from_that_session() -> None:
    small = np.r_[100.0, np.full(len(SESSIONS) - 1, 100 * np.exp(0.1))]
    gap = monthly([0.5], "2009-12-01", pd.DateOffset(months=1))
    value = gap_today(panel({"value_gap_priced": gap}, small=small, large=50.0), PRICED_GAP)
    np.testing.assert_allclose(value.iloc[:2], [0.5, 0.4])


def test_the_gap_today_is_measured_among_the_months_released() -> None:
    alternating = np.tile([0.0, 1.0], 60 + MONTHS // 2 + 1)  # its mean is a half, its deviation sqrt(120/119)/2 over ten years
    gap = monthly(alternating, "2000-01-01", pd.DateOffset(months=1))
    on = panel({"value_gap_priced": gap}, large=50.0)
    value = gap.onto(SESSIONS).iloc[-1]
    assert last("book_to_market_gap_today", on) == pytest.approx((value - 0.5) / (0.5 * (120 / 119) ** 0.5))


def test_the_gap_ranks_among_forty_years() -> None:
    rising = monthly(0.001 * np.arange(360 + MONTHS), "1980-01-01", pd.DateOffset(months=1))
    dear = panel({"value_gap_priced": rising}, small=np.r_[np.full(299, 100.0), 100 * np.exp(1)], large=50.0)
    assert last("book_to_market_gap_rank", panel({"value_gap_priced": rising}, large=50.0)) == 1.0
    assert last("book_to_market_gap_rank", dear) == 0.0


def test_technology_that_rose_steadily_stands_at_the_end_of_a_line() -> None:
    count = 1260  # five years; of a line of n the z-score at its end is ((n-1)/2) / sqrt(n(n+1)/12)
    days = pd.bdate_range("2006-01-02", periods=count, unit="ns")
    series = {
        "tech": Releases(pd.Series(np.exp(0.001 * np.arange(count)), index=days), days, pd.Timedelta(days=10)),
        "large": Releases(pd.Series(7.0, index=days), days, pd.Timedelta(days=10)),
    }
    value = catalogue()["tech_relative_price_5y"](panel(series))
    assert value[days[-1]] == pytest.approx((count - 1) / 2 / (count * (count + 1) / 12) ** 0.5)


def test_twenty_years_are_joined_from_returns_and_the_index() -> None:
    days = pd.bdate_range(end="2009-12-31", periods=4800, unit="ns")
    rng = np.random.default_rng(2)
    before, after = rng.normal(0, 1, 4800), rng.normal(0, 0.01, 300)
    series = {
        "small_before": Releases(pd.Series(before, index=days), days, pd.Timedelta(days=10)),
        "large_before": Releases(pd.Series(0.0, index=days), days, pd.Timedelta(days=10)),
    }
    own = np.cumsum(after)
    joined = np.r_[np.cumsum(np.log1p(before / 100)), own]
    joined[:4800] += own[0] - joined[4799]  # the first session's own move is not known to be small's against large's
    value = last("relative_price_20y", panel(series, small=100 * np.exp(own), large=100.0))
    window = joined[-5040:]
    assert value == pytest.approx((window[-1] - window.mean()) / window.std(ddof=1))


def test_shares_and_spreads_stand_against_ten_years() -> None:
    count = 120 + MONTHS
    line = ((120 - 1) / 2) / (120 * 121 / 12) ** 0.5
    series = {
        "small_share": monthly(0.01 * np.exp(0.001 * np.arange(count)), "2000-01-01", pd.DateOffset(months=1)),
        "small_value_spread": monthly(-np.arange(float(count)), "2000-01-01", pd.DateOffset(months=1)),
        "value_gap": monthly(np.arange(float(count)), "2000-01-01", pd.DateOffset(months=1)),
    }
    on = panel(series)
    assert last("small_share_10y", on) == pytest.approx(line)
    assert last("small_value_spread_10y", on) == pytest.approx(-line)
    assert last("book_to_market_gap", on) == pytest.approx(line)


def test_the_excess_cape_yield_is_the_published_one_when_everything_is_known_at_once(data_dir: Path) -> None:
    # Shiller's series as GuruFocus showed it in 2022, percent; both round to two places
    published = {"2021-06": 3.08, "2021-07": 3.26, "2021-09": 3.20, "2021-10": 3.13, "2021-12": 3.28, "2022-01": 3.12, "2022-03": 3.07}
    table = pd.read_csv(data_dir / "shiller_monthly.csv.gz", parse_dates=["Date"]).set_index("Date")
    table.index = pd.DatetimeIndex(table.index).as_unit("ns")
    days = pd.DatetimeIndex(table.index)
    released = {
        name: Releases(table[column].dropna(), days[table[column].notna()], pd.Timedelta(days=75))
        for name, column in {"cape": "CAPE", "cpi": "CPI", "yield_10y": "GS10", "large": "P"}.items()
    }
    frame = pd.DataFrame({name: releases.onto(days) for name, releases in released.items()} | {"small": 1.0}, index=days)
    excess = catalogue()["excess_cape_yield"](Panel(frame, "Shiller", "XNYS", "test", "test", released=released))
    for month, value in published.items():
        assert excess[f"{month}-01"] == pytest.approx(value, abs=0.011)
