"""The index of the returns that were handed in, and fitted values by it."""

from typing import Any

import pandas as pd

from forecast.engines.arrays import Float, Int


def session_index(returns: Any) -> pd.Index | None:
    """The index of a Series; None for arrays and lists."""
    return returns.index if isinstance(returns, pd.Series) else None


def by_session(values: Float | Int, index: pd.Index | None, name: str) -> Any:
    """`values`, a row a session, as they are; with an index as a Series, or as a DataFrame with a column a regime, from 0."""
    if index is None or len(index) != len(values):
        return values
    if values.ndim == 1:
        return pd.Series(values, index=index, name=name)
    return pd.DataFrame(values, index=index, columns=pd.RangeIndex(values.shape[1], name="regime"))
