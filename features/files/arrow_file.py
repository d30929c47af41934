"""Arrow files, read within bounds: nothing in them is unpacked, so that no file is larger in memory than on the disk."""

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from features.files.bounded import MAX_BYTES, BoundError, is_plain, refuse_size

if TYPE_CHECKING:
    import pyarrow as pa

MARK = b"ARROW1"
MAGIC = MARK + b"\x00\x00"
HEADER, COMPRESSION = 2, 3  # fields of Message, and of RecordBatch, in Arrow's Message.fbs


def arrow_file(path: Path) -> "pa.Table":
    """The table of an Arrow (or Feather) file; BoundError for one that is packed, too large, or holds more than plain columns.

    A file is a stream between a mark and a footer; the stream is what is looked at, and what is read.
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
    with pa.ipc.open_stream(pa.BufferReader(stream)) as opened:
        for field in opened.schema:
            if not is_plain(field.type):
                raise BoundError(f"column {field.name!r} holds {field.type}; write one number, text or day a cell")
        refuse_size(0, len(opened.schema))
        found = opened.read_all()
    refuse_size(found.num_rows, found.num_columns)
    found.validate(full=True)  # the format has no checksums, and what is damaged would be read past its end
    if found.nbytes > MAX_BYTES:
        raise BoundError(f"unpacks to more than {MAX_BYTES >> 20} MiB; check the file")
    return found


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
