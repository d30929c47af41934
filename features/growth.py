"""Growth: a series against what it was some months before, on its own stamps; values up to each stamp only."""

import numpy as np
import pandas as pd

from features.transform import log

NEAR = pd.Timedelta(days=10)  # a month's stamp may lie on its first or its last day, or a week's on another weekday


def ago(values: pd.Series, *, months: int) -> pd.Series:
    """What `values` (n,), by stamp, were `months` (at least 1) earlier; NaN where no stamp lies within ten days of that."""
    stamps = pd.DatetimeIndex(values.index)
    found = stamps.get_indexer(pd.DatetimeIndex(stamps - pd.DateOffset(months=months)), method="nearest", tolerance=NEAR)
    taken = np.append(values.to_numpy("float64"), np.nan)[found]  # -1, where nothing is near, takes the NaN
    return pd.Series(taken, index=values.index)


def growth(values: pd.Series, *, months: int) -> pd.Series:
    """Log change of `values` (n,) over `months`; NaN where either is not positive."""
    return log(values / ago(values, months=months).where(lambda past: past > 0))
