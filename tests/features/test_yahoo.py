"""Prices of Yahoo, asked through yfinance from a server on this machine that speaks as Yahoo does."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import OriginError
from features.live import Strip
from features.live import Yahoo as Spec
from features.sources.download import Download
from tests.origins import certificates, faults
from tests.origins.clock import HASTY, QUICK, START, Hands, client
from tests.origins.server import Answer, Origin, Request, nowhere, serving
from tests.origins.yahoo import BAD_CRUMB, BAD_DAYS, TOO_MANY, Listing, Yahoo, chart, walk

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from features.sources.yahoo import fetch
from features.sources.yahoo_chart import read_chart
from features.web.place import Place

RUT = Spec(source="yahoo", symbol="^RUT")
CLOSES = walk("2024-01-02", "2024-07-16")  # weekdays, of which the tests ask only what does not hang on holidays
PLAIN = Listing(CLOSES)
CHARTS = "/v8/finance/chart/"
COLUMNS = ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]
NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")


@contextmanager
def yahoo(**listings: Listing) -> Iterator[Origin]:
    """Symbols with RUT for ^RUT, since a name of Python has no ^."""
    with serving(Yahoo({"^" + name if name.isalpha() else name: listing for name, listing in listings.items()})) as origin:
        yield origin


def asked(origin: Origin, spec: Spec = RUT, **given: Any) -> Download:
    options = {"since": None, "now": START} | given
    return fetch(spec, origin.base, options.pop("client", None) or client(), **options)


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(OriginError) as caught:
        ask()
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert ";" in message, "a remedy"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return message


def charts(origin: Origin) -> list[Request]:
    return [request for request in origin.requests if CHARTS in request.path]


def days(download: Download) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in download.frame["Date"]]


def test_a_symbol_gives_its_prices_as_they_were_served() -> None:
    with yahoo(RUT=PLAIN) as origin:
        found = asked(origin)
    assert list(found.frame.columns) == COLUMNS
    assert found.frame["Date"].dtype == np.dtype("datetime64[ns]")
    assert all(found.frame[column].dtype == np.float64 for column in COLUMNS[1:])
    assert dict(zip(days(found), found.frame["Close"], strict=True)) == CLOSES
    assert found.frame["Adj Close"].tolist() == [close * 0.98 for close in CLOSES.values() if close is not None]
    assert (found.key, found.notes) == (("Date",), ())


def test_what_came_is_kept_as_it_came_and_without_the_pass() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(faults.clock(START), times=None, where=CHARTS)
        (body,) = asked(origin).bodies
        assert charts(origin)[0].query["crumb"]
    assert json.loads(body.content) == chart("^RUT", PLAIN)
    assert body.address.startswith(f"{origin.base}{CHARTS}^RUT?period1=")
    assert "crumb" not in body.address
    assert body.served == START


def test_only_days_from_since_on_are_asked_for() -> None:
    with yahoo(RUT=PLAIN) as origin:
        found = asked(origin, since=pd.Timestamp("2024-07-08"))
        assert float(charts(origin)[0].query["period1"]) == datetime(2024, 7, 8, tzinfo=NEW_YORK).timestamp()
    assert days(found) == [day for day in CLOSES if day >= "2024-07-08"]


def test_a_path_before_the_charts_is_kept() -> None:
    def play(request: Request) -> Answer:
        assert request.path.startswith("/mirror"), request.path
        return Yahoo({"^RUT": PLAIN})(request)

    with serving(play) as origin:
        assert len(fetch(RUT, f"{origin.base}/mirror", client(), since=None, now=START).frame) == len(CLOSES)


def test_one_chart_is_one_request_and_the_front_door_is_passed_once() -> None:
    with yahoo(RUT=PLAIN, GSPC=PLAIN, NDX=PLAIN) as origin:
        spec = Spec(source="yahoo", columns={"a": "^RUT", "b": "^GSPC", "c": "^NDX"})
        asked(origin, spec)
        assert sorted(request.path[-6:] for request in charts(origin)) == ["%5ENDX", "%5ERUT", "5EGSPC"]
        assert len([request for request in origin.requests if request.path == "/"]) <= 2


def test_columns_are_one_price_of_each_symbol_side_by_side() -> None:
    other = Listing({day: close for day, close in walk("2024-06-03", "2024-07-16", seed=8).items() if day != "2024-07-10"})
    with yahoo(RUT=PLAIN, NDX=other) as origin:
        found = asked(origin, Spec(source="yahoo", columns={"small": "^RUT", "tech": "^NDX"}, price="Adj Close"))
        assert origin.busiest <= QUICK.at_once
    assert list(found.frame.columns) == ["Date", "small", "tech"]
    assert days(found) == list(CLOSES)
    tech = found.frame.set_index("Date")["tech"]
    assert tech.loc["2024-07-16"] == pytest.approx(0.98 * float(other.closes["2024-07-16"] or 0), rel=1e-12)
    assert tech.loc[["2024-05-31", "2024-07-10"]].isna().all()
    assert len(found.bodies) == 2


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
        assert days(asked(origin, now=at))[-1] == last


@pytest.mark.parametrize(("clock", "last"), [("18:29", "2024-11-27"), ("18:30", "2024-11-29"), ("20:45", "2024-11-29")])
def test_the_day_after_thanksgiving_closes_at_one(clock: str, last: str) -> None:
    closes = {day: close for day, close in walk("2024-11-01", "2024-11-29").items() if day != "2024-11-28"}
    with yahoo(RUT=Listing(closes)) as origin:
        assert days(asked(origin, now=datetime.fromisoformat(f"2024-11-29T{clock}:00+00:00")))[-1] == last


@pytest.mark.parametrize("stamped", [time(0), time(9)])  # 15:00 UTC of the day before, and midnight UTC
@pytest.mark.parametrize(("now", "last"), [("2024-07-16T06:29", "2024-07-12"), ("2024-07-16T06:30", "2024-07-16")])
def test_a_day_in_tokyo_is_a_day_in_tokyo(stamped: time, now: str, last: str) -> None:
    closes = {day: close for day, close in walk("2024-07-01", "2024-07-16").items() if day != "2024-07-15"}  # Marine Day
    listing = Listing(closes, "Asia/Tokyo", stamped)
    with yahoo(RUT=listing) as origin:
        found = asked(origin, now=datetime.fromisoformat(f"{now}:00+00:00"), exchange="XTKS")
    assert days(found) == [day for day in closes if day <= last]
    assert found.notes == ()


@pytest.mark.parametrize(("first", "last"), [("2024-03-04", "2024-03-15"), ("2024-10-28", "2024-11-08")])
@pytest.mark.parametrize("stamped", [time(0), time(9, 30)])
def test_summer_time_neither_doubles_nor_drops_a_day(first: str, last: str, stamped: time) -> None:
    closes = walk(first, last)
    with yahoo(RUT=Listing(closes, stamped=stamped)) as origin:
        assert days(asked(origin, now=datetime(2024, 12, 2, tzinfo=UTC))) == list(closes)


def test_a_midnight_that_comes_an_hour_early_belongs_to_the_day_after() -> None:
    days_of_summer = {"2022-01-05": 1.0, "2022-01-06": 2.0, "2022-01-07": 3.0}
    listing = Listing({"2022-01-04": 1.0, "2022-01-05": 2.0, "2022-01-06": 3.0}, "America/Sao_Paulo", time(23))  # as Yahoo had it then
    with yahoo(BVSP=listing) as origin:
        found = asked(origin, Spec(source="yahoo", symbol="^BVSP"), exchange="BVMF")
    assert dict(zip(days(found), found.frame["Close"], strict=True)) == days_of_summer


def test_a_session_that_yahoo_says_is_open_is_dropped_though_another_exchange_has_closed() -> None:
    opening = datetime(2024, 7, 16, 9, 30, tzinfo=NEW_YORK)
    listing = replace(PLAIN, period=(opening, opening + timedelta(hours=6.5)))
    with yahoo(RUT=listing) as origin:
        found = asked(origin, now=datetime(2024, 7, 16, 15, tzinfo=UTC), exchange="XTKS")
        assert days(found)[-1] == "2024-07-15"
        assert found.notes == (
            "^RUT: trades in America/New_York, the calendar XTKS is of Asia/Tokyo; `exchange` in [live] may name another",
        )
        assert days(asked(origin, now=datetime(2024, 7, 16, 20, 30, tzinfo=UTC), exchange="XTKS"))[-1] == "2024-07-16"


def test_the_exchange_of_an_item_goes_before_the_markets() -> None:
    listing = Listing({"2024-07-12": 1.0, "2024-07-16": 2.0}, "Asia/Tokyo", time(9))
    with yahoo(RUT=listing) as origin:
        spec = Spec(source="yahoo", symbol="^RUT", exchange="XTKS")
        assert days(asked(origin, spec, now=datetime(2024, 7, 16, 7, tzinfo=UTC))) == ["2024-07-12", "2024-07-16"]


def test_a_running_row_beside_the_daily_one_of_the_last_day_is_the_one_that_counts() -> None:
    close = datetime(2024, 7, 16, 16, 0, 2, tzinfo=NEW_YORK)
    with yahoo(RUT=replace(PLAIN, running=(close, 81.25))) as origin:
        found = asked(origin)
    assert days(found) == list(CLOSES)
    assert found.frame["Close"].iloc[-1] == 81.25


def rows(listing: Listing, change: Callable[[dict[str, Any]], None]) -> Any:
    """A fault: the chart of `listing` after `change` of its only result."""
    made = chart("^RUT", listing)
    change(made["chart"]["result"][0])
    return faults.body(json.dumps(made).encode())


def doubled(place: int, factor: float) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        for values in (result["timestamp"], *result["indicators"]["quote"][0].values(), result["indicators"]["adjclose"][0]["adjclose"]):
            values.insert(place, values[place])
        result["indicators"]["quote"][0]["close"][place] *= factor

    return change


def test_a_day_that_comes_twice_with_one_close_is_told_and_with_two_refused() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(rows(PLAIN, doubled(3, 1.0)), where=CHARTS)
        found = asked(origin)
        assert days(found) == list(CLOSES)
        assert found.notes == ("^RUT: 2024-01-05 came twice with the same close",)
        origin.spoil(rows(PLAIN, doubled(3, 2.0)), where=CHARTS)
        assert "gives 2024-01-05 twice, with the closes " in refused(lambda: asked(origin))


def test_days_out_of_order_are_put_in_order_and_told() -> None:
    def change(result: dict[str, Any]) -> None:
        for values in (result["timestamp"], *result["indicators"]["quote"][0].values(), result["indicators"]["adjclose"][0]["adjclose"]):
            values[4], values[5] = values[5], values[4]

    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(rows(PLAIN, change), where=CHARTS)
        found = asked(origin)
    assert dict(zip(days(found), found.frame["Close"], strict=True)) == CLOSES
    assert found.notes == ("^RUT: days were out of order, and are put in order",)


def test_days_without_a_price_are_left_out_and_told_and_prices_that_cannot_be_are_passed_on() -> None:
    closes = CLOSES | {"2024-07-10": None, "2024-07-11": 0.0, "2024-07-12": -5.0}
    with yahoo(RUT=replace(PLAIN, closes=closes)) as origin:
        found = asked(origin)
    assert days(found) == [day for day in CLOSES if day != "2024-07-10"]
    assert found.frame.set_index("Date")["Close"].loc[["2024-07-11", "2024-07-12"]].tolist() == [0.0, -5.0]
    assert found.notes == ("^RUT: no price on 2024-07-10, left out",)


def test_a_volume_that_was_not_given_is_not_zero() -> None:
    def change(result: dict[str, Any]) -> None:
        result["indicators"]["quote"][0]["volume"][2:4] = [None, 0]

    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(rows(PLAIN, change), where=CHARTS)
        given = chart("^RUT", PLAIN)["chart"]["result"][0]["indicators"]["quote"][0]["volume"]
        assert np.array_equal(asked(origin).frame["Volume"].iloc[1:5], [given[1], np.nan, 0.0, given[4]], equal_nan=True)


def test_splits_are_told() -> None:
    with yahoo(RUT=replace(PLAIN, splits={"2024-03-04": (3, 2)}, kind="ETF")) as origin:
        assert asked(origin).notes == ("^RUT: 3 for 2 split on 2024-03-04",)


def without(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        for name in names[:-1]:
            result = result[name]
        del result[names[-1]]

    return change


def setting(value: Any, *names: Any) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        for name in names[:-1]:
            result = result[name]
        result[names[-1]] = value

    return change


QUOTE = ("indicators", "quote", 0)
UNREADABLE = {
    "a page": (faults.html, "gave a web page where prices were expected; open the address in a browser"),
    "garbage": (faults.garbage, "gave no whole JSON where prices were expected"),
    "no object": (faults.body(b"[1, 2]"), "gave no whole JSON"),
    "another object": (faults.body(b'{"finance": null}'), "'chart' is missing from the answer"),
    "no result": (faults.body(b'{"chart": {"result": [], "error": null}}'), "has no prices; look at the symbol"),
    "an error with status 200": (
        faults.body(b'{"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found"}}}'),
        "says 'No data found'; look at the symbol",
    ),
    "no days": (rows(replace(PLAIN, closes={}), lambda result: None), "has no prices of these days"),
    "no meta": (rows(PLAIN, without("meta")), "'meta' is missing from the answer"),
    "no time zone": (rows(PLAIN, without("meta", "exchangeTimezoneName")), "'exchangeTimezoneName' is missing"),
    "no time zone of this world": (
        rows(PLAIN, setting("Mars/Olympus", "meta", "exchangeTimezoneName")),
        "'Mars/Olympus', which is no time zone",
    ),
    "no close": (rows(PLAIN, without(*QUOTE, "close")), "'close' is missing from the answer"),
    "no quote": (rows(PLAIN, without("indicators", "quote")), "'indicators.quote' is missing from the answer"),
    "too few closes": (rows(PLAIN, setting([1.0], *QUOTE, "close")), "gave 1 values of 'close' for 141 days"),
    "words for a price": (rows(PLAIN, setting("n/a", *QUOTE, "close", 3)), "'close' holds 'n/a', which is no number"),
    "words for a time": (rows(PLAIN, setting("today", "timestamp", 3)), "'timestamp' holds something that is no time"),
    "another symbol": (rows(PLAIN, setting("^GSPC", "meta", "symbol")), "answers about '^GSPC'; look at the symbol"),
    "months": (rows(PLAIN, setting("1mo", "meta", "dataGranularity")), "answers in steps of '1mo' where days were asked for"),
    "404": (faults.status(404, content=b"{}"), "answered 404, unknown or delisted; look at the symbol"),
    "unknown days": (
        lambda wire, answer: wire.send(BAD_DAYS),
        "answered 400, unknown or delisted, says \"Data doesn't exist for startDate",
    ),
    "403": (faults.status(403, content=faults.PAGE), "answered 403, refuses; open the address in a browser"),
    "crumb always refused": (lambda wire, answer: wire.send(BAD_CRUMB), "answered 401"),
    "a consent": (faults.redirect("/consent"), "sends to 127.0.0.1:"),
    "redirect loop": (faults.redirect_loop, "sends from one address to the next, over 5 times"),
    "redirect to a file": (faults.redirect("file:///etc/passwd"), "no address of the web"),
    "huge": (faults.huge(2), "larger than 1 MB"),
    "bomb": (faults.bomb(2), "larger than 1 MB"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_chart_is_named_at_once(name: str) -> None:
    fault, words = UNREADABLE[name]
    hands = Hands()
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(fault, times=None, where=CHARTS)
        message = refused(lambda: asked(origin, client=client(hands, replace(QUICK, size=1 << 20))))
        assert words in message
        assert (
            message.startswith(f"{origin.base.partition('://')[2]}{CHARTS}^RUT: ")
            or "redirect" in name
            or name in ("403", "huge", "bomb", "crumb always refused")
        )
        assert len(charts(origin)) <= (6 if name == "redirect loop" else 2)
    assert max(hands.slept, default=0.0) <= QUICK.pause


PASSING = {
    "reset": (faults.reset, "cut short"),
    "closed before a word": (faults.slammed, "broken off"),
    "half a body": (faults.half, "cut short"),
    "half a body in chunks": (faults.half_chunked, "cut short"),
    "half a packed body": (faults.half_zipped, "cut short"),
    "half a body that tells no length": (faults.half_unannounced, "cut short"),
    "packed in name only": (faults.badly_zipped, "cannot be unpacked"),
    "drips": (faults.drip(0.05), "no whole answer in time"),
    "a head that drips": (faults.drip_head(0.05), "no whole answer in time"),
    "never answers": (faults.silent, "no whole answer in time"),
    "no HTTP": (faults.no_http, ""),
    "empty": (faults.empty, "an empty answer"),
    "429": (faults.status(429, content=TOO_MANY, content_type="text/plain"), "too many requests, answered 429"),
    "500": (faults.status(500), "answered 500"),
    "503": (faults.status(503, retry_after="1"), "answered 503"),
}
HANG = {"drips", "a head that drips", "never answers"}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_met_again_and_named_where_it_stays(name: str) -> None:
    fault, words = PASSING[name]
    hands, policy = Hands(), HASTY if name in HANG else QUICK
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(fault, where=CHARTS)
        assert len(asked(origin, client=client(hands, policy)).frame) == len(CLOSES)
        assert max(hands.slept) >= 1.0
        origin.heal()
        origin.spoil(fault, times=None, where=CHARTS)
        assert words in refused(lambda: asked(origin, client=client(policy=replace(policy, tries=1))))


def test_too_long_a_pause_ends_at_once_and_says_when_to_come_back() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(faults.status(429, retry_after="600", content=TOO_MANY), times=None, where=CHARTS)
        message = refused(lambda: asked(origin))
        assert "asks for a pause of 600 s; run it again after 2024-07-17 11:10:0" in message
        assert len(charts(origin)) == 1


@pytest.mark.parametrize("fault", [faults.slammed, faults.status(429, content=TOO_MANY), faults.html, faults.status(500)])
def test_prices_do_not_hang_on_cookies(fault: Any) -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(fault, times=None, where="getcrumb")
        origin.spoil(lambda wire, answer: wire.send(answer) if CHARTS in wire.path else fault(wire, answer), times=None)
        assert len(asked(origin).frame) == len(CLOSES)


def test_a_pass_that_is_refused_once_is_renewed() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(lambda wire, answer: wire.send(BAD_CRUMB), where=CHARTS)
        assert len(asked(origin).frame) == len(CLOSES)
        assert len(charts(origin)) == 2


def test_a_door_at_which_nobody_opens_is_knocked_at_once() -> None:
    with yahoo(RUT=PLAIN, NDX=PLAIN, VIX=PLAIN) as origin:
        origin.spoil(lambda wire, answer: wire.send(answer) if CHARTS in wire.path else faults.slammed(wire, answer), times=None)
        asking = client()
        for symbol in ("^RUT", "^NDX", "^VIX"):
            asked(origin, Spec(source="yahoo", symbol=symbol), client=asking)
        assert len(origin.requests) <= 3 + 1, "and the one that found the door shut"
        assert len(charts(origin)) == 3


def test_requests_go_to_the_base_and_cookies_to_their_owner() -> None:
    from features.web.browser import Visit

    visit = Visit(client(), "http://query1.prices.example", "/v8/")
    assert visit.aimed("http://query2.prices.example/v8/chart/A?range=max") == "http://query1.prices.example/v8/chart/A?range=max"
    assert visit.aimed("http://fc.prices.example") == "http://fc.prices.example"
    mirror = Visit(client(), "http://127.0.0.1:8080/mirror", "/v8/")
    assert mirror.aimed("http://query2.prices.example/v8/chart/A") == "http://127.0.0.1:8080/mirror/v8/chart/A"
    assert mirror.aimed("http://fc.prices.example") == "http://127.0.0.1:8080/mirror"
    assert mirror.is_data("http://127.0.0.1:8080/mirror/v8/chart/A")
    assert not mirror.is_data("http://127.0.0.1:8080/mirror/v1/test/getcrumb")


def test_a_consent_that_leads_back_to_the_prices_is_an_answer() -> None:
    from features.web.browser import BrowserSession, Visit, visiting

    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(faults.redirect(f"{CHARTS}^RUT?range=max&crumb=a"), where="collectConsent")
        with visiting(Visit(client(), origin.base, "/v8/")) as visit, BrowserSession() as session:
            assert session.post("http://consent.prices.example/v2/collectConsent", data={"agree": "agree"}).status_code == 200
    assert [body.address for body in visit.bodies] == [f"{origin.base}{CHARTS}^RUT?range=max"]
    assert (origin.requests[0].method, origin.requests[0].body) == ("POST", b"agree=agree")


def test_a_pass_that_is_none_is_not_shown() -> None:
    from features.web.browser import BrowserSession, Visit, visiting

    for answer in (Answer(b"Too Many Requests"), Answer(b"x" * 65), Answer(b""), Answer(faults.PAGE), Answer(b"500", 500)):
        with (
            serving(lambda request, answer=answer: answer) as origin,
            visiting(Visit(client(), origin.base, "/v8/")),
            BrowserSession() as session,
        ):
            if answer.content == b"Too Many Requests":
                assert session.get("http://query1.prices.example/v1/test/getcrumb").text == "Too Many Requests", "which yfinance knows"
                continue
            with pytest.raises(OSError, match="no pass came"):
                session.get("http://query1.prices.example/v1/test/getcrumb")


def test_a_host_that_is_not_there_is_named() -> None:
    base = nowhere()
    message = refused(lambda: fetch(RUT, base, client(), since=None, now=START))
    assert "the connection was refused, 4 times; look at the network" in message


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "its certificate has expired"),
        ("early", "its certificate does not hold yet"),
        ("misnamed", "its certificate is of another name"),
        ("self_signed", "signed by nobody whom this machine trusts"),
    ],
)
def test_a_certificate_that_does_not_hold_is_named(kind: str, words: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = certificates.make(tmp_path_factory.mktemp("certificates"))
    with serving(Yahoo({"^RUT": PLAIN}), certificate=getattr(made, kind)) as origin:
        hands = Hands()
        assert words in refused(lambda: asked(origin, client=client(hands, authority=str(made.authority))))
        assert origin.requests == []
    with serving(Yahoo({"^RUT": PLAIN}), certificate=made.good) as origin:
        assert len(asked(origin, client=client(authority=str(made.authority))).frame) == len(CLOSES)


def test_an_unknown_symbol_leaves_the_others_and_is_named() -> None:
    with yahoo(RUT=PLAIN) as origin:
        found = asked(origin, Spec(source="yahoo", columns={"small": "^RUT", "large": "^GONE"}))
        assert list(found.frame.columns) == ["Date", "small"]
        (note,) = [note for note in found.notes if "GONE" in note]
        assert note.startswith("column large gets nothing new: ")
        assert f"{CHARTS}^GONE: answered 404, unknown or delisted" in note
        alone = Spec(source="yahoo", columns={"large": "^GONE"})
        assert f"{CHARTS}^GONE: answered 404, unknown or delisted" in refused(lambda: asked(origin, alone))


def test_a_symbol_of_which_nothing_is_closed_is_named() -> None:
    with yahoo(RUT=Listing({"2024-07-17": 1.0})) as origin:
        assert "has no session that was closed by 2024-07-17 11:00 UTC" in refused(lambda: asked(origin))


FUNDS = Spec(source="yahoo", strip=Strip(root="ZQ", suffix=".CBT", months=4))


def contracts(*codes: str, first: str = "2024-05-20", last: str = "2024-07-16") -> dict[str, Listing]:
    found = {}
    for place, code in enumerate(codes):
        closes = {day: 94.0 + place + number / 1000 for number, day in enumerate(walk(first, last))}
        found[f"ZQ{code}.CBT"] = Listing(closes, "America/Chicago", time(0), kind="FUTURE")
    return found


def test_a_strip_has_the_contract_of_each_month_ahead() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24")) as origin:
        found = asked(origin, FUNDS)
        assert sorted(request.path[-9:] for request in charts(origin)) == ["ZQN24.CBT", "ZQQ24.CBT", "ZQU24.CBT", "ZQV24.CBT"]
        assert origin.busiest <= QUICK.at_once
    assert list(found.frame.columns) == ["Date", "m0", "m1", "m2", "m3"]
    assert days(found) == list(walk("2024-07-01", "2024-07-16"))
    assert (found.frame["m2"] - found.frame["m0"]).tolist() == pytest.approx([2.0] * len(found.frame), abs=1e-9)
    assert found.notes[-1] == "30 days before the first contract's own month are left out"
    assert len(found.bodies) == 4


def test_a_strip_over_the_turn_of_a_month_and_of_a_year_moves_by_one() -> None:
    listings = contracts("Z24", "F25", "G25", "H25", first="2024-12-20", last="2025-01-03")
    with yahoo(**listings) as origin:
        found = asked(origin, FUNDS, since=pd.Timestamp("2024-12-24"), now=datetime(2025, 1, 4, tzinfo=UTC))
    table = found.frame.set_index("Date")
    closes = {name: pd.Series(listing.closes) for name, listing in listings.items()}
    assert table.loc["2024-12-31", "m1"] == closes["ZQF25.CBT"]["2024-12-31"]
    assert table.loc["2025-01-02", "m0"] == closes["ZQF25.CBT"]["2025-01-02"]
    assert table.loc["2025-01-02", "m2"] == closes["ZQH25.CBT"]["2025-01-02"]
    assert np.isnan(table.loc["2025-01-02", "m3"]) if "m3" in table else True


def test_on_the_first_of_a_month_before_the_close_the_strip_is_still_the_last_ones() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24", last="2024-07-31")) as origin:
        found = asked(origin, FUNDS, now=datetime(2024, 8, 1, 12, tzinfo=UTC))
    assert days(found)[-1] == "2024-07-31"


def test_a_strip_may_lack_its_far_end_and_nothing_else() -> None:
    with yahoo(**contracts("N24", "Q24")) as origin:
        found = asked(origin, FUNDS)
        assert list(found.frame.columns) == ["Date", "m0", "m1"]
        assert found.notes[0] == "ZQU24.CBT: is not known, and so the strip ends with ZQQ24.CBT"
    with yahoo(**contracts("N24", "U24", "V24")) as origin:
        assert "ZQQ24.CBT: answered 404, unknown or delisted" in refused(lambda: asked(origin, FUNDS))
    with yahoo(**contracts("Q24", "U24")) as origin:
        assert "ZQQ24.CBT: is the first contract known" in refused(lambda: asked(origin, FUNDS))
    with yahoo(**contracts("X24")) as origin:
        assert "ZQN24.CBT: answered 404, unknown or delisted" in refused(lambda: asked(origin, FUNDS))


def test_a_contract_that_cannot_be_had_now_is_not_taken_for_unknown() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24")) as origin:
        origin.spoil(faults.status(500), times=None, where="ZQV24")
        assert "ZQV24.CBT: answered 500, 4 times" in refused(lambda: asked(origin, FUNDS))


def test_yfinance_keeps_nothing_and_says_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    import os

    from yfinance import cache

    with yahoo(RUT=PLAIN) as origin:
        asked(origin)
        refused(lambda: asked(origin, Spec(source="yahoo", symbol="^GONE")))
    for kept in (cache.get_tz_cache(), cache.get_cookie_cache()):
        assert kept.lookup("^RUT") is None
    assert cache._TzDBManager.get_location().startswith(os.devnull)
    assert [record for record in caplog.records if record.name != "exchange_calendars"] == []
    assert capfd.readouterr() == ("", "")


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just([None]), st.just({"a": 1})
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value[:3]):
            yield from _places(part, (*path, key))


SHORT = Listing(dict(list(CLOSES.items())[:4]), splits={"2024-01-03": (2, 1)}, period=(START, START))
PLACES = [path for path in _places(chart("^RUT", SHORT)) if path]


CHANGES = st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=3)


def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    made: Any = chart("^RUT", SHORT)
    for path, junk in changes:
        part = made
        try:
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = copy.deepcopy(junk)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that place away
    return made


@given(changes=CHANGES)
@settings(max_examples=150, deadline=None)
def test_an_answer_with_anything_in_any_place_is_a_chart_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    made = changed(changes)
    try:
        found = read_chart(json.dumps(made).encode(), Place("yahoo", "/x"), "^RUT")
    except OriginError as error:
        assert str(error).isprintable()  # noqa: PT017 : most answers are refused, and how is what is asked
    else:
        assert len(found.rows) == len(made["chart"]["result"][0]["timestamp"])


@given(changes=CHANGES)
@settings(max_examples=40, deadline=None)
def test_whatever_yfinance_makes_of_such_an_answer_is_prices_or_one_line(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    content = json.dumps(changed(changes)).encode()
    with serving(lambda request: Answer(content)) as origin:
        try:
            found = asked(origin)
        except OriginError as error:
            assert str(error).isprintable()  # noqa: PT017
        else:
            assert list(found.frame.columns) == COLUMNS
            assert found.frame["Date"].is_monotonic_increasing
