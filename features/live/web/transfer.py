"""Puts the pieces of a body together, unpacks them and counts while they come."""

import zlib
from collections.abc import Iterable

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.limits import MEGABYTE
from features.live.web.reply import TransientError, is_digits

CODINGS = "gzip, deflate"  # what a request says it takes
GZIP = b"\x1f\x8b"
LONGEST_NUMBER = 20  # digits; a count of bytes has fewer
CUT = "the answer was cut short"


def decoded_body(pieces: Iterable[bytes], endpoint: Endpoint, *, coding: str, length: str | None, limit: int) -> bytes:
    """The body, unpacked from `coding`, at most `limit` bytes; `length` is the header Content-Length.

    TransientError where fewer bytes came than announced, or the packed stream does not end; OriginError for more than `limit`, and for
    another coding than gzip and deflate.
    """
    announced = None if length is None else whole_number(length)
    if announced is not None and announced > limit:
        raise size_error(endpoint, limit)
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise OriginError(f"{endpoint}: sends its answer packed as {coding[:20]!r}, which was not asked for; try again later")
    unpack = None if coding in ("", "identity") else Unpacker()
    body, came = bytearray(), 0
    for piece in pieces:
        came += len(piece)
        body += piece if unpack is None else unpack.add(piece, limit + 1 - len(body))
        if max(came, len(body)) > limit:
            raise size_error(endpoint, limit)
    if (announced is not None and came < announced) or (unpack is not None and came and not unpack.is_whole):
        raise TransientError(CUT)
    return bytes(body)


class Unpacker:
    """Unpacks gzip, of any number of members one after another (RFC 1952, 2.2), or deflate, as the bytes come."""

    def __init__(self) -> None:
        self._member, self._left = _member(), b""

    @property
    def is_whole(self) -> bool:
        """Whether the last member has ended; zeros after it are padding."""
        return self._member.eof and not self._left

    def add(self, piece: bytes, room: int) -> bytes:
        """What `piece` unpacks to, at most `room` bytes; TransientError for what is not packed."""
        unpacked = bytearray()
        try:
            while True:
                if self._member.eof:
                    self._left = (self._left + piece).lstrip(b"\x00")
                    if len(self._left) < len(GZIP) and GZIP.startswith(self._left):
                        return bytes(unpacked)  # the next member begins in the next piece, or there is none
                    if not self._left.startswith(GZIP):
                        break
                    piece, self._left, self._member = self._left, b"", _member()
                unpacked += self._member.decompress(piece, max(room - len(unpacked), 1))
                if not self._member.eof or len(unpacked) >= room:
                    return bytes(unpacked)
                piece = self._member.unused_data
        except zlib.error:
            pass
        raise TransientError("the answer cannot be unpacked")


def _member() -> "zlib._Decompress":
    """Of either kind, by its first bytes."""
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)


def whole_number(text: str) -> int | None:
    """The number of a header that holds digits from 0 to 9 alone, and no more than a count may have; else None."""
    return int(text) if is_digits(text) and len(text) < LONGEST_NUMBER else None


def size_error(endpoint: Endpoint, limit: int) -> OriginError:
    """A body of more than `limit` bytes."""
    return OriginError(f"{endpoint}: the answer is larger than {limit // MEGABYTE} MB, and is not taken; look at the address in [live]")
