"""Reply: an answer of any status, what is to be made of it, and what went wrong on the way to it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from features.errors import OriginError
from features.live.web.address import Endpoint, excerpt
from features.live.web.html_page import looks_like_html

LATER = "try again later"
PASSING = {429, 500, 502, 503, 504}
AGES = 10 * 365 * 86400.0  # seconds; no origin means more, and a date still has room for it
WORDS = {
    400: ("does not understand what it was asked", "look at the symbol or series, and at the key"),
    401: ("wants a key that it knows", "look at the key in the environment"),
    403: ("refuses", "open the address in a browser: it may block this network, or have been asked too often"),
    404: ("has nothing there", "look at the symbol, the series and the address in [live]"),
    410: ("has nothing there any more", "look at the symbol, the series and the address in [live]"),
}


class RefusedError(OriginError):
    """An origin that answered, and whose answer is no. status : of HTTP.   content : what it said."""

    def __init__(self, message: str, status: int, content: bytes = b"") -> None:
        super().__init__(message)
        self.status, self.content = status, content


class TransientError(Exception):
    """A fault that may be gone at the next try. what, remedy : words.   after : seconds that the origin asks for.   status : 0 = none."""

    def __init__(self, what: str, remedy: str = LATER, *, after: float | None = None, status: int = 0) -> None:
        super().__init__(what)
        self.what, self.remedy, self.after, self.status = what, remedy, after, status


@dataclass(frozen=True)
class Reply:
    """headers : names in small letters.   content : decoded from its transfer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def served(self) -> datetime | None:
        """The origin's clock, UTC; None where it does not tell. A cache on the way gives an old date, and how old it is (RFC 9111, 5.1)."""
        told, old = http_date(self.headers.get("date", "")), self.headers.get("age", "")
        return told + timedelta(seconds=int(old)) if told is not None and old.isdigit() and len(old) < 9 else told


def http_date(text: str) -> datetime | None:
    """A date of a header, UTC; None for what is none."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds from `now`; `text` has seconds or a date. None for neither."""
    if text.isdigit():
        seconds = float(text)
    elif (until := http_date(text)) is not None:
        seconds = (until - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), AGES)


def raise_for_status(reply: Reply, place: Endpoint, now: datetime, *, secret: Mapping[str, str] | None = None) -> None:
    """TransientError for an answer that may be better next time, RefusedError for one that will not be; an empty one is passing."""
    if reply.status in PASSING:
        what = "too many requests, answered 429" if reply.status == 429 else f"answered {reply.status}"
        after = retry_after(reply.headers["retry-after"], reply.served or now) if "retry-after" in reply.headers else None
        raise TransientError(what, after=after, status=reply.status)
    if reply.status != 200:
        does, remedy = WORDS.get(reply.status, ("answers otherwise than it should", "open the address in a browser"))
        raise RefusedError(f"{place}: answered {reply.status}, {does}{_its_words(reply, secret)}; {remedy}", reply.status, reply.content)
    if not reply.content:
        raise TransientError("an empty answer", "try again later, or open the address in a browser")


def long_pause_error(place: Endpoint, passing: TransientError, now: datetime) -> OriginError:
    """The origin asked for more patience than there is."""
    seconds = math.ceil(passing.after or 0.0)
    until = (now + timedelta(seconds=seconds)).astimezone(UTC)
    return OriginError(f"{place}: {passing.what} and asks for a pause of {seconds} s; run it again after {until:%Y-%m-%d %H:%M:%S} UTC")


def _its_words(reply: Reply, secret: Mapping[str, str] | None) -> str:
    text = reply.content[:1000].decode("utf-8", "replace")
    words = "" if looks_like_html(reply.content) else excerpt(text, secret=secret)
    return f" and says {words!r}" if words else ""
