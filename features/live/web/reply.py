"""A reply of any status, whether it is of use, and the errors of those that are not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from features.errors import OriginError
from features.live.web.address import Endpoint, excerpt
from features.live.web.html_page import looks_like_html

LATER = "try again later"
TRANSIENT = {429, 500, 502, 503, 504}
LONGEST_AGE = 8  # digits: three years
LONGEST_PAUSE = 10 * 365 * 86400.0  # seconds; no origin means more, and a date still has room for it
MEANINGS = {
    400: ("does not understand what it was asked", "look at the symbol or series, and at the key"),
    401: ("wants a key that it knows", "look at the key in the environment"),
    403: ("refuses", "open the address in a browser: it may block this network, or have been asked too often"),
    404: ("has nothing there", "look at the symbol, the series and the address in [live]"),
    410: ("has nothing there any more", "look at the symbol, the series and the address in [live]"),
}


class RefusedError(OriginError):
    """An origin that answered with another status than 200; `content` is what it said."""

    def __init__(self, message: str, status: int, content: bytes = b"") -> None:
        super().__init__(message)
        self.status, self.content = status, content


class TransientError(Exception):
    """A fault that may be gone at the next try; `after` is the pause in seconds that the origin asks for, `status` 0 without an answer."""

    def __init__(self, what: str, remedy: str = LATER, *, after: float | None = None, status: int = 0) -> None:
        super().__init__(what)
        self.what, self.remedy, self.after, self.status = what, remedy, after, status


@dataclass(frozen=True)
class Reply:
    """Status, headers by lower-case name, and the body, decoded from its transfer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def served(self) -> datetime | None:
        """The origin's clock, UTC, or None. A cache on the way gives an old date, and its age (RFC 9111, 5.1)."""
        date, old = http_date(self.headers.get("date", "")), self.headers.get("age", "")
        if date is None or not is_digits(old) or len(old) > LONGEST_AGE:
            return date
        try:
            return date + timedelta(seconds=int(old))
        except OverflowError:  # in the year 9999
            return None


def http_date(text: str) -> datetime | None:
    """The date of a header, UTC; None for what is no date."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def is_digits(text: str) -> bool:
    """Whether `text` is digits from 0 to 9 alone; those of other scripts, and superscripts, are digits to Python too."""
    return text.isascii() and text.isdigit()


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds from `now`; `text` is seconds or a date, else None."""
    if is_digits(text):
        seconds = float(text)
    elif (until := http_date(text)) is not None:
        seconds = (until - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def raise_for_status(reply: Reply, endpoint: Endpoint, now: datetime, *, secret: Mapping[str, str] | None = None) -> None:
    """TransientError for a reply that may be better next time, an empty one too; RefusedError for one that will not be."""
    if reply.status in TRANSIENT:
        what = "too many requests, answered 429" if reply.status == 429 else f"answered {reply.status}"
        after = retry_after(reply.headers["retry-after"], reply.served or now) if "retry-after" in reply.headers else None
        raise TransientError(what, after=after, status=reply.status)
    if reply.status != 200:
        does, remedy = MEANINGS.get(reply.status, ("answers otherwise than it should", "open the address in a browser"))
        words = "" if looks_like_html(reply.content) else excerpt(reply.content[:1000].decode("utf-8", "replace"), secret=secret)
        quotation = f" and says {words!r}" if words else ""
        raise RefusedError(f"{endpoint}: answered {reply.status}, {does}{quotation}; {remedy}", reply.status, reply.content)
    if not reply.content:
        raise TransientError("an empty answer", "try again later, or open the address in a browser")


def long_pause_error(endpoint: Endpoint, error: TransientError, now: datetime) -> OriginError:
    """The origin asks for a longer pause than `Limits.patience`."""
    seconds = math.ceil(error.after or 0.0)
    until = (now + timedelta(seconds=seconds)).astimezone(UTC)
    return OriginError(f"{endpoint}: {error.what} and asks for a pause of {seconds} s; run it again after {until:%Y-%m-%d %H:%M:%S} UTC")
