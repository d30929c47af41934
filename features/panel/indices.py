"""Index: the prices of a market of which nothing else is asked."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Index:
    """close : (n,) levels > 0 by session.   ranges : (n,) variance of each session by its range, NaN = not known.   known : (n,) days."""

    name: str
    close: pd.Series
    ranges: pd.Series
    known: pd.DatetimeIndex
