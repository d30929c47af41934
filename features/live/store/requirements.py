"""The files that an experiment reads, where each comes from, and the checks that it must pass."""

import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.dialect import Dialect
from features.files.folder import Tables
from features.files.table import refuse_without
from features.live.items import DroppedItem, Item, Live, YahooItem
from features.panel.panel import disagreements
from features.panel.raw import check, check_close, doubts
from features.panel.series import INDEX_POINTS, SMALL, SMALL_HIGH, SMALL_LOW, SMALL_OPEN, Basis, Every, Series, to_canonical
from features.sources.companions import companion_indices
from features.sources.inputs import Companion, IndexValues, Input, InputFormat, LagModel
from features.sources.market import load_market

AT_ONCE = LagModel()
TableCheck = Callable[[Tables], Sequence[str]]  # lines on what is doubtful; InputError where the table is of no use


@dataclass(frozen=True)
class RequiredColumn:
    """A column that is read: the kind of its values, how often they come and how late, and what 1 in the unit of its series is in it."""

    name: str
    basis: Basis
    every: Every = Every.DAY
    lag: LagModel = AT_ONCE
    percent: float = 1.0
    doubted: bool = False  # whether the checks of the table say already where it moves by too large a factor


@dataclass(frozen=True)
class Bar:
    """The columns of one index that belong together, by name; None for one that is not read."""

    close: str
    open: str | None = None
    high: str | None = None
    low: str | None = None


@dataclass(frozen=True)
class RequiredFile:
    """A file of an experiment."""

    file: str
    spec: Item
    exchange: str  # whose sessions its days are
    columns: tuple[RequiredColumn, ...] = ()  # those that are read; others are stored without a check
    checks: tuple[TableCheck, ...] = ()  # what the table must pass before it is believed
    close: str | None = None  # its column of the small-cap close, without which there is no forecast
    bars: tuple[Bar, ...] = ()


class OneTable:
    """One table of an item, under the name of its file."""

    place = "in the store"

    def __init__(self, file: str, frame: pd.DataFrame, spec: Item) -> None:
        self.file, self.frame, self.spec = file, frame, spec

    def lacks(self, file: str) -> frozenset[str]:
        return missing_columns(self.spec, self.frame) if file == self.file else frozenset()

    def has(self, file: str, where: str) -> bool:
        return file == self.file

    def origin(self, file: str, column: str) -> tuple[Path, str]:
        return Path(file), column

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        refuse_without((date, *columns), [str(name) for name in self.frame.columns], file)
        return self.frame


def missing_columns(spec: Item, frame: pd.DataFrame) -> frozenset[str]:
    """The columns of an item that `frame` lacks."""
    if isinstance(spec, DroppedItem):
        return frozenset()
    columns = set(spec.columns)
    if isinstance(spec, YahooItem) and spec.strip is not None:
        columns = {f"m{ahead}" for ahead in range(spec.strip.months)}
    return frozenset(columns - {str(name) for name in frame.columns})


def required_files(live: Live, inputs: Mapping[str, Input], companions: Mapping[str, Companion], exchange: str) -> list[RequiredFile]:
    """A file each, that of the small-cap close first; one without an item in `live` is looked for among the dropped."""
    readers: dict[str, list[tuple[str, Input | Companion]]] = {}
    calendars: set[str] = set()
    specs: list[tuple[str, Input | Companion]] = [*inputs.items(), *companions.items()]
    for label, spec in specs:
        readers.setdefault(spec.file, []).append((label, spec))
        if spec.lag.releases is not None:
            calendars.add(spec.lag.releases.file)
    files = [_of_file(file, of_file, live, exchange) for file, of_file in readers.items()]
    files += [RequiredFile(file, _origin(file, live), exchange) for file in sorted(calendars - set(readers))]
    return sorted(files, key=lambda one: one.close is None)


def _of_file(file: str, read: Sequence[tuple[str, Input | Companion]], live: Live, exchange: str) -> RequiredFile:
    fedwatch = any(isinstance(one, Input) and one.format is InputFormat.FEDWATCH for _, one in read)
    spec = _origin(file, live, fedwatch=fedwatch)
    named = next((one.exchange for _, one in read if isinstance(one, Companion) and one.exchange), None)
    sessions_of = (spec.exchange if isinstance(spec, YahooItem) else None) or named or exchange
    columns = {column.name: column for _, one in read for column in _columns(one)}
    return RequiredFile(
        file,
        spec,
        sessions_of,
        tuple(columns.values()),
        tuple(_check_of(label, one, exchange) for label, one in read),
        next((one.columns[SMALL.name] for _, one in read if isinstance(one, Input) and SMALL.name in one.columns), None),
        tuple(bar for _, one in read for bar in _bar(one)),
    )


def _bar(spec: Input | Companion) -> Iterator[Bar]:
    """The bar that `spec` reads, if any."""
    if isinstance(spec, Companion):
        if spec.high is not None:
            yield Bar(spec.columns[0], None, spec.high, spec.low)
    elif SMALL.name in spec.columns:
        yield Bar(*(spec.columns.get(one.name) for one in (SMALL, SMALL_OPEN, SMALL_HIGH, SMALL_LOW)))  # type: ignore[arg-type]


def _origin(file: str, live: Live, *, fedwatch: bool = False) -> Item:
    item = live.files.get(file)
    if item is None and ("/" in file or "\\" in file):
        raise InputError(f"[live.files]: {file!r} is in a folder, and dropped files are in none; say where it comes from, or rename it")
    return item or DroppedItem(source="dropped", pattern=glob.escape(file), format="fedwatch" if fedwatch else "columns")


def _columns(spec: Input | Companion) -> Iterator[RequiredColumn]:
    """The columns that are read; none of published odds, whose rows are not a value a day."""
    from features.catalogue import known_inputs

    if isinstance(spec, Companion):
        basis = Basis.PRICE if spec.holds is IndexValues.LEVEL else Basis.RATIO
        further = [name for name in (spec.high, spec.low) if name is not None]
        yield from (RequiredColumn(name, basis, Every.DAY, spec.lag) for name in (*spec.columns, *further))
        return
    all_series = known_inputs() if spec.format is not InputFormat.FEDWATCH else {}
    for name, column in spec.columns.items():
        if name in all_series:
            series = all_series[name]
            yield RequiredColumn(
                column, series.basis, spec.every or series.every, spec.lag, _percent(spec.unit, series), series.unit == INDEX_POINTS
            )


def _percent(unit: str | None, series: Series) -> float:
    """What 1 in the series' own unit is in the table; the checks refuse a unit that does not convert."""
    try:
        return 1 / float(to_canonical(pd.Series([1.0]), unit, series).iloc[0])
    except ValueError:
        return 1.0


def _check_of(label: str, spec: Input | Companion, exchange: str) -> TableCheck:
    def of_input(tables: Tables) -> Sequence[str]:
        assert isinstance(spec, Input)
        market, _ = load_market(tables, {label: spec}, market=label, exchange=exchange)
        notes: list[str] = []
        for name, series in market.series.items():
            notes.extend(doubts(check(series)))
            if name != SMALL.name:
                continue
            close = check_close(series).observed.dropna()
            notes.extend(disagreements(pd.DatetimeIndex(close.index), exchange, label))
        return notes

    def of_companion(tables: Tables) -> Sequence[str]:
        assert isinstance(spec, Companion)
        return companion_indices(tables, {label: spec}, exchange=exchange)[1]

    return of_input if isinstance(spec, Input) else of_companion
