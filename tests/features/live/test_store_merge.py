"""Merging what comes with what was there, and counting what changed."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import OriginError
from features.live.download import Download
from features.live.store.change import SAME, Change, change_of, common_ratio, relative
from features.live.store.merge import merge, merge_beneath
from features.live.store.table import by_key, in_order
from tests.features.stores import BODY, histories

NAN = np.nan
VALUES = st.sampled_from([NAN, 0.0, -0.0, 1.0, 1.0 + 1e-12, 1.0 + 1e-6, -2.0, 1e300, 1e-300])
COLUMN = st.dictionaries(st.integers(0, 12), VALUES, min_size=1)


def frame(**columns: dict[int, float]) -> pd.DataFrame:
    rows = sorted(set().union(*columns.values()))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rows, unit="D")
    table = {"Date": pd.DatetimeIndex(days).as_unit("ns")} | {
        name: [cells.get(row, NAN) for row in rows] for name, cells in columns.items()
    }
    return in_order(pd.DataFrame(table).astype(dict.fromkeys(columns, "float64")), ("Date",))


def download(table: pd.DataFrame, key: tuple[str, ...] = ("Date",)) -> Download:
    return Download(table, (BODY,), key)


def cells(table: pd.DataFrame, name: str) -> dict[int, float]:
    """Known values by day, counted from the first of January."""
    if name not in table:
        return {}
    filled = table[table[name].notna()]
    return {int((day - pd.Timestamp("2024-01-01")).days): float(value) for day, value in zip(filled["Date"], filled[name], strict=True)}


def alike(one: float, other: float) -> bool:
    return abs(other - one) <= SAME * max(abs(one), abs(other) if one == 0 else 0.0)


@settings(max_examples=20)
@given(COLUMN, COLUMN, COLUMN, st.booleans())
def test_a_merge_keeps_what_its_docstring_says_cell_by_cell(
    old: dict[int, float], x: dict[int, float], y: dict[int, float], whole: bool
) -> None:
    before, given_now = frame(x=old), frame(x=x, y=y)
    result = merge(before, download(given_now), whole=whole)
    was, now = cells(before, "x"), cells(given_now, "x")
    expected = dict(was)
    if whole and now:
        expected = {day: value for day, value in was.items() if not min(now) <= day <= max(now)}
    for day, value in now.items():
        expected[day] = was[day] if day in was and alike(was[day], value) else value
    got = cells(result, "x")
    assert got.keys() == expected.keys()
    assert all(np.float64(got[day]).tobytes() == np.float64(expected[day]).tobytes() for day in got)
    assert cells(result, "y") == cells(given_now, "y")
    assert result["Date"].is_monotonic_increasing
    assert result["Date"].is_unique


@given(COLUMN, COLUMN, st.booleans())
def test_to_merge_the_same_once_more_changes_nothing(old: dict[int, float], new: dict[int, float], whole: bool) -> None:
    once = merge(frame(x=old), download(frame(x=new)), whole=whole)
    pd.testing.assert_frame_equal(merge(once, download(frame(x=new)), whole=whole), once, check_exact=True)
    assert change_of(by_key(once, ("Date",)), by_key(once, ("Date",))).is_nothing


@settings(max_examples=6)
@given(histories(), st.booleans())
def test_tables_of_any_kind_are_merged_and_their_changes_are_counted(made: tuple[tuple[str, ...], list[pd.DataFrame]], whole: bool) -> None:
    key, tables = made
    before: pd.DataFrame | None = None
    for table in tables:
        after = merge(before, download(table, key), whole=whole)
        was = after.iloc[:0] if before is None else before
        change = change_of(by_key(was, key), by_key(after, key))
        assert change.is_nothing == (({} if before is None else _cells(before, key)) == _cells(after, key))
        assert Change.of_json(json.loads(json.dumps(change.as_json(), allow_nan=False))) == change or np.isnan(change.largest)
        assert str(change)
        kinds = {name: after[name].dtype.kind for name in after.columns}
        assert kinds == {
            name: "M" if name in ("Date", "meeting", "x known") else "O" if name in ("thing", "word") else "f" for name in kinds
        }
        before = after


def _cells(table: pd.DataFrame, key: tuple[str, ...]) -> dict[object, object]:
    """Known cells by key and column, numbers that are equal alike."""
    result = {}
    for row in table.to_dict("records"):
        where = tuple(row[name] for name in key)
        result |= {(where, name): value for name, value in row.items() if name not in key and not pd.isna(value)}
    return result


@settings(max_examples=20)
@given(COLUMN, COLUMN)
def test_changes_are_counted_as_one_would_count_them_by_hand(old: dict[int, float], new: dict[int, float]) -> None:
    before, after = frame(x=old), frame(x=new)
    was, now = cells(before, "x"), cells(after, "x")
    result = change_of(by_key(before, ("Date",)), by_key(after, ("Date",)))
    last = max(was, default=-1)
    assert result.new == sum(day > last for day in now if day not in was)
    assert result.late == sum(day < last for day in now if day not in was)
    assert result.gone == sum(day not in now for day in was)
    steps = {day: abs(now[day] - value) / (abs(value) or abs(now[day]) or 1) for day, value in was.items() if day in now}
    revised = {day: step for day, step in steps.items() if step > SAME}
    assert result.revised == len(revised)
    if revised:
        assert result.largest == pytest.approx(min(max(revised.values()), np.finfo(float).max))
        day = int((pd.Timestamp(result.day) - pd.Timestamp("2024-01-01")).days)
        assert (result.column, result.before, result.after) == ("x", was[day], now[day])
        assert revised[day] == max(revised.values())
    assert result.is_nothing == (not result.new and not result.at_the_source)


def test_a_history_multiplied_as_a_whole_is_told_with_its_factor_and_others_without() -> None:
    before = frame(x={day: 100.0 + day for day in range(10)})
    halved = change_of(by_key(before, ("Date",)), by_key(before.assign(x=before["x"] / 2), ("Date",)))
    assert halved.ratio == pytest.approx(0.5, rel=1e-12)
    assert str(halved) == "10 revised, the largest by 50 %: x of 2024-01-01, 100 to 50, all by the factor 0.5"
    moved = change_of(by_key(before, ("Date",)), by_key(before.assign(x=before["x"] + np.arange(10.0)), ("Date",)))
    assert (moved.revised, moved.ratio) == (9, None)
    assert str(Change()) == "nothing new"
    assert str(Change(new=3, late=1, gone=2)) == "3 new; 1 late; 2 gone"


def test_steps_from_nought_and_beyond_all_numbers_are_finite() -> None:
    one, other = np.array([0.0, 0.0, 0.0, 5e-324, -1.7e308, 2.0]), np.array([0.0, 3.0, 1e-320, 1.7e308, 1.7e308, NAN])
    assert relative(one, other)[:5].tolist() == [0.0, 1.0, 1.0, np.finfo(float).max, np.finfo(float).max]
    assert np.isnan(relative(one, other)[5])
    assert common_ratio(np.array([1e-300] * 3), np.array([1e300] * 3)) is None
    assert common_ratio(np.array([-1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0])) is None
    assert common_ratio(np.array([0.0, 0.0, 0.0]), np.array([2.0, 2.0, 2.0])) is None


def test_numbers_that_became_words_are_no_longer_the_same_column() -> None:
    before, words = frame(x={1: 1.0, 2: 2.0}), frame(x={1: 1.0}).astype({"x": "object"}).assign(x="a")
    with pytest.raises(OriginError, match="column x: has no longer values of the same kind"):
        merge(before, download(words), whole=False)


def test_days_of_release_may_join_a_table_that_had_none() -> None:
    before = frame(x={1: 1.0, 2: 2.0})
    with_days = before.assign(**{"x known": pd.DatetimeIndex(["2024-02-01", None]).as_unit("ns")})
    result = merge(before, download(with_days), whole=True)
    assert result["x known"].dtype == np.dtype("datetime64[ns]")
    assert result["x known"].tolist() == [pd.Timestamp("2024-02-01"), pd.NaT]


def test_what_only_older_files_have_lies_beneath() -> None:
    upper, lower = frame(x={3: 3.0, 4: 4.0}), frame(x={1: 1.0, 3: 99.0}, y={4: 5.0})
    result = merge_beneath(upper, download(lower))
    assert cells(result, "x") == {1: 1.0, 3: 3.0, 4: 4.0}
    assert cells(result, "y") == {4: 5.0}
    assert list(result.columns) == ["Date", "x", "y"]
    pd.testing.assert_frame_equal(merge_beneath(None, download(lower)), lower)
    pd.testing.assert_frame_equal(merge_beneath(result, download(lower)), result)
