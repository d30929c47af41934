"""Published FedWatch histories: probabilities of target ranges by day and meeting, as CME gives them away."""

from pathlib import Path

import numpy as np
import pandas as pd

from features import calendar
from features.distribution import SUM_TOLERANCE, Distribution
from features.errors import InputError
from features.rate_path import summary_of
from features.sources.table import dates, numbers, table

COLUMNS = ("Date", "meeting", "lo_bp", "hi_bp", "prob")


def is_published(columns: list[str]) -> bool:
    """Whether a file with these columns is such a history."""
    return set(COLUMNS) <= set(columns)


def load(
    path: Path, on: pd.Timestamp | None = None, target: tuple[float, float] | None = None
) -> dict[pd.Timestamp, tuple[Distribution, ...]]:
    """Distributions by day, in the order of their meetings, of `on` alone where it is given.

    path : CSV, CSV.gz or Parquet with the columns Date, meeting, lo_bp, hi_bp, prob. target : (lower, upper) range in force, percent; by
    default the calendar's of each day. Ranges that are not listed have probability 0; what is listed is divided by its sum.
    InputError for a column that is missing, a probability outside [0, 1], and a day and meeting whose probabilities do not sum to 1 within
    0.01, which is more than rounding to four decimals can leave.
    """
    frame = table(path, COLUMNS)
    frame = frame[list(COLUMNS)].assign(Date=dates(frame["Date"], path, "Date"), meeting=dates(frame["meeting"], path, "meeting"))
    if on is not None:
        frame = frame[frame["Date"] == on]
        if frame.empty:
            raise InputError(f"{path.name}: has no rows of {on:%Y-%m-%d}; ask for a --date that it has")
    for column in COLUMNS[2:]:
        frame[column] = numbers(frame[column], path, column)
    _check(frame, path)
    found: dict[pd.Timestamp, tuple[Distribution, ...]] = {}
    for stamp in pd.DatetimeIndex(frame["Date"].unique()).sort_values():
        rows = frame[frame["Date"] == stamp]
        lower, upper = calendar.target_range(stamp) if target is None else target
        found[stamp] = tuple(
            _distribution(meeting, rows[rows["meeting"] == meeting], 100 * lower, 100 * (upper - lower))
            for meeting in pd.DatetimeIndex(rows["meeting"].unique()).sort_values()
        )
    return found


def measures(path: Path) -> pd.DataFrame:
    """The measures of `features.rate_path` by day of a published history, NaN where its meetings do not reach."""
    return pd.DataFrame([summary_of(on, found) for on, found in load(path).items()])


def _check(frame: pd.DataFrame, path: Path) -> None:
    strange = ~frame["prob"].between(0, 1)
    if strange.any():
        row = frame[strange].iloc[0]
        raise InputError(
            f"{path.name}: probability {row['prob']:g} on {row['Date']:%Y-%m-%d} for {row['meeting']:%Y-%m-%d}, range {row['lo_bp']:g}: "
            "must lie between 0 and 1; divide percentages by 100"
        )
    sums = frame.groupby(["Date", "meeting"])["prob"].sum()
    off = sums[(sums - 1).abs() > SUM_TOLERANCE]
    if len(off):
        day, meeting = off.index[0]
        raise InputError(
            f"{path.name}: probabilities on {day:%Y-%m-%d} for the meeting of {meeting:%Y-%m-%d} sum to {off.iloc[0]:g}, not 1; "
            "give every range of the meeting"
        )


def _distribution(meeting: pd.Timestamp, part: pd.DataFrame, current: float, width: float) -> Distribution:
    part = part.sort_values("lo_bp")
    if part["lo_bp"].duplicated().any():
        twice = part.loc[part["lo_bp"].duplicated(), "lo_bp"].iloc[0]
        raise InputError(f"lo_bp {twice:g} stands twice on {part['Date'].iloc[0]:%Y-%m-%d} for {meeting:%Y-%m-%d}; keep one row of it")
    probabilities = part["prob"].to_numpy(np.float64)
    return Distribution(
        meeting, part["lo_bp"].to_numpy(np.float64), probabilities / probabilities.sum(), round(current, 6), round(width, 6)
    )
