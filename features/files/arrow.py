"""Bounded reading of Parquet and Arrow files: plain columns of numbers, texts and days, checked before they are unpacked."""

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from features.files.bounded import MAX_BYTES, BoundError, refuse_size

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet

MAX_FOOTER = 8 * 2**20  # of a Parquet file; one column of one row group takes some hundred bytes
MARK = b"ARROW1"
MAGIC = MARK + b"\x00\x00"
HEADER, COMPRESSION = 2, 3  # fields of Message, and of RecordBatch, in Arrow's Message.fbs


def read_parquet(path: Path) -> "pa.Table":
    """The columns of a Parquet file; BoundError by what its footer says, and by what its texts unpack to.

    Nothing in the file decides how it is read: the index of pandas stays in the schema's metadata, unread.
    """
    import pyarrow.parquet

    _refuse_footer(path)
    with pyarrow.parquet.ParquetFile(path) as file:
        refuse_parquet(file)
        schema = file.schema_arrow
    texts = [field.name for field in schema if _is_text(field.type)]
    with pyarrow.parquet.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True) as file:
        table = file.read()
    _refuse_unpacked(table)
    table.validate(full=True)  # bytes that are no text raise here, and not where they are first looked at
    for place, field in enumerate(schema):
        if table.column(place).type != field.type:
            table = table.set_column(place, field, table.column(place).cast(field.type))
    return table.replace_schema_metadata(schema.metadata)


def _refuse_footer(path: Path) -> None:
    """BoundError for a description of the columns that would fill the memory by itself."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - 8, 0))
        tail = file.read(8)
    if tail[4:] == b"PAR1" and int.from_bytes(tail[:4], "little") > MAX_FOOTER:
        raise BoundError(f"has a footer of more than {MAX_FOOTER >> 20} MiB, as of a million columns; keep those that are needed")


def refuse_parquet(file: "pyarrow.parquet.ParquetFile") -> None:
    """BoundError for what the footer says: rows, columns, bytes, and columns that are not plain."""
    footer = file.metadata
    refuse_size(footer.num_rows, footer.num_columns)
    size = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    if size > MAX_BYTES:
        raise BoundError(f"unpacks to {size >> 20:,} MiB, more than the {MAX_BYTES >> 20} that are read; check the file")
    _refuse_nested(file.schema_arrow)


def read_arrow(path: Path) -> "pa.Table":
    """The table of an Arrow (or Feather) file; BoundError for one that is packed, too large, or holds more than plain columns.

    Nothing in it is unpacked, so it is no larger in memory than on the disk. The stream between its first mark and its footer is read.
    """
    import pyarrow as pa
    import pyarrow.ipc

    if path.stat().st_size > MAX_BYTES:
        raise BoundError(f"is larger than {MAX_BYTES >> 20} MiB; check the file")
    content = pa.py_buffer(path.read_bytes())
    ends = content.slice(content.size - len(MARK)).to_pybytes() if content.size > 2 * len(MAGIC) else b""
    if ends != MARK or content.slice(0, len(MAGIC)).to_pybytes() != MAGIC:
        raise BoundError("is no whole Arrow file; write it again")
    stream = content.slice(len(MAGIC))
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(stream)):
        if message.type == "record batch" and _is_packed(message.metadata.to_pybytes()):
            raise BoundError("is packed; write it without compression")
        if message.type == "dictionary":
            raise BoundError("has columns of categories; write them as plain text")
    with pa.ipc.open_stream(pa.BufferReader(stream)) as reader:
        _refuse_nested(reader.schema)
        refuse_size(0, len(reader.schema))
        table = reader.read_all()
    refuse_size(table.num_rows, table.num_columns)
    table.validate(full=True)  # the format has no checksums, and what is damaged would be read past its end
    if table.nbytes > MAX_BYTES:
        raise BoundError(f"unpacks to more than {MAX_BYTES >> 20} MiB; check the file")
    return table


def _refuse_nested(schema: "pa.Schema") -> None:
    for field in schema:
        if not _is_plain(field.type):
            raise BoundError(f"column {field.name!r} holds {field.type}; write one number, text or day a cell")


def _is_plain(kind: "pa.DataType") -> bool:
    """Whether a cell of this kind is a number, a text, a day or nothing, read by Arrow's own code."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return not (types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType))


def _is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind))


def _refuse_unpacked(table: "pa.Table") -> None:
    """BoundError where texts that the file holds once, and refers to again and again, would fill the memory written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in table.columns:
        for chunk in column.chunks:
            if isinstance(chunk, pa.DictionaryArray) and _is_text(chunk.type.value_type):
                lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
                total += pc.sum(lengths).as_py() or 0
    if total > MAX_BYTES:
        raise BoundError(f"unpacks to {total >> 20:,} MiB of text, more than the {MAX_BYTES >> 20} that are read; check the file")


def _is_packed(metadata: bytes) -> bool:
    """Whether the flatbuffer of a record batch's message names a compression."""
    message = struct.unpack_from("<I", metadata)[0]
    header = _field(metadata, message, HEADER)
    if header is None:
        return False
    batch = header + struct.unpack_from("<I", metadata, header)[0]
    return _field(metadata, batch, COMPRESSION) is not None


def _field(flat: bytes, table: int, number: int) -> int | None:
    """Where the field `number` of the flatbuffer table at `table` stands; None where it has none."""
    index = table - struct.unpack_from("<i", flat, table)[0]
    size = struct.unpack_from("<H", flat, index)[0]
    place = 4 + 2 * number
    offset = struct.unpack_from("<H", flat, index + place)[0] if place + 2 <= size else 0
    return table + offset if offset else None
