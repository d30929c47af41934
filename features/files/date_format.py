"""How the days of a column are written: found by looking, where that leaves no doubt."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import pandas as pd

NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
WORDS = (
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d/%b/%Y", "%d.%b.%Y",
    "%a, %b %d, %Y", "%A, %B %d, %Y", "%a, %d %b %Y", "%a %b %d %Y",
)  # fmt: skip
PLAIN = (
    (re.compile(r"\d{4}-\d{2}-\d{2}([T ][^;,\t|]*)?"), "%Y-%m-%d"),
    (re.compile(r"(1[6-9]|20|21)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"), "%Y%m%d"),
    (re.compile(r"\d{4}/\d{1,2}/\d{1,2}"), "%Y/%m/%d"),
    (re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}"), "%Y.%m.%d"),
    (re.compile(r"\d{4}年\d{1,2}月\d{1,2}日"), "%Y年%m月%d日"),
)
CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}[^;,\t|]*$")  # what follows a day, and no further field
WEEKDAYS = 0.95  # of the days of a history that no market of Saturdays wrote


class DateFormatError(ValueError):
    """The days can be read in two ways, or in none."""


def looks_like_day(cell: str, format_: str | None = None) -> bool:
    """Whether `cell` may be a day, in any of the forms that are read, or in that of `format_`."""
    if format_ is not None and _parses(CLOCK.sub("", cell), format_):
        return True
    if not cell or not (cell[0].isdigit() or cell[0].isalpha()) or len(cell) > 40:
        return False
    day = CLOCK.sub("", cell)
    if NUMERIC.fullmatch(day) or any(pattern.fullmatch(cell) for pattern, _ in PLAIN):
        return True
    lettered = any(character.isalpha() for character in day) and any(character.isdigit() for character in day)
    return lettered and _word_format(day) is not None


def date_format(cells: Sequence[str]) -> str:
    """The one format, as of `strptime`, of all `cells`; DateFormatError where there is none, or more than one.

    `03/04/2024` alone is the third of April or the fourth of March. A day beyond the twelfth tells which, and so does a history that is in
    order, and on weekdays, one way only.
    """
    bare = [CLOCK.sub("", cell) for cell in cells]
    for pattern, format_ in PLAIN:
        if all(pattern.fullmatch(cell) for cell in cells):
            return format_
    if all(NUMERIC.fullmatch(cell) for cell in bare):
        return _numeric_format(bare)
    format_ = _word_format(bare[0]) or ""
    if format_ and all(_parses(cell, format_) for cell in bare):
        return format_
    raise DateFormatError(f"its days are written in more than one way, as {_odd_one(bare)!r} beside {bare[0]!r}")


def as_days(cells: Sequence[str], format_: str) -> pd.Series:
    """(n,) the days, NaT for a cell that is none."""
    text = pd.Series(cells, dtype="str")
    if format_ == "%Y-%m-%d":
        return pd.to_datetime(text.str.slice(0, 10), format=format_, errors="coerce")
    days = pd.to_datetime(text.str.replace(CLOCK, "", regex=True), format=format_, errors="coerce")
    if "%y" not in format_:
        return days
    return days.where(~(days > _today() + pd.DateOffset(years=1)), days - pd.DateOffset(years=100))  # 16.07.68 is no day to come


def _today() -> pd.Timestamp:
    return pd.Timestamp(datetime.now())


def _numeric_format(cells: Sequence[str]) -> str:
    parts = [NUMERIC.fullmatch(cell) for cell in cells]
    marks = {part[2] for part in parts if part}
    if len(marks) > 1:
        raise DateFormatError(f"its days are written in more than one way, with {' and '.join(sorted(marks))}")
    mark = marks.pop()
    year = "%Y" if all(part and len(part[4]) == 4 for part in parts) else "%y"
    day_first, month_first = f"%d{mark}%m{mark}{year}", f"%m{mark}%d{mark}{year}"
    firsts, seconds = ([int(part[place]) for part in parts if part] for place in (1, 3))
    if max(firsts) > 12 and max(seconds) > 12:
        raise DateFormatError("its days are written in more than one way: the day comes first in some and second in others")
    if mark == "." or max(firsts) > 12:
        return day_first
    if max(seconds) > 12:
        return month_first
    plausible = [format_ for format_ in (day_first, month_first) if _in_order(cells, format_)]
    if len(plausible) == 1:
        return plausible[0]
    raise DateFormatError(f"{cells[0]!r} can be read in two ways")


def _in_order(cells: Sequence[str], format_: str) -> bool:
    """Whether the days run one way and fall on weekdays; of fewer than three nothing is concluded."""
    days = pd.DatetimeIndex(as_days(cells, format_))
    one_way = days.is_monotonic_increasing or days.is_monotonic_decreasing
    return len(days) < 3 or bool(one_way and (days.day_of_week < 5).mean() >= WEEKDAYS)


@lru_cache(maxsize=32_768)  # looking at a file asks about each of its days several times, and of `strptime` each takes long
def _word_format(cell: str) -> str | None:
    return next((format_ for format_ in WORDS if _parses(cell, format_)), None)


def _parses(cell: str, format_: str) -> bool:
    try:
        datetime.strptime(cell, format_)
    except ValueError:
        return False
    return True


def _odd_one(cells: Sequence[str]) -> str:
    shape = re.sub(r"\d+", "0", cells[0])
    return next((cell[:30] for cell in cells if re.sub(r"\d+", "0", cell) != shape), cells[-1][:30])
