"""Faults: what goes wrong with an answer, each by its name; see `tests.origins.server` for how to play one."""

import gzip
import socket
import struct
import time
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.origins.server import Answer, Fault, Wire

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in to continue</title></head><body><p>Are you a robot?</p></body></html>\n"
GARBAGE = bytes(range(256)) * 8
MEGABYTE = 1 << 20


def well(wire: Wire, answer: Answer) -> None:
    """No fault: lets `times` good answers pass before the next one."""
    wire.send(answer)


def reset(wire: Wire, answer: Answer) -> None:
    """The connection is reset in the middle of the body."""
    wire.send(answer, body=answer.content[: len(answer.content) // 2])
    wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.02)  # what was sent shall be there before the reset, which throws it away
    wire.connection.close()


def slammed(wire: Wire, answer: Answer) -> None:
    """The connection is closed before a word is said."""
    wire.connection.shutdown(socket.SHUT_RDWR)


def half(wire: Wire, answer: Answer) -> None:
    """Content-Length tells of the whole body, and half of it comes."""
    wire.send(answer, body=answer.content[: len(answer.content) // 2])


def half_chunked(wire: Wire, answer: Answer) -> None:
    """A body in chunks that ends without the last one."""
    part = answer.content[: len(answer.content) // 2]
    wire.raw(f"HTTP/1.1 200 OK\r\nContent-Type: {answer.content_type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
    wire.raw(f"{len(part):x}\r\n".encode() + part + b"\r\n")


def half_unannounced(wire: Wire, answer: Answer) -> None:
    """Half of the body, and nothing that tells its length: only who reads it can see that it is cut."""
    part = answer.content[: len(answer.content) // 2]
    wire.raw(f"HTTP/1.1 200 OK\r\nContent-Type: {answer.content_type}\r\nConnection: close\r\n\r\n".encode() + part)


def drip(pause: float) -> Fault:
    """The head, then a byte every `pause` seconds."""

    def fault(wire: Wire, answer: Answer) -> None:
        wire.send(answer, body=b"")
        for byte in answer.content:
            if wire.origin.closing.wait(pause):
                return
            wire.raw(bytes([byte]))

    return fault


def drip_head(pause: float) -> Fault:
    """A head that never ends, a byte every `pause` seconds."""

    def fault(wire: Wire, answer: Answer) -> None:
        wire.raw(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not wire.origin.closing.wait(pause):
            wire.raw(b"x")

    return fault


def silent(wire: Wire, answer: Answer) -> None:
    """Takes the request and never answers."""
    wire.origin.closing.wait()


def status(code: int, *, retry_after: str | None = None, content: bytes = b"", content_type: str = "text/html") -> Fault:
    """An answer of that status. retry_after : seconds, or an HTTP date (`http_date`)."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda wire, answer: wire.send(Answer(content or f"{code}".encode(), code, content_type, headers))


def http_date(when: datetime) -> str:
    """An aware time as a header has it."""
    return format_datetime(when, usegmt=True)


def redirect(target: str, *, code: int = 302) -> Fault:
    """To another place: an address, or a path here."""
    return lambda wire, answer: wire.send(Answer(b"", code, headers={"Location": target}))


def redirect_loop(wire: Wire, answer: Answer) -> None:
    """To itself; play it with `times=None`."""
    wire.send(Answer(b"", 302, headers={"Location": wire.path}))


def html(wire: Wire, answer: Answer) -> None:
    """A page where data were expected, and status 200."""
    wire.send(Answer(PAGE, 200, "text/html; charset=utf-8"))


def empty(wire: Wire, answer: Answer) -> None:
    """Nothing at all, and status 200."""
    wire.send(replace(answer, content=b""))


def content_type(kind: str) -> Fault:
    """The right body under a wrong name."""
    return lambda wire, answer: wire.send(replace(answer, content_type=kind))


def body(content: bytes) -> Fault:
    """Another body under the same head: a column renamed, rows out of order, a value that is none."""
    return lambda wire, answer: wire.send(replace(answer, content=content))


def garbage(wire: Wire, answer: Answer) -> None:
    """Bytes without sense as the body."""
    wire.send(replace(answer, content=GARBAGE))


def no_http(wire: Wire, answer: Answer) -> None:
    """Bytes without sense instead of an answer."""
    wire.raw(GARBAGE)


def zipped(wire: Wire, answer: Answer) -> None:
    """No fault: the answer in gzip transfer."""
    wire.send(replace(answer, content=gzip.compress(answer.content), headers={**answer.headers, "Content-Encoding": "gzip"}))


def half_zipped(wire: Wire, answer: Answer) -> None:
    """Gzip transfer whose stream is cut, of the length that it tells."""
    packed = gzip.compress(answer.content)
    wire.send(replace(answer, content=packed[: len(packed) // 2], headers={**answer.headers, "Content-Encoding": "gzip"}))


def badly_zipped(wire: Wire, answer: Answer) -> None:
    """Says gzip, and is none."""
    wire.send(replace(answer, headers={**answer.headers, "Content-Encoding": "gzip"}))


def bomb(megabytes: int) -> Fault:
    """A gzip transfer of a thousandth of the size that it unpacks to."""
    return lambda wire, answer: zipped(wire, replace(answer, content=bytes(megabytes * MEGABYTE)))


def huge(megabytes: int) -> Fault:
    """A body of that size which does not tell its length."""

    def fault(wire: Wire, answer: Answer) -> None:
        wire.raw(f"HTTP/1.1 200 OK\r\nContent-Type: {answer.content_type}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(megabytes):
            wire.raw(b"0" * MEGABYTE)

    return fault


def announced(megabytes: int) -> Fault:
    """Content-Length tells of a body of that size."""
    return lambda wire, answer: wire.send(answer, length=megabytes * MEGABYTE)


def clock(when: datetime) -> Fault:
    """The right answer, and a Date header that says `when`."""
    return lambda wire, answer: wire.send(replace(answer, headers={**answer.headers, "Date": http_date(when)}))


def date_header(text: str) -> Fault:
    """The right answer, and a Date header that is `text`."""
    return lambda wire, answer: wire.send(replace(answer, headers={**answer.headers, "Date": text}))


def aged(span: timedelta) -> Fault:
    """The right answer out of a cache on the way, as old as `span`: an old Date, and the header Age (RFC 9111)."""

    def fault(wire: Wire, answer: Answer) -> None:
        old = {"Date": http_date(wire.origin.clock() - span), "Age": f"{span.total_seconds():.0f}"}
        wire.send(replace(answer, headers={**answer.headers, **old}))

    return fault
