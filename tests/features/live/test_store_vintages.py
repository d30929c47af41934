"""Vintages: what was kept comes back to the bit, stays what it was, and shows what happened to it."""

import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.live.store import vintage
from features.live.store.store import Store
from features.live.store.table import digest, in_order
from tests.features.stores import START, add, histories, later, lying

FEW = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
pytest.importorskip("platformdirs")


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """To the bit: names and their order, kinds, and every cell; unknown cells are alike."""
    assert list(one.columns) == list(other.columns)
    assert len(one) == len(other)
    for name in one.columns:
        left, right = one[name], other[name]
        assert left.dtype.kind == right.dtype.kind, name
        if left.dtype.kind == "f":
            filled = left.notna().to_numpy()
            assert (filled == right.notna().to_numpy()).all(), name
            assert (left.to_numpy().view("int64")[filled] == right.to_numpy().view("int64")[filled]).all(), name
        else:
            assert [None if gone else cell for cell, gone in zip(left, left.isna(), strict=True)] == [
                None if gone else cell for cell, gone in zip(right, right.isna(), strict=True)
            ], name
    return digest(one) == digest(other)


@FEW
@given(histories(), st.sampled_from([1, 2, 4, 32]))
def test_a_vintage_is_to_the_bit_what_was_added_whatever_came_after_it(
    made: tuple[tuple[str, ...], list[pd.DataFrame]], every: int
) -> None:
    key, tables = made
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(vintage, "WHOLE_EVERY", every)
        store = Store(Path(place))
        names, before = [], dict[str, tuple[str, int]]()
        for count, table in enumerate(tables):
            names.append(add(store, table, key, at=later(count)).path.name)
            now = lying(store.folder)
            assert before.items() <= now.items(), "what lay there is what lies there"
            assert len(now) - len(before) == (2 if count == 0 else 1), "a vintage more, and the body once"
            before = now
        assert store.names("item") == names
        for name, table in zip(names, tables, strict=True):
            read = store.read("item", name)
            assert same(read.table, table)
            assert read.key == key


def test_a_short_change_of_a_long_table_takes_a_short_file_and_every_thirty_second_is_whole(tmp_path: Path) -> None:
    rng, store, days = np.random.default_rng(1), Store(tmp_path), pd.bdate_range("1990-01-01", periods=1500, unit="ns")
    table = pd.DataFrame({"Date": days, "x": rng.normal(size=len(days))})
    sizes = [add(store, table.iloc[: 1400 + count], at=later(count)).path.stat().st_size for count in range(34)]
    assert [place for place, size in enumerate(sizes) if size > sizes[0] / 4] == [0, 32]
    assert max(sizes[1:32]) < 6000  # bytes: the frame of a Parquet file, what is told, and 31 rows


def test_vintages_by_another_key_or_of_other_kinds_stand_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    days = pd.bdate_range("2024-01-01", periods=50, unit="ns")
    numbers = pd.DataFrame({"Date": days, "x": np.arange(50.0)})
    words = numbers.assign(x=[f"w{n}" for n in range(50)])
    stamps = numbers.assign(x=days)
    for count, table in enumerate((numbers, words, stamps, numbers)):
        new = add(store, table, at=later(count))
        assert new.metadata["base"] is None
        assert same(store.read("item", new.path.name).table, table)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1), timedelta(days=4000)])
def test_a_clock_set_back_still_gives_rising_names(tmp_path: Path, back: timedelta) -> None:
    store, table = Store(tmp_path), pd.DataFrame({"Date": pd.bdate_range("2024-01-01", periods=3, unit="ns"), "x": 1.0})
    names = [add(store, table.assign(x=float(count)), at=START - count * back).path.name for count in range(4)]
    with store.writing():
        moments = [store.record(START - count * back, {}).moment for count in range(4)]
    assert names == sorted(set(names)) == store.names("item")
    assert moments == sorted(set(moments)) == store.pulls()
    assert [store.read("item", name).table["x"].iloc[0] for name in names] == [0.0, 1.0, 2.0, 3.0]


def test_a_name_that_is_taken_is_never_given_again(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": pd.bdate_range("2024-01-01", periods=3, unit="ns"), "x": 1.0})
    vintage.add_vintage(tmp_path / "item", START, table, ("Date",), {"item": "item"}, before=None)
    before = lying(tmp_path)
    with pytest.raises(InputError, match="is there already, and no vintage is ever replaced"):
        vintage.add_vintage(tmp_path / "item", START, table.assign(x=2.0), ("Date",), {"item": "item"}, before=None)
    assert lying(tmp_path) == before


def test_what_is_no_vintage_is_nobodys(tmp_path: Path) -> None:
    store, table = Store(tmp_path), pd.DataFrame({"Date": pd.bdate_range("2024-01-01", periods=3, unit="ns"), "x": 1.0})
    only = add(store, table)
    for name in ("copy of it.parquet", ".hidden.parquet", "notes.txt", f"{only.path.stem} (1).parquet"):
        (only.path.parent / name).write_bytes(b"no table")
    (tmp_path / "pulls").mkdir()
    (tmp_path / "pulls" / "copy.json").write_text("{}")
    assert store.names("item") == [only.path.name]
    assert store.pulls() == []
    assert add(store, table.assign(x=2.0), at=later(1)).table["x"].iloc[0] == 2.0


@pytest.mark.parametrize(
    "left", ["items/item/.0123456789abcdef.tmp.parquet", "bodies/.0123456789abcdef.tmp.gz", "pulls/.0123456789abcdef.tmp.json"]
)
def test_what_a_killed_process_left_half_written_is_taken_away_and_nothing_else(tmp_path: Path, left: str) -> None:
    store, table = Store(tmp_path), pd.DataFrame({"Date": pd.bdate_range("2024-01-01", periods=3, unit="ns"), "x": 1.0})
    add(store, table)
    with store.writing():
        store.record(START, {})
    before = lying(tmp_path)
    mine = [tmp_path / "dropped" / ".mine.tmp.csv", tmp_path / ".0123456789abcdef.tmp.txt", tmp_path / "home" / ".x.tmp"]
    for path in (*mine, tmp_path / left):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    assert store.names("item") == [path.name for path in (tmp_path / "items" / "item").glob("2*.parquet")]
    with store.writing():
        store.remove_scratch()
    assert not (tmp_path / left).exists()
    assert all(path.exists() for path in mine)
    assert before.items() <= lying(tmp_path).items()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([np.nan, 0.0, -0.0, 1.0, -1.0])), min_size=1))
def test_equal_tables_have_one_digest_and_others_another(cells: list[tuple[int, float]]) -> None:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([day for day, _ in cells], unit="D")
    table = pd.DataFrame({"Date": pd.DatetimeIndex(days).as_unit("ns"), "x": [value for _, value in cells]})
    assert digest(table) == digest(table.copy())
    assert digest(table.astype({"Date": "datetime64[s]"})) == digest(table)
    for other in (table.rename(columns={"x": "y"}), pd.concat([table, table]), table.assign(x=7.0), table.assign(x=-table["x"].fillna(5))):
        assert digest(other) != digest(table)


def test_words_do_not_run_into_each_other_in_a_digest() -> None:
    def of(*words: str | None) -> str:
        return digest(pd.DataFrame({"w": pd.Series(words, dtype="object")}))

    digests = [of("a", "b"), of("ab", ""), of("a\n1 b", ""), of("a", None), of("a", ""), of(None, "a"), of("1 a", "b"), of("\n1 a")]
    assert len(set(digests)) == len(digests)


def test_rows_without_any_value_are_left_out_and_whole_numbers_become_floats() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3], "Date": pd.to_datetime(["2024-01-03", "2024-01-01", "2024-01-02"]), "y": [np.nan, 1.0, np.nan]})
    table = in_order(frame, ("Date",))
    assert list(table.columns) == ["Date", "x", "y"]
    assert table["x"].tolist() == [2.0, 3.0, 1.0]
    assert in_order(table[["Date", "y"]], ("Date",))["y"].tolist() == [1.0]
