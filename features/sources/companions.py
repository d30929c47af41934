"""Indices beside the target, which [companions] names: prices only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.csv_text import lines_of
from features.files.folder import Tables
from features.files.stamps import has_moments
from features.files.table import dates, stamped_numbers
from features.panel import calendar
from features.panel.indices import Index
from features.panel.off_sessions import refuse_off_sessions, refuse_weekends
from features.panel.publication_lag import Lag
from features.panel.raw import RawSeries, check
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW
from features.sources.closes import level_of_returns, ranges_of
from features.sources.inputs import Companion, IndexValues

LEAST_CLOSES = 250  # a year; fewer hold no surge whose volatility is known


@dataclass(frozen=True)
class _CompanionTable:
    """The table of [companions.`label`] with the day of each row; `exchange` is the market's, None where there is none."""

    label: str
    spec: Companion
    frame: pd.DataFrame
    stamps: pd.DatetimeIndex
    exchange: str | None
    path: Path  # what messages call it


def companion_indices(
    tables: Tables, companions: Mapping[str, Companion], *, exchange: str | None = None
) -> tuple[list[Index], tuple[str, ...]]:
    """The indices that `tables` have, and a line for each that is missing or too short; InputError for what cannot be read.

    `exchange` is the market's, by whose sessions and clock companions without one of their own are read.
    """
    read: list[Index] = []
    notes: list[str] = []
    for label, spec in companions.items():
        if not tables.has(spec.file, f"companions.{label}"):
            notes.append(f"companions `{label}` are off: no file {spec.file} {tables.place}")
            continue
        lacking = tables.lacks(spec.file)
        off = [companion_name(label, column, spec) for column in spec.columns if column in lacking]
        notes.extend(f"companion {name} is off: {spec.file} has no such column yet" for name in off)
        columns = [column for column in spec.columns if column not in lacking]
        table = _table(tables, label, columns, spec, exchange)
        for column in columns:
            index = _index(table, column)
            if len(index.close) < LEAST_CLOSES:
                notes.append(f"companion {index.name} is off: {len(index.close)} closes, fewer than {LEAST_CLOSES}")
            elif any(index.name == other.name for other in read):
                raise InputError(f"[companions.{label}]: {index.name} stands twice; name it once")
            else:
                read.append(index)
    return read, tuple(notes)


def companion_as_target(tables: Tables, label: str, column: str, spec: Companion, *, exchange: str | None = None) -> dict[str, RawSeries]:
    """The index in `column` as the small-cap series of a market, by name: its closes, and its highs and lows where `spec` names them.

    Its closes make the sessions, so they count as known when they happen, whatever `spec.lag` says.
    """
    tables.has(spec.file, f"companions.{label}")
    table = _table(tables, label, (column,), spec, exchange)
    path = table.path
    series = {SMALL.name: RawSeries(SMALL, _close(table, column), f"{path.name}, column {column}")}
    for extreme, name in zip((SMALL_HIGH, SMALL_LOW), _range_columns(spec), strict=False):
        values = stamped_numbers(table.frame[name], table.stamps, f"{path.name}, column {name}")
        series[extreme.name] = RawSeries(extreme, values.where(values > 0), f"{path.name}, column {name}")
    return series


def _table(tables: Tables, label: str, columns: Sequence[str], spec: Companion, exchange: str | None) -> _CompanionTable:
    exchange = spec.exchange or exchange
    frame = tables.table(spec.file, (*columns, *_range_columns(spec)), date=spec.date, dialect=spec.dialect)
    zone = None if exchange is None else calendar.zone(exchange)
    path, day = tables.origin(spec.file, spec.date)
    stamps = dates(frame[spec.date], path, day, zone=zone)
    if exchange is None and has_moments(frame[spec.date]):
        refuse_weekends(stamps, f"{path.name}, column {day}")
    return _CompanionTable(label, spec, frame, stamps, exchange, path)


def companion_name(label: str, column: str, spec: Companion) -> str:
    """What the index in `column` is called: as its table, and with its column where the table has several."""
    return label if len(spec.columns) == 1 else f"{label} {column}"


def _range_columns(spec: Companion) -> tuple[str, ...]:
    """The columns of highs and of lows; both or none."""
    return (spec.high, spec.low) if spec.high is not None and spec.low is not None else ()


def _close(table: _CompanionTable, column: str) -> pd.Series:
    """The levels of the index, checked; NaN where unknown."""
    origin = f"{table.path.name}, column {column}"
    values = stamped_numbers(table.frame[column], table.stamps, origin)
    close = values if table.spec.holds is IndexValues.LEVEL else level_of_returns(values, origin)
    if table.exchange is not None:
        remedy = f"name the index's own exchange as `exchange` in [companions.{table.label}]"
        refuse_off_sessions(pd.DatetimeIndex(close.dropna().index), table.exchange, origin, remedy=remedy)
    lines = lines_of(table.frame) if len(close) == len(table.frame) else None
    return check(RawSeries(SMALL, close, origin, lines=lines)).observed


def _index(table: _CompanionTable, column: str) -> Index:
    close = _close(table, column).dropna()
    days = pd.DatetimeIndex(close.index)
    ranges = ranges_of(table.frame, _range_columns(table.spec), table.stamps, table.path).reindex(days)
    return Index(companion_name(table.label, column, table.spec), close, ranges, _published(days, table.spec))


def _published(days: pd.DatetimeIndex, spec: Companion) -> pd.DatetimeIndex:
    """The day on which each close was out; further sessions of lag count as weekdays."""
    due = Lag(spec.lag.months, spec.lag.days).due(days)
    return due if not spec.lag.sessions else due + spec.lag.sessions * pd.offsets.BDay()
