"""Exports of CME's FedWatch tool: a row a day and a column a target range, for one meeting or for all that lie ahead.

Of all meetings (`FedMeetingHistory_20240916.csv`) two header lines: `,History for 18 Sep 2024 Fed meeting,,,...`, a meeting at the first
of its ranges, and `Date,(0-25),(25-50),...`, which begins anew with each meeting; the last names may run together, of meetings without
a range. Of one (`FedMeeting_20250917.csv`) the second line alone, and the meeting in the name. A range that is not listed on a day is
empty.

Days are as the browser writes them that saved the file: M/D/YYYY, as in America, and every form that cannot be taken for another:
18.9.2024, 2024-09-18, 18 Sep 2024, Sep 18, 2024. Where the browser's decimal mark is a comma, semicolons may stand between the fields.
"""

import csv
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.origins.parsing import CHANGED, number
from features.names import shown
from features.sources.fedwatch import COLUMNS

MEETING = re.compile(r"History for (\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4}) Fed meeting")
NAMED = re.compile(r"FedMeeting_(\d{4})(\d{2})(\d{2})(?!\d)")
RANGE = re.compile(r"\(?(\d{1,5})\s*-\s*(\d{1,5})\)?")
NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
MONTHS = tuple(name[:3] for name in NAMES)
NAMED_MONTH = "|".join(rf"(?:{name[:3]}(?:{name[3:]})?\.?)" for name in NAMES)
DAYS = tuple(
    re.compile(form)
    for form in (
        r"(?P<month>0?[1-9]|1[0-2])/(?P<day>\d{1,2})/(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4})\.?",
        r"(?P<year>\d{4})(?:-|/|\. ?)(?P<month>\d{1,2})(?:-|/|\. ?)(?P<day>\d{1,2})\.?(?:[T ].*)?",
        rf"(?P<day>\d{{1,2}})\.?[ -](?P<name>{NAMED_MONTH})[ -](?P<year>\d{{4}})",
        rf"(?P<name>{NAMED_MONTH}) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
)
LABELS = 200  # characters of a first line that hold its first two labels
FORMS = "9/18/2023 (month/day/year), 18.9.2023, 2023-09-18 or 18 Sep 2023"


def is_export(first_line: str) -> bool:
    """Whether a text that begins with this line is such an export."""
    date, *labels = (cell.strip() for cell in next(_rows([first_line[:LABELS]])) or [""])
    return MEETING.search(first_line) is not None or (date == "Date" and bool(labels) and RANGE.fullmatch(labels[0]) is not None)


def long_of(text: str, name: str) -> pd.DataFrame:
    """Date, meeting, lo_bp, hi_bp and prob as written, a row a listed range; OriginError, naming the file `name`, for anything else."""
    try:
        rows = list(_rows(text.splitlines()))
    except csv.Error as error:
        raise OriginError(f"{name}: is no table of commas ({error}); download it again") from None
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


def _rows(lines: Sequence[str]) -> Iterator[list[str]]:
    """The fields of each line; where semicolons stand between them, with a point for each decimal comma."""
    if ";" in lines[0]:
        return ([cell.replace(",", ".") for cell in row] for row in csv.reader(lines, delimiter=";"))
    return iter(csv.reader(lines))


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
    match = next((each for each in (form.fullmatch(text) for form in DAYS) if each is not None), None)
    if match is None:
        raise OriginError(f"{name}: {shown(text)} in column Date is no day such as {FORMS}; write it in one of these forms")
    parts = match.groupdict()
    month = parts["month"] if "month" in parts else str(MONTHS.index(parts["name"][:3]) + 1)
    return _stamp(parts["year"], month, parts["day"], name)


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
