"""Exports of CME's FedWatch tool: a row a day and a column a target range, for one meeting or for all that lie ahead.

Of all meetings (`FedMeetingHistory_20240916.csv`) two header lines: `,History for 18 Sep 2024 Fed meeting,,,...`, a meeting at the first
of its ranges, and `Date,(0-25),(25-50),...`, which begins anew with each meeting; the last names may run together, of meetings without
a range. Of one (`FedMeeting_20250917.csv`) the second line alone, and the meeting in the name. Days are M/D/YYYY; a range that is not
listed on a day is empty.
"""

import csv
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.origins.parsing import CHANGED, number
from features.names import shown
from features.sources.fedwatch import COLUMNS

MEETING = re.compile(r"History for (\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4}) Fed meeting")
NAMED = re.compile(r"FedMeeting_(\d{4})(\d{2})(\d{2})(?!\d)")
RANGE = re.compile(r"\(?(\d{1,5})\s*-\s*(\d{1,5})\)?")
DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_export(first_line: str) -> bool:
    """Whether a text that begins with this line is such an export."""
    date, *labels = (cell.strip() for cell in first_line.split(","))
    return MEETING.search(first_line) is not None or (date == "Date" and bool(labels) and RANGE.fullmatch(labels[0]) is not None)


def long_of(text: str, name: str) -> pd.DataFrame:
    """Date, meeting, lo_bp, hi_bp and prob as written, a row a listed range; OriginError, naming the file `name`, for anything else."""
    rows = list(csv.reader(text.splitlines()))
    several = MEETING.search(text.split("\n", 1)[0]) is not None
    labels, below = (rows[1], rows[2:]) if several and len(rows) > 1 else (rows[0], rows[1:])
    ranges = _ranges(labels, name)
    starts = [k for k in range(len(ranges)) if k == 0 or ranges[k][0] <= ranges[k - 1][0]]
    meetings = _meetings(rows[0], starts, name) if several else [_named(name)]
    if len(starts) > len(meetings):
        raise OriginError(f"{name}: has ranges of {len(starts)} meetings and names {len(meetings)}; {CHANGED}")
    below = [row for row in below if row and row[0].strip()]
    days = np.array([_day(row[0].strip(), name) for row in below], dtype="datetime64[ns]")
    values = _values(below, len(ranges), name)
    meeting = np.array(meetings, dtype="datetime64[ns]")[np.searchsorted(starts, np.arange(len(ranges)), side="right") - 1]
    at, which = np.nonzero(np.isfinite(values))
    bounds = np.array(ranges, dtype="float64").reshape(-1, 2)
    parts = (days[at], meeting[which], bounds[which, 0], bounds[which, 1], values[at, which])
    return pd.DataFrame(dict(zip(COLUMNS, parts, strict=True)))


def _ranges(labels: Sequence[str], name: str) -> list[tuple[int, int]]:
    if not labels or labels[0].strip() != "Date":
        raise OriginError(f"{name}: no line `Date,(0-25),...` below the meetings; {CHANGED}")
    matches = [RANGE.fullmatch(label.strip()) for label in labels[1:]]
    if not matches or None in matches:
        strange = labels[1:][matches.index(None)] if matches else ""
        raise OriginError(f"{name}: the column {shown(strange)} is no target range such as (425-450); {CHANGED}")
    return [(int(each[1]), int(each[2])) for each in matches if each is not None]


def _meetings(header: Sequence[str], starts: Sequence[int], name: str) -> list[pd.Timestamp]:
    """The meetings in their order; each must stand over the first of its ranges."""
    matches = list(MEETING.finditer(",".join(header)))
    for each, start in zip(matches, starts, strict=False):
        if start + 1 >= len(header) or each[0] not in header[start + 1]:
            raise OriginError(f"{name}: {shown(each[0])} does not stand over the first of its ranges; {CHANGED}")
    return [_stamp(each[3], str(MONTHS.index(each[2]) + 1) if each[2] in MONTHS else "0", each[1], name) for each in matches]


def _named(name: str) -> pd.Timestamp:
    match = NAMED.search(name)
    if match is None:
        raise OriginError(f"{name}: names no meeting; call it as CME does, FedMeeting_20250917.csv, the meeting's day")
    return _stamp(match[1], match[2], match[3], name)


def _day(text: str, name: str) -> pd.Timestamp:
    match = DAY.fullmatch(text)
    if match is None:
        raise OriginError(f"{name}: {shown(text)} in column Date is no day such as 9/18/2023; {CHANGED}")
    return _stamp(match[3], match[1], match[2], name)


def _stamp(year: str, month: str, day: str, name: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(year=int(year), month=int(month), day=int(day)).as_unit("ns")
    except ValueError:
        raise OriginError(f"{name}: there is no day {year}-{month}-{day}; {CHANGED}") from None


def _values(rows: Sequence[Sequence[str]], width: int, name: str) -> np.ndarray:
    """(n, width) probabilities as written, without percent signs; NaN where a range is not listed."""
    if any(len(row) > width + 1 for row in rows):
        raise OriginError(f"{name}: a row has more fields than the line of ranges; {CHANGED}")
    cells = [cell.strip() for row in rows for cell in [*row[1:], *[""] * (width + 1 - len(row))]]
    values = np.array([number(cell.removesuffix("%")) for cell in cells], dtype="float64")
    broken = np.flatnonzero(~np.isfinite(values) & np.array([cell != "" for cell in cells], dtype=np.bool_))
    if len(broken):
        raise OriginError(f"{name}: {shown(cells[broken[0]])} on {rows[broken[0] // width][0]} is no probability; correct it")
    return values.reshape(len(rows), width)
