"""Damage of the store: noticed wherever it is, named in one line, and what was there before stays readable."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.live.store.change import Change
from features.live.store.pull_log import NEW, ItemRecord
from features.live.store.store import Store
from features.live.store.table import digest
from tests.features.stores import START, add, later, lying

DAYS = pd.bdate_range("2020-01-01", periods=400, unit="ns")
FIRST = pd.DataFrame({"Date": DAYS, "x": np.linspace(1, 2, len(DAYS)), "word": ["w"] * len(DAYS)})
SECOND = FIRST.assign(x=FIRST["x"].where(FIRST.index < 390, 7.5))
THIRD = SECOND.iloc[:-1]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three vintages, two of which stand on the first, of each of two items, and the records of three pulls."""
    store = Store(tmp_path_factory.mktemp("store"))
    for count, table in enumerate((FIRST, SECOND, THIRD)):
        names = {item: add(store, table, item=item, at=later(count)).path.name for item in ("item", "other")}
        with store.writing():
            change = Change(revised=count, largest=0.5)
            store.record(
                later(count), {item: ItemRecord(f"{item}.csv", name, NEW, later(count), change=change) for item, name in names.items()}
            )
    return store


def seen(store: Store) -> list[str]:
    """Everything that can be read of the store, what cannot being said in one line."""
    reads: list[Callable[[], str]] = [partial(_vintage, store, item, name) for item in ("item", "other") for name in store.names(item)]
    reads += [partial(_pull, store, moment) for moment in store.pulls()]
    reads += [partial(_body, store, path.stem) for path in sorted((store.folder / "bodies").rglob("*.gz"))]
    return [_said(read) for read in reads]


def _vintage(store: Store, item: str, name: str) -> str:
    found = store.read(item, name)
    return f"{digest(found.table)} {found.metadata}"


def _pull(store: Store, moment: datetime) -> str:
    return str(store.pull(moment))


def _body(store: Store, name: str) -> str:
    return str(store.body(name))


def _said(read: Callable[[], str]) -> str:
    try:
        return read()
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert "put back a copy" in said
    return f"DAMAGED {said}"


def changed(path: Path, content: bytes) -> None:
    """Another content under the name; what is kept is read-only."""
    path.chmod(0o644)
    path.write_bytes(content)


@given(st.integers(0, 9), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_bit_that_flips_in_any_file_is_noticed_or_says_nothing(kept: Store, place: int, where: float, bit: int) -> None:
    path = kept.folder / sorted(lying(kept.folder))[place]
    content, before = path.read_bytes(), seen(kept)
    at = int(where * len(content))
    try:
        changed(path, content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
        after = seen(kept)
    finally:
        changed(path, content)
    for one, other in zip(before, after, strict=True):
        assert other == one or other.startswith("DAMAGED"), "never something else"


@pytest.mark.parametrize("left", [0.0, 0.3, 0.98])
@pytest.mark.parametrize("place", range(10))
def test_a_file_that_is_cut_or_emptied_is_noticed_and_named(kept: Store, place: int, left: float) -> None:
    path = kept.folder / sorted(lying(kept.folder))[place]
    content, before = path.read_bytes(), seen(kept)
    try:
        changed(path, content[: int(left * len(content))])
        after = seen(kept)
    finally:
        changed(path, content)
    broken = [line for line in after if line.startswith("DAMAGED")]
    assert any(str(path) in line for line in broken)
    stands_on_it = 3 if path.parent.name in ("item", "other") and path.name == kept.names(path.parent.name)[0] else 1
    assert len(broken) == stands_on_it
    assert all(line == was for line, was in zip(after, before, strict=True) if line not in broken)


def test_files_that_have_changed_places_are_noticed_and_named(kept: Store) -> None:
    items, names = kept.folder / "items", kept.names("item")
    records = sorted((kept.folder / "pulls").glob("*.json"))
    pairs = [
        (items / "item" / names[0], items / "other" / names[0]),
        (items / "item" / names[1], items / "item" / names[2]),
        (items / "item" / names[2], items / "other" / kept.names("other")[2]),
        (records[0], records[2]),
    ]
    before = seen(kept)
    for one, other in pairs:
        first, second = one.read_bytes(), other.read_bytes()
        try:
            changed(one, second)
            changed(other, first)
            after = seen(kept)
        finally:
            changed(one, first)
            changed(other, second)
        broken = [line for line in after if line.startswith("DAMAGED")]
        assert {str(path) for path in (one, other)} <= {line.split()[1].rstrip(":") for line in broken}
        assert all(line == was for line, was in zip(after, before, strict=True) if line not in broken)


def test_the_last_vintage_that_is_whole_is_in_the_place_of_a_damaged_one(kept: Store) -> None:
    path = kept.folder / "items" / "item" / kept.names("item")[2]
    content = path.read_bytes()
    try:
        changed(path, content[:100])
        found, damaged = kept.latest("item")
    finally:
        changed(path, content)
    assert found is not None
    assert found.table["x"].equals(SECOND["x"])
    assert len(damaged) == 1
    assert str(path) in damaged[0]


def test_nothing_stands_on_a_vintage_that_is_damaged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    base, second = add(store, FIRST), add(store, SECOND, at=later(1))
    assert second.metadata["base"] == base.path.name
    changed(base.path, b"")
    assert store.latest("item")[0] is None
    third = add(store, THIRD, at=later(2))
    assert third.metadata["base"] is None
    assert store.read("item", third.path.name).table["x"].equals(THIRD["x"])


def test_what_is_in_force_is_read_past_a_record_that_is_damaged(kept: Store) -> None:
    path = sorted((kept.folder / "pulls").glob("*.json"))[1]
    content = path.read_bytes()
    try:
        changed(path, content[:-20])
        second, lines = kept.at(later(1) + timedelta(hours=1))
        last, _ = kept.at()
        after = kept.first_after(START - timedelta(days=1), "item")
        following = kept.first_after(START, "item")
    finally:
        changed(path, content)
    names = kept.names("item")
    assert second["item"].vintage == names[0], "of the pull before"
    assert len(lines) == 1
    assert str(path) in lines[0]
    assert last["item"].vintage == names[2]
    assert after is not None
    assert after.vintage == names[0]
    assert following is not None
    assert following.vintage == names[2]


def test_at_a_moment_what_its_last_pull_found_is_in_force(kept: Store) -> None:
    names = kept.names("item")
    at = {-1.0: None, 0.0: names[0], 0.5: names[0], 1.0: names[1], 1.9: names[1], 2.0: names[2], 99.0: names[2]}
    for days, vintage in at.items():
        found, damaged = kept.at(later(days))
        assert damaged == []
        assert found.get("item", ItemRecord("", None, "")).vintage == vintage
        assert kept.at(later(days), ["item"])[0].keys() == found.keys() & {"item"}
    now, then = ({key: found.as_json() for key, found in kept.at(moment)[0].items()} for moment in (None, later(2)))
    assert now == then
    assert kept.at(among=["item", "item", "never asked for"])[0].keys() == {"item"}


def test_first_after_is_the_first_in_force_between_two_moments(kept: Store) -> None:
    names = kept.names("item")
    for days, until, vintage in [
        (-9, None, names[0]),
        (0, None, names[1]),
        (0, 0.5, None),
        (0, 1, names[1]),
        (1.5, 9, names[2]),
        (2, None, None),
    ]:
        found = kept.first_after(later(days), "item", until=None if until is None else later(until))
        assert (None if found is None else found.vintage) == vintage
    assert kept.first_after(later(-9), "never asked for") is None
