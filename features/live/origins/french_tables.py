"""The tables in the text of an archive of French's data library: headings, headers, and rows that begin with a period."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.download import DATE
from features.live.origins.parsing import CHANGED, parsed_days, parsed_numbers
from features.names import shown

PERIOD = re.compile(r"\s*(\d{4}|\d{6}|\d{8})\s*,")
DECILE = re.compile(r"(\d)-Dec")  # what a spreadsheet made of `Dec 2`, in the archives until 2024
MISSING = (-99.99, -999.0)


@dataclass(frozen=True)
class FrenchTable:
    """The lines above the header as one, the columns of the header, and a line a period as it stands."""

    heading: str
    columns: tuple[str, ...]
    lines: tuple[str, ...]


def tables_of(text: str, origin: str) -> list[FrenchTable]:
    """Every table of `text`, in its order; OriginError where it has none."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if PERIOD.match(line) and not (i and PERIOD.match(lines[i - 1]))]
    tables = [_table(lines, start) for start in starts if start and lines[start - 1].lstrip().startswith(",")]
    if not tables:
        raise OriginError(f"{origin}: holds no table, no header above rows that begin with a period; {CHANGED}")
    return tables


def _table(lines: Sequence[str], start: int) -> FrenchTable:
    end = start
    while end < len(lines) and PERIOD.match(lines[end]):
        end += 1
    top = start - 1
    while top and lines[top - 1].strip() and not PERIOD.match(lines[top - 1]):
        top -= 1
    heading = " ".join(" ".join(lines[top : start - 1]).split())
    columns = tuple(DECILE.sub(r"Dec \1", " ".join(name.split())) for name in lines[start - 1].split(",")[1:])
    return FrenchTable(heading, columns, tuple(lines[start:end]))


def table_named(tables: Sequence[FrenchTable], words: str, origin: str) -> FrenchTable:
    """The one table whose heading holds `words`, in any case; the first where there are no words."""
    if not words:
        return tables[0]
    pattern = " ".join(words.split()).casefold()
    fit = [table for table in tables if pattern in table.heading.casefold()]
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise OriginError(
            f"{origin}: {len(fit)} tables have {words!r} in their heading, the second {shown(fit[1].heading)}; give more words"
        )
    listed = ", ".join(shown(table.heading) for table in tables[:4])
    raise OriginError(f"{origin}: no table has {words!r} in its heading; the archive has {listed}; correct `table` in [live.files]")


def frame_of(table: FrenchTable, origin: str, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Date (a day, or the last day of a month or year) and the `columns` named, by default all; NaN for the marks of missing."""
    if len(set(table.columns)) < len(table.columns):
        twice = next(name for name in table.columns if table.columns.count(name) > 1)
        raise OriginError(f"{origin}: two columns are named {shown(twice)}; {CHANGED}")
    rows = [line.split(",") for line in table.lines]
    odd = next((row for row in rows if len(row) != len(table.columns) + 1), None)
    if odd is not None:
        raise OriginError(
            f"{origin}: the row {shown(odd[0].strip())} has {len(odd) - 1} values and its header {len(table.columns)}; it is cut"
        )
    stamps = _stamps([row[0].strip() for row in rows], origin)
    values = {
        name: parsed_numbers([row[place + 1] for row in rows], stamps, f"{origin}, column {name}", missing=frozenset())
        for place, name in enumerate(table.columns)
        if columns is None or name in columns
    }
    return pd.DataFrame({DATE: stamps} | {name: np.where(np.isin(column, MISSING), np.nan, column) for name, column in values.items()})


def _stamps(periods: Sequence[str], origin: str) -> pd.DatetimeIndex:
    length = len(periods[0])
    other = next((period for period in periods if len(period) != length), None)
    if other is not None:
        raise OriginError(f"{origin}: {periods[0]} and {other} stand in one table; {CHANGED}")
    firsts = {4: "{}-12-01", 6: "{:.4}-{:.2}-01", 8: "{:.4}-{:.2}-{:.2}"}[length]
    stamps = parsed_days([firsts.format(period[:4], period[4:6], period[6:]) for period in periods], origin)
    return stamps if length == 8 else (stamps + pd.offsets.MonthEnd(0)).as_unit("ns")
