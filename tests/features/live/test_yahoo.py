"""Prices of Yahoo, asked through yfinance from a server on this machine that speaks as Yahoo does."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features.live.items import YahooItem as Spec
from tests.origins import faults
from tests.origins.asking import CHARTS, CLOSES, COLUMNS, PLAIN, RUT, charts, days, download, refused, yahoo
from tests.origins.clock import QUICK, START, client
from tests.origins.server import Answer, Request, serving
from tests.origins.yahoo import Listing, Yahoo, chart, walk

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from features.live.origins.yahoo import fetch

NEW_YORK = ZoneInfo("America/New_York")


def test_a_symbol_gives_its_prices_as_they_were_served() -> None:
    with yahoo(RUT=PLAIN) as origin:
        result = download(origin)
    assert list(result.frame.columns) == COLUMNS
    assert result.frame["Date"].dtype == np.dtype("datetime64[ns]")
    assert all(result.frame[column].dtype == np.float64 for column in COLUMNS[1:])
    assert dict(zip(days(result), result.frame["Close"], strict=True)) == CLOSES
    assert result.frame["Adj Close"].tolist() == [close * 0.98 for close in CLOSES.values() if close is not None]
    assert (result.key, result.notes) == (("Date",), ())


def test_what_came_is_kept_as_it_came_and_without_the_pass() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(faults.clock(START), times=None, where=CHARTS)
        (body,) = download(origin).bodies
        assert charts(origin)[0].query["crumb"]
    assert json.loads(body.content) == chart("^RUT", PLAIN)
    assert body.address.startswith(f"{origin.base}{CHARTS}^RUT?period1=")
    assert "crumb" not in body.address
    assert body.served == START


def test_only_days_from_since_on_are_asked_for() -> None:
    with yahoo(RUT=PLAIN) as origin:
        result = download(origin, since=pd.Timestamp("2024-07-08"))
        assert float(charts(origin)[0].query["period1"]) == datetime(2024, 7, 8, tzinfo=NEW_YORK).timestamp()
    assert days(result) == [day for day in CLOSES if day >= "2024-07-08"]


def test_a_path_before_the_charts_is_kept() -> None:
    def play(request: Request) -> Answer:
        assert request.path.startswith("/mirror"), request.path
        return Yahoo({"^RUT": PLAIN})(request)

    with serving(play) as origin:
        assert len(fetch(RUT, f"{origin.base}/mirror", client(), since=None, now=START).frame) == len(CLOSES)


def test_one_chart_is_one_request_and_the_front_door_is_passed_once() -> None:
    with yahoo(RUT=PLAIN, GSPC=PLAIN, NDX=PLAIN) as origin:
        spec = Spec(source="yahoo", columns={"a": "^RUT", "b": "^GSPC", "c": "^NDX"})
        download(origin, spec)
        assert sorted(request.path[-6:] for request in charts(origin)) == ["%5ENDX", "%5ERUT", "5EGSPC"]
        assert len([request for request in origin.requests if request.path == "/"]) <= 2


def test_columns_are_one_price_of_each_symbol_side_by_side() -> None:
    other = Listing({day: close for day, close in walk("2024-06-03", "2024-07-16", seed=8).items() if day != "2024-07-10"})
    with yahoo(RUT=PLAIN, NDX=other) as origin:
        result = download(origin, Spec(source="yahoo", columns={"small": "^RUT", "tech": "^NDX"}, price="Adj Close"))
        assert origin.busiest <= QUICK.at_once
    assert list(result.frame.columns) == ["Date", "small", "tech"]
    assert days(result) == list(CLOSES)
    tech = result.frame.set_index("Date")["tech"]
    assert tech.loc["2024-07-16"] == pytest.approx(0.98 * float(other.closes["2024-07-16"] or 0), rel=1e-12)
    assert tech.loc[["2024-05-31", "2024-07-10"]].isna().all()
    assert len(result.bodies) == 2


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2024-07-16T20:29:59", "2024-07-15"),  # the NYSE closes at 16:00, which is 20:00 UTC in summer
        ("2024-07-16T20:30:00", "2024-07-16"),
        ("2024-07-17T11:00:00", "2024-07-16"),
    ],
)
def test_a_session_counts_half_an_hour_after_its_close(now: str, last: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    listing = replace(PLAIN, closes=dict(list(CLOSES.items())[:-1]), running=(datetime(2024, 7, 16, 19, 59, 7, tzinfo=UTC), 81.5))
    with yahoo(RUT=listing) as origin:
        assert days(download(origin, now=at))[-1] == last


@pytest.mark.parametrize(("clock", "last"), [("18:29", "2024-11-27"), ("18:30", "2024-11-29"), ("20:45", "2024-11-29")])
def test_the_day_after_thanksgiving_closes_at_one(clock: str, last: str) -> None:
    closes = {day: close for day, close in walk("2024-11-01", "2024-11-29").items() if day != "2024-11-28"}
    with yahoo(RUT=Listing(closes)) as origin:
        assert days(download(origin, now=datetime.fromisoformat(f"2024-11-29T{clock}:00+00:00")))[-1] == last


@pytest.mark.parametrize("stamped", [time(0), time(9)])  # 15:00 UTC of the day before, and midnight UTC
@pytest.mark.parametrize(("now", "last"), [("2024-07-16T06:29", "2024-07-12"), ("2024-07-16T06:30", "2024-07-16")])
def test_a_day_in_tokyo_is_a_day_in_tokyo(stamped: time, now: str, last: str) -> None:
    closes = {day: close for day, close in walk("2024-07-01", "2024-07-16").items() if day != "2024-07-15"}  # Marine Day
    listing = Listing(closes, "Asia/Tokyo", stamped)
    with yahoo(RUT=listing) as origin:
        result = download(origin, now=datetime.fromisoformat(f"{now}:00+00:00"), exchange="XTKS")
    assert days(result) == [day for day in closes if day <= last]
    assert result.notes == ()


@pytest.mark.parametrize(("first", "last"), [("2024-03-04", "2024-03-15"), ("2024-10-28", "2024-11-08")])
@pytest.mark.parametrize("stamped", [time(0), time(9, 30)])
def test_summer_time_neither_doubles_nor_drops_a_day(first: str, last: str, stamped: time) -> None:
    closes = walk(first, last)
    with yahoo(RUT=Listing(closes, stamped=stamped)) as origin:
        assert days(download(origin, now=datetime(2024, 12, 2, tzinfo=UTC))) == list(closes)


def test_a_midnight_that_comes_an_hour_early_belongs_to_the_day_after() -> None:
    days_of_summer = {"2022-01-05": 1.0, "2022-01-06": 2.0, "2022-01-07": 3.0}
    listing = Listing({"2022-01-04": 1.0, "2022-01-05": 2.0, "2022-01-06": 3.0}, "America/Sao_Paulo", time(23))  # as Yahoo had it then
    with yahoo(BVSP=listing) as origin:
        result = download(origin, Spec(source="yahoo", symbol="^BVSP"), exchange="BVMF")
    assert dict(zip(days(result), result.frame["Close"], strict=True)) == days_of_summer


def test_a_session_that_yahoo_says_is_open_is_dropped_though_another_exchange_has_closed() -> None:
    opening = datetime(2024, 7, 16, 9, 30, tzinfo=NEW_YORK)
    listing = replace(PLAIN, period=(opening, opening + timedelta(hours=6.5)))
    with yahoo(RUT=listing) as origin:
        result = download(origin, now=datetime(2024, 7, 16, 15, tzinfo=UTC), exchange="XTKS")
        assert days(result)[-1] == "2024-07-15"
        assert result.notes == (
            "^RUT: trades in America/New_York, the calendar XTKS is of Asia/Tokyo; `exchange` in [live] may name another",
        )
        assert days(download(origin, now=datetime(2024, 7, 16, 20, 30, tzinfo=UTC), exchange="XTKS"))[-1] == "2024-07-16"


def test_the_exchange_of_an_item_goes_before_the_markets() -> None:
    listing = Listing({"2024-07-12": 1.0, "2024-07-16": 2.0}, "Asia/Tokyo", time(9))
    with yahoo(RUT=listing) as origin:
        spec = Spec(source="yahoo", symbol="^RUT", exchange="XTKS")
        assert days(download(origin, spec, now=datetime(2024, 7, 16, 7, tzinfo=UTC))) == ["2024-07-12", "2024-07-16"]


def test_a_running_row_beside_the_daily_one_of_the_last_day_is_the_one_that_counts() -> None:
    close = datetime(2024, 7, 16, 16, 0, 2, tzinfo=NEW_YORK)
    with yahoo(RUT=replace(PLAIN, running=(close, 81.25))) as origin:
        result = download(origin)
    assert days(result) == list(CLOSES)
    assert result.frame["Close"].iloc[-1] == 81.25


def test_an_unknown_symbol_leaves_the_others_and_is_named() -> None:
    with yahoo(RUT=PLAIN) as origin:
        result = download(origin, Spec(source="yahoo", columns={"small": "^RUT", "large": "^GONE"}))
        assert list(result.frame.columns) == ["Date", "small"]
        (note,) = [note for note in result.notes if "GONE" in note]
        assert note.startswith("column large gets nothing new: ")
        assert f"{CHARTS}^GONE: answered 404, unknown or delisted" in note
        alone = Spec(source="yahoo", columns={"large": "^GONE"})
        assert f"{CHARTS}^GONE: answered 404, unknown or delisted" in refused(lambda: download(origin, alone))


def test_a_symbol_of_which_nothing_is_closed_is_named() -> None:
    with yahoo(RUT=Listing({"2024-07-17": 1.0})) as origin:
        assert "has no session that was closed by 2024-07-17 11:00 UTC" in refused(lambda: download(origin))


def test_yfinance_keeps_nothing_and_says_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    import os

    from yfinance import cache

    with yahoo(RUT=PLAIN) as origin:
        download(origin)
        refused(lambda: download(origin, Spec(source="yahoo", symbol="^GONE")))
    for storage in (cache.get_tz_cache(), cache.get_cookie_cache()):
        assert storage.lookup("^RUT") is None
    assert cache._TzDBManager.get_location().startswith(os.devnull)
    assert [record for record in caplog.records if record.name != "exchange_calendars"] == []
    assert capfd.readouterr() == ("", "")
