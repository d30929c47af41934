"""Merge: what an origin gives now, laid over what it gave before."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.download import Download
from features.live.store.change import SAME, relative
from features.live.store.table import by_key, in_order


def merge(before: pd.DataFrame | None, download: Download, *, whole: bool) -> pd.DataFrame:
    """The table as it is known now, in order; `before` is in order too, None = nothing was known.

    whole : the download is a history without holes: from the first to the last value of a column, a value that it lacks is gone. What lies
    outside stays as it was: origins cut histories, contracts expire. Otherwise only the cells that it has count. A number within
    SAME of what was known stays what it was. OriginError for a column that had numbers and has words now, or the other way round.
    """
    key, got = download.key, in_order(download.frame, download.key)
    if before is None or not len(got):
        return got if before is None else before
    earlier = (before[key[0]] < got[key[0]].iloc[0]).to_numpy()  # all of which stays, however long it is
    if earlier.any() and set(got.columns) <= set(before.columns):
        return pd.concat([before[earlier], merge(before[~earlier], download, whole=whole)], ignore_index=True)
    was, new = by_key(before, key), by_key(got, key)
    index = was.index.union(new.index)
    days = pd.DatetimeIndex(index.get_level_values(0))
    return _joined(was.reindex(index), new.reindex(index), key, lambda old, late: _column(old, late, days, whole=whole))


def merge_beneath(table: pd.DataFrame | None, older: Download) -> pd.DataFrame:
    """`table`, in order, with what only `older` has."""
    lower = in_order(older.frame, older.key)
    if table is None:
        return lower
    upper, lower = by_key(table, older.key), by_key(lower, older.key)
    index = upper.index.union(lower.index)
    return _joined(upper.reindex(index), lower.reindex(index), older.key, lambda over, under: over.where(over.notna(), under))


Both = Callable[[pd.Series, pd.Series], pd.Series]


def _joined(one: pd.DataFrame, other: pd.DataFrame, key: tuple[str, ...], both: Both) -> pd.DataFrame:
    """The columns of one of two tables of the same rows as they are, and what `both` makes of those of both; in order."""
    for name in one.columns.intersection(other.columns):
        if one[name].dtype.kind != other[name].dtype.kind:
            raise OriginError(f"column {name}: has no longer values of the same kind, numbers, days or words; look at what comes")
    columns = {name: both(one[name], other[name]) if name in other else one[name] for name in one.columns}
    columns |= {name: other[name] for name in other.columns if name not in one}
    return in_order(pd.DataFrame(columns, index=one.index).reset_index(names=list(key)), key)


def _column(old: pd.Series, new: pd.Series, days: pd.DatetimeIndex, *, whole: bool) -> pd.Series:
    given = new.notna().to_numpy()
    if not given.any():
        return old
    taken = given
    if whole:
        taken = np.asarray((days >= days[given][0]) & (days <= days[given][-1]))
    if new.dtype.kind == "f" and old.dtype.kind == "f":
        one, other = old.to_numpy("float64"), new.to_numpy("float64")
        taken = taken & ~(relative(one, other) <= SAME)
    return old.where(~taken, new)
