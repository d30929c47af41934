"""The tables in the text of an archive of French's data library: headings, headers, and rows that begin with a period."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.download import DATE
from features.live.origins.parsing import CHANGED, parsed_days, parsed_numbers, shown

PERIOD = re.compile(r"\s*(\d{4}|\d{6}|\d{8})\s*,")
DECILE = re.compile(r"(\d)-Dec")  # what a spreadsheet made of `Dec 2`, in the archives until 2024
MISSING = (-99.99, -999.0)


@dataclass(frozen=True)
class FrenchTable:
    """heading : the lines above the header, as one.   columns : as the header has them.   lines : a row a period, as they stand."""

    heading: str
    columns: tuple[str, ...]
    lines: tuple[str, ...]


def blocks_of(text: str, origin: str) -> list[FrenchTable]:
    """Every table of `text`, in its order; OriginError where there is none."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if PERIOD.match(line) and not (i and PERIOD.match(lines[i - 1]))]
    found = [_block(lines, start) for start in starts if start and lines[start - 1].lstrip().startswith(",")]
    if not found:
        raise OriginError(f"{origin}: holds no table, no header above rows that begin with a period; {CHANGED}")
    return found


def _block(lines: Sequence[str], start: int) -> FrenchTable:
    end = start
    while end < len(lines) and PERIOD.match(lines[end]):
        end += 1
    top = start - 1
    while top and lines[top - 1].strip() and not PERIOD.match(lines[top - 1]):
        top -= 1
    heading = " ".join(" ".join(lines[top : start - 1]).split())
    columns = tuple(DECILE.sub(r"Dec \1", " ".join(name.split())) for name in lines[start - 1].split(",")[1:])
    return FrenchTable(heading, columns, tuple(lines[start:end]))


def chosen(blocks: Sequence[FrenchTable], words: str, origin: str) -> FrenchTable:
    """The one block whose heading holds `words`, whatever their case; without words, the first."""
    if not words:
        return blocks[0]
    wanted = " ".join(words.split()).casefold()
    fit = [block for block in blocks if wanted in block.heading.casefold()]
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise OriginError(
            f"{origin}: {len(fit)} tables have {words!r} in their heading, the second {shown(fit[1].heading)}; give more words"
        )
    listed = ", ".join(shown(block.heading) for block in blocks[:4])
    raise OriginError(f"{origin}: no table has {words!r} in its heading; the archive has {listed}; correct `table` in [live.files]")


def frame_of(block: FrenchTable, origin: str, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Date and a column a portfolio, in the block's order: a day, or the last day of a month or year; NaN for its marks of missing.

    columns : those wanted; default, all.
    """
    if len(set(block.columns)) < len(block.columns):
        twice = next(name for name in block.columns if block.columns.count(name) > 1)
        raise OriginError(f"{origin}: two columns are named {shown(twice)}; {CHANGED}")
    rows = [line.split(",") for line in block.lines]
    odd = next((row for row in rows if len(row) != len(block.columns) + 1), None)
    if odd is not None:
        raise OriginError(
            f"{origin}: the row {shown(odd[0].strip())} has {len(odd) - 1} values and its header {len(block.columns)}; it is cut"
        )
    stamps = _stamps([row[0].strip() for row in rows], origin)
    values = {
        name: parsed_numbers([row[place + 1] for row in rows], stamps, f"{origin}, column {name}", missing=frozenset())
        for place, name in enumerate(block.columns)
        if columns is None or name in columns
    }
    known = {name: np.where(np.isin(found, MISSING), np.nan, found) for name, found in values.items()}
    return pd.DataFrame({DATE: stamps} | known)


def _stamps(periods: Sequence[str], origin: str) -> pd.DatetimeIndex:
    length = len(periods[0])
    other = next((period for period in periods if len(period) != length), None)
    if other is not None:
        raise OriginError(f"{origin}: {periods[0]} and {other} stand in one table; {CHANGED}")
    firsts = {4: "{}-12-01", 6: "{:.4}-{:.2}-01", 8: "{:.4}-{:.2}-{:.2}"}[length]
    found = parsed_days([firsts.format(period[:4], period[4:6], period[6:]) for period in periods], origin)
    return found if length == 8 else (found + pd.offsets.MonthEnd(0)).as_unit("ns")
