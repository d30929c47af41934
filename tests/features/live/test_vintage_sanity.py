"""Whether a history is still that of the same thing: errors are refused, and what markets have done is not."""

import numpy as np
import pandas as pd
import pytest

from features.errors import OriginError
from features.live.store.requirements import RequiredColumn
from features.live.store.vintage_sanity import compare_vintages
from features.panel.series import Basis

DAYS = pd.bdate_range("2019-01-02", periods=400, unit="ns")
RNG = np.random.default_rng(3)
PRICE = pd.Series(100 * np.exp(np.cumsum(RNG.normal(0, 0.01, 400))), index=DAYS)
RATE = pd.Series(4 + np.cumsum(RNG.normal(0, 0.05, 400)), index=DAYS).round(2)
RETURN = pd.Series(RNG.normal(0, 1, 400), index=DAYS).round(2)


def said(was: pd.Series, now: pd.Series, basis: Basis = Basis.PRICE, **of: float) -> list[str]:
    columns = [RequiredColumn("x", basis, **of)]  # type: ignore[arg-type]
    return compare_vintages("f.csv", columns, was.to_frame("x"), now.to_frame("x"))


def ended(*values: float, before: float, basis: Basis) -> list[str]:
    """What is said of a series that ends with `before`, and goes on with `values`."""
    base = {Basis.PRICE: PRICE, Basis.RATE: RATE}.get(basis, RETURN)[:300].copy()
    base.iloc[-1] = before
    return said(base, pd.concat([base, pd.Series(values, index=DAYS[300 : 300 + len(values)])]), basis)


@pytest.mark.parametrize(
    ("before", "after", "basis"),
    [
        (282.70, 224.84, Basis.PRICE),  # S&P 500, 1987-10-16 and 19
        (17.31, 37.32, Basis.PRICE),  # VIX, 2018-02-02 and 05
        (18.31, -36.98, Basis.RATIO),  # WTI at Cushing, 2020-04-17 and 20 (FRED, DCOILWTICO)
        (-36.98, 8.91, Basis.RATIO),  # the day after
        (0.01, -0.01, Basis.RATE),  # bills of four weeks, as in March 2020
        (0.02, 0.0, Basis.RATE),
        (0.0, 0.05, Basis.RATE),
        (0.004, 0.4, Basis.RATE),  # a hundredfold step where rates are near zero, 0.4 percentage points
        (0.01, 1.0, Basis.PROBABILITY),  # an outcome that nobody held for likely
        (0.02, -2.3, Basis.RATIO),  # daily returns
        (0.02, 2.3, Basis.RATIO),
    ],
)
def test_what_markets_have_done_is_not_refused(before: float, after: float, basis: Basis) -> None:
    assert ended(after, before=before, basis=basis) == []


@pytest.mark.parametrize(
    ("before", "after", "basis"),
    [(2000.0, 200_000.0, Basis.PRICE), (4.2, 0.042, Basis.RATE), (0.05, 5.0, Basis.RATE), (5.3, 530.0, Basis.RATE)],
)
def test_a_hundredfold_step_is_refused(before: float, after: float, basis: Basis) -> None:
    with pytest.raises(OriginError, match=r"f\.csv, column x: goes on at .* a hundredfold step; another unit\? look at it"):
        ended(after, before=before, basis=basis)


def test_returns_in_another_unit_are_told_by_the_size_of_a_fortnight_of_them() -> None:
    old, fresh = RETURN[:380], RETURN[380:]
    assert said(old, RETURN, Basis.RATIO) == []
    with pytest.raises(OriginError, match=r"is of the size of .* a hundredfold step"):
        said(old, pd.concat([old, fresh / 100]), Basis.RATIO)
    assert said(old, pd.concat([old, fresh[:9] / 100]), Basis.RATIO) == [], "nine may be calm days"


def test_the_first_pull_after_a_rise_from_near_zero_is_believed() -> None:
    """Bills stood at 0.05 at the end of 2021 and above 5 in 2023: who pulls once in two years sees no step."""
    rates = pd.Series(np.r_[np.full(100, 0.05), np.linspace(0.05, 5.2, 300)], index=DAYS)
    assert said(rates[:100], rates, Basis.RATE) == []


def test_a_month_of_rates_near_zero_after_a_year_of_others_is_believed() -> None:
    """Bills of three months: 1.7 at the median of the year before, 0.02 in December 2008; a step of every day is small."""
    rates = pd.Series(np.r_[np.full(270, 1.7), np.linspace(1.7, 0.05, 100), np.full(30, 0.02)], index=DAYS)
    assert said(rates[:370], rates, Basis.RATE) == []


@pytest.mark.parametrize("factor", [0.5, 1.5, 0.997, 3.0, 4.0])
def test_one_factor_for_all_prices_is_told_and_taken(factor: float) -> None:
    assert said(PRICE, factor * PRICE) == [
        f"f.csv, column x: 400 values are {factor:.6g} times what they were: a split, a new base, or prices re-adjusted"
    ]


@pytest.mark.parametrize(
    ("factor", "basis"), [(100, Basis.PRICE), (0.01, Basis.PRICE), (10, Basis.PRICE), (0.01, Basis.RATE), (12, Basis.RATE)]
)
def test_one_factor_that_is_a_change_of_unit_is_refused(factor: float, basis: Basis) -> None:
    base = PRICE if basis is Basis.PRICE else RATE
    with pytest.raises(OriginError, match=f"every value is {factor:g} times what it was; the unit changed"):
        said(base, factor * base, basis)


def test_small_revisions_of_everything_are_taken() -> None:
    """Returns of a data library are computed anew by the year, and differ by a hundredth of a percent in most places."""
    assert said(RETURN, RETURN + 0.01, Basis.RATIO) == []
    assert said(PRICE, PRICE * (1 + RNG.normal(0, 0.005, 400))) == []


def test_a_month_of_other_prices_is_refused_and_a_week_is_told_elsewhere() -> None:
    month, week = PRICE.copy(), PRICE.copy()
    month.iloc[-20:] *= 1.5
    week.iloc[-5:] *= 1.5
    with pytest.raises(OriginError, match="20 of 400 values are others than before, by 50 % at the median; another series"):
        said(PRICE, month)
    assert said(PRICE, week) == []


def test_holes_are_refused_and_a_day_that_has_vanished_is_told_elsewhere() -> None:
    with pytest.raises(OriginError, match="6 of 400 values are no longer there"):
        said(PRICE, PRICE.drop(PRICE.index[50:56]))
    assert said(PRICE, PRICE.drop(PRICE.index[50:55])) == []


def test_columns_that_share_a_finding_share_a_line_and_what_is_not_read_is_not_asked() -> None:
    was = pd.DataFrame({"a": PRICE, "b": PRICE, "volume": PRICE})
    now = pd.DataFrame({"a": PRICE / 2, "b": PRICE / 2, "volume": PRICE[::-1].to_numpy()}, index=DAYS)
    lines = compare_vintages("f.csv", [RequiredColumn("a", Basis.PRICE), RequiredColumn("b", Basis.PRICE)], was, now)
    assert lines == ["f.csv, columns a, b: 400 values are 0.5 times what they were: a split, a new base, or prices re-adjusted"]
