"""Puts the pieces of a body together, unpacks them and counts while they come."""

import zlib
from collections.abc import Iterable

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.limits import MEGABYTE
from features.live.web.reply import TransientError

CODINGS = "gzip, deflate"  # what a request says it takes
CUT = "the answer was cut short"


def decoded_body(pieces: Iterable[bytes], endpoint: Endpoint, *, coding: str, length: str | None, limit: int) -> bytes:
    """The body, unpacked from `coding`, at most `limit` bytes; `length` is the header Content-Length.

    TransientError where fewer bytes came than announced, or the packed stream does not end; OriginError for more than `limit`, and for
    another coding than gzip and deflate.
    """
    announced = int(length) if length is not None and length.isdigit() and len(length) < 20 else None
    if announced is not None and announced > limit:
        raise size_error(endpoint, limit)
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise OriginError(f"{endpoint}: sends its answer packed as {coding[:20]!r}, which was not asked for; try again later")
    unpack = None if coding in ("", "identity") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # of either kind, by its first bytes
    body, came = bytearray(), 0
    for piece in pieces:
        came += len(piece)
        body += piece if unpack is None else _unpacked(unpack, piece, limit + 1 - len(body))
        if max(came, len(body)) > limit:
            raise size_error(endpoint, limit)
    if (announced is not None and came < announced) or (unpack is not None and came and not unpack.eof):
        raise TransientError(CUT)
    return bytes(body)


def _unpacked(unpack: "zlib._Decompress", piece: bytes, room: int) -> bytes:
    try:
        return unpack.decompress(piece, room)
    except zlib.error:
        pass
    raise TransientError("the answer cannot be unpacked")


def size_error(endpoint: Endpoint, limit: int) -> OriginError:
    """A body of more than `limit` bytes."""
    return OriginError(f"{endpoint}: the answer is larger than {limit // MEGABYTE} MB, and is not taken; look at the address in [live]")
