"""What the store holds, whether it is undamaged, and what changed from one moment to another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.live.items import DroppedItem, FredItem, FrenchItem, Item, Origins
from features.live.store.change import Change, change_of
from features.live.store.pull_log import ItemRecord
from features.live.store.requirements import RequiredFile
from features.live.store.snapshot import Snapshot
from features.live.store.table import by_key
from features.live.store.validation import validate


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: its item and origin, first and last day, rows and vintages, when its origin last gave it, and why not now."""

    file: str
    item: str
    origin: str
    first: str
    last: str
    rows: int
    vintages: int
    checked: datetime | None
    fault: str | None


@dataclass(frozen=True)
class PlannedFile:
    """A file that a pull would ask for: of which origin, at which address, for what; without an address its origin is not asked."""

    file: str
    origin: str
    asks: str
    address: str | None


@dataclass(frozen=True)
class StoreCheck:
    """How many files were read, and a line for each that is damaged or doubtful; a doubt may be true or an error."""

    vintages: int
    bodies: int
    pulls: int
    damaged: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """The change of a file between two moments; None is no vintage."""

    file: str
    before: str | None
    after: str | None
    change: Change


def planned_files(files: Sequence[RequiredFile], origins: Origins, dropped: Path) -> list[PlannedFile]:
    """What a pull would ask for, and where; `dropped` is the folder of dropped files."""
    places = {"yahoo": origins.yahoo, "fred": origins.fred or origins.alfred, "french": origins.french, "dropped": str(dropped)}
    return [PlannedFile(one.file, one.spec.source, _asks(one.spec), places[one.spec.source]) for one in files]


def _asks(item: Item) -> str:
    """The symbols, series or names that an origin is asked for."""
    if isinstance(item, DroppedItem):
        return f"files named {item.pattern}"
    if isinstance(item, FredItem):
        return ", ".join(item.columns) + (", as first released" if item.vintages else "")
    if isinstance(item, FrenchItem):
        return f"{item.archive}, {item.measure or item.table or 'its first table'}"
    if item.strip is not None:
        return f"{item.strip.months} months of {item.strip.root}"
    return item.symbol or ", ".join(item.columns.values())


def stored_files(snapshot: Snapshot, files: Sequence[RequiredFile]) -> list[StoredFile]:
    """Every file in its order; one that the store lacks has no rows."""
    return [_stored_file(snapshot, one) for one in files]


def _stored_file(snapshot: Snapshot, one: RequiredFile) -> StoredFile:
    record = snapshot.records.get(one.file)
    item, origin = snapshot.keys[one.file], one.spec.source
    if record is None or record.vintage is None:
        return StoredFile(one.file, item, origin, "", "", 0, 0, None, None if record is None else record.fault)
    names = snapshot.store.names(item)
    try:
        table = snapshot.whole(one.file)
    except InputError as error:
        return StoredFile(one.file, item, origin, "", "", 0, len(names), record.checked, str(error))
    days = pd.DatetimeIndex(table.iloc[:, 0])
    first, last = (f"{day:%Y-%m-%d}" for day in (days.min(), days.max()))
    return StoredFile(one.file, item, origin, first, last, len(table), len(names), record.checked, record.fault)


def check_store(snapshot: Snapshot, files: Sequence[RequiredFile], now: datetime) -> StoreCheck:
    """Read every vintage and answer of `files`, compare their digests, and validate the tables in force anew."""
    store, vintages = snapshot.store, 0
    damaged: list[str] = []
    doubts: list[str] = []
    bodies: set[str] = set()
    for one in files:
        for name in store.names(snapshot.keys[one.file]):
            vintages += 1
            try:
                metadata = store.read(snapshot.keys[one.file], name).metadata
                bodies |= {str(body["sha256"]) for body in metadata["bodies"]}
            except InputError as error:
                damaged.append(str(error))
        doubts.extend(_doubts(snapshot, one, now))
    moments = store.pulls()
    reads: list[Callable[[], object]] = [partial(store.body, digest) for digest in sorted(bodies)]
    reads += [partial(store.pull, moment) for moment in moments]
    for read in reads:
        try:
            read()
        except InputError as error:
            damaged.append(str(error))
    return StoreCheck(vintages, len(bodies), len(moments), tuple(damaged), tuple(doubts))


def _doubts(snapshot: Snapshot, one: RequiredFile, now: datetime) -> Iterator[str]:
    record = snapshot.records.get(one.file)
    if record is None or record.vintage is None:
        yield f"{one.file}: {'was never asked for' if record is None or record.fault is None else record.fault}"
        return
    try:
        vintage = snapshot.store.read(snapshot.keys[one.file], record.vintage)
        yield from validate(one, None, vintage.table, vintage.key, now, accepted=False)
    except InputError as error:
        yield str(error)


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """The files whose vintage in force is another; InputError where one of the two is damaged."""
    changed = []
    for file, now in after.records.items():
        was = before.records.get(file)
        names = (None if was is None else was.vintage, now.vintage)
        if names[0] != names[1] and now.vintage is not None:
            changed.append(Difference(file, *names, _change(before, after, file, was)))
    return changed


def _change(before: Snapshot, after: Snapshot, file: str, was: ItemRecord | None) -> Change:
    name = after.records[file].vintage
    assert name is not None
    vintage = after.store.read(after.keys[file], name)
    table = before.whole(file) if was is not None and was.vintage is not None else vintage.table.iloc[:0]
    return change_of(by_key(table, vintage.key), by_key(vintage.table, vintage.key))
