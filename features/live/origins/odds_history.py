"""A history of published odds, whatever it was read from: checked, and put together from several files."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from features.errors import OriginError
from features.live.origins.parsing import AHEAD, today
from features.rates.distribution import SUM_TOLERANCE
from features.sources.fedwatch import COLUMNS

KEY = COLUMNS[:3]
PERCENT = 1.5  # a probability above it is in percent


def believed(frame: pd.DataFrame, name: str, *, now: datetime) -> pd.DataFrame:
    """Rows of Date, meeting, lo_bp, hi_bp and prob by their key, as fractions, without ranges of probability 0.

    OriginError, naming the file `name`, for what is no probability, a range that stands twice, a day and meeting that do not sum to 1
    within 0.01, as `features.sources.fedwatch` asks, and a day to come.
    """
    if frame["prob"].max() > PERCENT:
        frame = frame.assign(prob=frame["prob"] / 100)
    frame = frame[frame["prob"] != 0].sort_values(list(KEY), ignore_index=True)
    if frame.empty:
        raise OriginError(f"{name}: holds no probability; download it again")
    broken = frame[list(COLUMNS[2:])].isna().any(axis=1) | ~frame["prob"].between(0, 1)
    if broken.any():
        row = frame[broken].iloc[0]
        what = f"{row['prob']:g} on {row['Date']:%Y-%m-%d}, range {row['lo_bp']:g}"
        raise OriginError(f"{name}: {what}, is no probability; download it again")
    twice = frame.duplicated(list(KEY))
    if twice.any():
        row = frame[twice].iloc[0]
        raise OriginError(f"{name}: range {row['lo_bp']:g} stands twice on {row['Date']:%Y-%m-%d} for {row['meeting']:%Y-%m-%d}; keep one")
    sums = frame.groupby(["Date", "meeting"])["prob"].sum()
    off = sums[(sums - 1).abs() > SUM_TOLERANCE]
    if len(off):
        day, meeting = off.index[0]
        what = f"{day:%Y-%m-%d} for the meeting of {meeting:%Y-%m-%d}"
        raise OriginError(f"{name}: {what} sums to {off.iloc[0]:g}, not 1; download it again")
    if frame["Date"].iloc[-1] > today(now) + AHEAD:
        raise OriginError(f"{name}: {frame['Date'].iloc[-1]:%Y-%m-%d} is still to come; look at the date of this machine")
    return frame


def latest(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows by their key; of a day and meeting those of the last frame that has them, since ranges go together."""
    every = pd.concat([frame.assign(file=place) for place, frame in enumerate(frames)], ignore_index=True)
    last = every.groupby(["Date", "meeting"])["file"].transform("max")
    return every[every["file"] == last].drop(columns="file").sort_values(list(KEY), ignore_index=True)
