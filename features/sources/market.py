"""The series of a market, from the tables that the [inputs] of an experiment name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.catalogue import known_inputs
from features.errors import InputError, did_you_mean
from features.files.csv_text import lines_of
from features.files.folder import KNOWN, Tables
from features.files.stamps import days
from features.files.table import dates, stamped_numbers
from features.panel import calendar
from features.panel.off_sessions import refuse_off_sessions
from features.panel.publication_lag import Lag
from features.panel.raw import RawMarket, RawSeries
from features.panel.series import INDEX_POINTS, SMALL, Basis, Every, to_canonical
from features.panel.unit_interval import to_unit_interval
from features.sources.closes import level_of_returns
from features.sources.fedwatch import COLUMNS, measures
from features.sources.inputs import IndexValues, Input, InputFormat


def load_market(tables: Tables, inputs: Mapping[str, Input], *, market: str, exchange: str) -> tuple[RawMarket, tuple[str, ...]]:
    """The market in `tables`, and a line for each input whose table or column is missing.

    Only the small-cap close is required. InputError for a table, column, date or number that cannot be read.
    """
    if not inputs:
        raise InputError("[inputs]: the experiment names none, so nothing can be read; add them")
    read: dict[str, RawSeries] = {}
    absent: list[str] = []
    for label, spec in inputs.items():
        if not tables.has(spec.file, f"inputs.{label}"):
            if SMALL.name in spec.columns:
                raise InputError(f"[inputs.{label}]: no file {spec.file} {tables.place}, and it holds the small-cap close; put it there")
            absent.append(f"input `{label}` is off: no file {spec.file} {tables.place}")
            continue
        lag, noted = _lag(tables, label, spec, exchange)
        absent.extend(noted)
        lacking = [name for name, column in spec.columns.items() if column in tables.lacks(spec.file) and name != SMALL.name]
        absent.extend(
            f"series `{name}` is off: no column {spec.columns[name]} in {tables.origin(spec.file, spec.columns[name])[0]} yet"
            for name in lacking
        )
        columns = {name: column for name, column in spec.columns.items() if name not in lacking}
        for series in _read(tables, label, spec.model_copy(update={"columns": columns}), lag, exchange):
            if series.series.name in read:
                raise InputError(f"[inputs.{label}]: series `{series.series.name}` is read twice; name it in one input only")
            read[series.series.name] = series
            _refuse_other_calendar(series, label, exchange)
    made_of_returns = any(SMALL.name in spec.columns and spec.holds is IndexValues.PERCENT_RETURN for spec in inputs.values())
    return RawMarket(market, exchange, "files", "files named in [inputs]", read, made_of_returns), tuple(absent)


def _refuse_other_calendar(raw: RawSeries, label: str, exchange: str) -> None:
    """InputError where daily prices have their closes on other days than the sessions of `exchange`."""
    if raw.series.basis is Basis.PRICE and raw.every is Every.DAY:
        own = "name the index's own exchange as market.exchange"
        other = f"keep the rows of sessions of {exchange}, or leave the input {label} out"
        days = pd.DatetimeIndex(raw.observed.dropna().index)
        refuse_off_sessions(days, exchange, raw.origin, remedy=own if raw.series is SMALL else other)


def _read(tables: Tables, label: str, spec: Input, lag: Lag, exchange: str) -> list[RawSeries]:
    zone = calendar.zone(exchange)
    if spec.format is InputFormat.FEDWATCH:
        frame = measures(tables.table(spec.file, COLUMNS, date=COLUMNS[0]), Path(spec.file))
        stamps = pd.DatetimeIndex(frame.index)
        for column in spec.columns.values():
            if column not in frame:
                raise InputError(f"[inputs.{label}]: no measure {column!r} of published odds{did_you_mean(column, frame.columns)}")
    else:
        frame = tables.table(spec.file, tuple(spec.columns.values()), date=spec.date, dialect=spec.dialect)
        stamps = dates(frame[spec.date], *tables.origin(spec.file, spec.date), zone=zone)
    return [
        _series(frame, column, stamps, zone, name=series, label=label, spec=spec, lag=lag, origin=tables.origin(spec.file, column))
        for series, column in spec.columns.items()
    ]


def _lag(tables: Tables, label: str, spec: Input, exchange: str) -> tuple[Lag, list[str]]:
    """The publication lag of `spec` with its release days; without their table, the fixed lag and a line that says so."""
    fixed = Lag(spec.lag.months, spec.lag.days, spec.lag.sessions)
    table = spec.lag.releases
    if table is None:
        return fixed, []
    if not tables.has(table.file, f"inputs.{label}"):
        return fixed, [f"input `{label}` has its fixed lag: no file of release days {table.file} {tables.place}"]
    rows = tables.table(table.file, tuple(table.where), date=table.date)
    for column, value in table.where.items():
        rows = rows[_holds(rows[column], value)]
        if rows.empty:
            raise InputError(f"[inputs.{label}]: no row of {table.file} has {value!r} in column {column!r}; correct lag.releases.where")
    stamps = dates(rows[table.date], Path(table.file), table.date, zone=calendar.zone(exchange))
    return replace(fixed, released=tuple(stamps.unique().sort_values())), []


def _holds(column: pd.Series, value: str | int) -> pd.Series:
    """(n,) whether each cell is `value`, compared as a number in a column of numbers."""
    if column.dtype.kind not in "if":
        return column.astype(str) == str(value)
    number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    return column == number


def _series(
    frame: pd.DataFrame,
    column: str,
    stamps: pd.DatetimeIndex,
    zone: str,
    *,
    name: str,
    label: str,
    spec: Input,
    lag: Lag,
    origin: tuple[Path, str],
) -> RawSeries:
    series = known_inputs().get(name)
    if series is None:
        raise InputError(f"[inputs.{label}]: no series {name!r}{did_you_mean(name, known_inputs())}")
    file, written = origin
    place = f"{file.name}, column {written}"
    values = stamped_numbers(frame[column], stamps, place)
    if spec.holds is IndexValues.PERCENT_RETURN:
        if series.unit != INDEX_POINTS:
            raise InputError(f"[inputs.{label}]: `{name}` is no index, so it cannot hold returns; leave `holds` out")
        values = level_of_returns(values, place)
    try:
        canonical = to_canonical(values, spec.unit, series)
    except ValueError as error:
        raise InputError(f"[inputs.{label}]: {error}") from None
    if series.basis is Basis.PROBABILITY:
        canonical = to_unit_interval(canonical)
    return RawSeries(
        series, canonical, place, lag, spec.every or series.every, _published(frame, column, stamps, file, zone), lines_of(frame)
    )


def _published(frame: pd.DataFrame, column: str, stamps: pd.DatetimeIndex, file: Path, zone: str) -> pd.Series | None:
    """The day on which each value of `column` was published, NaT where that is unknown; None where the table does not say."""
    name = f"{column}{KNOWN}"
    if name not in frame.columns:
        return None
    published = days(frame[name], zone)
    if (published.isna() & frame[name].notna()).any():
        dates(frame[name].dropna(), file, name)
    return pd.Series(published.to_numpy("datetime64[ns]"), index=stamps)
