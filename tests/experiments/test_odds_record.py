"""The record of the rate odds: measures on prices and events whose answer is known, and the published page."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.odds import record as record_of
from experiments.odds.page import write_page
from features.panel.calendar import day
from features.rates.strip import StripRule

pytestmark = pytest.mark.slow


def test_a_contract_that_settles_at_its_month_s_average_has_no_error() -> None:
    days = pd.date_range("2019-01-01", "2019-04-30", unit="ns")
    effective = pd.Series(np.linspace(2.0, 2.5, len(days)), index=days)
    average = effective.groupby(days.to_period("M")).mean()
    trading = pd.bdate_range("2019-01-01", "2019-02-28", unit="ns")
    ahead = {f"m{k}": [100 - average[month + k] - 0.01 * k for month in trading.to_period("M")] for k in range(3)}
    errors = record_of.month_errors(pd.DataFrame(ahead, index=trading), effective)
    assert len(errors) == 3 * len(trading)
    nearest = errors[errors["days"] <= 27]  # the shortest month
    assert nearest["error"].abs().max() < 1e-9
    assert errors["error"].max() == pytest.approx(2.0)  # two months ahead two hundredths too dear
    assert record_of.bias(errors, 0, 27).rmse == pytest.approx(0, abs=1e-9)


def test_a_month_that_is_not_whole_does_not_count() -> None:
    days = pd.date_range("2019-01-01", "2019-02-20", unit="ns")
    prices = pd.DataFrame({"m0": 98.0, "m1": 98.0}, index=pd.bdate_range("2019-01-01", "2019-02-20", unit="ns"))
    errors = record_of.month_errors(prices, pd.Series(2.0, index=days))
    assert set(errors["month"].astype(str)) == {"2019-01"}


def test_a_constant_error_has_its_mean_and_its_root_mean_square() -> None:
    months = pd.period_range("2000-01", periods=24, freq="M")
    errors = pd.DataFrame({"days": 10, "month": months, "error": np.tile([2.0, 4.0], 12)})
    bias = record_of.bias(errors, 4, 15)
    assert (bias.months, bias.mean, bias.rmse) == (24, pytest.approx(3.0), pytest.approx(np.sqrt(10)))


def test_climatology_counts_only_the_meetings_up_to_the_day() -> None:
    """Scheduled meetings of record from 1988-02-11: the first cut, the next raised."""
    shares = record_of._climatology(pd.DatetimeIndex([day("1988-02-10"), day("1988-02-11"), day("1988-03-30")]))
    assert shares.tolist() == [0.0, 1.0, 0.5]


def test_an_event_is_a_lower_target_after_the_next_meeting() -> None:
    """2007-08 to 2008-01: half a point on 18 September and three quarters on 22 January, eight days before a meeting."""
    days = pd.bdate_range("2007-08-01", "2008-02-01", unit="ns")
    prices = pd.DataFrame(np.full((len(days), 13), 95.0), index=days, columns=[f"m{k}" for k in range(13)])
    cut = record_of.cut_record(prices, "2007-08-01")["cut"]
    assert cut.loc["2007-09-17"] == 1
    assert cut.loc["2007-08-06"] == 0  # 7 August: unchanged
    assert cut.loc["2008-01-21"] == 1  # the emergency cut came before the meeting of the 30th
    assert cut.loc["2008-01-22"] == 1  # and the meeting cut again
    assert set(pd.DatetimeIndex(record_of.cut_record(prices, "2007-08-01")["meeting"])) <= {
        day(each) for each in ("2007-08-07", "2007-09-18", "2007-10-31", "2007-12-11", "2008-01-30", "2008-03-18")
    }


def test_the_t_of_a_difference_is_clustered_by_meeting() -> None:
    """Days of one meeting repeated ten times tell nothing new."""
    once = pd.DataFrame({"a": [0.1, 0.4, 0.2, 0.3], "b": [0.3, 0.3, 0.3, 0.3], "cut": [0.0, 1.0, 0.0, 0.0], "meeting": [1, 2, 3, 4]})
    often = pd.concat([once] * 10)
    assert record_of.difference_t(often, "a", "b") == pytest.approx(record_of.difference_t(once, "a", "b"))
    assert record_of.brier(often, "a") == pytest.approx(np.mean([0.01, 0.36, 0.04, 0.09]))


def test_the_page_and_its_picture_are_made_from_the_data(data_dir: Path, tmp_path: Path) -> None:
    page = write_page(data_dir, tmp_path).read_text("utf-8")
    assert (tmp_path / "rate_odds.png").read_bytes().startswith(b"\x89PNG")
    assert page == (Path(__file__).parents[2] / "docs" / "rate_odds.md").read_text("utf-8")
    assert all(rule.value in page for rule in StripRule)
