"""The record of business-cycle turning points that ships with the package: facts/nber.csv, one row a peak or trough."""

from functools import lru_cache
from importlib.resources import files

import pandas as pd

COLUMNS = ("month", "kind", "known", "basis")


@lru_cache(maxsize=1)
def load() -> pd.DataFrame:
    """One row a turning point: `month` (its first day), `kind` (peak or trough), `known` (the day of its announcement), `basis`.

    `basis` is `announced`, or `assumed` for those before 1980, which were dated without a formal announcement: they count as known
    a year after the month ended. Source: announcements of the NBER's Business Cycle Dating Committee.
    """
    with files("features").joinpath("facts/nber.csv").open("r", encoding="utf-8") as text:
        frame = pd.read_csv(text)
    if tuple(frame.columns) != COLUMNS:
        raise ValueError(f"facts/nber.csv must have the columns {', '.join(COLUMNS)}, got {', '.join(frame.columns)}")
    frame["month"] = pd.to_datetime(frame["month"], format="%Y-%m").astype("datetime64[ns]")
    frame["known"] = pd.to_datetime(frame["known"], format="%Y-%m-%d").astype("datetime64[ns]")
    return frame
