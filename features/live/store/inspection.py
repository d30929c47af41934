"""Inspect: what the store holds, whether it is whole, and what has changed from one moment to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from features.errors import InputError
from features.live.store.change import Change, change_of
from features.live.store.pull_log import ItemRecord
from features.live.store.requirements import RequiredFile
from features.live.store.snapshot import Snapshot
from features.live.store.store import Store
from features.live.store.table import by_key
from features.live.store.validation import validate


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: where it comes from, its days and rows, how many vintages, when its origin last gave it, why not now."""

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
class StoreCheck:
    """What was looked at of the store, and what is wrong with it: a line each; `doubts` may be true and may be errors."""

    vintages: int
    bodies: int
    pulls: int
    damaged: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """How a file differs between two moments; a vintage is None where there was none."""

    file: str
    before: str | None
    after: str | None
    change: Change


def stored_files(snapshot: Snapshot, files: Sequence[RequiredFile]) -> list[StoredFile]:
    """Every file that is wanted, in the order in which it is; one that the store has not has no rows."""
    return [_held(snapshot, one) for one in files]


def _held(snapshot: Snapshot, one: RequiredFile) -> StoredFile:
    found = snapshot.found.get(one.file)
    item, origin = snapshot.keys[one.file], one.spec.source
    if found is None or found.vintage is None:
        return StoredFile(one.file, item, origin, "", "", 0, 0, None, None if found is None else found.fault)
    names = snapshot.store.names(item)
    try:
        table = snapshot.whole(one.file)
    except InputError as error:
        return StoredFile(one.file, item, origin, "", "", 0, len(names), found.checked, str(error))
    days = pd.DatetimeIndex(table.iloc[:, 0])
    first, last = (f"{day:%Y-%m-%d}" for day in (days.min(), days.max()))
    return StoredFile(one.file, item, origin, first, last, len(table), len(names), found.checked, found.fault)


def check_store(snapshot: Snapshot, files: Sequence[RequiredFile], now: datetime) -> StoreCheck:
    """Every vintage and every body of the items of `files` read and their digests compared, and the tables in force judged anew."""
    store, vintages = snapshot.store, 0
    damaged: list[str] = []
    doubts: list[str] = []
    bodies: set[str] = set()
    for one in files:
        for name in store.names(snapshot.keys[one.file]):
            vintages += 1
            try:
                told = store.read(snapshot.keys[one.file], name).metadata
                bodies |= {str(body["sha256"]) for body in told["bodies"]}
            except InputError as error:
                damaged.append(str(error))
        doubts.extend(_doubts(snapshot, one, now))
    damaged.extend(line for digest in sorted(bodies) for line in _lost(store, digest))
    moments = store.pulls()
    for moment in moments:
        try:
            store.pull(moment)
        except InputError as error:
            damaged.append(str(error))
    return StoreCheck(vintages, len(bodies), len(moments), tuple(damaged), tuple(doubts))


def _doubts(snapshot: Snapshot, one: RequiredFile, now: datetime) -> Iterator[str]:
    found = snapshot.found.get(one.file)
    if found is None or found.vintage is None:
        yield f"{one.file}: {'was never asked for' if found is None or found.fault is None else found.fault}"
        return
    try:
        vintage = snapshot.store.read(snapshot.keys[one.file], found.vintage)
        yield from validate(one, None, vintage.table, vintage.key, now, accepted=False)
    except InputError as error:
        yield str(error)


def _lost(store: Store, digest: str) -> Iterator[str]:
    try:
        store.body(digest)
    except InputError as error:
        yield str(error)


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """The files of which another vintage was in force; InputError where one of the two is damaged."""
    found = []
    for file, now in after.found.items():
        was = before.found.get(file)
        names = (None if was is None else was.vintage, now.vintage)
        if names[0] != names[1] and now.vintage is not None:
            found.append(Difference(file, *names, _change(before, after, file, was)))
    return found


def _change(before: Snapshot, after: Snapshot, file: str, was: ItemRecord | None) -> Change:
    name = after.found[file].vintage
    assert name is not None
    vintage = after.store.read(after.keys[file], name)
    table = before.whole(file) if was is not None and was.vintage is not None else vintage.table.iloc[:0]
    return change_of(by_key(table, vintage.key), by_key(vintage.table, vintage.key))
