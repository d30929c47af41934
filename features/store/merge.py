"""Merge: what an origin gives now, laid over what it gave before."""

import numpy as np
import pandas as pd

from features.sources.download import Download
from features.store.change import SAME, Change, change_of
from features.store.table import by_key, in_order


def merged(before: pd.DataFrame | None, download: Download, *, whole: bool) -> tuple[pd.DataFrame, Change]:
    """The table as it is known now, in order, and how it differs from `before`, which is in order too; None = nothing was known.

    whole : the download is a history without holes: from the first to the last value of a column, a value that it lacks is gone. What lies
    outside stays as it was: origins cut histories, contracts expire. Otherwise only the cells that it has count. A number within
    SAME of what was known stays what it was.
    """
    key = download.key
    got = by_key(in_order(download.frame, key), key)
    if before is None:
        empty = got.iloc[:0]
        return in_order(download.frame, key), change_of(empty, got)
    was = by_key(before, key)
    index = was.index.union(got.index)
    columns = [*was.columns, *(name for name in got.columns if name not in was.columns)]
    old, new = was.reindex(index=index, columns=columns), got.reindex(index=index, columns=columns)
    days = pd.DatetimeIndex(index.get_level_values(0))
    cells = {name: _column(old[name], new[name], days, whole=whole) for name in columns}
    now = pd.DataFrame(cells, index=index)
    return in_order(now.reset_index(names=list(key)), key), change_of(was, now)


def _column(old: pd.Series, new: pd.Series, days: pd.DatetimeIndex, *, whole: bool) -> pd.Series:
    given = new.notna().to_numpy()
    if not given.any():
        return old
    taken = given
    if whole:
        taken = np.asarray((days >= days[given][0]) & (days <= days[given][-1]))
    if new.dtype.kind == "f" and old.dtype.kind == "f":
        one, other = old.to_numpy("float64"), new.to_numpy("float64")
        taken = taken & ~(np.abs(other - one) <= SAME * np.abs(one))
    return old.where(~taken, new)
