"""Whatever Yahoo answers is prices, or one line that says what is wrong and what to do."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import OriginError
from features.live.items import YahooItem as Spec
from tests.origins import certificates, faults
from tests.origins.asking import CHARTS, CLOSES, COLUMNS, PLAIN, charts, download, refused, rows, yahoo
from tests.origins.clock import HASTY, QUICK, START, Hands, client
from tests.origins.server import Answer, serving
from tests.origins.yahoo import BAD_CRUMB, BAD_DAYS, TOO_MANY, Listing, Yahoo, chart

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from features.live.origins.yahoo_chart import read_chart
from features.live.web.address import Endpoint


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
    "no object": (faults.body(b"[1, 2]"), "gave no whole JSON"),
    "another object": (faults.body(b'{"finance": null}'), "'chart' is missing from the answer"),
    "no result": (faults.body(b'{"chart": {"result": [], "error": null}}'), "has no prices; look at the symbol"),
    "an error with status 200": (
        faults.body(b'{"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found"}}}'),
        "says 'No data found'; look at the symbol",
    ),
    "no days": (rows(replace(PLAIN, closes={}), lambda result: None), "has no prices of these days"),
    "no meta": (rows(PLAIN, without("meta")), "'meta' is missing from the answer"),
    "a price of 400 digits": (rows(PLAIN, setting(10**400, *QUOTE, "close", 0)), "..., which is no number"),
    "the year 9999": (rows(PLAIN, setting(253402300799, "timestamp", 0)), "'timestamp' holds something that is no time"),
    "no time zone": (rows(PLAIN, without("meta", "exchangeTimezoneName")), "'exchangeTimezoneName' is missing"),
    "no time zone of this world": (
        rows(PLAIN, setting("Mars/Olympus", "meta", "exchangeTimezoneName")),
        "'Mars/Olympus', which is no time zone",
    ),
    "no quote": (rows(PLAIN, without("indicators", "quote")), "'indicators.quote' is missing from the answer"),
    "too few closes": (rows(PLAIN, setting([1.0], *QUOTE, "close")), "gave 1 values of 'close' for 141 days"),
    "words for a time": (rows(PLAIN, setting("today", "timestamp", 3)), "'timestamp' holds something that is no time"),
    "unknown days": (
        lambda wire, answer: wire.send(BAD_DAYS),
        "answered 400, unknown or delisted, says \"Data doesn't exist for startDate",
    ),
    "a consent": (faults.redirect("/consent"), "sends to 127.0.0.1:"),
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
        message = refused(lambda: download(origin, client=client(hands, replace(QUICK, size=1 << 20))))
        assert words in message
        assert (
            message.startswith(f"{origin.base.partition('://')[2]}{CHARTS}^RUT: ")
            or "redirect" in name
            or name in ("403", "huge", "bomb", "crumb always refused")
        )
        assert len(charts(origin)) <= (6 if name == "redirect loop" else 2)
    assert max(hands.slept, default=0.0) <= QUICK.pause


PASSING = {
    "half a body in chunks": (faults.half_chunked, "cut short"),
    "half a packed body": (faults.half_zipped, "cut short"),
    "packed in name only": (faults.badly_zipped, "cannot be unpacked"),
    "a head that drips": (faults.drip_head(0.05), "no whole answer in time"),
    "503": (faults.status(503, retry_after="1"), "answered 503"),
}
HANG = {"drips", "a head that drips", "never answers"}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_met_again_and_named_where_it_stays(name: str) -> None:
    fault, words = PASSING[name]
    hands, limits = Hands(), HASTY if name in HANG else QUICK
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(fault, where=CHARTS)
        assert len(download(origin, client=client(hands, limits)).frame) == len(CLOSES)
        assert max(hands.slept) >= 1.0
        origin.heal()
        origin.spoil(fault, times=None, where=CHARTS)
        assert words in refused(lambda: download(origin, client=client(limits=replace(limits, tries=1))))


@pytest.mark.parametrize("fault", [faults.slammed, faults.status(429, content=TOO_MANY), faults.html, faults.status(500)])
def test_prices_do_not_hang_on_cookies(fault: Any) -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(fault, times=None, where="getcrumb")
        origin.spoil(lambda wire, answer: wire.send(answer) if CHARTS in wire.path else fault(wire, answer), times=None)
        assert len(download(origin).frame) == len(CLOSES)


def test_a_crumb_that_is_refused_once_is_renewed() -> None:
    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(lambda wire, answer: wire.send(BAD_CRUMB), where=CHARTS)
        assert len(download(origin).frame) == len(CLOSES)
        assert len(charts(origin)) == 2


def test_a_front_page_that_fails_is_asked_for_once() -> None:
    with yahoo(RUT=PLAIN, NDX=PLAIN, VIX=PLAIN) as origin:
        origin.spoil(lambda wire, answer: wire.send(answer) if CHARTS in wire.path else faults.slammed(wire, answer), times=None)
        asking = client()
        for symbol in ("^RUT", "^NDX", "^VIX"):
            download(origin, Spec(source="yahoo", symbol=symbol), client=asking)
        assert len(origin.requests) <= 3 + 1, "and the one that failed at the front page"
        assert len(charts(origin)) == 3


def test_requests_go_to_the_base_and_cookies_to_their_owner() -> None:
    from features.live.web.browser import RequestContext

    visit = RequestContext(client(), "http://query1.prices.example", "/v8/")
    assert visit.aimed("http://query2.prices.example/v8/chart/A?range=max") == "http://query1.prices.example/v8/chart/A?range=max"
    assert visit.aimed("http://fc.prices.example") == "http://fc.prices.example"
    mirror = RequestContext(client(), "http://127.0.0.1:8080/mirror", "/v8/")
    assert mirror.aimed("http://query2.prices.example/v8/chart/A") == "http://127.0.0.1:8080/mirror/v8/chart/A"
    assert mirror.aimed("http://fc.prices.example") == "http://127.0.0.1:8080/mirror"
    assert mirror.is_data("http://127.0.0.1:8080/mirror/v8/chart/A")
    assert not mirror.is_data("http://127.0.0.1:8080/mirror/v1/test/getcrumb")


def test_a_consent_that_leads_back_to_the_prices_is_an_answer() -> None:
    from features.live.web.browser import BrowserSession, RequestContext, request_context

    with yahoo(RUT=PLAIN) as origin:
        origin.spoil(faults.redirect(f"{CHARTS}^RUT?range=max&crumb=a"), where="collectConsent")
        with request_context(RequestContext(client(), origin.base, "/v8/")) as visit, BrowserSession() as session:
            assert session.post("http://consent.prices.example/v2/collectConsent", data={"agree": "agree"}).status_code == 200
    assert [body.address for body in visit.bodies] == [f"{origin.base}{CHARTS}^RUT?range=max"]
    assert (origin.requests[0].method, origin.requests[0].body) == ("POST", b"agree=agree")


def test_what_is_no_crumb_is_not_handed_on() -> None:
    from features.live.web.browser import BrowserSession, RequestContext, request_context

    for answer in (Answer(b"Too Many Requests"), Answer(b"x" * 65), Answer(b""), Answer(faults.PAGE), Answer(b"500", 500)):
        with (
            serving(lambda request, answer=answer: answer) as origin,
            request_context(RequestContext(client(), origin.base, "/v8/")),
            BrowserSession() as session,
        ):
            if answer.content == b"Too Many Requests":
                assert session.get("http://query1.prices.example/v1/test/getcrumb").text == "Too Many Requests", "which yfinance knows"
                continue
            with pytest.raises(OSError, match="no crumb came"):
                session.get("http://query1.prices.example/v1/test/getcrumb")


def test_a_certificate_from_tomorrow_is_named_and_a_good_one_is_trusted(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    with serving(Yahoo({"^RUT": PLAIN}), certificate=made["early"]) as origin:
        message = refused(lambda: download(origin, client=client(authority=str(made["authority"]))))
        assert "its certificate does not hold yet" in message
        assert origin.requests == []
    with serving(Yahoo({"^RUT": PLAIN}), certificate=made["good"]) as origin:
        assert len(download(origin, client=client(authority=str(made["authority"]))).frame) == len(CLOSES)


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
@settings(max_examples=30)
def test_an_answer_with_anything_in_any_place_is_a_chart_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    made = changed(changes)
    try:
        result = read_chart(json.dumps(made).encode(), Endpoint("yahoo", "/x"), "^RUT")
    except OriginError as error:
        assert str(error).isprintable()  # noqa: PT017 : most answers are refused, and how is what is tested
    else:
        assert len(result.rows) == len(made["chart"]["result"][0]["timestamp"])


@given(changes=CHANGES)
def test_whatever_yfinance_makes_of_such_an_answer_is_prices_or_one_line(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    content = json.dumps(changed(changes)).encode()
    with serving(lambda request: Answer(content)) as origin:
        try:
            result = download(origin)
        except OriginError as error:
            assert str(error).isprintable()  # noqa: PT017
        else:
            assert list(result.frame.columns) == COLUMNS
            assert result.frame["Date"].is_monotonic_increasing
