"""Bytes made from other bytes, where no coverage guides: a case is a function of its seed and its number."""

from collections.abc import Sequence

import numpy as np

WORDS = (
    b"", b",", b",,,,", b"\n", b"\r\n", b"\r", b'"', b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"inf", b"-inf", b"1e400", b"-1e-400",
    b"0", b"-1", b"1e308", b"9" * 400, b"0x10", b"1_000", b"1,000", b".", b"NA", b"True", b"null", b"2024-02-30", b"9999-12-31", b"0001-01-01",
    b"=1+1", b"@SUM(A1)", b"<script>alert(1)</script>", b"\x1b[31m", b"\xe2\x80\xae", b"[" * 50, b"{" * 50, b"]", b"}", b"\\u0000", b"../..",
    b"Date", b"Close", b"series", b"x" * 5000, b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"ARROW1",
)  # fmt: skip


def mutated(seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """One of `seeds` after one to eight changes."""
    rng = np.random.default_rng((seed, number))
    content = bytearray(seeds[rng.integers(len(seeds))])
    for _ in range(rng.integers(1, 9)):
        content = _changed(content, seeds, rng)
    return bytes(content)


def _changed(content: bytearray, seeds: Sequence[bytes], rng: np.random.Generator) -> bytearray:
    at, until = sorted(rng.integers(0, len(content) + 1, 2).tolist())
    until = min(until, at + int(rng.integers(1, 40)))
    match int(rng.integers(8)):
        case 0 if content:
            content[min(at, len(content) - 1)] ^= 1 << int(rng.integers(8))
        case 1:
            content[at:until] = WORDS[rng.integers(len(WORDS))]
        case 2:
            content[at:at] = WORDS[rng.integers(len(WORDS))]
        case 3:
            del content[at:until]
        case 4:
            del content[at:]
        case 5:
            content[at:at] = content[at:until] * int(rng.integers(1, 5))
        case 6:
            content = _lines_changed(content, rng)
        case _:
            other = seeds[rng.integers(len(seeds))]
            begin = int(rng.integers(0, len(other) + 1))
            content[at:until] = other[begin : begin + 40]
    return content


def _lines_changed(content: bytearray, rng: np.random.Generator) -> bytearray:
    """A line doubled, moved, taken out, or with a field of it replaced."""
    lines = content.split(b"\n")
    one, other = (int(place) for place in rng.integers(0, len(lines), 2))
    match int(rng.integers(4)):
        case 0:
            lines.insert(other, lines[one])
        case 1:
            lines[one], lines[other] = lines[other], lines[one]
        case 2:
            del lines[one]
        case _:
            fields = lines[one].split(b",")
            fields[rng.integers(len(fields))] = bytearray(WORDS[rng.integers(len(WORDS))])
            lines[one] = bytearray(b",".join(fields))
    return bytearray(b"\n".join(lines))
