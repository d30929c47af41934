"""Damage of the store: noticed wherever it is, named in one line, and what was there before stays readable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.live.store.change import Change
from features.live.store.pull_log import NEW, ItemRecord
from features.live.store.store import Store
from features.live.store.table import digest
from tests.features.stores import START, add, later

DAYS = pd.bdate_range("2020-01-01", periods=80, unit="ns")
FIRST = pd.DataFrame({"Date": DAYS, "x": np.linspace(1, 2, len(DAYS)), "word": ["w"] * len(DAYS)})
SECOND = FIRST.assign(x=FIRST["x"].where(FIRST.index < 70, 7.5))
THIRD = SECOND.iloc[:-1]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
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
    vintage = store.read(item, name)
    return f"{digest(vintage.table)} {vintage.metadata}"


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
    """Another content under the name of a read-only file."""
    path.chmod(0o644)
    path.write_bytes(content)


@contextmanager
def damaged(contents: dict[Path, bytes]) -> Iterator[None]:
    """While the block runs, the files have other contents."""
    before = {path: path.read_bytes() for path in contents}
    try:
        for path, content in contents.items():
            changed(path, content)
        yield
    finally:
        for path, content in before.items():
            changed(path, content)


@pytest.fixture(scope="module")
def files(store: Store) -> list[Path]:
    return sorted(path for path in store.folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))


@pytest.fixture(scope="module")
def before(store: Store) -> list[str]:
    """What is read of the store while it is undamaged."""
    return seen(store)


@settings(max_examples=15)
@given(st.integers(0, 9), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_bit_that_flips_in_any_file_is_noticed_or_says_nothing(
    store: Store, files: list[Path], before: list[str], place: int, where: float, bit: int
) -> None:
    content = files[place].read_bytes()
    at = int(where * len(content))
    with damaged({files[place]: content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]}):
        after = seen(store)
    for one, other in zip(before, after, strict=True):
        assert other == one or other.startswith("DAMAGED"), "never something else"


@pytest.mark.parametrize("left", [0.0, 0.3, 0.98])
def test_a_file_that_is_cut_or_emptied_is_noticed_and_named(store: Store, files: list[Path], before: list[str], left: float) -> None:
    assert len(files) == 10
    for path in files:
        content = path.read_bytes()
        with damaged({path: content[: int(left * len(content))]}):
            after = seen(store)
        broken = [line for line in after if line.startswith("DAMAGED")]
        assert any(str(path) in line for line in broken)
        stands_on_it = 3 if path.parent.name in ("item", "other") and path.name == store.names(path.parent.name)[0] else 1
        assert len(broken) == stands_on_it
        assert all(line == was for line, was in zip(after, before, strict=True) if line not in broken)


def test_files_that_have_changed_places_are_noticed_and_named(store: Store, before: list[str]) -> None:
    items, names = store.folder / "items", store.names("item")
    records = sorted((store.folder / "pulls").glob("*.json"))
    pairs = [
        (items / "item" / names[0], items / "other" / names[0]),
        (items / "item" / names[1], items / "item" / names[2]),
        (items / "item" / names[2], items / "other" / store.names("other")[2]),
        (records[0], records[2]),
    ]
    for one, other in pairs:
        with damaged({one: other.read_bytes(), other: one.read_bytes()}):
            after = seen(store)
        broken = [line for line in after if line.startswith("DAMAGED")]
        assert {str(path) for path in (one, other)} <= {line.split()[1].rstrip(":") for line in broken}
        assert all(line == was for line, was in zip(after, before, strict=True) if line not in broken)


def test_the_last_undamaged_vintage_takes_the_place_of_a_damaged_one(store: Store) -> None:
    path = store.folder / "items" / "item" / store.names("item")[2]
    with damaged({path: path.read_bytes()[:100]}):
        last, lines = store.latest("item")
    assert last is not None
    assert last.table["x"].equals(SECOND["x"])
    assert len(lines) == 1
    assert str(path) in lines[0]


def test_nothing_stands_on_a_vintage_that_is_damaged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    base, second = add(store, FIRST), add(store, SECOND, at=later(1))
    assert second.metadata["base"] == base.path.name
    changed(base.path, b"")
    assert store.latest("item")[0] is None
    third = add(store, THIRD, at=later(2))
    assert third.metadata["base"] is None
    assert store.read("item", third.path.name).table["x"].equals(THIRD["x"])


def test_what_is_in_force_is_read_past_a_record_that_is_damaged(store: Store) -> None:
    path = sorted((store.folder / "pulls").glob("*.json"))[1]
    with damaged({path: path.read_bytes()[:-20]}):
        second, lines = store.at(later(1) + timedelta(hours=1))
        last, _ = store.at()
        after = store.first_after(START - timedelta(days=1), "item")
        following = store.first_after(START, "item")
    names = store.names("item")
    assert second["item"].vintage == names[0], "of the pull before"
    assert len(lines) == 1
    assert str(path) in lines[0]
    assert last["item"].vintage == names[2]
    assert after is not None
    assert after.vintage == names[0]
    assert following is not None
    assert following.vintage == names[2]


def test_the_records_of_the_last_pull_before_a_moment_are_in_force(store: Store) -> None:
    names = store.names("item")
    at = {-1.0: None, 0.0: names[0], 0.5: names[0], 1.0: names[1], 1.9: names[1], 2.0: names[2], 99.0: names[2]}
    for days, vintage in at.items():
        records, lines = store.at(later(days))
        assert lines == []
        assert records.get("item", ItemRecord("", None, "")).vintage == vintage
        assert store.at(later(days), ["item"])[0].keys() == records.keys() & {"item"}
    now, then = ({key: record.as_json() for key, record in store.at(moment)[0].items()} for moment in (None, later(2)))
    assert now == then
    assert store.at(among=["item", "item", "never asked for"])[0].keys() == {"item"}


def test_first_after_is_the_first_in_force_between_two_moments(store: Store) -> None:
    names = store.names("item")
    for days, until, vintage in [
        (-9, None, names[0]),
        (0, None, names[1]),
        (0, 0.5, None),
        (0, 1, names[1]),
        (1.5, 9, names[2]),
        (2, None, None),
    ]:
        record = store.first_after(later(days), "item", until=None if until is None else later(until))
        assert (None if record is None else record.vintage) == vintage
    assert store.first_after(later(-9), "never asked for") is None
