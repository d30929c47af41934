"""Workbook: predictions for Excel, a sheet of the forecast given last, one of all of them, one that says what the columns are.

No cell can be a formula: text that a spreadsheet may take for one, or that begins with an apostrophe, gets an apostrophe before it,
which is taken off when the workbook is read. Numbers are written with all their digits, of which Excel shows fifteen.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import InputError
from features.files.bounded import MAX_BYTES, MAX_CELLS
from features.names import from_a_cell, in_a_cell
from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
from forecast.runs.predictions.rules import refuse_version

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LAST, ALL, ABOUT = "last forecast", "predictions", "columns"
VERSION = "schema version"
ROWS = 1_048_576  # of a sheet, Excel specifications and limits
MEMBERS = 100  # parts of a workbook's archive; ours has a dozen
WIDEST = 2 * len(COLUMNS)  # columns that are looked at
WIDTH = {"date": 12, "string": 24, "int": 10, "float": 14}  # characters


def write_workbook(table: pd.DataFrame, path: Path) -> None:
    """The table as a workbook at `path`; InputError without openpyxl, and for more rows than a sheet has."""
    openpyxl = _openpyxl()
    if len(table) >= ROWS:
        raise InputError(f"{path.name}: {len(table)} predictions are more than a sheet holds, {ROWS - 1}; keep one question")
    book = openpyxl.Workbook(write_only=True)
    last = table[table["date"] == table["date"].max()]
    for title, rows in ((LAST, last), (ALL, table)):
        sheet = book.create_sheet(title)
        _prepare(sheet, [WIDTH[column.kind] for column in COLUMNS.values()], f"A1:{_corner(len(rows))}")
        sheet.append(list(COLUMNS))
        for row in _cells(rows, sheet):
            sheet.append(row)
    about = book.create_sheet(ABOUT)
    _prepare(about, [22, 10, 16, 80, 60])
    about.append([VERSION, SCHEMA_VERSION])
    about.append(["column", "kind", "unit", "meaning", "missing"])
    for name, column in COLUMNS.items():
        about.append([name, column.kind, column.unit, in_a_cell(column.meaning), column.missing or "never"])
    book.save(path)


def read_workbook(path: Path) -> pd.DataFrame:
    """The sheet of all predictions; InputError for another schema version, ValueError for a file that is no whole workbook."""
    try:
        header, rows = _rows(path)
    except (zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, NotImplementedError) as error:  # of the archive, and of the XML in it
        raise ValueError(str(error)) from None
    table = pd.DataFrame(rows, columns=list(header), dtype=object)
    for name, column in COLUMNS.items():
        if column.kind == "string" and name in table.columns:
            table[name] = ["" if value is None else from_a_cell(str(value)) for value in table[name]]
    return table


def _rows(path: Path) -> tuple[Sequence[Any], list[Sequence[Any]]]:
    """The header and the rows of the sheet of all predictions."""
    content = io.BytesIO(path.read_bytes())  # openpyxl leaves a file open that it cannot read
    _refuse_bomb(content)
    book = _openpyxl().load_workbook(content, read_only=True)
    try:
        about = list(book[ABOUT].iter_rows(max_row=1, max_col=2, values_only=True)) if ABOUT in book.sheetnames else []
        refuse_version(about[0][1] if about and about[0][0] == VERSION else "none", str(path))
        header, *rows = _counted(book[ALL].iter_rows(max_col=WIDEST, values_only=True))
    finally:
        book.close()
    width = max((place for place, name in enumerate(header, 1) if name is not None), default=0)
    return header[:width], [row[:width] for row in rows]


def _refuse_bomb(content: io.BytesIO) -> None:
    """ValueError for an archive that unpacks to more than is read. What its index claims is a bound: zipfile reads no more of a member."""
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
    if len(members) > MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
        raise ValueError(f"unpacks to more than {MAX_BYTES >> 20} MiB, or to more than {MEMBERS} parts")


def _counted(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows as far as they are read; ValueError beyond, since one cell may claim to stand in the last row and column of a sheet."""
    for count, row in enumerate(rows):
        if count * len(COLUMNS) > MAX_CELLS:
            raise ValueError(f"more than {MAX_CELLS // len(COLUMNS):,} rows")
        yield row


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise InputError(".xlsx: Excel workbooks need openpyxl, which is not installed; pip install 'smallcap-surge[excel]'") from None
    return openpyxl


def _prepare(sheet: "Worksheet", widths: Sequence[int], filtered: str | None = None) -> None:
    """Widths, a header that stays in sight and, where a range is given, buttons to filter by; before any row is written."""
    from openpyxl.utils import get_column_letter

    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if filtered:
        sheet.freeze_panes = "C2"  # date and series too
        sheet.auto_filter.ref = filtered


def _corner(rows: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(len(COLUMNS))}{rows + 1}"


def _cells(rows: pd.DataFrame, sheet: "Worksheet") -> Iterator[list[Any]]:
    columns = [_column(rows[name], column.kind, sheet) for name, column in COLUMNS.items()]
    yield from (list(row) for row in zip(*columns, strict=True))


def _column(values: pd.Series, kind: str, sheet: "Worksheet") -> Iterator[Any]:
    if kind == "string":
        return (in_a_cell(value) for value in values)
    if kind == "date":
        return (_date(value.to_pydatetime(), sheet) for value in values)
    if kind == "int":
        return (None if pd.isna(value) else int(value) for value in values)
    return (_number(float(value), sheet) for value in values)


def _date(value: datetime, sheet: "Worksheet") -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    cell.number_format = "yyyy-mm-dd"
    return cell


def _number(value: float, sheet: "Worksheet") -> Any:
    """A cell with all digits of a double, where openpyxl by itself writes sixteen, one too few to tell every double from its neighbours."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, repr(value))
    cell.data_type = "n"
    return cell
