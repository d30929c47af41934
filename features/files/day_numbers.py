"""Days that are written as a number: seconds or milliseconds since 1970, as TradingView and APIs give them, or Excel's count of days."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

NAMES = ("date", "day", "time", "timestamp", "datetime", "unix", "datum", "zeit", "tag")  # of a column whose numbers may be days
WHOLE = re.compile(r"-?[0-9]{1,14}")
DAY = {"s": 86_400.0, "ms": 86_400e3, "excel": 1.0}  # of each unit
FIRST, LAST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")
EXCEL = pd.Timestamp("1899-12-30")  # its day 0
WIDEST = 5.0  # days from one row to the next, at the median


def days_from_numbers(header: str, cells: Sequence[str]) -> list[str] | None:
    """The days of a column as ISO text, moments with their zone; None for a column that no such count of days can be.

    header : the name of the column, which has to say that it is one of days.
    """
    if header.strip().lower().strip("<>") not in NAMES or len(cells) < 3 or not all(WHOLE.fullmatch(cell) for cell in cells):
        return None
    numbers = np.array([int(cell) for cell in cells], dtype="float64")
    steps = np.abs(np.diff(numbers))
    if not (steps > 0).all():
        return None
    for unit, day in DAY.items():
        if day <= np.median(steps) <= WIDEST * day and (stamps := _stamps(numbers, unit)) is not None:
            return [str(stamp) if unit != "excel" else f"{stamp:%Y-%m-%d}" for stamp in stamps]
    return None


def _stamps(numbers: np.ndarray, unit: str) -> pd.DatetimeIndex | None:
    """The moments of `numbers` in UTC, those of Excel without a zone; None where one lies out of any history of prices."""
    milliseconds = numbers / DAY[unit] * DAY["ms"]
    start = EXCEL if unit == "excel" else pd.Timestamp(0)
    low, high = ((edge - start) / pd.Timedelta(1, "ms") for edge in (FIRST, LAST))
    if not ((milliseconds > low) & (milliseconds < high)).all():
        return None
    stamps = pd.DatetimeIndex(start + pd.to_timedelta(milliseconds.round().astype("int64"), unit="ms"))
    return stamps if unit == "excel" else stamps.tz_localize("UTC")
