"""The table in a text file as people have them: below a preamble, under several lines of header, newest first, in their own notation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from features.errors import InputError
from features.files.csv_text import LINE
from features.files.date_format import DateFormatError, as_days, date_format, looks_like_day
from features.files.dialect import Decimal, Dialect, separator_of
from features.files.number_format import NumberFormatError, as_numbers, decimal_mark, is_number
from features.files.table_header import header_of, refuse_ragged
from features.files.text_rows import Row, as_wide, block_of_days, count_of_lines, day_column, rows_of, with_days, without_events, words_of

MOSTLY = 0.9


@dataclass(frozen=True)
class TextTable:
    """A table that was found in a text.

    Parameters
    ----------
    frame : DataFrame
        A column a field: the days as ISO text, numbers as doubles with NaN where missing, anything else as text; indexed by the lines of
        the file. The oldest row is first.
    date : str
        Name of the column of days.
    dialect : Dialect
        How it is written.
    notes : tuple of str
        What was skipped or turned round, a line each.
    """

    frame: pd.DataFrame
    date: str
    dialect: Dialect
    notes: tuple[str, ...]

    @property
    def columns_of_numbers(self) -> list[str]:
        """Those of numbers, but for a cell here and there, which is a mistake in the file."""
        return [str(name) for name in self.frame.columns if name != self.date and _is_mostly_numbers(self.frame[name])]


def find_table(text: str, name: str, dialect: Dialect | None = None) -> TextTable:
    """The first table of days and numbers in a text.

    Parameters
    ----------
    text : str
        The whole of a file, or of a sheet as CSV.
    name : str
        Of the file, for messages.
    dialect : Dialect, optional
        What is known of how it is written; the rest is found by looking.

    Returns
    -------
    TextTable

    Raises
    ------
    InputError
        Where there is none, and where a day or a number can be read in two ways: names the key to set.
    """
    stated = dialect or Dialect()
    separator = stated.separator or separator_of([line for line in text.splitlines() if line.strip()])
    counted = rows_of(text, separator)
    rows = with_days(counted)
    in_numbers = rows is not counted
    is_day = partial(looks_like_day, format_=stated.date_format)
    place = day_column(rows, name, separator, is_day)
    first, last = block_of_days(rows, place, is_day)
    rows = as_wide(rows, rows[first:last])
    body, left_out = without_events(rows[first:last], place)
    header, notes = header_of(rows[:first], body, place)
    notes += [f"days counted in numbers, from {counted[1].cells[place]} on", *left_out] if in_numbers else left_out
    refuse_ragged(header, body, name)
    columns = {label: [row.cells[at] if at < len(row.cells) else "" for row in body] for at, label in header.items()}
    columns = {label: cells for label, cells in columns.items() if any(cells)}
    days, format_ = _days(columns.pop(header[place]), stated, name, header[place])
    decimal = stated.decimal or _decimal(columns, separator, name)
    marks = _missing_marks(rows[:first])
    lines = pd.Index([row.line for row in body], name=LINE)
    parsed = {label: as_numbers(pd.Series(cells, index=lines, dtype="str"), decimal, marks) for label, cells in columns.items()}
    frame = pd.DataFrame({header[place]: pd.Series(days.to_numpy(), index=lines), **parsed})
    _refuse_interruption(days, rows[last:], place, format_, name)
    notes += _below(rows[last:], place)
    if _is_newest_first(days):
        frame, notes = frame.iloc[::-1], [*notes, "newest first, turned round"]
    dialect = Dialect(separator=separator, decimal=decimal, date_format=format_, sheet=stated.sheet, encoding=stated.encoding)
    return TextTable(frame, header[place], dialect, tuple(notes))


def _is_mostly_numbers(column: pd.Series) -> bool:
    if column.dtype.kind in "if":
        return True
    return column.dtype.kind not in "bmM" and float(column.astype("str").map(is_number).mean()) > MOSTLY


def _days(cells: Sequence[str], stated: Dialect, name: str, column: str) -> tuple[pd.Series, str]:
    """The days as ISO text, what is none as it stands, and the format that they are written in."""
    written = [cell for cell in cells if looks_like_day(cell)]
    if stated.date_format is None:
        try:
            format_ = date_format(written)
        except DateFormatError as error:
            raise InputError(f"{name}, column {column}: {error}; set `date_format`, such as '%d/%m/%Y'") from None
    else:
        format_ = stated.date_format
    days = as_days(cells, format_)
    if format_ == "%Y-%m-%d":
        return pd.Series(cells, dtype="str"), format_  # with the clock and the zone, which say of which day they are
    return days.dt.strftime("%Y-%m-%d").where(days.notna(), pd.Series(cells, dtype="str")), format_


def _missing_marks(above: Sequence[Row]) -> list[float]:
    """The numbers that stand for missing values, where a line above the table says so: `Missing data are indicated by -99.99 or -999.`"""
    words = " ".join(" ".join(row.cells) for row in above if "issing" in "".join(row.cells))
    return [float(number) for number in re.findall(r"-\d+(?:\.\d+)?", words)]


def _decimal(columns: dict[str, list[str]], separator: str, name: str) -> Decimal:
    try:
        return decimal_mark((cell for cells in columns.values() for cell in cells), separator)
    except NumberFormatError as error:
        raise InputError(f"{name}: {error}; set `decimal` to '.' or ','") from None


def _refuse_interruption(days: pd.Series, below: Sequence[Row], place: int, format_: str, name: str) -> None:
    """InputError where the days go on below a line of text: a second table begins with days that the first has."""
    cells = [row.cells[place] for row in below if place < len(row.cells) and looks_like_day(row.cells[place])]
    further = as_days(cells[:1], format_)
    stamps = pd.to_datetime(days.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    if further.notna().any() and not stamps.min() <= further.iloc[0] <= stamps.max():
        raise InputError(f"{name}: line {below[0].line}, {words_of(below[0])}, interrupts the table; take it out")


def _below(rows: Sequence[Row], place: int) -> list[str]:
    """A line on what stands below the table."""
    if not rows:
        return []
    if any(place < len(row.cells) and looks_like_day(row.cells[place]) for row in rows):
        return [f"a second table from line {rows[0].line} on is not read"]
    return [f"{count_of_lines(rows)} below the table not read, the first: {words_of(rows[0])}"]


def _is_newest_first(days: pd.Series) -> bool:
    stamps = pd.to_datetime(days.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    return len(stamps) > 1 and bool(stamps.notna().all()) and bool(stamps.is_monotonic_decreasing)
