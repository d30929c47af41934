"""Stores for the tests: tables that change, and what lies on the disk."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from features.live.download import Body
from features.live.store.store import Store
from features.live.store.table import in_order
from features.live.store.vintage import Vintage

START = datetime(2024, 7, 17, 11, 0, tzinfo=UTC)
BODY = Body("made:up", b"observation_date,X\n2024-07-01,1\n", START)
KEYS = (("Date",), ("Date", "thing"), ("Date", "meeting"), ("Date", "meeting", "lo_bp"))
CELLS = {
    "x": st.sampled_from([np.nan, 0.0, -0.0, 1.0, 1.0 + 2**-52, -3.5, 1e-300, 5e-324, 1.7e308]) | st.floats(-1e6, 1e6),
    "y": st.sampled_from([np.nan, 99.5]),
    "x known": st.sampled_from([pd.NaT, pd.Timestamp("2024-02-01"), pd.Timestamp("1901-01-01")]),
    "word": st.sampled_from([None, "", "a", "NA", "två\n2 x", "a,b"]),
}
LAST = {
    "thing": ["", "CPI", "jobs"],
    "meeting": list(pd.to_datetime(["2024-07-31", "2024-09-18", "2035-01-30"])),
    "lo_bp": [400.0, 425.0, 450.0],
}


def whole(columns: Sequence[str], key: Sequence[str], cells: dict[tuple[int, str], object], rows: Sequence[int]) -> pd.DataFrame:
    """The table of the `rows`, numbers that stand for keys, with the `cells` that are known; in order."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([row // 3 if len(key) > 1 else row for row in rows], unit="D")
    table: dict[str, object] = {"Date": pd.DatetimeIndex(days).as_unit("ns")}
    table |= {name: pd.Series([LAST[name][row % 3] for row in rows]) for name in key[1:]}
    for name in columns:
        table[name] = pd.Series([cells.get((row, name)) for row in rows], dtype=_kind(name))
    frame = pd.DataFrame(table)
    stamps = [name for name in frame if frame[name].dtype.kind == "M"]
    return in_order(frame.astype(dict.fromkeys(stamps, "datetime64[ns]")), key)


def _kind(name: str) -> str:
    return "datetime64[ns]" if name.endswith("known") else "object" if name == "word" else "float64"


@st.composite
def histories(draw: st.DrawFn, *, most: int = 7) -> tuple[tuple[str, ...], list[pd.DataFrame]]:
    """A key, and the tables that one becomes by rows added, revised and gone, cells that become unknown, and columns that join it."""
    key = draw(st.sampled_from(KEYS))
    columns = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, unique=True))
    rows = set(range(draw(st.integers(1, 40))))
    cells: dict[tuple[int, str], object] = {(row, name): draw(CELLS[name]) for row in sorted(rows)[:6] for name in columns}
    cells |= {
        (row, name): {"x": row / 7, "y": -1.0, "x known": pd.Timestamp("2024-03-01"), "word": "w"}[name]
        for row in rows
        for name in columns
        if (row, name) not in cells
    }
    tables = [whole(columns, key, cells, sorted(rows))]
    for _ in range(draw(st.integers(1, most))):
        if draw(st.integers(0, 9)) == 0:
            columns = [*columns, *[name for name in CELLS if name not in columns][:1]]
        for row in draw(st.lists(st.integers(0, 45), max_size=4)):
            rows.add(row)
            cells |= {(row, name): draw(CELLS[name]) for name in draw(st.lists(st.sampled_from(columns), max_size=2))}
        rows -= set(draw(st.lists(st.integers(0, 45), max_size=2)))
        tables.append(whole(columns, key, cells, sorted(rows)))
    return key, tables


def add(store: Store, table: pd.DataFrame, key: Sequence[str] = ("Date",), *, item: str = "item", at: datetime = START) -> Vintage:
    """A vintage more."""
    with store.writing():
        return store.add(item, at, table, tuple(key), metadata={}, bodies=[BODY], before=store.latest(item)[0])


def lying(folder: Path) -> dict[str, tuple[str, int]]:
    """What lies below `folder`, but for locks: the digest of each file, and when it was last written."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    return {str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def later(days: float) -> datetime:
    return START + timedelta(days=days)
