"""The table in a text file as people have them: below a preamble, under several lines of header, newest first, in their own notation."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from features.errors import InputError
from features.files.csv_text import LINE
from features.files.date_format import DateFormatError, as_days, date_format, looks_like_day
from features.files.day_numbers import days_from_numbers
from features.files.dialect import NAMES, Decimal, Dialect, separator_of
from features.files.number_format import NUMBER, NumberFormatError, as_numbers, decimal_mark, is_number, tidied

MOSTLY = 0.9
HEADERS = 3  # lines of header at most: what, of which ticker, and the name of the day's column
DAY = "Date"  # of a column of days that has no name


class NoTableError(InputError):
    """A text has no column of days."""


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


@dataclass(frozen=True)
class _Row:
    line: int  # in the file, from 1
    cells: tuple[str, ...]


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
    counted = _rows(text, separator)
    rows = _with_days(counted)
    in_numbers = rows is not counted
    is_day = partial(looks_like_day, format_=stated.date_format)
    place = _day_column(rows, name, separator, is_day)
    first, last = _block(rows, place, is_day)
    rows = _as_wide(rows, rows[first:last])
    body, left_out = _without_events(rows[first:last], place)
    header, notes = _header(rows[:first], body, place)
    notes += [f"days counted in numbers, from {counted[1].cells[place]} on", *left_out] if in_numbers else left_out
    _refuse_ragged(header, body, name)
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
    found = Dialect(separator=separator, decimal=decimal, date_format=format_, sheet=stated.sheet, encoding=stated.encoding)
    return TextTable(frame, header[place], found, tuple(notes))


def _is_mostly_numbers(column: pd.Series) -> bool:
    if column.dtype.kind in "if":
        return True
    return column.dtype.kind not in "bmM" and float(column.astype("str").map(is_number).mean()) > MOSTLY


def _rows(text: str, separator: str) -> list[_Row]:
    """The rows that hold something, with their lines."""
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True)
    rows = ((reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader)
    return [_Row(line, cells) for line, cells in rows if any(cells)]


def _with_days(rows: list[_Row]) -> list[_Row]:
    """The rows, a first column of days that are numbers below one line of header turned into days in words."""
    if len(rows) < 3 or not rows[0].cells:
        return rows
    days = days_from_numbers(rows[0].cells[0], [row.cells[0] for row in rows[1:]])
    if days is None:
        return rows
    return [rows[0], *(_Row(row.line, (day, *row.cells[1:])) for day, row in zip(days, rows[1:], strict=True))]


def _as_wide(rows: Sequence[_Row], body: Sequence[_Row]) -> list[_Row]:
    """The rows without the empty fields that stand beyond the table, as a sheet and a trailing separator have them."""
    width = Counter(_end(row.cells) for row in body).most_common(1)[0][0]
    return [_Row(row.line, row.cells[: max(width, _end(row.cells))]) for row in rows]


def _end(cells: Sequence[str]) -> int:
    """The number of fields up to the last one that holds something."""
    return next((at + 1 for at in reversed(range(len(cells))) if cells[at]), 0)


def _without_events(body: Sequence[_Row], place: int) -> tuple[list[_Row], list[str]]:
    """The rows without those that hold no number, of a day that another row has too: dividends and splits, as in Yahoo's pages."""
    counts = Counter(row.cells[place] for row in body if place < len(row.cells))
    events = [row for row in body if counts[_cell(row, place)] > 1 and not _has_number_beside(row, place)]
    lines = {row.line for row in events}
    notes = [f"{_lines(events)} without a price not read, the first: {_words(events[0])}"] if events else []
    return [row for row in body if row.line not in lines], notes


def _cell(row: _Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _has_number_beside(row: _Row, place: int) -> bool:
    return any(NUMBER.fullmatch(tidied(cell)) for cell in _beside(row.cells, place))


def _day_column(rows: Sequence[_Row], name: str, separator: str, is_day: Callable[[str], bool]) -> int:
    """The place of the column that has the most days, the first of several."""
    counts = Counter(place for row in rows if len(row.cells) > 1 for place, cell in enumerate(row.cells[:40]) if is_day(cell))
    if not rows:
        raise NoTableError(f"{name}: is empty; fetch it again")
    if rows[0].cells[0].startswith("<") and ">" in "".join(rows[0].cells) and not counts:
        raise NoTableError(f"{name}: is a page of the web and no table; fetch the file that it links to")
    if all(len(row.cells) == 1 for row in rows):
        raise NoTableError(f"{name}: its fields are separated by none of commas, semicolons, tabs and bars; save it with commas")
    if not counts:
        raise NoTableError(
            f"{name}: no column of days was found in {len(rows)} rows of fields separated by {NAMES[separator]}; "
            "write the days as 2024-07-16, or set `separator` and `date_format`"
        )
    most = max(counts.values())
    return min(place for place, count in counts.items() if count == most)


def _block(rows: Sequence[_Row], place: int, is_day: Callable[[str], bool]) -> tuple[int, int]:
    """From the first row with a day to after the last one before the days begin anew, as those of a second table do."""
    dated = [at for at, row in enumerate(rows) if place < len(row.cells) and is_day(row.cells[place])]
    first, last = dated[0], dated[0]
    for at in dated:
        if any(not _has_number(row) for row in rows[last + 1 : at]):
            break
        last = at
    return first, last + 1


def _has_number(row: _Row) -> bool:
    """Whether a row without a day is one of the table all the same, whose day is broken, and not text between two tables."""
    return any(NUMBER.fullmatch(tidied(cell)) for cell in row.cells)


def _header(above: Sequence[_Row], body: Sequence[_Row], place: int) -> tuple[dict[int, str], list[str]]:
    """By place, the name of each column, and what stands above the header, in a line."""
    width = Counter(len(row.cells) for row in body).most_common(1)[0][0]
    lines: list[_Row] = []
    for row in reversed(above[-HEADERS:]):
        if len(row.cells) < max(2, width - 1) or (lines and not all(_beside(row.cells, place))):
            break
        lines.insert(0, row)
    width = len(lines[-1].cells) if lines else width
    parts = [[row.cells[at].strip() if at < len(row.cells) else "" for row in lines] for at in range(width)]
    common = [_shared(line, [part for at, part in enumerate(parts) if at != place]) for line in range(len(lines))]
    names = {}
    for at, part in enumerate(parts):
        words = [word for line, word in enumerate(part) if word and (at == place or not common[line] or len(lines) == 1)]
        names[at] = (words[-1] if words else DAY) if at == place else " ".join(dict.fromkeys(words)) or f"column {at + 1}"
    notes = [f"of {common[line]}" for line in range(len(lines)) if common[line] and len(lines) > 1]
    skipped = above[: len(above) - len(lines)]
    if skipped:
        notes.append(f"{_lines(skipped)} above the table not read, the last: {_words(skipped[-1])}")
    return _distinct(names), notes


def _refuse_ragged(header: Mapping[int, str], body: Sequence[_Row], name: str) -> None:
    """InputError for a row with something in it beyond the header, as a decimal comma between commas leaves."""
    for row in body:
        if any(row.cells[len(header) :]):
            fields = f"line {row.line} has {len(row.cells)} fields, and the header {len(header)}"
            raise InputError(f"{name}: {fields}; check the line, or set `separator`")


def _beside(cells: Sequence[str], place: int) -> Sequence[str]:
    """The cells of the other columns than that of the days."""
    return [*cells[:place], *cells[place + 1 :]]


def _shared(line: int, parts: Sequence[Sequence[str]]) -> str:
    """What every column has in this line of the header, if it is the same."""
    words = {part[line] for part in parts}
    return words.pop() if len(words) == 1 and len(parts) > 1 else ""


def _distinct(names: dict[int, str]) -> dict[int, str]:
    """The names, a second one of a kind with its place."""
    counts = Counter(names.values())
    return {at: label if counts[label] == 1 else f"{label} (column {at + 1})" for at, label in names.items()}


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


def _missing_marks(above: Sequence[_Row]) -> list[float]:
    """The numbers that stand for missing values, where a line above the table says so: `Missing data are indicated by -99.99 or -999.`"""
    told = " ".join(" ".join(row.cells) for row in above if "issing" in "".join(row.cells))
    return [float(number) for number in re.findall(r"-\d+(?:\.\d+)?", told)]


def _decimal(columns: dict[str, list[str]], separator: str, name: str) -> Decimal:
    try:
        return decimal_mark((cell for cells in columns.values() for cell in cells), separator)
    except NumberFormatError as error:
        raise InputError(f"{name}: {error}; set `decimal` to '.' or ','") from None


def _refuse_interruption(days: pd.Series, below: Sequence[_Row], place: int, format_: str, name: str) -> None:
    """InputError where the days go on below a line of text: a second table begins with days that the first has."""
    cells = [row.cells[place] for row in below if place < len(row.cells) and looks_like_day(row.cells[place])]
    further = as_days(cells[:1], format_)
    known = pd.to_datetime(days.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    if further.notna().any() and not known.min() <= further.iloc[0] <= known.max():
        raise InputError(f"{name}: line {below[0].line}, {_words(below[0])}, interrupts the table; take it out")


def _below(rows: Sequence[_Row], place: int) -> list[str]:
    """A line on what stands below the table."""
    if not rows:
        return []
    if any(place < len(row.cells) and looks_like_day(row.cells[place]) for row in rows):
        return [f"a second table from line {rows[0].line} on is not read"]
    return [f"{_lines(rows)} below the table not read, the first: {_words(rows[0])}"]


def _lines(rows: Sequence[_Row]) -> str:
    return "1 line" if len(rows) == 1 else f"{len(rows)} lines"


def _words(row: _Row) -> str:
    return repr(" ".join(filter(None, row.cells))[:60])


def _is_newest_first(days: pd.Series) -> bool:
    stamps = pd.to_datetime(days.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    return len(stamps) > 1 and bool(stamps.notna().all()) and bool(stamps.is_monotonic_decreasing)
