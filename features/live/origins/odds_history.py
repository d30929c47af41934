"""A history of published odds from any file: checked, and put together from several files."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from features.errors import OriginError
from features.files.table import dates, read_table
from features.live.origins import fedwatch_export
from features.panel.unit_interval import to_unit_interval
from features.sources.fedwatch import COLUMNS, is_published, refuse_improper

KEY = COLUMNS[:3]
PERCENT = 1.5  # a probability above it is in percent


def odds_of(path: Path, text: str | None) -> pd.DataFrame:
    """The odds of the file `path`, an export of CME's tool or a table of COLUMNS, checked; `text` is what it holds, None for Parquet."""
    if text is not None and fedwatch_export.is_export(text.split("\n", 1)[0]):
        return checked_odds(fedwatch_export.long_of(text, path.name), path.name)
    rows = read_table(path)
    if not is_published(list(rows.columns)):
        raise OriginError(f"{path.name}: is no export of FedWatch, nor a table of {', '.join(COLUMNS)}; download it again")
    numbers = {name: pd.to_numeric(rows[name], errors="coerce").astype("float64") for name in COLUMNS[2:]}
    return checked_odds(pd.DataFrame({name: dates(rows[name], path, name) for name in COLUMNS[:2]} | numbers), path.name)


def checked_odds(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of COLUMNS by their key, as fractions, without ranges of probability 0.

    InputError, naming the file `name`, for what is no probability, a range that stands twice, and a day and meeting that do not sum to 1.
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
    return frame


def latest(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows by their key; of a day and meeting those of the last frame that has them, since ranges go together."""
    every = pd.concat([frame.assign(file=place) for place, frame in enumerate(frames)], ignore_index=True)
    last = every.groupby(["Date", "meeting"])["file"].transform("max")
    return every[every["file"] == last].drop(columns="file").sort_values(list(KEY), ignore_index=True)
