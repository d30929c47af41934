"""Judge: whether a table that came is to be believed, given what was known before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features import calendar
from features.errors import InputError, OriginError
from features.sources.download import Body
from features.store.change import SAME, common_ratio, relative
from features.store.table import by_key
from features.store.wanted import OneTable, Wanted

MOST = 0.5  # of a column's values revised at once, and not by one factor: another series
LEAST = 20  # values in common, before such a share says anything
MOVED = 0.05  # typical size of a revision, beyond which many at once are no revisions
GONE = 0.05  # of a column's values, and more than a handful: holes and no corrections
HANDFUL = 5
TENFOLD = 0.02  # in powers of ten, how near to a whole one a factor is a change of unit
FAST = timedelta(minutes=10)  # a clock this far ahead of an origin's would take a running session for closed
ACCEPT = "look at it, and if it is right take it with: data pull --accept"


def judged(
    one: Wanted, before: pd.DataFrame | None, after: pd.DataFrame, key: Sequence[str], now: datetime, *, accepted: bool
) -> list[str]:
    """Lines on what is doubtful; OriginError, one line, where `after` is not to be believed.

    before, after : in order.   accepted : somebody has looked at the change and takes it.
    """
    _refuse_future(one, after, now)
    _refuse_infinite(one, after)
    notes: list[str] = []
    if before is not None and not accepted:
        was, is_now = by_key(before, key), by_key(after, key)
        for name in was.columns.intersection(is_now.columns):
            if was[name].dtype.kind == "f" and is_now[name].dtype.kind == "f":
                notes.extend(_changed(one.file, str(name), was[name], is_now[name]))
    tables = OneTable(one.file, after)
    try:
        for check in one.checks:
            notes.extend(check(tables))
    except InputError as error:
        raise OriginError(f"{error}") from None
    return [*notes, *_behind(one, after, now)]


def unchanged(one: Wanted, table: pd.DataFrame, now: datetime) -> list[str]:
    """Lines on a table that was judged when it came, and is still what it was; OriginError where the clock says that it is to come."""
    _refuse_future(one, table, now)
    return _behind(one, table, now)


def refuse_fast_clock(bodies: Sequence[Body], now: datetime) -> None:
    """OriginError where this machine's clock is far ahead of the origin's: what it takes for past may be under way."""
    served = [body.served for body in bodies if body.served is not None]
    if served and now - max(served) > FAST:
        ahead = int((now - max(served)).total_seconds() // 60)
        raise OriginError(f"the clock of this machine is {ahead} minutes ahead of the origin's; set it, since sessions end by it")


def _refuse_future(one: Wanted, after: pd.DataFrame, now: datetime) -> None:
    days = pd.DatetimeIndex(after.iloc[:, 0])
    latest = pd.Timestamp((now + timedelta(hours=14)).date())  # the day is never later anywhere
    if len(days) and days.max() > latest:
        ahead = f"{days.max():%Y-%m-%d}, which is still to come"
        raise OriginError(f"{one.file}: has a row of {ahead}; set the clock of this machine, or correct the row")


def _refuse_infinite(one: Wanted, after: pd.DataFrame) -> None:
    for name in after.columns:
        if after[name].dtype.kind == "f" and np.isinf(after[name]).any():
            day = after.iloc[:, 0][np.isinf(after[name])].iloc[0]
            raise OriginError(f"{one.file}, column {name}: is infinite on {day:%Y-%m-%d}; its format has changed, or it is damaged")


def _changed(file: str, name: str, was: pd.Series, now: pd.Series) -> list[str]:
    """A line on a history that was scaled as a whole; OriginError for one that is no history of the same."""
    one, other = was.align(now, join="outer")
    old, new = one.to_numpy("float64"), other.to_numpy("float64")
    had, both = ~np.isnan(old), ~np.isnan(old) & ~np.isnan(new)
    gone = int((had & ~both).sum())
    if gone > max(HANDFUL, GONE * had.sum()):
        raise OriginError(f"{file}, column {name}: {gone} of {int(had.sum())} values are no longer there; {ACCEPT} {file}")
    _refuse_unit(file, name, old, new)
    size = np.where(both, relative(old, new), 0.0)
    revised = size > SAME
    if both.sum() < LEAST or revised.sum() <= MOST * both.sum():
        return []
    ratio = common_ratio(old[revised], new[revised])
    if ratio is not None:
        if _power_of_ten(ratio):
            raise OriginError(f"{file}, column {name}: every value is {ratio:.4g} times what it was; the unit changed; {ACCEPT} {file}")
        return [f"{file}, column {name}: {int(revised.sum())} values are {ratio:.6g} times what they were; a split, or re-adjusted prices"]
    middle = float(np.median(size[revised]))
    if middle > MOVED:
        many = f"{int(revised.sum())} of {int(both.sum())} values are others than before, by {100 * middle:.0f} % at the median"
        raise OriginError(f"{file}, column {name}: {many}; another series under that name? {ACCEPT} {file}")
    return []


def _refuse_unit(file: str, name: str, old: np.ndarray, new: np.ndarray) -> None:
    """OriginError where what is new goes on at a hundred times, or a hundredth, of the last value."""
    known = np.flatnonzero(~np.isnan(old))
    fresh = np.flatnonzero(~np.isnan(new) & np.isnan(old))
    if not len(known):
        return
    fresh = fresh[fresh > known[-1]]
    if not len(fresh):
        return
    last, first = old[known[-1]], float(np.median(new[fresh]))
    if np.sign(last) == np.sign(first) != 0 and abs(abs(np.log10(abs(first)) - np.log10(abs(last))) - 2) < np.log10(1.3):
        raise OriginError(f"{file}, column {name}: goes on at {first:g} after {last:g}, a hundredfold step; another unit? {ACCEPT} {file}")


def _power_of_ten(ratio: float) -> bool:
    power = np.log10(ratio)
    return abs(power) > 0.5 and abs(power - round(power)) < TENFOLD


def _behind(one: Wanted, after: pd.DataFrame, now: datetime) -> list[str]:
    """A line for the daily columns that end before the last session that is closed."""
    closed = calendar.last_closed(one.exchange, now)
    late: dict[str, list[str]] = {}
    for name in one.daily:
        values = after[name].notna().to_numpy() if name in after else np.zeros(0, dtype=bool)
        if not values.any():
            continue
        end = pd.Timestamp(after.iloc[:, 0][values].iloc[-1])
        missing = int((calendar.sessions(one.exchange, end, closed) > end).sum()) if end < closed else 0
        if missing:
            late.setdefault(f"end on {end:%Y-%m-%d}, {missing} session{'s' * (missing > 1)} before the last closed one", []).append(name)
    return [f"{one.file}: {_listed(names)} {said}" for said, names in late.items()]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]}, {len(names)} columns,"
