"""The record of the Federal Open Market Committee that ships with the package: facts/fomc.csv, one row a decision or meeting."""

from importlib.resources import files

import pandas as pd

COLUMNS = ("day", "kind", "announced", "cancelled", "lower", "upper")


def load() -> pd.DataFrame:
    """A row a meeting, in the order of `day`: its kind, when its date was public, the target it left, percent; NaN = not on record."""
    with files("features").joinpath("facts/fomc.csv").open("r", encoding="utf-8") as text:
        frame = pd.read_csv(text)
    if tuple(frame.columns) != COLUMNS:
        raise ValueError(f"facts/fomc.csv must have the columns {', '.join(COLUMNS)}, got {', '.join(frame.columns)}")
    for column in ("day", "announced", "cancelled"):
        frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d").astype("datetime64[ns]")
    return frame
