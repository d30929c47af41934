"""Tail: what came out after a panel ended, put behind it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.catalogue import known_inputs
from features.errors import InputError
from features.files.table import days
from features.names import shown
from features.panel.panel import Panel, disagreements
from features.panel.raw import RawSeries, check
from features.panel.releases import Releases
from features.panel.series import SMALL

SAME = 1e-9  # relative: two readings of one published number
LOOKED_BACK = 260  # values before the tail that it is checked beside: a year of sessions


def append_rows(panel: Panel, tail: pd.DataFrame) -> Panel:
    """`panel` with the values of `tail` behind it.

    tail : a row a value. `series`, a name of the panel; `stamp`, the day it is for; `known`, the day at whose close it was known,
    missing for the stamp itself; `value`, in the series' unit. Each new `small` is a session, and known on its own day. A row known
    when the panel ended has to be in the panel already. InputError, one line, for a row that cannot be what it claims to be.
    """
    rows = _checked(panel, tail)
    last = panel.sessions[-1]
    for name, part in rows[rows["known"] <= last].groupby("series"):
        _same(panel, str(name), part)
    fresh = {str(name): part for name, part in rows[rows["known"] > last].groupby("series")}
    close = _series(panel, SMALL.name, fresh)
    sessions = pd.DatetimeIndex(close.index, name="date")
    _between_sessions(fresh, sessions)
    released = {name: _releases(panel, name, fresh) for name in panel.frame.columns if name != SMALL.name}
    columns = {SMALL.name: close.to_numpy("float64")} | {name: found.onto(sessions).to_numpy() for name, found in released.items()}
    notes = disagreements(sessions[sessions >= last], panel.exchange, panel.market)
    return replace(panel, frame=pd.DataFrame(columns, index=sessions), released=released, notes=(*panel.notes, *notes))


def _checked(panel: Panel, tail: pd.DataFrame) -> pd.DataFrame:
    for column in ("series", "stamp", "value"):
        if column not in tail.columns:
            raise InputError(f"tail: no column {column!r}; a row has series, stamp, value and, where it is not the stamp, known")
    unknown = [str(name) for name in tail["series"].unique() if name not in panel.frame.columns]
    if unknown:
        raise InputError(
            f"tail: no series {shown(unknown[0])} in the panel of {panel.market}; it has {', '.join(map(str, panel.frame.columns))}"
        )
    stamp = _days(tail["stamp"], "stamp")
    known = _days(tail["known"], "known").fillna(stamp) if "known" in tail.columns else stamp
    value = pd.to_numeric(tail["value"], errors="coerce")
    rows = pd.DataFrame({"series": tail["series"].astype(str), "stamp": stamp, "known": known, "value": value})
    late = (rows["series"] == SMALL.name) & (known > stamp)
    bad = ~np.isfinite(value) | (known < stamp) | late
    if bad.any():
        row = int(bad.to_numpy().argmax())
        why = f"has the value {shown(tail['value'].iloc[row])}, no number"
        if known.iloc[row] < stamp.iloc[row]:
            why = "is known before the day it is for"
        elif late.iloc[row]:
            why = "is known after its own session, at whose close the forecast is made"
        raise InputError(f"tail: row {row + 1} ({rows['series'].iloc[row]}, {stamp.iloc[row]:%Y-%m-%d}) {why}; correct it or leave it out")
    return rows


def _days(column: pd.Series, name: str) -> pd.Series:
    found = days(column)
    bad = found.isna() & (column.notna() if name == "known" else True)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(f"tail: {name} of row {row + 1} is {shown(column.iloc[row])}, no day; write YYYY-MM-DD")
    return found


def _same(panel: Panel, name: str, part: pd.DataFrame) -> None:
    """InputError where a value that was known when the panel ended is not what the panel has."""
    kept = _observed(panel, name).reindex(pd.DatetimeIndex(part["stamp"])).to_numpy("float64")
    given = part["value"].to_numpy("float64")
    other = ~(np.abs(kept - given) <= SAME * np.abs(kept))
    if other.any():
        row = int(other.argmax())
        raise InputError(
            f"tail: {name} of {part['stamp'].iloc[row]:%Y-%m-%d} is {given[row]:g}, but the panel, which ends on "
            f"{panel.sessions[-1]:%Y-%m-%d}, has {kept[row]:g}; leave it out, or train on the data as they are now"
        )


def _observed(panel: Panel, name: str) -> pd.Series:
    return panel.releases(known_inputs()[name]).observed if name != SMALL.name else panel[SMALL]


def _series(panel: Panel, name: str, fresh: dict[str, pd.DataFrame]) -> pd.Series:
    """What the panel has of a series and what is new, checked where they meet."""
    before = _observed(panel, name)
    if name not in fresh:
        return before
    part = fresh[name]
    both = pd.concat([before, pd.Series(part["value"].to_numpy("float64"), index=pd.DatetimeIndex(part["stamp"]))])
    check(RawSeries(known_inputs()[name], both.iloc[-LOOKED_BACK - len(part) :], f"tail, {name}"))
    return both


def _releases(panel: Panel, name: str, fresh: dict[str, pd.DataFrame]) -> Releases:
    before = panel.releases(known_inputs()[name])
    if name not in fresh:
        return before
    known = before.known.append(pd.DatetimeIndex(fresh[name]["known"]))
    return Releases(_series(panel, name, fresh), pd.DatetimeIndex(np.maximum.accumulate(known.to_numpy())), before.max_age)


def _between_sessions(fresh: dict[str, pd.DataFrame], sessions: pd.DatetimeIndex) -> None:
    """InputError where something is known only after the last session, so that no close has seen it."""
    for name, part in fresh.items():
        ahead = part["known"] > sessions[-1]
        if ahead.any():
            first = part[ahead].iloc[0]
            raise InputError(
                f"tail: {name} of {first['stamp']:%Y-%m-%d} is known on {first['known']:%Y-%m-%d}, after the last close, "
                f"{sessions[-1]:%Y-%m-%d}; give the close of that session, `{SMALL.name}`, too, or leave the row out"
            )
