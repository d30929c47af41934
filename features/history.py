"""History: a series against its own past, on its own stamps. Every function uses values up to each stamp only."""

import numpy as np
import pandas as pd

from features.releases import Releases
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


def z_score(values: pd.Series, *, window: int, least: int) -> pd.Series:
    """Distance of `values` (n,) from the mean of their last `window` in standard deviations; NaN before `least` of them."""
    rolling = values.rolling(window, min_periods=least)
    deviation = rolling.std()
    return (values - rolling.mean()) / deviation.where(deviation > 0)


def matched(given: Releases, to: Releases) -> pd.Series:
    """`given` on the stamps of `to`: the last value stamped no later and known by the day on which that of `to` was.

    NaN where there is none, or where its stamp is older than values of its kind are called known.
    """
    here, there = pd.DatetimeIndex(given.observed.index), pd.DatetimeIndex(to.observed.index)
    last = np.minimum(here.searchsorted(there, side="right"), given.known.searchsorted(to.known, side="right")) - 1
    if not len(here):
        return pd.Series(np.nan, index=there)
    fresh = there.to_numpy() - here.to_numpy()[last] <= given.max_age.to_numpy()
    return pd.Series(np.where((last >= 0) & fresh, given.observed.to_numpy("float64")[last], np.nan), index=there)
