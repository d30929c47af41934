"""Merge: what an origin gives now, laid over what it gave before."""

import numpy as np
import pandas as pd

from features.sources.download import Download
from features.store.change import SAME
from features.store.table import by_key, in_order


def merged(before: pd.DataFrame | None, download: Download, *, whole: bool) -> pd.DataFrame:
    """The table as it is known now, in order; `before` is in order too, None = nothing was known.

    whole : the download is a history without holes: from the first to the last value of a column, a value that it lacks is gone. What lies
    outside stays as it was: origins cut histories, contracts expire. Otherwise only the cells that it has count. A number within
    SAME of what was known stays what it was.
    """
    key, got = download.key, in_order(download.frame, download.key)
    if before is None:
        return got
    was, new = by_key(before, key), by_key(got, key)
    index = was.index.union(new.index)
    columns = [*was.columns, *(name for name in new.columns if name not in was.columns)]
    was, new = was.reindex(index=index, columns=columns), new.reindex(index=index, columns=columns)
    days = pd.DatetimeIndex(index.get_level_values(0))
    now = pd.DataFrame({name: _column(was[name], new[name], days, whole=whole) for name in columns}, index=index)
    return in_order(now.reset_index(names=list(key)), key)


def beneath(table: pd.DataFrame | None, older: Download) -> pd.DataFrame:
    """`table`, in order, with what only `older` has."""
    lower = in_order(older.frame, older.key)
    if table is None:
        return lower
    return in_order(by_key(table, older.key).combine_first(by_key(lower, older.key)).reset_index(names=list(older.key)), older.key)


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
