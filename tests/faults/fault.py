"""Fault: a row of the table, and what it is to try one: a good pull, the fault, and a good pull again."""

import gzip
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from features.live.store.pull_log import ItemRecord
from tests.commands import Done
from tests.origins.fred import KEY
from tests.origins.town import INDEX, SIZE, Town, truth


class After(StrEnum):
    """What the store has afterwards, of the file that the fault is about."""

    KEPT = "the stored data stay in force"
    NEW = "a new vintage; every earlier one stays"
    SAME = "the stored data stay in force, and are what the origin gives"
    ABSENT = "nothing of this file; the other files stay"
    NONE = "as before, nothing is written"


@dataclass(frozen=True)
class Fault:
    """bring : brings it about.   said : pattern of the one line that is said, or of what the command says if nothing is amiss.

    first : nothing was pulled before.   days : since the pull before.   options : of `data pull`.   asks : files that are read.
    truth : closes, or whatever the file's first column is, that are to be in force afterwards; default by `after`.
    heals : options of the next good pull, after which all is well; None where nothing is to heal.
    run : what is done, and the lines that it says; default, `data pull`.   exit : its code; default by `after`.
    """

    name: str
    bring: Callable[[Town], object]
    said: str
    after: After
    file: str = INDEX
    first: bool = False
    days: int = 1
    options: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    truth: Callable[[Town], pd.Series] | None = None
    heals: tuple[str, ...] | None = ()
    run: Callable[[Town], tuple[Done, Sequence[str]]] | None = None
    exit: int | None = None
    state: str | None = None

    @property
    def code(self) -> int:
        """Of exit."""
        if self.exit is not None:
            return self.exit
        return 0 if self.after in (After.NEW, After.SAME) else 2


@dataclass(frozen=True)
class Outcome:
    """lines : everything that was said.   line : what was said of the fault."""

    done: Done
    lines: tuple[str, ...]
    line: str


COLUMN = {
    INDEX: ("Close", "^SML"),
    "large.parquet": ("LARGE", "^LRG"),
    "rates.csv": ("DGS10", "DGS10"),
    "prices.csv": ("CPIAUCSL", "CPIAUCSL"),
    SIZE: ("tenth", "Lo 10"),
    "strip.parquet": ("m0", "ZQN24.CBT"),
}
JARGON = re.compile(r"\b\w+(Error|Exception|Warning)\b|Traceback|Errno|\bNone\b|\bnan\b|0x[0-9a-f]{4}|curl|errno")


def tried(fault: Fault, town: Town, good: Path) -> Outcome:
    """The fault after a good pull, whose store is copied from `good`; AssertionError where it does not go as the row says."""
    town.asks = fault.asks or ((INDEX, SIZE) if fault.file == SIZE else (fault.file,))
    if not fault.first:
        shutil.copytree(good, town.store.folder)
        town.now += timedelta(days=fault.days)
    town.well()
    with town.patch.context() as patch:
        town.patch, outer = patch, town.patch
        fault.bring(town)
        before, was, table = store_files(town), _state(town, fault.file), _table(town, fault.file)
        done, said = fault.run(town) if fault.run else (town.pull(*fault.options), ())
        town.patch = outer
    refuse_changed(town, before)
    outcome = _outcome(fault, town, done, said)
    _as_promised(fault, town, outcome, was, table)
    refuse_key(town, outcome)
    return outcome


def _outcome(fault: Fault, town: Town, done: Done, said: Sequence[str]) -> Outcome:
    assert "Traceback" not in done.stderr, done.stderr
    errors = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.startswith("error: ")]
    lines = tuple(errors or said or town.lines())
    fitting = [line for line in lines if re.search(fault.said, line)]
    assert len(fitting) == 1 or not fault.said, f"{fault.said!r} is not said once:\n" + "\n".join(lines)
    assert done.returncode == fault.code, (done.returncode, lines)
    line = fitting[0] if fault.said else ""
    for each in lines:
        assert each.isprintable(), each
        assert not JARGON.search(each), each
        assert len(each.replace(str(town.place), "")) < 400, each  # wherever the store is
    if fault.code:
        assert ";" in line, f"a remedy: {line}"
    return Outcome(done, lines, line)


def _state(town: Town, file: str) -> ItemRecord | None:
    try:
        return town.records().get(file) if town.store.pulls() else None
    except ValueError:  # the experiment cannot be read
        return None


def _table(town: Town, file: str) -> pd.DataFrame | None:
    try:
        return town.in_force(file)
    except ValueError:  # it was damaged
        return None


def _as_promised(fault: Fault, town: Town, outcome: Outcome, was: ItemRecord | None, table: pd.DataFrame | None) -> None:
    now, after = _state(town, fault.file), town.in_force(fault.file) if fault.after is not After.NONE else None
    if fault.after is After.NONE:
        assert (now and now.as_json()) == (was and was.as_json())
    elif fault.after is After.ABSENT:
        assert now is not None
        assert (now.vintage, now.state, after) == (None, "absent", None)
    else:
        assert now is not None
        assert now.state == fault.state or now.state == {After.KEPT: "kept", After.NEW: "new", After.SAME: "same"}[fault.after], now
        assert (now.fault is not None) == (fault.after is After.KEPT)
        assert after is not None
        if fault.truth is not None or fault.after is After.NEW:
            expected = (fault.truth or true_of(fault.file))(town) if fault.file in COLUMN else None
            assert expected is None or _alike(after[COLUMN[fault.file][0]], expected), outcome.lines
        elif table is not None:
            pd.testing.assert_frame_equal(after, table)
    for file in set(town.asks) - {fault.file}:
        other = town.records().get(file) if fault.after is not After.NONE else None
        assert other is None or fault.after is After.NONE or other.fault is None, other


def true_of(file: str) -> Callable[[Town], pd.Series]:
    from features.panel import calendar

    return lambda town: truth()[COLUMN[file][1]][: calendar.last_closed("XNYS", town.now)]


def _alike(column: pd.Series, expected: pd.Series) -> bool:
    values = column.dropna()
    return len(values) == len(expected) and np.array_equal(values.index, expected.index) and np.allclose(values, expected, rtol=1e-8)


def healed(fault: Fault, town: Town) -> None:
    """The next good pull, a day later: nothing is amiss, and the truth is in force."""
    if fault.heals is None:
        return
    town.now += timedelta(days=1)
    town.well()
    before = store_files(town)
    assert not [record.fault for record in town.pulled(fault.heals[1:]).items.values() if record.fault]
    refuse_changed(town, before)
    record = _state(town, fault.file)
    assert record is not None
    assert record.fault is None
    after = town.in_force(fault.file)
    assert after is not None
    if fault.file in COLUMN and fault.file not in ("prices.csv", SIZE, "strip.parquet"):
        assert _alike(after[COLUMN[fault.file][0]], true_of(fault.file)(town))


def store_files(town: Town) -> dict[str, bytes]:
    """Every file of the store but locks, what is dropped, and what is half written."""
    folder = town.store.folder
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")] if folder.is_dir() else []
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.parent.name != "dropped"}


def refuse_changed(town: Town, before: dict[str, bytes]) -> None:
    """AssertionError where anything that was there is gone or another, or something half written was left."""
    after = store_files(town)
    for name, content in before.items():
        assert after.get(name) == content, f"{name} was changed"
    assert not [path for path in town.store.folder.rglob(".*.tmp*") if town.store.folder.is_dir()]


def refuse_key(town: Town, outcome: Outcome) -> None:
    """AssertionError where the key of FRED is in anything that was written or said."""
    key = KEY.encode()
    assert KEY not in outcome.done.stdout + outcome.done.stderr + "".join(outcome.lines)
    for path in town.place.rglob("*"):
        if not path.is_file() or path.parent.name == "dropped":
            continue
        content = path.read_bytes()
        assert key not in content, path
        if path.suffix == ".gz" and content[:2] == b"\x1f\x8b":
            try:
                assert key not in gzip.decompress(content), path
            except (OSError, EOFError):
                continue  # it was damaged
        if path.suffix == ".parquet":
            try:
                assert key not in repr(pyarrow.parquet.read_schema(path).metadata).encode(), path
            except (OSError, ValueError):
                continue
