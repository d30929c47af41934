"""Rows that came out after a panel ended, put behind it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.catalogue import known_inputs
from features.errors import InputError
from features.files.stamps import days
from features.names import shown
from features.panel import calendar
from features.panel.memoise import memoise
from features.panel.panel import Panel, disagreements
from features.panel.raw import RawSeries, check
from features.panel.releases import Releases
from features.panel.series import SMALL

SAME = 1e-9  # relative: two readings of one published number
LOOKED_BACK = 260  # values before the new rows that they are checked beside: a year of sessions


def append_rows(panel: Panel, tail: pd.DataFrame, now: datetime | None = None) -> Panel:
    """`panel` with the values of `tail` behind it.

    Parameters
    ----------
    panel : Panel
        The panel, which stays as it is.
    tail : DataFrame
        One value a row. Columns: `series`, a name of the panel; `stamp`, the day the value is for; `value`, in the unit of the
        series; `known` (optional), the day at whose close it was known, missing for the stamp itself. Each new `small` makes a
        session, one of the exchange's and no later than the next, and is known on its own day. A row that was known when the panel
        ended must equal what the panel has.
    now : datetime, optional
        The moment that tells which session is the next, with a time zone; by default that of the clock.

    Returns
    -------
    Panel
        Up to the last new session, with the releases of `tail`.

    Raises
    ------
    InputError
        For a column or day that is missing, an unknown series, a value that is no number, a close on a day that is no session or lies
        ahead, and a row that contradicts the panel.
    """
    rows, last = _validated(panel, tail), panel.sessions.to_numpy()[-1]
    for name, part in rows.where(rows.known <= last).by_series().items():
        _refuse_contradiction(panel, name, part)
    fresh = rows.where(rows.known > last).by_series()
    if SMALL.name in fresh:
        _refuse_other_days(panel, pd.DatetimeIndex(fresh[SMALL.name].stamp), now or datetime.now(UTC))
    close = _series(panel, SMALL.name, fresh)
    sessions = pd.DatetimeIndex(close.index, name="date")
    _refuse_after_last_session(fresh, sessions)
    released = {name: _releases(panel, name, fresh) for name in panel.frame.columns if name != SMALL.name}
    notes = disagreements(sessions[sessions >= last], panel.exchange, panel.market)
    frame = _frame(panel, close, released, sessions)
    return replace(panel, frame=frame, released=released, notes=(*panel.notes, *notes))


class _Rows(NamedTuple):
    """Rows of a tail as arrays, (n,) each: the series' names, days datetime64[ns], and values."""

    series: np.ndarray
    stamp: np.ndarray
    known: np.ndarray
    value: np.ndarray

    def where(self, flags: np.ndarray) -> "_Rows":
        return _Rows(*(part[flags] for part in self))

    def by_series(self) -> "dict[str, _Rows]":
        """The rows of each series, by its name."""
        return {name: self.where(self.series == name) for name in sorted(set(self.series.tolist()))}


def _validated(panel: Panel, tail: pd.DataFrame) -> _Rows:
    """The rows as they are meant; InputError for the first that is at fault."""
    for column in ("series", "stamp", "value"):
        if column not in tail.columns:
            raise InputError(f"tail: no column {column!r}; a row has series, stamp, value and, where it is not the stamp, known")
    series = np.array(tail["series"].tolist(), dtype=object)
    unknown = [name for name in series.tolist() if name not in panel.frame.columns]
    if unknown:
        raise InputError(
            f"tail: no series {shown(str(unknown[0]))} in the panel of {panel.market}; it has {', '.join(map(str, panel.frame.columns))}"
        )
    zone = calendar.zone(panel.exchange)
    stamp = _days(tail["stamp"], "stamp", zone)
    published = _days(tail["known"], "known", zone) if "known" in tail.columns else stamp
    published = np.where(np.isnat(published), stamp, published)
    value = pd.to_numeric(tail["value"], errors="coerce").to_numpy("float64", na_value=np.nan)
    late = (series == SMALL.name) & (published > stamp)
    bad = ~np.isfinite(value) | (published < stamp) | late
    if bad.any():
        row = int(bad.argmax())
        why = f"has the value {shown(tail['value'].iloc[row])}, no number"
        if published[row] < stamp[row]:
            why = "is known before the day it is for"
        elif late[row]:
            why = "is known after its own session, at whose close the forecast is made"
        raise InputError(f"tail: row {row + 1} ({series[row]}, {_day(stamp[row])}) {why}; correct it or leave it out")
    return _Rows(series, stamp, published, value)


def _day(stamp: np.datetime64) -> str:
    return str(stamp.astype("datetime64[D]"))


def _days(column: pd.Series, name: str, zone: str) -> np.ndarray:
    """The days of `column`, moments on the clock of `zone`; InputError for what is no day."""
    stamps = days(column, zone).to_numpy("datetime64[ns]")
    bad = np.isnat(stamps) & (column.notna().to_numpy() if name == "known" else True)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(f"tail: {name} of row {row + 1} is {shown(column.iloc[row])}, no day; write YYYY-MM-DD")
    return stamps


def _refuse_contradiction(panel: Panel, name: str, part: _Rows) -> None:
    """InputError where a value that was known when the panel ended is not what the panel has."""
    old = _observed(panel, name).reindex(pd.DatetimeIndex(part.stamp)).to_numpy("float64")
    other = ~(np.abs(old - part.value) <= SAME * np.abs(old))
    if other.any():
        row = int(other.argmax())
        raise InputError(
            f"tail: {name} of {_day(part.stamp[row])} is {part.value[row]:g}, but the panel, which ends on "
            f"{panel.sessions[-1]:%Y-%m-%d}, has {old[row]:g}; leave it out, or train on the data as they are now"
        )


def _refuse_other_days(panel: Panel, days: pd.DatetimeIndex, now: datetime) -> None:
    """InputError for a close on a day that is no session of the exchange, or after the next one."""
    ahead = calendar.next_session(panel.exchange, now)
    if days.max() > ahead:
        raise InputError(
            f"tail: {SMALL.name} of {days[days > ahead].min():%Y-%m-%d} lies ahead, the next session of {panel.exchange} is "
            f"{ahead:%Y-%m-%d}; leave it out, or look at the date of this machine"
        )
    closed = days.difference(calendar.sessions(panel.exchange, days.min(), days.max()))
    if len(closed):
        day = f"{closed[0]:%Y-%m-%d}, a {closed[0]:%A}"
        raise InputError(f"tail: {SMALL.name} of {day}, is on no session of {panel.exchange}; correct the day, or leave it out")


def _observed(panel: Panel, name: str) -> pd.Series:
    return panel[SMALL] if name == SMALL.name else _released(panel, name).observed


def _released(panel: Panel, name: str) -> Releases:
    """An input of the panel by its name."""
    return panel.released[name] if name in panel.released else panel.releases(known_inputs()[name])


def _series(panel: Panel, name: str, fresh: dict[str, _Rows]) -> pd.Series:
    """The values of the panel and the new ones, checked where they meet."""
    before = _observed(panel, name)
    if name not in fresh:
        return before
    part = fresh[name]
    stamps = pd.DatetimeIndex(np.append(before.index.to_numpy(), part.stamp))
    both = pd.Series(np.append(before.to_numpy("float64"), part.value), index=stamps, name=before.name)
    check(RawSeries(known_inputs()[name], both.iloc[-LOOKED_BACK - len(part.stamp) :], f"tail, {name}"))
    return both


def _releases(panel: Panel, name: str, fresh: dict[str, _Rows]) -> Releases:
    before = _released(panel, name)
    if name not in fresh:
        return before
    published = np.append(before.known.to_numpy(), fresh[name].known)
    return Releases(_series(panel, name, fresh), pd.DatetimeIndex(np.maximum.accumulate(published)), before.max_age)


def _frame(panel: Panel, close: pd.Series, released: dict[str, Releases], sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """All on the sessions: on those of the panel as it has them, since what is new was known to none of them."""
    count, columns = len(panel.sessions), panel.frame.columns
    values = np.empty((len(columns), len(sessions)))
    values[:, :count] = _values(panel)
    ahead = tuple(sessions[count:])
    for place, name in enumerate(columns):
        if name == SMALL.name:
            values[place] = close.to_numpy("float64")
        elif name in panel.released:
            values[place, count:] = _on_days(released[name], ahead)
        else:
            values[place] = released[name].onto(sessions).to_numpy()
    return pd.DataFrame(values.T, index=sessions, columns=columns, copy=False)


@memoise  # one panel is lengthened by many tails
def _values(panel: Panel) -> np.ndarray:
    """Values by series and session, each series contiguous."""
    return np.ascontiguousarray(panel.frame.to_numpy("float64").T)


@memoise  # and of the same sessions
def _on_days(releases: Releases, sessions: tuple[pd.Timestamp, ...]) -> np.ndarray:
    return releases.onto(pd.DatetimeIndex(sessions)).to_numpy()


def _refuse_after_last_session(fresh: dict[str, _Rows], sessions: pd.DatetimeIndex) -> None:
    """InputError where a value is known only after the last session, so that no close has seen it."""
    for name, part in fresh.items():
        ahead = part.known > sessions.to_numpy()[-1]
        if ahead.any():
            row = int(ahead.argmax())
            raise InputError(
                f"tail: {name} of {_day(part.stamp[row])} is known on {_day(part.known[row])}, after the last close, "
                f"{sessions[-1]:%Y-%m-%d}; give the close of that session, `{SMALL.name}`, too, or leave the row out"
            )
