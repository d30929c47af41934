"""Whether a table that came is believed, compared with the one before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features.errors import InputError, OriginError
from features.live.download import Body, Download
from features.live.items import DroppedItem
from features.live.store.new_values import judge_new_values
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
    """Lines on what is doubtful in `after`; OriginError, one line, where it is not believed; `accepted` changes are not compared."""
    _refuse_future(one, after, now)
    _refuse_infinite(one, after)
    notes: list[str] = []
    was, table = None if before is None else by_key(before, key), by_key(after, key)
    if was is not None and not accepted:
        notes.extend(compare_vintages(one.file, one.columns, was, table))
    if not accepted:
        notes.extend(judge_new_values(one, was, table))
    tables = OneTable(one.file, after, one.spec)
    try:
        for check in one.checks:
            notes.extend(check(tables))
    except InputError as error:
        raise OriginError(_remedied(str(error), one)) from None
    return [*notes, *overdue_columns(one, after, now)]


def _remedied(message: str, one: RequiredFile) -> str:
    """The message of a check, whose remedy is for somebody who can correct the file, with one for somebody who cannot."""
    if isinstance(one.spec, DroppedItem):
        return message
    what, _, _ = message.rpartition("; ")
    return f"{what or message}; it came so from its origin; look at it there, and pull again later"


def validate_unchanged(one: RequiredFile, table: pd.DataFrame, now: datetime) -> list[str]:
    """Lines on a table that was validated before and has not changed; OriginError where the clock puts it in the future."""
    _refuse_future(one, table, now)
    return overdue_columns(one, table, now)


def refuse_renamed(one: RequiredFile, download: Download) -> None:
    """OriginError for a dropped table without a column that is read: its stored values would be taken for present ones."""
    names = [str(name) for name in download.frame.columns]
    absent = next((column.name for column in one.columns if column.name not in names), None)
    if isinstance(one.spec, DroppedItem) and absent is not None:
        raise OriginError(f"{one.file}: no column {absent!r}; it has {', '.join(names[:8])}; name the column as the experiment does")


def clock_notes(file: str, bodies: Sequence[Body], now: datetime) -> list[str]:
    """A line where this machine's clock is far behind the origin's, and closed sessions are left out; OriginError where far ahead."""
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
    """A calendar, of which no column is read, may have days in the future."""
    days = pd.DatetimeIndex(after.iloc[:, 0])
    if len(days) and (one.checks or one.columns) and days.max() > pd.Timestamp((now + ANYWHERE).date()):
        ahead = f"{days.max():%Y-%m-%d}, which is still to come on {now:%Y-%m-%d}"
        raise OriginError(f"{one.file}: has a row of {ahead}; set the clock of this machine, or correct the row")


def _refuse_infinite(one: RequiredFile, after: pd.DataFrame) -> None:
    for name in after.columns:
        if after[name].dtype.kind == "f" and np.isinf(after[name]).any():
            day = after.iloc[:, 0][np.isinf(after[name])].iloc[0]
            raise OriginError(f"{one.file}, column {name}: is infinite on {day:%Y-%m-%d}; its format has changed, or it is damaged")
