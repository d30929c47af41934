"""Wanted: the files that an experiment reads, where each comes from, and what it must be to be of use."""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.inputs import Companion, Format, Input
from features.live import Dropped, Item, Live, Yahoo
from features.panel import disagreements
from features.raw import check, check_close
from features.series import SMALL, Every
from features.sources import files, indices
from features.sources.folder import Tables
from features.sources.table import refuse_without

Check = Callable[[Tables], Sequence[str]]  # InputError where the table is of no use; lines on what is doubtful


@dataclass(frozen=True)
class Wanted:
    """`exchange` : whose sessions its days are.   daily : columns that should have a value of every session, at its close.

    checks : what is asked of the table before it is believed.   close : its column of the small-cap close, on which everything hangs.
    """

    file: str
    spec: Item
    exchange: str
    daily: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    close: str | None = None


class OneTable:
    """A table under the name of its file, of an item."""

    place = "in the store"

    def __init__(self, file: str, frame: pd.DataFrame, spec: Item) -> None:
        self.file, self.frame, self.spec = file, frame, spec

    def lacks(self, file: str) -> frozenset[str]:
        return lacking(self.spec, self.frame) if file == self.file else frozenset()

    def has(self, file: str, where: str) -> bool:
        return file == self.file

    def table(self, file: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        refuse_without(columns, [str(name) for name in self.frame.columns], file)
        return self.frame


def lacking(spec: Item, frame: pd.DataFrame) -> frozenset[str]:
    """The columns that an item should have, and `frame` has not."""
    if isinstance(spec, Dropped):
        return frozenset()
    columns = set(spec.columns)
    if isinstance(spec, Yahoo) and spec.strip is not None:
        columns = {f"m{ahead}" for ahead in range(spec.strip.months)}
    return frozenset(columns - {str(name) for name in frame.columns})


def wanted(live: Live, inputs: Mapping[str, Input], companions: Mapping[str, Companion], exchange: str) -> list[Wanted]:
    """A file each, the indispensable one first; one without an item in `live` is looked for among the dropped."""
    readers: dict[str, list[tuple[str, Input | Companion]]] = {}
    calendars: set[str] = set()
    reading: list[tuple[str, Input | Companion]] = [*inputs.items(), *companions.items()]
    for label, spec in reading:
        readers.setdefault(spec.file, []).append((label, spec))
        released = spec.lag.releases
        if released is not None:
            calendars.add(released.file)
    found = [_of_file(file, read, live, exchange) for file, read in readers.items()]
    found += [Wanted(file, _origin(file, live), exchange) for file in sorted(calendars - set(readers))]
    return sorted(found, key=lambda one: one.close is None)


def _of_file(file: str, read: Sequence[tuple[str, Input | Companion]], live: Live, exchange: str) -> Wanted:
    fedwatch = any(isinstance(one, Input) and one.format is Format.FEDWATCH for _, one in read)
    spec = _origin(file, live, fedwatch=fedwatch)
    sessions_of = (spec.exchange if isinstance(spec, Yahoo) else None) or exchange
    daily = [column for _, one in read if isinstance(one, Input) for column in _daily(one)]
    return Wanted(
        file,
        spec,
        sessions_of,
        tuple(dict.fromkeys(daily)),
        tuple(_check_of(label, one, exchange) for label, one in read),
        next((one.columns[SMALL.name] for _, one in read if isinstance(one, Input) and SMALL.name in one.columns), None),
    )


def _origin(file: str, live: Live, *, fedwatch: bool = False) -> Item:
    given = live.files.get(file)
    return given or Dropped(source="dropped", pattern=glob.escape(file), format="fedwatch" if fedwatch else "columns")


def _daily(spec: Input) -> list[str]:
    """The columns whose values are known at each session's own close."""
    from features.feature import known_inputs

    if spec.format is Format.FEDWATCH or spec.lag != type(spec.lag)():
        return []
    known = known_inputs()
    return [column for name, column in spec.columns.items() if name in known and (spec.every or known[name].every) is Every.DAY]


def _check_of(label: str, spec: Input | Companion, exchange: str) -> Check:
    def of_input(tables: Tables) -> Sequence[str]:
        assert isinstance(spec, Input)
        market, _ = files.load(tables, {label: spec}, market=label, exchange=exchange)
        notes: list[str] = []
        for name, series in market.series.items():
            if name != SMALL.name:
                check(series)
                continue
            close = check_close(series).observed.dropna()
            notes.extend(disagreements(pd.DatetimeIndex(close.index), exchange, label))
        return notes

    def of_companion(tables: Tables) -> Sequence[str]:
        assert isinstance(spec, Companion)
        return indices.load(tables, {label: spec})[1]

    return of_input if isinstance(spec, Input) else of_companion
