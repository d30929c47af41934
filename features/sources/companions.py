"""Indices beside the one asked about: prices only, from the tables that [companions] names."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.folder import Tables
from features.files.table import dates, measured
from features.panel.indices import Index
from features.panel.inputs import Companion, IndexValues
from features.panel.raw import RawSeries, check
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW, Lag
from features.panel.volatility import session_ranges

LEAST_CLOSES = 250  # a year; fewer hold no surge whose volatility is known


def companion_indices(tables: Tables, companions: Mapping[str, Companion]) -> tuple[list[Index], tuple[str, ...]]:
    """The indices that `tables` have, and a line for each that is not there or column that is too short; InputError, one line."""
    found: list[Index] = []
    notes: list[str] = []
    for label, spec in companions.items():
        if not tables.has(spec.file, f"companions.{label}"):
            notes.append(f"companions `{label}` are off: no file {spec.file} {tables.place}")
            continue
        path, lacking = Path(spec.file), tables.lacks(spec.file)
        off = [companion_name(label, column, spec) for column in spec.columns if column in lacking]
        notes.extend(f"companion {name} is off: {spec.file} has no such column yet" for name in off)
        columns = [column for column in spec.columns if column not in lacking]
        frame = tables.table(spec.file, (spec.date, *columns, *_range_columns(spec)))
        stamps = dates(frame[spec.date], path, spec.date)
        for column in columns:
            index = _index(frame, stamps, path, label, column, spec)
            if len(index.close) < LEAST_CLOSES:
                notes.append(f"companion {index.name} is off: {len(index.close)} closes, fewer than {LEAST_CLOSES}")
            elif any(index.name == other.name for other in found):
                raise InputError(f"[companions.{label}]: {index.name} stands twice; name it once")
            else:
                found.append(index)
    return found, tuple(notes)


def companion_as_target(tables: Tables, label: str, column: str, spec: Companion) -> dict[str, RawSeries]:
    """The index in `column` as the small-cap series of a market by name: its closes, and its highs and lows where `spec` names them.

    Its closes are taken to be known as they happen, whatever `spec.lag` says of their publication: they are what makes a session.
    InputError, one line, for what cannot be read.
    """
    tables.has(spec.file, f"companions.{label}")
    path = Path(spec.file)
    frame = tables.table(spec.file, (spec.date, column, *_range_columns(spec)))
    stamps = dates(frame[spec.date], path, spec.date)
    found = {SMALL.name: RawSeries(SMALL, _close(frame, stamps, path, column, spec), f"{path.name}, column {column}")}
    for series, name in zip((SMALL_HIGH, SMALL_LOW), _range_columns(spec), strict=False):
        values = measured(frame[name], stamps, f"{path.name}, column {name}")
        found[series.name] = RawSeries(series, values.where(values > 0), f"{path.name}, column {name}")
    return found


def companion_name(label: str, column: str, spec: Companion) -> str:
    """What the index in `column` is called: as its table, and with its column where the table has several."""
    return label if len(spec.columns) == 1 else f"{label} {column}"


def _range_columns(spec: Companion) -> tuple[str, ...]:
    """The columns of highs and of lows; both or none."""
    return (spec.high, spec.low) if spec.high is not None and spec.low is not None else ()


def _close(frame: pd.DataFrame, stamps: pd.DatetimeIndex, path: Path, column: str, spec: Companion) -> pd.Series:
    """The levels of the index, checked; NaN where unknown."""
    origin = f"{path.name}, column {column}"
    values = measured(frame[column], stamps, origin)
    close = values if spec.holds is IndexValues.LEVEL else _level(values, origin)
    return check(RawSeries(SMALL, close, origin)).observed


def _index(frame: pd.DataFrame, stamps: pd.DatetimeIndex, path: Path, label: str, column: str, spec: Companion) -> Index:
    close = _close(frame, stamps, path, column, spec).dropna()
    days = pd.DatetimeIndex(close.index)
    ranges = pd.Series(np.nan, index=days)
    if _range_columns(spec):
        high, low = (measured(frame[name], stamps, f"{path.name}, column {name}") for name in _range_columns(spec))
        ranges = session_ranges(high.where(high > 0), low.where(low > 0)).reindex(days)
    return Index(companion_name(label, column, spec), close, ranges, _known(days, spec))


def _known(days: pd.DatetimeIndex, spec: Companion) -> pd.DatetimeIndex:
    """The day on which each close was out; further sessions of lag count as weekdays."""
    due = Lag(spec.lag.months, spec.lag.days).due(days)
    return due if not spec.lag.sessions else due + spec.lag.sessions * pd.offsets.BDay()


def _level(returns: pd.Series, origin: str) -> pd.Series:
    """Level of percent returns that starts at 100; an unknown return is taken as none of that session's, so its close is left out."""
    known = returns.dropna()
    if (known <= -100).any():
        where = known.index[known <= -100][0]
        raise InputError(f"{origin}: a return of {known[where]:g} % on {where:%Y-%m-%d}; leave a missing value empty")
    return 100 * (1 + known / 100).cumprod()
