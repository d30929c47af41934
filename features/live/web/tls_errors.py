"""Errors of certificates in our words, from those of two libraries, OpenSSL's and BoringSSL's."""

import re

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.reply import TransientError

DATE = "look at the date of this machine"
CERTIFICATES = (
    ("expired", "its certificate has expired", f"{DATE}; if it is right, try again when the origin has renewed it"),
    ("not yet valid", "its certificate does not hold yet", DATE),
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
    """Everything that an exception and its causes say, for matching; never for a message, since it holds addresses."""
    words, seen = [], []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or each in seen:
            continue
        seen.append(each)
        words.append(f"{type(each).__name__} {each}")
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return " ".join(words)


def tls_error(endpoint: Endpoint, error: BaseException) -> OriginError | TransientError:
    """What is wrong with the certificate and what to do; transient where the connection broke before it was secure."""
    words = words_of(error).lower()
    for pattern, what, remedy in CERTIFICATES:
        if re.search(pattern, words):
            return OriginError(f"{endpoint}: {what}; {remedy}")
    if re.search("eof|reset|closed|timed out", words):
        return TransientError("the connection was broken off before it was secure")
    return OriginError(f"{endpoint}: no secure connection; look at the address in [live.origins], and at whether it is to be https")
