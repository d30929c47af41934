"""Prices of outcomes as Polymarket exports them: `Date (UTC)`, `Timestamp (UTC)` and a column an outcome."""

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.files.csv_text import line_of
from features.live.download import DATE
from features.names import shown
from features.panel.unit_interval import to_unit_interval

WRITTEN, SECONDS = "Date (UTC)", "Timestamp (UTC)"
EARLIEST, LATEST = pd.Timestamp("2000-01-01").timestamp(), pd.Timestamp("2200-01-01").timestamp()


def is_export(columns: list[str]) -> bool:
    """Whether a table with these columns is such an export."""
    return {WRITTEN, SECONDS} <= set(columns)


def daily(frame: pd.DataFrame, name: str, *, now: pd.Timestamp) -> pd.DataFrame:
    """Date and a column an outcome, from 0 to 1: the last price before the midnight, universal time, at which a day begins; NaN = none.

    So a row is known on the evening before its day in New York. Points are taken some seconds after their minute, and count as of it.
    What came after the last midnight before `now`, universal time without a zone, is left out, since its day is not over.
    """
    seconds = pd.to_numeric(frame[SECONDS], errors="coerce").to_numpy("float64")
    strange = ~((seconds >= EARLIEST) & (seconds <= LATEST))
    if strange.any():
        row = int(strange.argmax())
        where = f"column {SECONDS}, row {line_of(frame[SECONDS], row)}"
        raise OriginError(f"{name}: {shown(frame[SECONDS].iloc[row])} in {where}, is no time in seconds; export it again")
    outcomes = [column for column in frame.columns if column not in (WRITTEN, SECONDS)]
    if not outcomes:
        raise OriginError(f"{name}: has no column of an outcome; export it again")
    values = pd.DataFrame({column: _prices(frame[column], name) for column in outcomes})
    minutes = pd.DatetimeIndex(pd.to_datetime(seconds.astype("int64"), unit="s")).as_unit("ns").floor("min")
    values.insert(0, DATE, minutes.ceil("D"))
    values = values.iloc[np.argsort(minutes.asi8, kind="stable")]
    last = values.groupby(DATE, as_index=False).last()  # of each outcome, where a row lacks one
    return last[last[DATE] <= now].reset_index(drop=True)


def _prices(column: pd.Series, name: str) -> np.ndarray:
    values = to_unit_interval(pd.to_numeric(column, errors="coerce"))
    strange = column.notna() & ~values.between(0, 1)
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise OriginError(
            f"{name}: {shown(column.iloc[row])} in column {column.name}, row {line_of(column, row)}, is no price from 0 to 1; correct it"
        )
    return values.to_numpy("float64")
