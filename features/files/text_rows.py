"""The rows of a text that holds a table: which column has the days, where the table begins and ends, what in it is no price."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from features.errors import InputError
from features.files.day_numbers import days_from_numbers
from features.files.dialect import NAMES
from features.files.number_format import NUMBER, tidied


class NoTableError(InputError):
    """A text has no column of days."""


@dataclass(frozen=True)
class Row:
    """A line of a text, by its number, and its fields."""

    line: int  # in the file, from 1
    cells: tuple[str, ...]


def rows_of(text: str, separator: str) -> list[Row]:
    """The rows that hold something, with their lines."""
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True)
    rows = ((reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader)
    return [Row(line, cells) for line, cells in rows if any(cells)]


def with_days(rows: list[Row]) -> list[Row]:
    """The rows, a first column of days that are numbers below one line of header turned into days in words."""
    if len(rows) < 3 or not rows[0].cells:
        return rows
    days = days_from_numbers(rows[0].cells[0], [row.cells[0] for row in rows[1:]])
    if days is None:
        return rows
    return [rows[0], *(Row(row.line, (day, *row.cells[1:])) for day, row in zip(days, rows[1:], strict=True))]


def as_wide(rows: Sequence[Row], body: Sequence[Row]) -> list[Row]:
    """The rows without the empty fields that stand beyond the table, as a sheet and a trailing separator have them."""
    width = Counter(_end(row.cells) for row in body).most_common(1)[0][0]
    return [Row(row.line, row.cells[: max(width, _end(row.cells))]) for row in rows]


def _end(cells: Sequence[str]) -> int:
    """The number of fields up to the last one that holds something."""
    return next((at + 1 for at in reversed(range(len(cells))) if cells[at]), 0)


def without_events(body: Sequence[Row], place: int) -> tuple[list[Row], list[str]]:
    """The rows without those that hold no number, of a day that another row has too: dividends and splits, as in Yahoo's pages."""
    counts = Counter(row.cells[place] for row in body if place < len(row.cells))
    events = [row for row in body if counts[_cell(row, place)] > 1 and not _has_number_beside(row, place)]
    lines = {row.line for row in events}
    notes = [f"{count_of_lines(events)} without a price not read, the first: {words_of(events[0])}"] if events else []
    return [row for row in body if row.line not in lines], notes


def _has_number_beside(row: Row, place: int) -> bool:
    return any(NUMBER.fullmatch(tidied(cell)) for cell in beside(row.cells, place))


def day_column(rows: Sequence[Row], name: str, separator: str, is_day: Callable[[str], bool]) -> int:
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


def block_of_days(rows: Sequence[Row], place: int, is_day: Callable[[str], bool]) -> tuple[int, int]:
    """From the first row with a day to after the last one before the days begin anew, as those of a second table do."""
    dated = [at for at, row in enumerate(rows) if place < len(row.cells) and is_day(row.cells[place])]
    first, last = dated[0], dated[0]
    for at in dated:
        if any(not _has_number(row) for row in rows[last + 1 : at]):
            break
        last = at
    return first, last + 1


def _has_number(row: Row) -> bool:
    """Whether a row without a day is one of the table all the same, whose day is broken, and not text between two tables."""
    return any(NUMBER.fullmatch(tidied(cell)) for cell in row.cells)


def beside(cells: Sequence[str], place: int) -> Sequence[str]:
    """The cells of the other columns than that of the days."""
    return [*cells[:place], *cells[place + 1 :]]


def count_of_lines(rows: Sequence[Row]) -> str:
    return "1 line" if len(rows) == 1 else f"{len(rows)} lines"


def words_of(row: Row) -> str:
    return repr(" ".join(filter(None, row.cells))[:60])


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""
