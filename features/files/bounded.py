"""Bounded reading of text and JSON: no file costs more to read than a daily history or a run may, whatever it holds.

A bound is far above anything a daily history or a run needs, and small enough for a machine of two gigabytes. It is checked before or while
a file is read.
"""

import codecs
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import InputError
from features.names import refuse_unsafe

MAX_BYTES = 128 * 2**20  # of a table, unpacked; a daily history of a century is under one megabyte, thirty columns of it under thirty
MAX_COLUMNS = 2_000  # the widest published daily table, the members of a broad index, has some 1,500
MAX_ROWS = 2_000_000  # a published history of rate odds, a row a day, meeting and range, gains some 30,000 a year
MAX_CELLS = 20_000_000  # 160 MB as doubles
MAX_LINE = 2**20  # bytes; 2,000 columns of 500
MAX_JSON = 32 * 2**20  # bytes of a run's largest file are some four million
MAX_VALUES = 2_000_000  # of one JSON file: a list or a number costs Python some sixty bytes, however short it is written
BLOCK = 2**20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SHEETS = (b"[Content_Types].xml", b"xl/", b"vnd.oasis.opendocument.spreadsheet")  # names in the archive that a workbook is
SAVE = "save its sheet as CSV in UTF-8"
OTHER = {
    b"\xd0\xcf\x11\xe0": f"is a workbook (xls) and no CSV; {SAVE}",
    b"\xff\xfe": "is text in UTF-16, as Excel's Unicode text is; save it as CSV in UTF-8",
    b"\xfe\xff": "is text in UTF-16; save it as CSV in UTF-8",
    b"PAR1": "is a Parquet file, which its name does not say; end its name in .parquet",
    b"ARROW1": "is an Arrow file and no CSV; write it as CSV or Parquet",
    b"{": "is JSON and no CSV; write a header, and a row a day",
    b"%PDF": "is a PDF and no CSV; save its table as CSV in UTF-8",
}
PACKED = {
    b"\x1f\x8b": "packed with gzip",
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
}


class BoundError(ValueError):
    """A file is beyond a bound: the message has the rule, the value and the remedy; the reader puts the file's name before it."""


def read_text(path: Path) -> bytes:
    """The bytes of a CSV or CSV.gz file, unpacked; BoundError for one that is too large, wide or long, or is no text."""
    text, lines = io.BytesIO(), _LineBounds()
    with path.open("rb") as file:
        for block in _blocks(file, is_gzip=path.suffix.lower() == ".gz"):
            if not text.tell():
                lines.is_wide = block.startswith(UTF_16)
                if not lines.is_wide:
                    refuse_other_file(block)
            if text.tell() + len(block) > MAX_BYTES:
                raise BoundError(f"holds more than {MAX_BYTES >> 20} MiB of text, which no daily history does; check the file")
            lines.add(block)
            text.write(block)
    lines.close()
    return text.getvalue()


def _blocks(file: Any, *, is_gzip: bool) -> Iterator[bytes]:
    source = gzip.GzipFile(fileobj=file) if is_gzip else file
    try:
        while block := source.read(BLOCK):
            yield block
    except (OSError, EOFError, zlib.error) as error:
        raise BoundError(f"is no whole gzip file ({error}); fetch it again") from None


def refuse_other_file(block: bytes) -> None:
    """BoundError where a file that begins with `block` is packed, a workbook, or another kind of file than a CSV."""
    if block.startswith(b"PK\x03\x04") and any(name in block for name in SHEETS):
        raise BoundError(f"is a workbook (xlsx, ods) and no CSV; {SAVE}")
    for mark, words in OTHER.items():
        if block.startswith(mark):
            raise BoundError(words)
    for mark, name in PACKED.items():
        if block.startswith(mark):
            raise BoundError(f"is {name}, which its name does not say; unpack it, or pack it with gzip and end its name in .gz")


class _LineBounds:
    """Bounds on lines, whatever the blocks they come in: their bytes, their separators, their number, and the cells of the table."""

    def __init__(self) -> None:
        self.is_wide = False  # text of two bytes a character
        self.count, self.length, self.commas, self.widest = 0, 0, 0, 0  # of the line under way: bytes and separators so far

    def add(self, block: bytes) -> None:
        if b"\x00" in block and not self.is_wide:
            raise BoundError("holds a NUL byte, which no text does; save it as CSV in UTF-8")
        codes = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero((codes == ord("\n")) | (codes == ord("\r")))
        commas = np.concatenate(([0], np.cumsum(codes == ord(","))))
        edges = np.concatenate(([0], ends, [len(codes)]))
        lengths, separators = np.diff(edges), np.diff(commas[edges])
        lengths[0] += self.length
        separators[0] += self.commas
        self.length, self.commas = int(lengths[-1]), int(separators[-1])
        self.count += len(ends)
        self.widest = max(self.widest, int(separators.max()))
        self._check(int(lengths.max()))

    def close(self) -> None:
        self.count += self.length > 0
        self._check(self.length)

    def _check(self, longest: int) -> None:
        if self.widest >= MAX_COLUMNS:
            raise BoundError(f"has more than {MAX_COLUMNS:,} columns, which no daily history has; keep those that are needed")
        if longest > MAX_LINE:
            raise BoundError(f"has a line of more than {MAX_LINE >> 10:,} KiB, which no table has; check the file")
        refuse_size(self.count - 1, self.widest + 1)


def refuse_size(rows: int, columns: int) -> None:
    """BoundError for a table of more rows, columns or cells than are read."""
    if columns > MAX_COLUMNS:
        raise BoundError(f"has {columns:,} columns, more than the {MAX_COLUMNS:,} that are read; keep those that are needed")
    if rows > MAX_ROWS:
        raise BoundError(f"has more than {MAX_ROWS:,} rows, which no daily history has; check the file")
    if rows * columns > MAX_CELLS:
        raise BoundError(f"has more than {MAX_CELLS:,} cells, {columns:,} in a row; keep the columns that are needed")


def read_json(path: Path, *, max_bytes: int = MAX_JSON, max_values: int = MAX_VALUES) -> Any:
    """The value of a JSON file; ValueError, one line, for one too large or deep, and for numbers and text that no run writes."""
    if path.stat().st_size > max_bytes:
        raise BoundError(f"larger than {max_bytes >> 20} MiB")
    content = path.read_bytes()
    if content.count(b",") + content.count(b"[") + content.count(b"{") > max_values:
        raise BoundError(f"more than {max_values:,} values")
    parse_float = _finite if _may_overflow(content) else None  # a call for each number would be half of the time
    return refuse_unsafe(json.loads(content.decode("utf-8"), parse_constant=_no_number, parse_float=parse_float))


_EXPONENT = re.compile(rb"[eE]\+?\d{3}")
_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def _may_overflow(content: bytes) -> bool:
    """Whether a number may be beyond the largest double, 1.8e308: by its exponent, or by its digits."""
    return _EXPONENT.search(content) is not None or b"0" * 300 in content.translate(_DIGITS)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _finite(word: str) -> float:
    number = float(word)
    return number if number - number == 0 else _no_number(word[:20])


def refuse_large(path: Path, max_bytes: int = MAX_BYTES) -> None:
    """InputError for a file of more than `max_bytes`, before it is opened."""
    if path.stat().st_size > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes >> 20} MiB, which no such file is; check the file")
