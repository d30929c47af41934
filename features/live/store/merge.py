"""A download laid over the table before it."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.download import Download
from features.live.store.change import SAME, relative
from features.live.store.table import by_key, in_order


def merge(before: pd.DataFrame | None, download: Download, *, whole: bool) -> pd.DataFrame:
    """The table as it is now, in order, of that before (in order, or None) and a download.

    Of a `whole` download, a value that it lacks between the first and the last value of a column is gone; what lies outside stays, since
    origins cut histories and contracts expire. Otherwise only the cells that it has count. A number within SAME of the one before stays.
    OriginError for a column that changes between numbers, days and words.
    """
    key, late = download.key, in_order(download.frame, download.key)
    if before is None or not len(late):
        return late if before is None else before
    earlier = (before[key[0]] < late[key[0]].iloc[0]).to_numpy()  # all of which stays, however long it is
    if earlier.any() and set(late.columns) <= set(before.columns):
        return pd.concat([before[earlier], merge(before[~earlier], download, whole=whole)], ignore_index=True)
    was, new = by_key(before, key), by_key(late, key)
    index = was.index.union(new.index)
    days = pd.DatetimeIndex(index.get_level_values(0))
    return _joined(was.reindex(index), new.reindex(index), key, lambda old, fresh: _column(old, fresh, days, whole=whole))


def merge_beneath(table: pd.DataFrame | None, older: Download) -> pd.DataFrame:
    """`table`, in order, with the cells that only `older` has."""
    lower = in_order(older.frame, older.key)
    if table is None:
        return lower
    upper, lower = by_key(table, older.key), by_key(lower, older.key)
    index = upper.index.union(lower.index)
    return _joined(upper.reindex(index), lower.reindex(index), older.key, lambda over, under: over.where(over.notna(), under))


Both = Callable[[pd.Series, pd.Series], pd.Series]


def _joined(one: pd.DataFrame, other: pd.DataFrame, key: tuple[str, ...], both: Both) -> pd.DataFrame:
    """The columns of two tables of the same rows, in order; `both` makes one of a column that is in both."""
    for name in one.columns.intersection(other.columns):
        if one[name].dtype.kind != other[name].dtype.kind:
            raise OriginError(f"column {name}: has no longer values of the same kind, numbers, days or words; look at what comes")
    columns = {name: both(one[name], other[name]) if name in other else one[name] for name in one.columns}
    columns |= {name: other[name] for name in other.columns if name not in one}
    return in_order(pd.DataFrame(columns, index=one.index).reset_index(names=list(key)), key)


def _column(old: pd.Series, new: pd.Series, days: pd.DatetimeIndex, *, whole: bool) -> pd.Series:
    filled = new.notna().to_numpy()
    if not filled.any():
        return old
    replaced = np.asarray((days >= days[filled][0]) & (days <= days[filled][-1])) if whole else filled
    if new.dtype.kind == "f" and old.dtype.kind == "f":
        one, other = old.to_numpy("float64"), new.to_numpy("float64")
        replaced = replaced & ~(relative(one, other) <= SAME)
    return old.where(~replaced, new)
