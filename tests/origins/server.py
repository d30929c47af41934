"""Origins on this machine: real sockets, answers in an origin's real format, and everything that goes wrong on the way.

An origin is a function from a `Request` to an `Answer`, whatever the origin's format:

    def rates(request: Request) -> Answer:
        return Answer(b"observation_date,DGS10\\n2024-07-01,4.48\\n", content_type="text/csv")

    with serving(rates) as origin:
        client.get(f"{origin.base}/graph/fredgraph.csv", {"id": "DGS10"})
        origin.requests[-1].query  # {"id": "DGS10"}

A fault of `tests.origins.faults` spoils answers: the next one, the next `times`, or with `times=None` all of them; with `where` only
those whose path holds these words. Faults wait in line, and after them the origin is well again:

    origin.spoil(faults.status(503, retry_after="2"))
    origin.spoil(faults.half, times=None, where="/graph/")

What is no fault of an answer: `nowhere()` is an address at which nobody listens, and `serving(play, certificate=...)` speaks TLS with a
certificate of `tests.origins.certificates`.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

HERE = "127.0.0.1"


@dataclass(frozen=True)
class Request:
    """What was asked: `path` decoded and without its query. headers : names in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What an origin says when all is well; `Content-Length` and `Date` are added."""

    content: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Play = Callable[[Request], Answer]


class Wire(BaseHTTPRequestHandler):
    """One connection, as a fault sees it: `send`, `raw` and `origin`."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    @property
    def origin(self) -> "Origin":
        return self.server.origin

    def send(self, answer: Answer, *, length: int | None = None, body: bytes | None = None) -> None:
        """The answer, well; or with another Content-Length, or another body after the same head."""
        content = answer.content if body is None else body
        head = {"Date": format_datetime(self.origin.clock(), usegmt=True), "Content-Type": answer.content_type}
        head |= {"Content-Length": str(len(answer.content) if length is None else length)} | dict(answer.headers)
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('Unknown',))[0]}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        self.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + (b"" if self.command == "HEAD" else content))

    def raw(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()

    def do_GET(self) -> None:
        self.close_connection = True
        place = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        heads = {name.lower(): value for name, value in self.headers.items()}
        self.origin.answer(self, Request(self.command, place.path, dict(parse_qsl(place.query, keep_blank_values=True)), heads, body))

    do_POST = do_HEAD = do_GET  # noqa: N815 : names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the requests are in `Origin.requests`."""


Fault = Callable[[Wire, Answer], None]


@dataclass
class _Spoilt:
    fault: Fault
    left: float
    where: str


class Origin:
    """A server that plays `play`. base : its address, without a slash at the end. requests : what it was asked, in order.

    clock : what its answers are dated by.
    """

    def __init__(self, play: Play, base: str) -> None:
        self.play, self.base = play, base
        self.requests: list[Request] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.closing = threading.Event()
        self.busiest = 0
        self._busy = 0
        self._spoilt: list[_Spoilt] = []
        self._lock = threading.Lock()

    def spoil(self, fault: Fault, *, times: int | None = 1, where: str = "") -> None:
        """The next `times` answers to paths that hold `where` go wrong; None = all. Faults given before come first."""
        with self._lock:
            self._spoilt.append(_Spoilt(fault, float("inf") if times is None else times, where))

    def heal(self) -> None:
        """No fault any more."""
        with self._lock:
            self._spoilt.clear()

    def answer(self, wire: Wire, request: Request) -> None:
        with self._lock:
            self.requests.append(request)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            spoilt = next((each for each in self._spoilt if each.left > 0 and each.where in request.path), None)
            if spoilt is not None:
                spoilt.left -= 1
        try:
            good = self.play(request)
            if spoilt is None:
                wire.send(good)
            else:
                spoilt.fault(wire, good)
        finally:
            with self._lock:
                self._busy -= 1


class Server(ThreadingHTTPServer):
    """Connections in threads of their own; a client that hangs up is no error."""

    daemon_threads = True
    origin: Origin

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        self.surprises: list[str] = []
        super().__init__((HERE, 0), Wire)

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)  # without asking for the name of this machine, which may take seconds
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HERE, self.server_address[1]

    def get_request(self) -> tuple[socket.socket, object]:
        connection, peer = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, peer

    def handle_error(self, request: object, client_address: object) -> None:
        import sys

        error = sys.exception()
        if not isinstance(error, OSError):  # of which ssl.SSLError is one
            self.surprises.append(repr(error))


@contextmanager
def serving(play: Play, *, certificate: Path | None = None) -> Iterator[Origin]:
    """The origin while the block runs, on a free port. certificate : PEM of key and certificate, for https.

    AssertionError at the end if `play` or a fault broke.
    """
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    with Server(tls) as server:
        scheme = "http" if tls is None else "https"
        server.origin = Origin(play, f"{scheme}://{HERE}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.origin
        finally:
            server.origin.closing.set()
            server.shutdown()
            thread.join()
    assert not server.surprises, server.surprises


def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind((HERE, 0))
        return f"http://{HERE}:{free.getsockname()[1]}"
