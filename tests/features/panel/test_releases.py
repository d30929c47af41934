"""Inputs at their own frequency, and the day on which each value was known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.files.folder import Folder
from features.panel.panel import Panel, build_panel
from features.panel.publication_lag import Lag
from features.panel.raw import RawMarket, RawSeries
from features.panel.releases import Releases
from features.panel.series import CAPE, CORE_CPI, SMALL, YIELD_10Y, Every
from features.sources.inputs import Input, LagModel, ReleaseCalendar
from features.sources.market import _lag, load_market

SESSIONS = pd.bdate_range("2024-01-02", "2024-07-16", name="date").as_unit("ns")
MONTHS = pd.date_range("2023-01-01", "2024-06-01", freq="MS").as_unit("ns")
JOBS_2024 = ["2024-01-05", "2024-02-02", "2024-03-08", "2024-04-05", "2024-05-03", "2024-06-07", "2024-07-05"]  # the BLS's schedule


def due(lag: Lag, stamps: list[str]) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in lag.due(pd.DatetimeIndex(stamps).as_unit("ns"))]


def released(*days: str) -> Lag:
    return Lag(months=1, days=30, released=tuple(pd.Timestamp(day) for day in days))


def panel_of(series: RawSeries) -> Panel:
    small = RawSeries(SMALL, pd.Series(np.linspace(100.0, 120.0, len(SESSIONS)), index=SESSIONS), "small")
    return build_panel(RawMarket("Hand made", "XNYS", "test", "test", {"small": small, series.series.name: series}))


def test_a_month_comes_out_on_the_first_release_day_after_it_ended() -> None:
    assert due(released(*JOBS_2024), ["2024-01-01", "2024-05-01"]) == ["2024-02-02", "2024-06-07"]


def test_one_release_day_serves_one_month() -> None:
    # after the shutdown of 2025 the report for September came on 20 November and the next on 16 December
    lag = released("2025-09-05", "2025-11-20", "2025-12-16")
    assert due(lag, ["2025-09-01", "2025-10-01"]) == ["2025-11-20", "2025-12-16"]


def test_a_release_day_missing_from_the_list_puts_off_no_more_than_its_month() -> None:
    lag = released("1961-04-04", "1961-05-02", "1961-07-05", "1961-08-02", "1961-09-06")  # that of June 1961, for May, is missing
    assert due(lag, ["1961-04-01", "1961-05-01", "1961-06-01", "1961-07-01"]) == ["1961-05-02", "1961-07-05", "1961-08-02", "1961-08-02"]


def test_every_jobs_report_was_known_in_the_next_month_or_the_one_after(data_dir: Path) -> None:
    spec = LagModel(months=1, days=45, releases=ReleaseCalendar(file="release_dates.csv.gz", where={"release": "EMPSIT", "main": 1}))
    lag, _ = _lag(Folder(data_dir), "jobs", Input(file="fred_monthly.csv.gz", columns={"unemployment": "UNRATE"}, lag=spec), "XNYS")
    stamps = pd.date_range("1970-01-01", "2024-06-01", freq="MS").as_unit("ns")
    delay = lag.due(stamps) - stamps
    assert delay.min() >= pd.Timedelta(days=29)
    assert delay.max() <= pd.Timedelta(days=51)  # September 2013, on 22 October, after a shutdown
    assert lag.due(stamps)[-1] == pd.Timestamp("2024-07-05")


def test_months_beyond_the_release_days_have_the_fixed_lag() -> None:
    lag = released("2024-02-02", "2024-03-08")
    assert due(lag, ["2023-11-01", "2024-02-01", "2024-03-01"]) == ["2023-12-31", "2024-03-08", "2024-05-01"]


def test_releases_reach_back_before_the_first_session() -> None:
    panel = panel_of(RawSeries(CAPE, pd.Series(np.arange(18.0) + 20, index=MONTHS), "cape", Lag(months=1), Every.MONTH))
    releases = panel.releases(CAPE)
    assert list(releases.observed.index) == list(MONTHS)
    assert releases.known[0] == pd.Timestamp("2023-02-01")
    assert releases.known[-1] == pd.Timestamp("2024-07-01")
    pd.testing.assert_series_equal(releases.onto(panel.sessions), panel[CAPE], check_names=False)


def test_what_is_computed_on_the_stamps_is_known_with_its_last_stamp() -> None:
    panel = panel_of(RawSeries(CAPE, pd.Series(2.0 ** np.arange(18), index=MONTHS), "cape", Lag(months=1), Every.MONTH))
    releases = panel.releases(CAPE)
    doubled = releases.onto(panel.sessions, releases.observed / releases.observed.shift(12))
    assert (doubled["2024-02-01":] == 2.0**12).all()  # against January of 2023, which no session saw


def test_an_as_of_panel_has_nothing_released_later() -> None:
    panel = panel_of(RawSeries(CAPE, pd.Series(np.arange(18.0) + 20, index=MONTHS), "cape", Lag(months=1), Every.MONTH))
    then = panel.as_of(pd.Timestamp("2024-03-15")).releases(CAPE)
    assert then.known[-1] == pd.Timestamp("2024-03-01")
    assert len(then.observed) == len(then.known) == 14


def test_a_lag_in_sessions_counts_weekdays_before_the_first_session() -> None:
    stamps = pd.bdate_range("2023-12-18", "2024-07-16").as_unit("ns")
    panel = panel_of(RawSeries(YIELD_10Y, pd.Series(4.0, index=stamps), "yield", Lag(sessions=1)))
    assert panel.releases(YIELD_10Y).known[0] == pd.Timestamp("2023-12-19")
    assert panel[YIELD_10Y].notna().all()


def test_a_value_too_old_is_no_longer_known() -> None:
    releases = Releases(pd.Series([1.0], index=SESSIONS[:1]), SESSIONS[:1], pd.Timedelta(days=10))
    carried = releases.onto(SESSIONS)
    assert carried[: SESSIONS[0] + pd.Timedelta(days=10)].notna().all()
    assert carried[SESSIONS[0] + pd.Timedelta(days=11) :].isna().all()


def test_a_panel_without_a_record_takes_each_session_for_a_release() -> None:
    panel = Panel(pd.DataFrame({"cape": 30.0}, index=SESSIONS), "Hand made", "XNYS", "test", "test")
    assert (panel.releases(CAPE).onto(SESSIONS) == 30.0).all()


def test_the_digest_sees_what_was_released_before_the_first_session() -> None:
    levels = pd.Series(np.arange(18.0) + 20, index=MONTHS)
    one, other = (panel_of(RawSeries(CAPE, values, "cape", Lag(months=1), Every.MONTH)) for values in (levels, levels.replace(20.0, 21.0)))
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.digest != other.digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pd.DataFrame({"Date": SESSIONS, "Close": np.linspace(100, 120, len(SESSIONS))}).to_csv(tmp_path / "small.csv", index=False)
    pd.DataFrame({"Date": MONTHS, "CPI": np.arange(18.0) + 300}).to_csv(tmp_path / "monthly.csv", index=False)
    days = pd.DataFrame({"Date": JOBS_2024, "release": "EMPSIT", "main": 1})
    extra = pd.DataFrame({"Date": ["2024-02-09"], "release": ["EMPSIT"], "main": [0]})  # revised factors, no new month
    pd.concat([days, extra]).to_csv(tmp_path / "days.csv", index=False)
    return tmp_path


def load(folder: Path, **where: str | int) -> tuple[RawMarket, tuple[str, ...]]:
    lag = LagModel(months=1, days=30, releases=ReleaseCalendar(file="days.csv", where=where))
    inputs = {
        "small": Input(file="small.csv", columns={"small": "Close"}),
        "prices": Input(file="monthly.csv", columns={"core_cpi": "CPI"}, lag=lag),
    }
    return load_market(Folder(folder), inputs, market="Test", exchange="XNYS")


def test_release_days_are_read_from_a_table(folder: Path) -> None:
    raw, notes = load(folder, release="EMPSIT", main=1)
    assert notes == ()
    panel = build_panel(raw)
    assert panel.releases(CORE_CPI).known[-2] == pd.Timestamp("2024-06-07")
    assert panel[CORE_CPI].loc["2024-07-05"] == 317.0
    assert panel[CORE_CPI].loc["2024-07-03"] == 316.0
    assert raw.series["core_cpi"].every is Every.MONTH  # by nature


def test_release_days_that_are_not_there_leave_the_fixed_lag_and_a_line(folder: Path) -> None:
    (folder / "days.csv").unlink()
    raw, notes = load(folder)
    assert raw.series["core_cpi"].lag == Lag(months=1, days=30)
    assert "fixed lag: no file of release days days.csv" in notes[0]


def test_a_release_that_the_table_does_not_have_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match=r"\[inputs.prices\]: no row of days.csv has 'JOBS' in column 'release'"):
        load(folder, release="JOBS")
    with pytest.raises(InputError, match="no column 'kind'"):
        load(folder, kind="JOBS")


def test_the_simulated_market_is_released_before_it_trades(panel: Panel) -> None:
    assert panel.releases(CAPE).known[0] < panel.sessions[0] - pd.Timedelta(days=365 * 20)
    assert replace(panel, frame=panel.frame.tail(3))[CAPE].notna().all()


def test_what_is_stamped_with_a_session_is_given_only_where_it_was_known_at_its_close() -> None:
    days = pd.DatetimeIndex(["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-05"]).as_unit("ns")
    prompt = Releases(pd.Series([1.0, 2.0, 4.0], index=days[[0, 1, 3]]), days[[0, 1, 3]], Every.DAY.max_age)
    np.testing.assert_array_equal(prompt.on(days), [1, 2, np.nan, 4])
    late = Releases(prompt.observed, days[[1, 2, 3]], Every.DAY.max_age)
    np.testing.assert_array_equal(late.on(days), [np.nan, np.nan, np.nan, 4])


def test_the_last_of_the_month_before_is_of_that_month_and_known() -> None:
    stamps = pd.DatetimeIndex(["2024-01-30", "2024-01-31", "2024-02-05"]).as_unit("ns")
    days = pd.DatetimeIndex(["2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01", "2024-04-01"]).as_unit("ns")
    releases = Releases(pd.Series([1.0, 2.0, 4.0], index=stamps), stamps, Every.DAY.max_age)
    np.testing.assert_array_equal(releases.of_month_before(days), [np.nan, 2, 2, 4, np.nan])
    late = Releases(releases.observed, pd.DatetimeIndex(["2024-01-31", "2024-02-02", "2024-02-06"]).as_unit("ns"), Every.DAY.max_age)
    np.testing.assert_array_equal(late.of_month_before(days), [np.nan, np.nan, 2, 4, np.nan])
    none = Releases(releases.observed.iloc[:0], releases.known[:0], Every.DAY.max_age)
    assert np.isnan(none.of_month_before(days)).all()
    assert np.isnan(none.on(days)).all()
    assert none.onto(days).isna().all()
