"""Every fault of an origin gives one line that says what to do, or passes."""

import gzip
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.errors import OriginError
from features.live.web.address import excerpt
from features.live.web.client import Client, user_agent
from features.live.web.html_page import looks_like_html
from features.live.web.limits import LIMITS, MEGABYTE
from features.live.web.rate_limit import RateLimiter
from features.live.web.reply import RefusedError, Reply
from tests.origins import certificates, faults
from tests.origins.clock import HASTY, QUICK, START, Hands, client
from tests.origins.server import Answer, Fault, Origin, Request, nowhere, serving

TABLE = b"observation_date,DGS10\n2024-07-15,4.23\n2024-07-16,4.17\n"
KEY = "0123456789abcdef/+ %"  # with letters that an address writes otherwise
SMALL = replace(QUICK, size=MEGABYTE)


def rates(request: Request) -> Answer:
    return Answer(TABLE, content_type="text/csv")


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving(rates) as server:
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


def refused(asking: Client, address: str, **query: object) -> OriginError:
    """The error, after its form was looked at: one line, of the origin, without a chain."""
    with pytest.raises(OriginError) as caught:
        asking.get(address, **query)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert message.startswith(address.partition("://")[2])
    assert ";" in message, "a remedy"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def test_an_answer_comes_with_its_address_and_the_clock_of_its_origin(origin: Origin) -> None:
    origin.spoil(faults.clock(START))
    body = client().get(f"{origin.base}/graph.csv", {"id": "DGS10"}, secret={"api_key": KEY})
    assert (body.address, body.content, body.served) == (f"{origin.base}/graph.csv?id=DGS10", TABLE, START)
    assert origin.requests[0].query == {"id": "DGS10", "api_key": KEY}
    assert origin.requests[0].headers["user-agent"] == user_agent()
    assert user_agent().startswith("smallcap-surge/")


PASSING = {
    "reset": (faults.reset, "cut short"),
    "closed before a word": (faults.slammed, "broken off"),
    "half a body": (faults.half, "cut short"),
    "half a body in chunks": (faults.half_chunked, "cut short"),
    "half a packed body": (faults.half_zipped, "cut short"),
    "packed in name only": (faults.badly_zipped, "cannot be unpacked"),
    "drips": (faults.drip(0.05), "no whole answer within 0.8 s"),
    "no HTTP": (faults.no_http, "broken off"),
    "empty": (faults.empty, "an empty answer"),
    "429": (faults.status(429), "too many requests, answered 429"),
    "500": (faults.status(500), "answered 500"),
    "502": (faults.status(502), "answered 502"),
    "503": (faults.status(503), "answered 503"),
    "504": (faults.status(504), "answered 504"),
}


HANG = {"drips", "a head that drips", "never answers"}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_met_again_and_one_that_stays_is_named(origin: Origin, name: str) -> None:
    fault, words = PASSING[name]
    hands, limits = Hands(), HASTY if name in HANG else QUICK
    origin.spoil(fault)
    assert client(hands, limits).get(f"{origin.base}/graph.csv").content == TABLE
    assert hands.slept[0] == 1.0, "half of the first wait of two seconds, which is longer than the pause between requests"
    origin.heal()
    origin.spoil(fault, times=None)
    tries = 1 if name in HANG else 2
    times = {1: "; ", 2: ", 2 times; "}[tries]
    assert words + times in str(refused(client(limits=replace(limits, tries=tries)), f"{origin.base}/graph.csv"))
    assert len(origin.requests) >= 2 + tries, "a busy machine may be late once more"


FINAL = {
    "400": (
        faults.status(400, content=b'{"error_message":"The series does not exist."}'),
        'says \'{"error_message":"The series does not exist."}\'',
    ),
    "401": (faults.status(401, content=faults.PAGE), "answered 401, wants a key that it knows; look at the key"),
    "403": (faults.status(403, content=faults.PAGE), "answered 403, refuses; open the address in a browser"),
    "404": (faults.status(404, content=b"a\nb\x1b[31mc"), "answered 404, has nothing there and says 'a b [31mc'; look at the symbol"),
    "410": (faults.status(410), "has nothing there any more"),
    "202": (faults.status(202), "answered 202, answers otherwise than it should"),
    "redirect loop": (faults.redirect_loop, "sends from one address to the next, over 5 times"),
    "redirect to a file": (faults.redirect("file:///etc/passwd"), "no address of the web"),
    "redirect to nowhere": (faults.redirect("//:80/x"), "no address of the web"),
    "huge": (faults.huge(2), "larger than 1 MB"),
    "huge by its head": (faults.announced(2), "larger than 1 MB"),
    "bomb": (faults.bomb(2), "larger than 1 MB"),
    "another packing": (
        lambda wire, answer: wire.send(replace(answer, headers={"Content-Encoding": "br"})),
        "packed as 'br', which was not asked for",
    ),
}


@pytest.mark.parametrize("name", FINAL)
def test_a_fault_that_will_stay_ends_at_once(origin: Origin, name: str) -> None:
    fault, words = FINAL[name]
    hands = Hands()
    origin.spoil(fault, times=None)
    assert words in str(refused(client(hands, SMALL), f"{origin.base}/graph.csv"))
    assert max(hands.slept, default=0.0) <= LIMITS.pause


def test_what_an_origin_refuses_is_told_by_status_and_body(origin: Origin) -> None:
    origin.spoil(faults.status(404, content=b"no such series"))
    error = refused(client(), f"{origin.base}/graph.csv")
    assert isinstance(error, RefusedError)
    assert (error.status, error.content) == (404, b"no such series")


def test_a_bomb_is_never_unpacked_beyond_the_bound(origin: Origin) -> None:
    import tracemalloc

    origin.spoil(faults.bomb(16))
    tracemalloc.start()
    try:
        refused(client(limits=SMALL), f"{origin.base}/graph.csv")
        assert tracemalloc.get_traced_memory()[1] < 16 * 2 * MEGABYTE + 4 * MEGABYTE, "the server's own 16 MB twice, packed from and held"
    finally:
        tracemalloc.stop()


def test_every_member_of_a_packed_answer_is_read(origin: Origin) -> None:
    packed = gzip.compress(TABLE[:20]) + gzip.compress(b"") + gzip.compress(TABLE[20:])
    origin.spoil(lambda wire, answer: wire.send(replace(answer, content=packed, headers={"Content-Encoding": "gzip"})))
    assert client().get(f"{origin.base}/graph.csv").content == TABLE


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ("Transfer-Encoding: chunked", b"-5\r\nhello\r\n0\r\n\r\n", "no answer that is HTTP"),
        ("Transfer-Encoding: chunked", b"\xb2\r\nhello\r\n0\r\n\r\n", "the answer was cut short|no answer that is HTTP"),
        ("Content-Length: " + "9" * 400, b"hello", "the answer was cut short"),
    ],
)
def test_lengths_that_make_no_sense_are_the_origins_fault(origin: Origin, head: str, body: bytes, said: str) -> None:
    origin.spoil(lambda wire, answer: wire.raw(f"HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n".encode() + body), times=None)
    assert re.search(said, str(refused(client(), f"{origin.base}/graph.csv")))


@pytest.mark.parametrize(
    "headers",
    [
        {"Age": "\u00b2", "Date": "Wed, 17 Jul 2024 11:00:00 GMT"},
        {"Age": "9" * 400, "Date": "Wed, 17 Jul 2024 11:00:00 GMT"},
        {"Age": "99999999", "Date": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"Date": "Fri, 31 Dec 9999 23:59:59 -0500"},
        {"Date": "Fri, 31 Dec 10000 23:59:59 GMT"},
    ],
)
def test_a_clock_that_makes_no_sense_is_no_clock(headers: dict[str, str]) -> None:
    served = Reply(200, {name.lower(): value for name, value in headers.items()}, b"").served
    assert served is None or served == datetime(2024, 7, 17, 11, tzinfo=UTC)


def test_a_host_that_is_not_there_is_named() -> None:
    address = nowhere()
    assert "connection was refused, 4 times; look at the network" in str(refused(client(), f"{address}/graph.csv"))


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (faults.html, looks_like_html),
        (faults.garbage, lambda content: content == faults.GARBAGE),
        (faults.zipped, lambda content: content == TABLE),
        (faults.content_type("application/octet-stream"), lambda content: content == TABLE),
        (faults.half_unannounced, lambda content: content == TABLE[: len(TABLE) // 2]),
        (faults.date_header("yesterday"), lambda content: content == TABLE),
        (faults.redirect("/other.csv"), lambda content: content == TABLE),
    ],
)
def test_what_only_a_reader_can_judge_is_passed_on(origin: Origin, fault: Fault, what: object) -> None:
    origin.spoil(fault)
    assert what(client().get(f"{origin.base}/graph.csv").content)  # type: ignore[operator]


def test_a_page_is_told_from_data() -> None:
    for page in (faults.PAGE, b"\xef\xbb\xbf \n<!-- made by hand -->\n<HTML lang='en'>", b"<script>location='/'</script>"):
        assert looks_like_html(page)
    for data in (TABLE, b'{"chart": "<html>"}', b"", b"PK\x03\x04", b"Date,Close\n<html>", b"<?xml version='1.0'?><series/>"):
        assert not looks_like_html(data)


@pytest.mark.parametrize("code", [429, 503])
def test_an_origin_that_asks_for_a_pause_gets_it(origin: Origin, code: int) -> None:
    for retry_after in ("7", faults.http_date(START + timedelta(seconds=7))):
        hands = Hands(random=0.0)
        origin.spoil(
            lambda wire, answer, text=retry_after: wire.send(
                Answer(b"later", code, headers={"Retry-After": text, "Date": faults.http_date(START)})
            )
        )
        assert client(hands).get(f"{origin.base}/graph.csv").content == TABLE
        assert hands.passed == pytest.approx(7.0, abs=1e-9)


@pytest.mark.parametrize("retry_after", ["soon", "", "-5", "nan", "\u00b2", "Wed, 99 Foo 2024 11:00:00 GMT"])
def test_a_pause_that_makes_no_sense_is_not_taken(origin: Origin, retry_after: str) -> None:
    hands = Hands()
    origin.spoil(faults.status(503, retry_after=retry_after))
    assert client(hands).get(f"{origin.base}/graph.csv").content == TABLE
    assert hands.passed == 1.0


def test_an_origin_that_asks_for_too_long_a_pause_is_left_alone_until_the_time_that_is_named(origin: Origin) -> None:
    origin.spoil(faults.status(429, retry_after="3600"), times=None)
    hands = Hands()
    message = str(refused(client(hands), f"{origin.base}/graph.csv"))
    assert message.endswith("answered 429 and asks for a pause of 3600 s; run it again after 2024-07-17 12:00:00 UTC")
    assert (hands.slept, len(origin.requests)) == ([], 1)
    origin.heal()
    origin.spoil(faults.status(429, retry_after="9" * 400), times=None)
    assert "run it again after 2034-" in str(refused(client(hands), f"{origin.base}/graph.csv"))


def test_waits_double_and_are_drawn_from_zero_on(origin: Origin) -> None:
    origin.spoil(faults.status(500), times=None)
    for drawn, expected in ((1.0, [2.0, 4.0, 8.0]), (0.5, [1.0, 2.0, 4.0]), (0.0, [LIMITS.pause] * 3)):
        hands = Hands(random=drawn)
        refused(client(hands), f"{origin.base}/graph.csv")
        assert hands.slept == expected


def test_after_a_request_that_was_given_up_the_next_is_tried_once_until_one_gets_through(origin: Origin) -> None:
    asking = client()
    origin.spoil(faults.status(500), times=5)
    refused(asking, f"{origin.base}/graph.csv")
    assert "answered 500; try again later" in str(refused(asking, f"{origin.base}/graph.csv"))
    assert len(origin.requests) == 5
    asking.get(f"{origin.base}/graph.csv")
    origin.spoil(faults.status(500), times=3)
    asking.get(f"{origin.base}/graph.csv")
    assert len(origin.requests) == 5 + 1 + 4


CERTIFICATES = {
    "expired": "its certificate has expired; look at the date of this machine",
    "early": "its certificate does not hold yet; look at the date of this machine",
    "misnamed": "its certificate is of another name; look at the address",
    "self_signed": "its certificate is signed by nobody whom this machine trusts; ",
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_does_not_hold_is_named_and_not_met_again(made: dict[str, Path], kind: str) -> None:
    hands = Hands()
    with serving(rates, certificate=made[kind]) as origin:
        assert CERTIFICATES[kind] in str(refused(client(hands, authority=str(made["authority"])), f"{origin.base}/graph.csv"))
        assert (hands.slept, origin.requests) == ([], [])


def test_a_good_certificate_is_trusted_by_its_authority_and_by_nobody_else(made: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(rates, certificate=made["good"]) as origin:
        assert client(authority=str(made["authority"])).get(origin.base).content == TABLE
        assert "signed by nobody" in str(refused(client(), origin.base))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made["authority"]))
        assert client().get(origin.base).content == TABLE


def test_https_does_not_send_to_http_and_http_may_send_to_https(made: dict[str, Path], origin: Origin) -> None:
    with serving(rates, certificate=made["good"]) as safe:
        asking = client(authority=str(made["authority"]))
        safe.spoil(faults.redirect(f"{origin.base}/graph.csv"))
        assert "sends from https to http" in str(refused(asking, f"{safe.base}/graph.csv"))
        assert origin.requests == []
        origin.spoil(faults.redirect(f"{safe.base}/graph.csv"))
        assert asking.get(f"{origin.base}/graph.csv").content == TABLE


def test_a_plain_server_where_a_secure_one_was_expected_is_named(origin: Origin) -> None:
    address = origin.base.replace("http", "https", 1)
    assert "no secure connection; look at the address" in str(refused(client(), address))


def test_a_secure_connection_that_never_comes_about_ends(made: dict[str, Path]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"https{':' + '//'}127.0.0.1:{mute.getsockname()[1]}"
        refused(client(limits=replace(HASTY, tries=1)), address)


SPOILT = {
    "never answers": faults.silent,
    "drips": faults.drip(0.05),
    "closed": faults.slammed,
    "reset": faults.reset,
    "no HTTP": faults.no_http,
    "500": faults.status(500),
    "says the key": faults.status(400, content=f"api_key {KEY} is not registered".encode()),
    "loop": faults.redirect_loop,
    "sends the key on": lambda wire, answer: wire.send(Answer(b"", 302, headers={"Location": f"ftp://127.0.0.1{wire.path}/{KEY}"})),
    "a head that is none": lambda wire, answer: wire.raw(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n" + answer.content),
    "well": faults.well,
}
WELL = {"a head that is none", "well"}  # which are read all the same


@pytest.mark.parametrize("name", SPOILT)
def test_a_key_is_in_no_message_no_chain_and_no_log(origin: Origin, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.DEBUG)
    origin.spoil(SPOILT[name], times=None)
    asking = client(limits=replace(HASTY if name in HANG else QUICK, tries=1 if name in HANG else 2))
    if name in WELL:
        texts = [asking.get(f"{origin.base}/observations", {"id": "A"}, secret={"api_key": KEY}).address]
    else:
        error = refused(asking, f"{origin.base}/observations", parameters={"id": "A"}, secret={"api_key": KEY})
        texts = [str(error), repr(error), repr(error.args)]
    assert origin.requests[0].query["api_key"] == KEY, "or nothing is proved"
    texts += [record.getMessage() for record in caplog.records] + [str(record.exc_info) for record in caplog.records]
    for line in texts:
        assert "0123456789abcdef" not in line


def test_what_others_ask_is_still_logged(origin: Origin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    client().get(f"{origin.base}/a", secret={"api_key": KEY})
    assert caplog.records == []
    client().get(f"{origin.base}/b")
    assert any("/b" in record.getMessage() for record in caplog.records)


def test_no_more_than_two_requests_are_under_way_and_each_begins_a_pause_after_the_one_before() -> None:
    def slow(request: Request) -> Answer:
        threading.Event().wait(0.03)
        return Answer(TABLE)

    hands = Hands()
    with serving(slow) as origin:
        asking = client(hands)
        threads = [threading.Thread(target=asking.get, args=(origin.base,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (origin.busiest, len(origin.requests)) == (2, 6)
    assert hands.passed >= LIMITS.pause * 5 - 1e-9


def test_turns_at_one_host_do_not_hold_up_another() -> None:
    hands = Hands()
    limiter = RateLimiter(LIMITS, hands.clock)
    for host in ("a", "b", "c"):
        with limiter.turn(host):
            pass
    assert hands.slept == []
    limiter.hold("a", 9.0)
    with limiter.turn("b"):
        pass
    assert hands.slept == [LIMITS.pause]
    with limiter.turn("a"):
        pass
    assert hands.passed == pytest.approx(9.0)


def test_neither_netrc_nor_a_proxy_of_the_environment_comes_between_this_machine_and_itself(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nowhere())
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    assert client().get(origin.base).content == TABLE
    assert "authorization" not in origin.requests[0].headers


def test_a_proxy_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", nowhere().replace("://", "://me:secret@"))
    monkeypatch.setenv("no_proxy", "")
    message = str(refused(client(limits=replace(QUICK, tries=1)), "http://prices.example/graph.csv"))
    assert "by way of the proxy 127.0.0.1, which the environment names" in message
    assert "secret" not in message


def test_words_of_an_origin_are_one_short_line() -> None:
    assert excerpt("a\r\nb\tc\x00d\u2028e") == "a b c d e"
    assert len(excerpt("x" * 1000)) == 120
