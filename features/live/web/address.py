"""Place: an address as a message may name it, host and path, and words of an origin that are safe to repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode, urlsplit

QUOTED = 120  # characters that a message repeats of what an origin says


@dataclass(frozen=True)
class Endpoint:
    """host : with its port, where it has one.   path : without the query, in which secrets travel."""

    host: str
    path: str

    @classmethod
    def of(cls, address: str) -> "Endpoint":
        """User and password, which an address may hold, are left out."""
        parts = urlsplit(address)
        return cls(parts.netloc.rpartition("@")[2].lower(), parts.path)

    def __str__(self) -> str:
        return excerpt(f"{self.host}{self.path}")


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def excerpt(text: str, *, secret: Mapping[str, str] | None = None) -> str:
    """One line of printable characters, at most QUOTED of them, with *** in the place of secrets, however they are written."""
    for value in (secret or {}).values():
        for written in {value, quote(value), quote(value, safe=""), quote_plus(value)} - {""}:
            text = text.replace(written, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= QUOTED else line[: QUOTED - 3] + "..."
