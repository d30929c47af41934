"""A history of published odds from any file: checked, and put together from several files."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from features.errors import OriginError
from features.live.origins.parsing import AHEAD, today
from features.panel.unit_interval import to_unit_interval
from features.sources.fedwatch import COLUMNS, refuse_improper

KEY = COLUMNS[:3]
PERCENT = 1.5  # a probability above it is in percent


def checked_odds(frame: pd.DataFrame, name: str, *, now: datetime) -> pd.DataFrame:
    """Rows of COLUMNS by their key, as fractions, without ranges of probability 0.

    InputError, naming the file `name`, for what is no probability, a range that stands twice, a day and meeting that do not sum to 1, and
    a day in the future.
    """
    if frame["prob"].max() > PERCENT:
        frame = frame.assign(prob=frame["prob"] / 100)
    frame = frame.assign(prob=to_unit_interval(frame["prob"]))
    frame = frame[frame["prob"] != 0].sort_values(list(KEY), ignore_index=True)
    if frame.empty:
        raise OriginError(f"{name}: holds no probability; download it again")
    missing = frame[list(COLUMNS[2:])].isna().any(axis=1)
    if missing.any():
        row = frame[missing].iloc[0]
        raise OriginError(f"{name}: a row of {row['Date']:%Y-%m-%d} for {row['meeting']:%Y-%m-%d} lacks a number; download it again")
    twice = frame.duplicated(list(KEY))
    if twice.any():
        row = frame[twice].iloc[0]
        raise OriginError(f"{name}: range {row['lo_bp']:g} stands twice on {row['Date']:%Y-%m-%d} for {row['meeting']:%Y-%m-%d}; keep one")
    refuse_improper(frame, name)
    if frame["Date"].iloc[-1] > today(now) + AHEAD:
        raise OriginError(f"{name}: {frame['Date'].iloc[-1]:%Y-%m-%d} is still to come; look at the date of this machine")
    return frame


def latest(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows by their key; of a day and meeting those of the last frame that has them, since ranges go together."""
    every = pd.concat([frame.assign(file=place) for place, frame in enumerate(frames)], ignore_index=True)
    last = every.groupby(["Date", "meeting"])["file"].transform("max")
    return every[every["file"] == last].drop(columns="file").sort_values(list(KEY), ignore_index=True)
