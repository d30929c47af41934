"""Indices beside the target, which [companions] names: prices only."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.folder import Tables
from features.files.table import dates, stamped_numbers
from features.panel.indices import Index
from features.panel.inputs import Companion, IndexValues
from features.panel.publication_lag import Lag
from features.panel.raw import RawSeries, check
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW
from features.sources.closes import ranges_of

LEAST_CLOSES = 250  # a year; fewer hold no surge whose volatility is known


def companion_indices(tables: Tables, companions: Mapping[str, Companion]) -> tuple[list[Index], tuple[str, ...]]:
    """The indices that `tables` have, and a line for each that is missing or too short; InputError for what cannot be read."""
    read: list[Index] = []
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
            elif any(index.name == other.name for other in read):
                raise InputError(f"[companions.{label}]: {index.name} stands twice; name it once")
            else:
                read.append(index)
    return read, tuple(notes)


def companion_as_target(tables: Tables, label: str, column: str, spec: Companion) -> dict[str, RawSeries]:
    """The index in `column` as the small-cap series of a market, by name: its closes, and its highs and lows where `spec` names them.

    Its closes make the sessions, so they count as known when they happen, whatever `spec.lag` says.
    """
    tables.has(spec.file, f"companions.{label}")
    path = Path(spec.file)
    frame = tables.table(spec.file, (spec.date, column, *_range_columns(spec)))
    stamps = dates(frame[spec.date], path, spec.date)
    series = {SMALL.name: RawSeries(SMALL, _close(frame, stamps, path, column, spec), f"{path.name}, column {column}")}
    for extreme, name in zip((SMALL_HIGH, SMALL_LOW), _range_columns(spec), strict=False):
        values = stamped_numbers(frame[name], stamps, f"{path.name}, column {name}")
        series[extreme.name] = RawSeries(extreme, values.where(values > 0), f"{path.name}, column {name}")
    return series


def companion_name(label: str, column: str, spec: Companion) -> str:
    """What the index in `column` is called: as its table, and with its column where the table has several."""
    return label if len(spec.columns) == 1 else f"{label} {column}"


def _range_columns(spec: Companion) -> tuple[str, ...]:
    """The columns of highs and of lows; both or none."""
    return (spec.high, spec.low) if spec.high is not None and spec.low is not None else ()


def _close(frame: pd.DataFrame, stamps: pd.DatetimeIndex, path: Path, column: str, spec: Companion) -> pd.Series:
    """The levels of the index, checked; NaN where unknown."""
    origin = f"{path.name}, column {column}"
    values = stamped_numbers(frame[column], stamps, origin)
    close = values if spec.holds is IndexValues.LEVEL else _level(values, origin)
    return check(RawSeries(SMALL, close, origin)).observed


def _index(frame: pd.DataFrame, stamps: pd.DatetimeIndex, path: Path, label: str, column: str, spec: Companion) -> Index:
    close = _close(frame, stamps, path, column, spec).dropna()
    days = pd.DatetimeIndex(close.index)
    ranges = ranges_of(frame, _range_columns(spec), stamps, path).reindex(days)
    return Index(companion_name(label, column, spec), close, ranges, _published(days, spec))


def _published(days: pd.DatetimeIndex, spec: Companion) -> pd.DatetimeIndex:
    """The day on which each close was out; further sessions of lag count as weekdays."""
    due = Lag(spec.lag.months, spec.lag.days).due(days)
    return due if not spec.lag.sessions else due + spec.lag.sessions * pd.offsets.BDay()


def _level(returns: pd.Series, origin: str) -> pd.Series:
    """Level of percent returns that starts at 100; an unknown return is taken as none of that session's, so its close is left out."""
    returns = returns.dropna()
    if (returns <= -100).any():
        where = returns.index[returns <= -100][0]
        raise InputError(f"{origin}: a return of {returns[where]:g} % on {where:%Y-%m-%d}; leave a missing value empty")
    return 100 * (1 + returns / 100).cumprod()
