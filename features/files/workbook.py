"""Bounded reading of Excel workbooks: the cells of one sheet, before anything is made of them."""

import csv
import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.errors import InputError, did_you_mean
from features.files.bounded import MAX_BYTES, MAX_CELLS, BoundError

MEMBERS = 200  # parts of a workbook; a sheet, its styles and its strings are some ten
WIDEST = 200  # columns of a sheet that are read
FAULTS = (zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, NotImplementedError)  # of the archive, and of the XML in it


def require_openpyxl() -> Any:
    """The module that reads and writes workbooks; InputError where it is not installed."""
    try:
        import openpyxl
    except ImportError:
        raise InputError(".xlsx: Excel workbooks need openpyxl, which is not installed; pip install 'smallcap-surge[excel]'") from None
    return openpyxl


def sheet_texts(path: Path, sheet: str | None = None) -> Iterator[tuple[str, str]]:
    """The name of each sheet of a workbook, or of `sheet` alone, with its cells as CSV text: days as ISO text, a decimal point.

    BoundError for a workbook that is damaged or too large; InputError for a sheet that it has not.
    """
    content = io.BytesIO(path.read_bytes())  # openpyxl leaves a file open that it cannot read
    try:
        refuse_bomb(content)
        book = require_openpyxl().load_workbook(content, read_only=True, data_only=True)
        try:
            if sheet is not None and sheet not in book.sheetnames:
                raise InputError(f"{path}: no sheet {sheet!r}{did_you_mean(sheet, book.sheetnames)}")
            for name in book.sheetnames if sheet is None else [sheet]:
                text = io.StringIO()
                cells = bounded_rows(book[name].iter_rows(max_col=WIDEST, values_only=True))
                csv.writer(text, lineterminator="\n").writerows([_text(value) for value in row] for row in cells)
                yield name, text.getvalue()
        finally:
            book.close()
    except FAULTS as error:
        raise BoundError(f"is no whole workbook ({error}); save it again") from None


def refuse_bomb(content: io.BytesIO) -> None:
    """BoundError for an archive that unpacks to too much. Its index is a bound: zipfile reads no more of a member than that claims."""
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
    if len(members) > MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
        raise BoundError(f"unpacks to more than {MAX_BYTES >> 20} MiB, or to more than {MEMBERS} parts")


def bounded_rows(rows: Iterator[Sequence[Any]], width: int = WIDEST) -> Iterator[Sequence[Any]]:
    """The rows; BoundError beyond MAX_CELLS, since one cell may claim to stand in the last row and column of a sheet."""
    for count, row in enumerate(rows):
        if count * width > MAX_CELLS:
            raise BoundError(f"more than {MAX_CELLS // width:,} rows")
        yield row


def _text(value: Any) -> str:
    """A cell as text: a day without the midnight that Excel gives it."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
