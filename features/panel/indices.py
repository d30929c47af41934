"""Index: the prices of a companion, an index that is only learned from."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Index:
    """Closes of an index (n,) > 0 by session, the variance of each session by its range, and the day each close was known."""

    name: str
    close: pd.Series
    ranges: pd.Series
    known: pd.DatetimeIndex
