"""Judge: whether a table that came is to be believed, given what was known before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features.errors import InputError, OriginError
from features.live.download import Body, Download
from features.live.items import DroppedItem
from features.live.store.requirements import OneTable, RequiredFile
from features.live.store.staleness import overdue_columns
from features.live.store.table import by_key
from features.live.store.timestamps import age
from features.live.store.vintage_sanity import compare_vintages

WRONG = timedelta(minutes=10)  # a clock this far ahead of an origin's would take a running session for closed
ANYWHERE = timedelta(hours=14)  # ahead of universal time, where a day begins first


def validate(
    one: RequiredFile, before: pd.DataFrame | None, after: pd.DataFrame, key: Sequence[str], now: datetime, *, accepted: bool
) -> list[str]:
    """Lines on what is doubtful; OriginError, one line, where `after` is not to be believed.

    before, after : in order.   accepted : somebody has looked at the change and takes it.
    """
    _refuse_future(one, after, now)
    _refuse_infinite(one, after)
    notes: list[str] = []
    if before is not None and not accepted:
        notes.extend(compare_vintages(one.file, one.columns, by_key(before, key), by_key(after, key)))
    tables = OneTable(one.file, after, one.spec)
    try:
        for check in one.checks:
            notes.extend(check(tables))
    except InputError as error:
        raise OriginError(_remedied(str(error), one)) from None
    return [*notes, *overdue_columns(one, after, now)]


def _remedied(said: str, one: RequiredFile) -> str:
    """What a check says to who can correct a file, said to who cannot."""
    if isinstance(one.spec, DroppedItem):
        return said
    what, _, _ = said.rpartition("; ")
    return f"{what or said}; it came so from its origin; look at it there, and pull again later"


def validate_unchanged(one: RequiredFile, table: pd.DataFrame, now: datetime) -> list[str]:
    """Lines on a table that was judged when it came, and is still what it was; OriginError where the clock says that it is to come."""
    _refuse_future(one, table, now)
    return overdue_columns(one, table, now)


def refuse_renamed(one: RequiredFile, download: Download) -> None:
    """OriginError for a dropped table without a column that is read: what was kept of it would be taken for what is there now."""
    names = [str(name) for name in download.frame.columns]
    absent = next((column.name for column in one.columns if column.name not in names), None)
    if isinstance(one.spec, DroppedItem) and absent is not None:
        raise OriginError(f"{one.file}: no column {absent!r}; it has {', '.join(names[:8])}; name the column as the experiment does")


def clock_notes(file: str, bodies: Sequence[Body], now: datetime) -> list[str]:
    """A line where this machine's clock is far behind the origin's, and closed sessions are taken for ones that are to come.

    OriginError where it is far ahead: what it takes for past may be under way.
    """
    served = [body.served for body in bodies if body.served is not None]
    if not served:
        return []
    ahead = now - max(served)
    if ahead > WRONG:
        raise OriginError(f"{file}: the clock of this machine is {age(ahead)} ahead of the origin's; set it, since sessions end by it")
    if -ahead > WRONG:
        return [f"{file}: the clock of this machine is {age(-ahead)} behind the origin's, and what is newer is left out; set it right"]
    return []


def _refuse_future(one: RequiredFile, after: pd.DataFrame, now: datetime) -> None:
    """Of a table that is a calendar, from which no column is read, days may be still to come."""
    days = pd.DatetimeIndex(after.iloc[:, 0])
    if len(days) and (one.checks or one.columns) and days.max() > pd.Timestamp((now + ANYWHERE).date()):
        ahead = f"{days.max():%Y-%m-%d}, which is still to come on {now:%Y-%m-%d}"
        raise OriginError(f"{one.file}: has a row of {ahead}; set the clock of this machine, or correct the row")


def _refuse_infinite(one: RequiredFile, after: pd.DataFrame) -> None:
    for name in after.columns:
        if after[name].dtype.kind == "f" and np.isinf(after[name]).any():
            day = after.iloc[:, 0][np.isinf(after[name])].iloc[0]
            raise OriginError(f"{one.file}, column {name}: is infinite on {day:%Y-%m-%d}; its format has changed, or it is damaged")
