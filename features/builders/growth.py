"""Growth of a series over months, on its own stamps. No features."""

import numpy as np
import pandas as pd

from features.panel.calendar import months_after
from features.panel.memoise import memoise
from features.panel.releases import Releases
from features.panel.transform import log

NEAR = np.timedelta64(10, "D")  # a month's stamp may lie on its first or its last day, or a week's on another weekday


def ago(values: pd.Series, *, months: int) -> pd.Series:
    """`values` (n,), by stamp, of `months` (at least 1) earlier; NaN where no stamp lies within ten days of that."""
    if not len(values):
        return values
    stamps = values.index.to_numpy()
    then = months_after(stamps, -months)
    after = stamps.searchsorted(then).clip(max=len(stamps) - 1)
    before = (after - 1).clip(min=0)
    nearest = np.where(np.abs(then - stamps[before]) < np.abs(stamps[after] - then), before, after)
    near = np.abs(stamps[nearest] - then) <= NEAR
    return pd.Series(np.where(near, values.to_numpy("float64")[nearest], np.nan), index=values.index)


def growth(values: pd.Series, *, months: int) -> pd.Series:
    """Log change of `values` (n,) over `months`; NaN where either is not positive."""
    past = ago(values, months=months).to_numpy("float64")
    return log(values / np.where(past > 0, past, np.nan))


@memoise
def growth_of(released: Releases, *, months: int) -> pd.Series:
    """`growth` of the observed values, by stamp."""
    return growth(released.observed, months=months)
