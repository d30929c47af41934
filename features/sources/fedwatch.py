"""FedWatch histories as CME publishes them: probabilities of target ranges by day and meeting."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.table import dates, numbers, read_table
from features.panel import fomc
from features.panel.unit_interval import to_unit_interval
from features.rates.distribution import SUM_TOLERANCE, Distribution
from features.rates.history import odds_measures

COLUMNS = ("Date", "meeting", "lo_bp", "hi_bp", "prob")


def is_published(columns: list[str]) -> bool:
    """Whether a file with these columns is such a history."""
    return set(COLUMNS) <= set(columns)


def load(
    path: Path, on: pd.Timestamp | None = None, target: tuple[float, float] | None = None, *, until: pd.Timestamp | None = None
) -> dict[pd.Timestamp, tuple[Distribution, ...]]:
    """Distributions of the target rate by day, each day's in the order of its meetings.

    Parameters
    ----------
    path : Path
        CSV, CSV.gz or Parquet with the columns Date, meeting, lo_bp, hi_bp, prob. A range that is not listed has probability 0.
    on, until : Timestamp, optional
        The only day, or the last day, that is read.
    target : (float, float), optional
        Lower and upper bound in force, percent; by default the calendar's on each day.

    Returns
    -------
    dict
        Tuples of Distribution by day; the probabilities of each sum to 1.

    Raises
    ------
    InputError
        For a missing column, a probability outside [0, 1], and probabilities of a day and meeting that do not sum to 1 within 0.01, which
        is more than rounding to four decimals can leave.
    """
    return by_day(read_table(path, COLUMNS), path, on, target, until=until)


def by_day(
    frame: pd.DataFrame, path: Path, on: pd.Timestamp | None, target: tuple[float, float] | None, *, until: pd.Timestamp | None = None
) -> dict[pd.Timestamp, tuple[Distribution, ...]]:
    """As `load`, of the rows `frame` that `path` holds."""
    frame = frame[list(COLUMNS)].assign(Date=dates(frame["Date"], path, "Date"), meeting=dates(frame["meeting"], path, "meeting"))
    if until is not None:
        frame = frame[frame["Date"] <= until]
    if on is not None:
        frame = frame[frame["Date"] == on]
        if frame.empty:
            raise InputError(f"{path.name}: has no rows of {on:%Y-%m-%d}; ask for a --date that it has")
    for column in COLUMNS[2:]:
        frame[column] = numbers(frame[column], path, column)
    frame["prob"] = to_unit_interval(frame["prob"])
    refuse_improper(frame, path.name)
    frame = frame.sort_values(["Date", "meeting", "lo_bp"], ignore_index=True)
    days, meetings = frame["Date"].to_numpy(), frame["meeting"].to_numpy()
    lower_bounds, probabilities = frame["lo_bp"].to_numpy(np.float64), frame["prob"].to_numpy(np.float64)
    answer: dict[pd.Timestamp, tuple[Distribution, ...]] = {}
    for first, after in _runs(days):
        stamp = pd.Timestamp(days[first])
        lower, upper = fomc.target_range(stamp) if target is None else target
        current, width = round(100 * lower, 6), round(100 * (upper - lower), 6)
        parts = [(first + begin, first + end) for begin, end in _runs(meetings[first:after])]
        answer[stamp] = tuple(
            _distribution(stamp, pd.Timestamp(meetings[begin]), lower_bounds[begin:end], probabilities[begin:end], current, width)
            for begin, end in parts
        )
    return answer


def _runs(values: np.ndarray) -> list[tuple[int, int]]:
    """First place of each run of equal `values` (n,), and the place after it."""
    edges = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return list(pairwise(edges))


def measures(history: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The measures of `features.rates.odds_history` by day, NaN where no meeting reaches; days without a recorded target are left out."""
    recorded = by_day(history, path, None, None, until=fomc.recorded_target_until())
    return pd.DataFrame([odds_measures(on, distributions) for on, distributions in recorded.items()])


def refuse_improper(frame: pd.DataFrame, name: str) -> None:
    """InputError, naming the file `name`, for a probability outside [0, 1], and for a day and meeting that does not sum to 1."""
    strange = ~frame["prob"].between(0, 1)
    if strange.any():
        row = frame[strange].iloc[0]
        raise InputError(
            f"{name}: probability {row['prob']:.10g} on {row['Date']:%Y-%m-%d} for {row['meeting']:%Y-%m-%d}, range {row['lo_bp']:g}: "
            "must lie between 0 and 1; divide percentages by 100"
        )
    sums = frame.groupby(["Date", "meeting"])["prob"].sum()
    off = sums[(sums - 1).abs() > SUM_TOLERANCE]
    if len(off):
        day, meeting = off.index[0]
        raise InputError(
            f"{name}: probabilities on {day:%Y-%m-%d} for the meeting of {meeting:%Y-%m-%d} sum to {off.iloc[0]:g}, not 1; "
            "give every range of the meeting"
        )


def _distribution(
    stamp: pd.Timestamp, meeting: pd.Timestamp, lower_bounds: np.ndarray, probabilities: np.ndarray, current: float, width: float
) -> Distribution:
    """Of `lower_bounds` (n,), basis points, not falling."""
    twice = lower_bounds[1:][lower_bounds[1:] == lower_bounds[:-1]]
    if len(twice):
        raise InputError(f"lo_bp {twice[0]:g} stands twice on {stamp:%Y-%m-%d} for {meeting:%Y-%m-%d}; keep one row of it")
    return Distribution(meeting, lower_bounds, probabilities / probabilities.sum(), current, width)
