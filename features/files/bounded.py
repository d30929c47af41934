"""Bounded reading: how much a file may hold, looked at before or while it is read, so that no file costs more than its refusal.

A bound is far above anything a daily history or a run needs, and small enough for a machine of two gigabytes.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import InputError
from features.names import refuse_unsafe

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet

MAX_BYTES = 128 * 2**20  # of a table, unpacked; a daily history of a century is under one megabyte, thirty columns of it under thirty
MAX_COLUMNS = 2_000  # the widest published daily table, the members of a broad index, has some 1,500
MAX_ROWS = 2_000_000  # a published history of rate odds, a row a day, meeting and range, gains some 30,000 a year
MAX_CELLS = 20_000_000  # 160 MB as doubles
MAX_LINE = 2**20  # bytes; 2,000 columns of 500
MAX_JSON = 32 * 2**20  # bytes of a run's largest file are some four million
MAX_VALUES = 2_000_000  # of one JSON file: a list or a number costs Python some sixty bytes, however short it is written
MAX_FOOTER = 8 * 2**20  # of a Parquet file; one column of one row group takes some hundred bytes
BLOCK = 2**20
PACKED = {
    b"\x1f\x8b": "packed with gzip",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
}


class BoundError(ValueError):
    """A file beyond a bound: the rule, what was found, the remedy; who reads the file puts its name before."""


def text_of(path: Path) -> bytes:
    """The bytes of a CSV or CSV.gz file, unpacked; BoundError for one that is too large, wide, long, or no text."""
    found, lines = io.BytesIO(), _Lines()
    with path.open("rb") as opened:
        for block in _unpacked(opened, is_gzip=path.suffix.lower() == ".gz"):
            if not found.tell():
                _refuse_no_text(block)
            if found.tell() + len(block) > MAX_BYTES:
                raise BoundError(f"holds more than {MAX_BYTES >> 20} MiB of text, which no daily history does; check the file")
            lines.add(block)
            found.write(block)
    lines.close()
    return found.getvalue()


def _unpacked(opened: Any, *, is_gzip: bool) -> Iterator[bytes]:
    source = gzip.GzipFile(fileobj=opened) if is_gzip else opened
    try:
        while block := source.read(BLOCK):
            yield block
    except (OSError, EOFError, zlib.error) as error:
        raise BoundError(f"is no whole gzip file ({error}); fetch it again") from None


def _refuse_no_text(block: bytes) -> None:
    for mark, name in PACKED.items():
        if block.startswith(mark):
            raise BoundError(f"is {name}, which its name does not say; unpack it, or pack it with gzip and end its name in .gz")


class _Lines:
    """Bounds on lines, whatever the blocks they come in: their bytes, their separators, their number, and the cells of the table."""

    def __init__(self) -> None:
        self.count, self.length, self.commas, self.widest = 0, 0, 0, 0  # of the line under way: bytes and separators so far

    def add(self, block: bytes) -> None:
        if b"\x00" in block:
            raise BoundError("holds a NUL byte, which no text does; save it as CSV in UTF-8")
        found = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero((found == ord("\n")) | (found == ord("\r")))
        commas = np.concatenate(([0], np.cumsum(found == ord(","))))
        edges = np.concatenate(([0], ends, [len(found)]))
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


def arrow_of(path: Path) -> "pa.Table":
    """The columns of a Parquet file, each a number, a text or a day in a cell; BoundError by its metadata, and by what its texts unpack to.

    Nothing in the file decides how it is read: what pandas wrote of its index stays in the schema's metadata, unread.
    """
    import pyarrow.parquet

    _refuse_footer(path)
    with pyarrow.parquet.ParquetFile(path) as opened:
        refuse_parquet(opened)
        given = opened.schema_arrow
    texts = [field.name for field in given if _is_text(field.type)]
    with pyarrow.parquet.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True) as opened:
        found = opened.read()
    refuse_unpacked(found)
    found.validate(full=True)  # texts that are none are told here, and not where they are first looked at
    for place, field in enumerate(given):
        if found.column(place).type != field.type:
            found = found.set_column(place, field, found.column(place).cast(field.type))
    return found.replace_schema_metadata(given.metadata)


def _refuse_footer(path: Path) -> None:
    """BoundError for a description of the columns that would fill the memory by itself."""
    with path.open("rb") as opened:
        size = opened.seek(0, io.SEEK_END)
        opened.seek(max(size - 8, 0))
        tail = opened.read(8)
    if tail[4:] == b"PAR1" and int.from_bytes(tail[:4], "little") > MAX_FOOTER:
        raise BoundError(f"has a footer of more than {MAX_FOOTER >> 20} MiB, as of a million columns; keep those that are needed")


def refuse_parquet(opened: "pyarrow.parquet.ParquetFile") -> None:
    """BoundError for what the footer of a Parquet file says: rows, columns, bytes, and columns that are no plain ones."""
    told = opened.metadata
    refuse_size(told.num_rows, told.num_columns)
    size = sum(told.row_group(group).total_byte_size for group in range(told.num_row_groups))
    if size > MAX_BYTES:
        raise BoundError(f"unpacks to {size >> 20:,} MiB, more than the {MAX_BYTES >> 20} that are read; check the file")
    for name, kind in zip(opened.schema_arrow.names, opened.schema_arrow.types, strict=True):
        if not is_plain(kind):
            raise BoundError(f"column {name!r} holds {kind}; write one number, text or day a cell")


def is_plain(kind: "pa.DataType") -> bool:
    """Whether a cell of this kind is a number, a text, a day or nothing, and its reading is Arrow's own."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return is_plain(kind.value_type)
    return not (types.is_nested(kind) or _is_extension(kind))


def _is_extension(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return isinstance(kind, pa.BaseExtensionType)


def _is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind))


def refuse_unpacked(found: "pa.Table") -> None:
    """BoundError where texts that the file holds once, and names again and again, would fill the memory written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in found.columns:
        for chunk in column.chunks:
            if isinstance(chunk, pa.DictionaryArray) and _is_text(chunk.type.value_type):
                lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
                total += pc.sum(lengths).as_py() or 0
    if total > MAX_BYTES:
        raise BoundError(f"unpacks to {total >> 20:,} MiB of text, more than the {MAX_BYTES >> 20} that are read; check the file")


def json_of(path: Path, *, most: int = MAX_JSON, values: int = MAX_VALUES) -> Any:
    """The value of a JSON file; ValueError, one line, for one too large or deep, and for numbers and text that no run writes.

    most : bytes.   values : numbers, texts, lists and objects, about.
    """
    if path.stat().st_size > most:
        raise BoundError(f"larger than {most >> 20} MiB")
    content = path.read_bytes()
    if content.count(b",") + content.count(b"[") + content.count(b"{") > values:
        raise BoundError(f"more than {values:,} values")
    return refuse_unsafe(json.loads(content.decode("utf-8"), parse_constant=_no_number, parse_float=_finite))


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _finite(word: str) -> float:
    number = float(word)
    return number if number - number == 0 else _no_number(word[:20])


def refuse_large(path: Path, most: int = MAX_BYTES) -> None:
    """InputError for a file of more than `most` bytes, before it is opened."""
    if path.stat().st_size > most:
        raise InputError(f"{path}: larger than {most >> 20} MiB, which no such file is; check the file")
