"""Addresses as a message may name them, without secrets, and excerpts of what an origin says."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode, urlsplit

QUOTED = 120  # characters of an excerpt


@dataclass(frozen=True)
class Endpoint:
    """Host, with its port, and path of an address; the query, in which secrets travel, is left out."""

    host: str
    path: str

    @classmethod
    def of(cls, address: str) -> "Endpoint":
        """User and password of the address are left out."""
        parts = urlsplit(address)
        return cls(parts.netloc.rpartition("@")[2].lower(), parts.path)

    def __str__(self) -> str:
        return excerpt(f"{self.host}{self.path}")


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def excerpt(text: str, *, secret: Mapping[str, str] | None = None) -> str:
    """One line of at most QUOTED printable characters, with *** in the place of secrets, however they are written."""
    for value in (secret or {}).values():
        for written in {value, quote(value), quote(value, safe=""), quote_plus(value)} - {""}:
            text = text.replace(written, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= QUOTED else line[: QUOTED - 3] + "..."
