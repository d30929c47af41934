"""Align: two inputs at their own frequency, brought onto one set of stamps; a value is known when both are."""

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.releases import NEVER, Releases
from features.panel.series import Series
from features.panel.transform import log


@memoise
def log_ratio(panel: Panel, above: Series, below: Series) -> Releases:
    """Log of one input over another on their common stamps, known when the later of the two is; as far back as both go."""
    first, second, days, age = common_stamps(panel.releases(above), panel.releases(below))
    return Releases(log(first / second), days, age)


@memoise
def difference(panel: Panel, above: Series, below: Series) -> Releases:
    """One input less another, as `log_ratio`."""
    first, second, days, age = common_stamps(panel.releases(above), panel.releases(below))
    return Releases(first - second, days, age)


def common_stamps(one: Releases, other: Releases) -> tuple[pd.Series, pd.Series, pd.DatetimeIndex, pd.Timedelta]:
    """Both on their common stamps, the day on which the later of the two was known, and the shorter of their ages."""
    here, there = one.observed.index.to_numpy(), other.observed.index.to_numpy()
    place = np.arange(len(here)) if np.array_equal(here, there) else there.searchsorted(here)  # stamps rise strictly
    common = np.append(there, NEVER)[place] == here
    first, second = one.observed[common], other.observed.iloc[place[common]]
    days = np.maximum(one.known.to_numpy()[common], other.known.to_numpy()[place[common]])
    return first, second, pd.DatetimeIndex(days), min(one.max_age, other.max_age)


def asof_join(right: Releases, left: Releases) -> pd.Series:
    """`right` on the stamps of `left`: the last value stamped no later, and known by the day on which that of `left` was.

    NaN where there is none, or where its stamp is older than its `max_age`.
    """
    here, there = right.observed.index.to_numpy(), left.observed.index.to_numpy()
    last = np.minimum(here.searchsorted(there, side="right"), right.known.to_numpy().searchsorted(left.known.to_numpy(), side="right")) - 1
    fresh = there - np.append(here, NEVER)[last] <= right.max_age.to_numpy()  # -1, where there is none, takes NEVER, which is not
    values = np.append(right.observed.to_numpy("float64"), np.nan)[last]
    return pd.Series(np.where(fresh, values, np.nan), index=left.observed.index)
