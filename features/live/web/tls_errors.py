"""Trouble on the way to an origin: from the words of two libraries, OpenSSL's and BoringSSL's, to ours."""

import re

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.reply import TransientError

CERTIFICATES = (
    (
        "expired",
        "its certificate has expired",
        "look at the date of this machine; if it is right, try again when the origin has renewed it",
    ),
    ("not yet valid", "its certificate does not hold yet", "look at the date of this machine"),
    (
        "mismatch|doesn't match|does not match|no alternative certificate|not valid for",
        "its certificate is of another name",
        "look at the address in [live.origins]",
    ),
    (
        "self.?signed|unable to get.* issuer|unable to verify|unknown ca",
        "its certificate is signed by nobody whom this machine trusts",
        "if a proxy opens connections here, name its authority's file in REQUESTS_CA_BUNDLE; else do not trust it",
    ),
)


def words_of(error: BaseException) -> str:
    """Everything that an exception and its causes say, for recognising; never for a message, since addresses are in it."""
    found, seen = [], []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or each in seen:
            continue
        seen.append(each)
        found.append(f"{type(each).__name__} {each}")
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return " ".join(found)


def tls_error(place: Endpoint, error: BaseException) -> OriginError | TransientError:
    """What is wrong with the certificate, and what to do; or that the connection broke before it was secure, which is passing."""
    words = words_of(error).lower()
    for pattern, what, remedy in CERTIFICATES:
        if re.search(pattern, words):
            return OriginError(f"{place}: {what}; {remedy}")
    if re.search("eof|reset|closed|timed out", words):
        return TransientError("the connection was broken off before it was secure")
    return OriginError(f"{place}: no secure connection; look at the address in [live.origins], and at whether it is to be https")
