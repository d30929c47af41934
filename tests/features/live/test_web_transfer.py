"""Bodies out of their transfer: members of gzip in any pieces, bounds, and what is no packed stream."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.reply import TransientError
from features.live.web.transfer import decoded_body

ORIGIN = Endpoint("origin", "/x")


def body(packed: bytes, step: int = 1 << 16, *, coding: str = "gzip", limit: int = 1 << 20) -> bytes:
    pieces = [packed[place : place + step] for place in range(0, len(packed), step)]
    return decoded_body(pieces, ORIGIN, coding=coding, length=None, limit=limit)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4), st.integers(1, 30), st.integers(0, 3))
def test_members_one_after_another_are_one_body_in_whatever_pieces_they_come(members: list[bytes], step: int, zeros: int) -> None:
    packed = b"".join(gzip.compress(member) for member in members) + bytes(zeros)
    assert body(packed, step) == gzip.decompress(packed) == b"".join(members)


@pytest.mark.parametrize("step", [1, 7, 1 << 16])
def test_a_second_member_that_is_cut_or_another_thing_is_no_end(step: int) -> None:
    one, other = gzip.compress(b"one"), gzip.compress(b"other")
    for cut in (1, 5, len(other) - 1):
        with pytest.raises(TransientError, match="the answer was cut short"):
            body(one + other[:cut], step)
    with pytest.raises(TransientError, match="the answer cannot be unpacked"):
        body(one + b"and words", step)


def test_all_members_together_are_bounded() -> None:
    member = gzip.compress(bytes(1000))
    assert len(body(10 * member, limit=10_000)) == 10_000
    with pytest.raises(OriginError, match="the answer is larger than"):
        body(11 * member, limit=10_000)


def test_deflate_has_one_stream() -> None:
    assert body(zlib.compress(b"one"), 3, coding="deflate") == b"one"
