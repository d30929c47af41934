"""Transfer: the pieces of a body put together, unpacked and counted while they come."""

import zlib
from collections.abc import Iterable

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.limits import MEGABYTE
from features.live.web.reply import TransientError

CODINGS = "gzip, deflate"  # what a request says it takes
CUT = "the answer was cut short"


def decoded_body(pieces: Iterable[bytes], place: Endpoint, *, coding: str, length: str | None, limit: int) -> bytes:
    """The body of `pieces` as they came, unpacked from `coding` and never more than `limit` bytes.

    length : the header Content-Length. TransientError where fewer bytes came than it says, or the packed stream does not end;
    OriginError for more than `limit`, and for a coding that is neither gzip nor deflate.
    """
    announced = int(length) if length is not None and length.isdigit() and len(length) < 20 else None
    if announced is not None and announced > limit:
        raise too_large(place, limit)
    unpack = _unpacker(coding, place)
    body, came = bytearray(), 0
    for piece in pieces:
        came += len(piece)
        body += piece if unpack is None else _unpacked(unpack, piece, limit + 1 - len(body))
        if max(came, len(body)) > limit:
            raise too_large(place, limit)
    if (announced is not None and came < announced) or (unpack is not None and came and not unpack.eof):
        raise TransientError(CUT)
    return bytes(body)


def _unpacker(coding: str, place: Endpoint) -> "zlib._Decompress | None":
    if coding in ("", "identity"):
        return None
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise OriginError(f"{place}: sends its answer packed as {coding[:20]!r}, which was not asked for; try again later")
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # of either kind, by its first bytes


def _unpacked(unpack: "zlib._Decompress", piece: bytes, room: int) -> bytes:
    try:
        return unpack.decompress(piece, room)
    except zlib.error:
        pass
    raise TransientError("the answer cannot be unpacked")


def too_large(place: Endpoint, limit: int) -> OriginError:
    """limit : bytes."""
    return OriginError(f"{place}: the answer is larger than {limit // MEGABYTE} MB, and is not taken; look at the address in [live]")
