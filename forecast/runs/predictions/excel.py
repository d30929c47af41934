"""Predictions as an Excel workbook: a sheet of the last forecast, one of all forecasts, and one that explains the columns.

No cell can be a formula: text that a spreadsheet may take for one, or that begins with an apostrophe, gets an apostrophe before it,
which is removed when the workbook is read. Numbers are written with all digits of a double, of which Excel shows fifteen.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import InputError
from features.files.cells import escape_formulas
from features.files.workbook import FAULTS, bounded_rows, refuse_bomb, require_openpyxl
from features.names import from_a_cell
from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
from forecast.runs.predictions.rules import refuse_version

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LAST, ALL, ABOUT = "last forecast", "predictions", "columns"
VERSION = "schema version"
ROWS = 1_048_576  # of a sheet, Excel specifications and limits
WIDEST = 2 * len(COLUMNS)  # columns that are looked at
WIDTH = {"date": 12, "string": 24, "int": 10, "float": 14}  # characters
ABOUT_WIDTHS = (22, 10, 16, 80, 60)


def write_workbook(table: pd.DataFrame, path: Path) -> None:
    """The table as a workbook at `path`; InputError without openpyxl, and for more rows than a sheet has."""
    require_openpyxl()
    if len(table) >= ROWS:
        raise InputError(f"{path.name}: {len(table)} predictions are more than a sheet holds, {ROWS - 1}; keep one question")
    about: list[list[Any]] = [[VERSION, SCHEMA_VERSION, None, None, None], ["column", "kind", "unit", "meaning", "missing"]]
    about += [[name, column.kind, column.unit, column.meaning, column.missing or "never"] for name, column in COLUMNS.items()]
    with path.open("wb") as file, pd.ExcelWriter(file, engine="openpyxl", datetime_format="yyyy-mm-dd") as writer:
        for title, rows in ((LAST, table[table["date"] == table["date"].max()]), (ALL, table)):
            escape_formulas(rows).to_excel(writer, sheet_name=title, columns=list(COLUMNS), index=False, freeze_panes=(1, 2))
            sheet = writer.sheets[title]
            sheet.auto_filter.ref = sheet.dimensions
            _write_all_digits(sheet, rows)
            _set_widths(sheet, [WIDTH[column.kind] for column in COLUMNS.values()])
        escape_formulas(pd.DataFrame(about)).to_excel(writer, sheet_name=ABOUT, header=False, index=False)
        _set_widths(writer.sheets[ABOUT], ABOUT_WIDTHS)


def read_workbook(path: Path) -> pd.DataFrame:
    """The sheet of all predictions; InputError for another schema version, ValueError for a file that is no whole workbook."""
    try:
        header, rows = _rows(path)
    except FAULTS as error:
        raise ValueError(str(error)) from None
    table = pd.DataFrame(rows, columns=list(header), dtype=object)
    for name, column in COLUMNS.items():
        if column.kind == "string" and name in table.columns:
            table[name] = ["" if value is None else from_a_cell(str(value)) for value in table[name]]
    return table


def _rows(path: Path) -> tuple[Sequence[Any], list[Sequence[Any]]]:
    """The header and the rows of the sheet of all predictions, without empty rows: pandas writes one for a table without rows."""
    content = io.BytesIO(path.read_bytes())  # openpyxl leaves a file open that it cannot read
    refuse_bomb(content)
    book = require_openpyxl().load_workbook(content, read_only=True)
    try:
        about = list(book[ABOUT].iter_rows(max_row=1, max_col=2, values_only=True)) if ABOUT in book.sheetnames else []
        refuse_version(about[0][1] if about and about[0][0] == VERSION else "none", str(path))
        header, *rows = bounded_rows(book[ALL].iter_rows(max_col=WIDEST, values_only=True), len(COLUMNS))
    finally:
        book.close()
    width = max((place for place, name in enumerate(header, 1) if name is not None), default=0)
    return header[:width], [row[:width] for row in rows if any(value is not None for value in row)]


def _set_widths(sheet: "Worksheet", widths: Sequence[int]) -> None:
    from openpyxl.utils import get_column_letter

    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _write_all_digits(sheet: "Worksheet", rows: pd.DataFrame) -> None:
    """Write floats with 17 digits: openpyxl by itself writes sixteen, one too few to tell every double from its neighbours."""
    for place, (name, column) in enumerate(COLUMNS.items(), 1):
        if column.kind == "float":
            for row, value in enumerate(rows[name].to_numpy("float64").tolist(), 2):
                cell = sheet.cell(row, place)
                cell.value, cell.data_type = repr(value), "n"
