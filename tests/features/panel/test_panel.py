from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.panel.panel import build_panel
from features.panel.publication_lag import Lag
from features.panel.raw import RawMarket, RawSeries
from features.panel.series import BILL, CAPE, SMALL, UNEMPLOYMENT, Every
from tests import markets

SESSIONS = pd.bdate_range("2024-07-01", "2024-10-31", unit="ns")


def market(**others: RawSeries) -> RawMarket:
    close = pd.Series(np.linspace(100, 120, len(SESSIONS)), index=SESSIONS)
    return RawMarket("Test", "XNYS", "test", "test", {"small": RawSeries(SMALL, close, "test.csv, column Close"), **others})


def monthly(lag: Lag) -> RawSeries:
    stamps = pd.date_range("2024-06-01", periods=3, freq="MS", unit="ns")
    return RawSeries(CAPE, pd.Series([30.0, 31.0, 32.0], index=stamps), "cape.csv", lag, Every.MONTH)


def _at(row: int, value: float) -> pd.Series:
    close = market().series["small"].observed.copy()
    close.iloc[row] = value
    return close


def _doubled() -> pd.Series:
    close = market().series["small"].observed
    return pd.concat([close.iloc[:4], close.iloc[3:]])


def test_a_value_is_known_from_its_release_and_not_before() -> None:
    cape = build_panel(market(cape=monthly(Lag(months=1, days=14))))[CAPE]
    assert np.isnan(cape["2024-07-12"])
    assert cape["2024-07-15"] == 30.0
    assert cape["2024-08-14"] == 30.0
    assert cape["2024-08-15"] == 31.0


def test_a_value_too_old_is_no_longer_called_known() -> None:
    cape = build_panel(market(cape=monthly(Lag())))[CAPE]
    released, limit = pd.Timestamp("2024-08-01"), Every.MONTH.max_age
    assert cape[SESSIONS[SESSIONS <= released + limit][-1]] == 32.0
    assert np.isnan(cape[SESSIONS[SESSIONS > released + limit][0]])


def test_of_two_values_known_on_one_session_the_later_stands() -> None:
    weekend = pd.DatetimeIndex(["2024-07-06", "2024-07-07"]).as_unit("ns")
    bill = RawSeries(BILL, pd.Series([5.0, 5.1], index=weekend), "bill.csv")
    assert build_panel(market(bill=bill))[BILL]["2024-07-08"] == 5.1


def test_as_of_cuts_to_what_was_known() -> None:
    panel = markets.panel()
    then = panel.as_of(pd.Timestamp("2004-07-04"))  # a Sunday
    assert then.sessions[-1] == pd.Timestamp("2004-07-02")
    pd.testing.assert_frame_equal(then.frame, panel.frame.loc[:"2004-07-04"])


def test_as_of_before_the_data_names_the_first_session() -> None:
    with pytest.raises(InputError, match=r"1999-01-01 lies before the first session of Simulated, 2000-01-03"):
        markets.panel().as_of(pd.Timestamp("1999-01-01"))


def test_the_digest_follows_the_knowledge() -> None:
    raw = markets.raw_market()
    panel = build_panel(raw)
    day = pd.Timestamp("2004-06-30")
    noisy = build_panel(markets.with_noise_after(raw, day))
    assert build_panel(raw).digest == panel.digest
    assert noisy.digest != panel.digest
    assert noisy.as_of(day).digest == panel.as_of(day).digest


def test_gaps_against_the_exchange_are_reported() -> None:
    notes = build_panel(market()).notes
    assert notes == ("Test: 2 closes on days that are no session of XNYS, the first on 2024-07-04",)  # and Labor Day
    thinned = market()
    close = thinned.series["small"].observed.drop([pd.Timestamp("2024-08-13"), pd.Timestamp("2024-07-04"), pd.Timestamp("2024-09-02")])
    raw = replace(thinned, series={"small": replace(thinned.series["small"], observed=close)})
    assert build_panel(raw).notes == ("Test: 1 session of XNYS has no close, the first on 2024-08-13",)


def test_without_the_small_cap_close_there_is_no_panel() -> None:
    with pytest.raises(InputError, match="no column for `small`"):
        build_panel(replace(market(), series={}))


@pytest.mark.parametrize(
    ("close", "said"),
    [
        (_at(7, -1.0), r"test.csv, column Close: must be > 0, got -1 on 2024-07-10; leave a missing value empty"),
        (_at(7, 0.0), r"must be > 0, got 0 on 2024-07-10"),
        (_at(7, np.inf), r"infinite value on 2024-07-10"),
        (_at(7, 10_500.0), r"jumps from .* to 10500 on 2024-07-10, more than a factor of 20; the unit changed"),
        (_doubled(), r"date 2024-07-04 stands twice \(row 6\); keep one row a date"),
        (_at(7, 101.0).iloc[::-1], r"dates must rise, but 2024-10-30 follows 2024-10-31 \(row 3\); sort the rows by date"),
        (_at(7, 101.0).mask(np.arange(len(SESSIONS)) // 6 == 3), r"more than 5 values missing in a row from 2024-07-25; fill the gap"),
        (_at(7, 101.0) * np.nan, r"holds no value"),
    ],
)
def test_data_that_cannot_be_are_refused_in_one_line(close: pd.Series, said: str) -> None:
    raw = replace(market(), series={"small": RawSeries(SMALL, close, "test.csv, column Close")})
    with pytest.raises(InputError, match=said) as caught:
        build_panel(raw)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (525.0, r"bill.csv, column DTB3: 525 on 2024-07-01 is no rate in percent .* name the column's unit"),
        (np.where(SESSIONS < "2024-09-02", 5.3, 0.053), "changes by a factor of 100 on 2024-09-02 and stays there"),
    ],
)
def test_a_rate_in_another_unit_is_refused(rate: object, said: str) -> None:
    bill = RawSeries(BILL, pd.Series(rate, index=SESSIONS), "bill.csv, column DTB3")
    with pytest.raises(InputError, match=said):
        build_panel(market(bill=bill))


@pytest.mark.parametrize("lag", [Lag(), Lag(days=1), Lag(sessions=3)])
def test_a_value_of_long_ago_is_not_known_because_the_panel_begins(lag: Lag) -> None:
    bill = RawSeries(BILL, pd.Series([8.0], index=pd.DatetimeIndex(["1990-01-02"]).as_unit("ns")), "bill.csv", lag)
    assert build_panel(market(bill=bill))[BILL].isna().all()


def test_a_lag_in_sessions_does_not_make_a_daily_series_old() -> None:
    bill = RawSeries(BILL, pd.Series(5.0, index=SESSIONS), "bill.csv", Lag(sessions=12))
    column = build_panel(market(bill=bill))[BILL]
    assert column.iloc[:12].isna().all()
    assert (column.iloc[12:] == 5.0).all()


@pytest.mark.parametrize(
    ("observed", "said"),
    [
        (_at(-1, 250.0), "moves by a factor of 2.09 on 2024-10-31; a split, or a wrong digit?"),
        (_at(-1, np.nan), "the last 1 rows have no close, from 2024-10-31"),
    ],
)
def test_what_may_be_an_error_and_may_be_true_is_said(observed: pd.Series, said: str) -> None:
    panel = build_panel(replace(market(), series={"small": RawSeries(SMALL, observed, "test.csv, column Close")}))
    assert f"test.csv, column Close: {said}" in panel.notes


@pytest.mark.parametrize(
    ("rate", "note"),
    [
        (0.0525, "never exceeds 0.2 percent; if it is a fraction, say so with unit = 'fraction'"),
        (np.where(SESSIONS < "2024-10-24", 5.3, 0.053), "changes by a factor of about 100 on 2024-10-24; another unit?"),
    ],
)
def test_a_rate_whose_unit_is_doubtful_is_noted(rate: object, note: str) -> None:
    panel = build_panel(market(bill=RawSeries(BILL, pd.Series(rate, index=SESSIONS), "bill.csv")))
    assert f"bill.csv: {note}" in panel.notes


def test_the_close_itself_has_no_lag() -> None:
    raw = market()
    lagged = replace(raw, series={"small": replace(raw.series["small"], lag=Lag(sessions=1))})
    with pytest.raises(InputError, match="`small` has a lag"):
        build_panel(lagged)


def test_a_long_gap_is_refused_and_missing_ends_are_not() -> None:
    close = market().series["small"].observed
    holed = close[(close.index < "2024-08-05") | (close.index > "2024-08-16")]
    with pytest.raises(InputError, match="10 sessions of XNYS in a row have no close, from 2024-08-05 to 2024-08-16; fill the gap"):
        build_panel(replace(market(), series={"small": RawSeries(SMALL, holed, "test.csv")}))
    late = close.mask(close.index < "2024-08-05")
    assert build_panel(replace(market(), series={"small": RawSeries(SMALL, late, "test.csv")})).sessions[0] == pd.Timestamp("2024-08-05")


def test_an_exchange_is_compared_as_far_as_its_calendar_is_recorded() -> None:
    days = pd.bdate_range("1996-11-01", "1997-02-28", unit="ns")
    raw = RawMarket("Tokyo", "XTKS", "test", "test", {"small": RawSeries(SMALL, pd.Series(100.0, index=days), "test.csv")})
    (note,) = build_panel(raw).notes
    assert note == "Tokyo: 5 closes on days that are no session of XTKS, the first on 1997-01-01"  # where the calendar begins


def test_a_single_missing_close_is_a_gap_and_not_an_error() -> None:
    raw = replace(market(), series={"small": RawSeries(SMALL, _at(7, np.nan), "test.csv")})
    assert SESSIONS[7] not in build_panel(raw).sessions


def jobs(release_days: list[str | None], *, lag: Lag | None = None, values: list[float] | None = None) -> RawSeries:
    """Monthly values from June 2024 on, and their days of release."""
    stamps = pd.date_range("2024-06-01", periods=len(release_days), freq="MS", unit="ns")
    days = pd.Series(pd.to_datetime(pd.Series(release_days, dtype="object")).to_numpy("datetime64[ns]"), index=stamps)
    observed = pd.Series(values or [4.0 + 0.1 * k for k in range(len(release_days))], index=stamps)
    return RawSeries(UNEMPLOYMENT, observed, "jobs.csv, column UNRATE", lag or Lag(months=1, days=30), Every.MONTH, days)


def test_a_day_of_release_takes_the_place_of_the_lag() -> None:
    panel = build_panel(market(unemployment=jobs(["2024-07-05", None, "2024-09-07"])))  # the last a Saturday
    rate = panel[UNEMPLOYMENT]
    assert np.isnan(rate["2024-07-04"])
    assert rate["2024-07-05"] == 4.0
    assert rate["2024-08-30"] == 4.0
    assert rate["2024-09-02"] == 4.1  # by the lag: 30 days after the first of August, a Saturday
    assert rate["2024-09-06"] == 4.1
    assert rate["2024-09-09"] == 4.2
    assert list(panel.releases(UNEMPLOYMENT).known.strftime("%m-%d")) == ["07-05", "09-02", "09-09"]


def test_a_sessions_lag_is_not_added_to_a_day_of_release() -> None:
    panel = build_panel(market(unemployment=jobs(["2024-07-05"], lag=Lag(sessions=5))))
    assert panel[UNEMPLOYMENT].first_valid_index() == pd.Timestamp("2024-07-05")


def test_what_came_out_after_a_later_value_is_left_out_and_puts_nothing_off() -> None:
    panel = build_panel(market(unemployment=jobs(["2024-09-20", "2024-08-02", "2024-09-06"])))
    releases = panel.releases(UNEMPLOYMENT)
    assert list(releases.observed) == [4.1, 4.2]
    assert list(releases.known.strftime("%m-%d")) == ["08-02", "09-06"]
    (note,) = [line for line in panel.notes if "jobs.csv" in line]
    assert note == "jobs.csv, column UNRATE: 1 values came out after later ones, the first that of 2024-06-01, and are left out"


def test_two_values_of_one_release_are_both_kept() -> None:
    releases = build_panel(market(unemployment=jobs(["2024-08-02", "2024-08-02", "2024-09-06"]))).releases(UNEMPLOYMENT)
    assert list(releases.observed) == [4.0, 4.1, 4.2]


@pytest.mark.parametrize("seed", range(20))
def test_no_value_is_seen_before_its_day_of_release(seed: int) -> None:
    """Whatever is replaced by noise among values not yet out, and whatever comes out later, the panel up to a day stays, to the bit."""
    rng = np.random.default_rng(seed)
    stamps = pd.date_range("2023-01-01", periods=22, freq="MS", unit="ns")
    release_days = pd.Series(stamps + pd.to_timedelta(rng.integers(20, 200, 22), unit="D"), index=stamps).mask(rng.random(22) < 0.3)
    values = pd.Series(rng.normal(4, 1, 22), index=stamps)
    lag = Lag(months=1, days=int(rng.integers(0, 60)))
    raw = RawSeries(UNEMPLOYMENT, values, "jobs.csv", lag, Every.MONTH, release_days)
    day = SESSIONS[rng.integers(20, len(SESSIONS) - 20)]
    out = (release_days.fillna(pd.Series(lag.due(stamps), index=stamps)) <= day).to_numpy()
    noisy = replace(raw, observed=values.where(out, rng.normal(4, 1, 22)))
    cut = replace(raw, observed=values[out], known=release_days[out])
    until = build_panel(market(unemployment=raw)).as_of(day)
    assert until[UNEMPLOYMENT].notna().any()
    for other in (noisy, cut):
        again = build_panel(market(unemployment=other)).as_of(day)
        pd.testing.assert_series_equal(again[UNEMPLOYMENT], until[UNEMPLOYMENT])
        assert again.digest == until.digest


def test_a_panel_of_fewer_sessions_says_the_same_of_the_same_days() -> None:
    late = jobs(["2024-07-05", None, "2024-08-09"], lag=Lag(months=3))  # July's day is not on record: October, by the lag
    whole = build_panel(market(unemployment=late))
    close = market().series["small"].observed[:"2024-09-30"]
    fewer = build_panel(replace(market(unemployment=late), series={"small": RawSeries(SMALL, close, "test.csv"), "unemployment": late}))
    pd.testing.assert_series_equal(fewer[UNEMPLOYMENT], whole.as_of(pd.Timestamp("2024-09-30"))[UNEMPLOYMENT])


def test_a_day_of_release_before_its_own_value_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"jobs.csv, column UNRATE: known on 2024-05-31, before its day 2024-06-01; correct the day of release"
    ):
        build_panel(market(unemployment=jobs(["2024-05-31"])))
