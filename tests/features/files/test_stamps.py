"""Days out of stamps: as written, and moments on the clock of the exchange."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.files.stamps import SHORT, days, has_moments

BERLIN = "Europe/Berlin"  # an hour ahead of universal time in winter, two in summer
SAME_DAY = pd.Timestamp("2012-07-09")


@pytest.mark.parametrize(
    "stamp",
    [
        "2012-07-09",
        "2012-07-09 00:00:00",
        "2012-07-09T17:35:00",
        "2012-07-09 00:00:00+00:00",  # a day as pandas writes it in universal time
        "2012-07-09T00:00:00-05:00",  # midnight of any place is the day written
        "2012-07-08T22:00:00Z",  # midnight in Berlin
        "2012-07-08 22:00:00+00:00",
        "2012-07-08 22:00 UTC",
        "2012-07-08T22:00:00.000+0000",
        "2012-07-08T18:00:00-04:00",
        "2012-07-09T15:35:00Z",  # the close in Frankfurt
        "2012-07-09 17:35 CEST",  # a clock without an offset is that of the place
    ],
)
def test_a_stamp_is_the_day_on_the_clock_of_its_exchange(stamp: str) -> None:
    assert days(pd.Series([stamp, None]), BERLIN).tolist() == [SAME_DAY, pd.NaT]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/London", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata"])
@pytest.mark.parametrize("clock", ["00:00", "09:30", "16:00"])
@pytest.mark.parametrize("text", [True, False])
def test_moments_of_a_session_in_universal_time_are_its_day_in_summer_and_in_winter(zone: str, clock: str, text: bool) -> None:
    sessions = pd.Series(pd.bdate_range("2011-12-26", "2012-12-31", unit="ns"))
    stamps = (sessions + pd.Timedelta(f"{clock}:00")).dt.tz_localize(zone).dt.tz_convert("UTC")
    pd.testing.assert_series_equal(days(stamps.astype(str) if text else stamps, zone), sessions)


def test_without_a_zone_a_stamp_is_the_day_written() -> None:
    assert days(pd.Series(["2012-07-08T22:00:00Z"])).tolist() == [pd.Timestamp("2012-07-08")]


@pytest.mark.parametrize("stamp", ["9999-12-31T23:00:00Z", "1600-01-01 23:00Z", "2012-13-01T10:00Z", "2012-07-08 25:00Z", "soon", ""])
def test_what_is_no_moment_is_no_date(stamp: str) -> None:
    assert days(pd.Series([stamp]), BERLIN).isna().all()


def test_moments_are_told_from_days() -> None:
    assert has_moments(pd.Series(["2012-07-09", "2012-07-08T22:00:00Z"]))
    assert has_moments(pd.Series(pd.to_datetime(["2012-07-08T22:00:00Z"])))
    assert not has_moments(pd.Series(["2012-07-09", "2012-07-09T00:00:00Z", "2012-07-09 17:35", None]))
    assert not has_moments(pd.Series(pd.to_datetime(["2012-07-09T00:00:00Z"])))


@given(
    st.lists(
        st.one_of(
            st.dates().map(str),
            st.sampled_from(["2012-02-30", "2012-7-9", "0001-01-01", "9999-12-31", " 2012-07-09", "\u0662012-07-09", ""]),
        )
    )
)
def test_a_few_days_are_read_as_many_are(texts: list[str]) -> None:
    column = pd.Series(texts, dtype=object)
    many = days(pd.concat([column] * (SHORT + 1), ignore_index=True), BERLIN)
    pd.testing.assert_series_equal(days(column, BERLIN), many[: len(texts)])
