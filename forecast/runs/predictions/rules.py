"""Rules that every row of a predictions table keeps, checked whenever a table is written or read."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pandas as pd
from pandas.api import types

from features.errors import InputError
from features.files.stamps import YEARS
from features.names import UNSAFE, shown
from forecast.runs.field_rules import LONGEST_TEXT, ROUNDING
from forecast.runs.predictions.columns import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    COLUMNS,
    HIGH_COLUMNS,
    KEY,
    LOW_COLUMNS,
    P_COLUMNS,
    SCHEMA_VERSION,
    UNCALIBRATED_COLUMNS,
    VERSION_KEY,
)
from forecast.target.outcome import CONTINUE, OUTCOMES
from forecast.target.question import FALL, BarrierKind

if TYPE_CHECKING:
    import pyarrow as pa

UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")  # what a CSV or the XML of a workbook may not preserve
KINDS: dict[str, tuple[str, Callable[[pd.Series], bool]]] = {
    "date": ("dates without a zone", types.is_datetime64_dtype),
    "string": ("text", types.is_string_dtype),
    "int": ("whole numbers", types.is_integer_dtype),
    "float": ("numbers", lambda values: types.is_numeric_dtype(values) and not types.is_bool_dtype(values)),
}


def _are_days(table: pd.DataFrame, *, name: str) -> pd.Series:
    return (table[name] == table[name].dt.normalize()) & table[name].dt.year.between(*YEARS)


def _is_possible(table: pd.DataFrame, *, name: str) -> pd.Series:
    return (table["barrier_kind"] != FALL) | (table[name] == 0)


class ColumnRule(NamedTuple):
    """What the values of a column must be, in words, and which rows of a table keep it; checked for values that are not missing."""

    column: str
    words: str
    holds: Callable[[pd.DataFrame], pd.Series]


RULES = (
    *(
        ColumnRule(name, f"a day, without an hour, of the years {YEARS[0]} to {YEARS[1]}", partial(_are_days, name=name))
        for name in ("date", "known", "trained_to")
    ),
    ColumnRule("horizon", "at least 1 session", lambda table: table["horizon"] >= 1),
    ColumnRule("barrier", "a log move of at least 0", lambda table: (table["barrier"] >= 0) & np.isfinite(table["barrier"])),
    ColumnRule("surge_return", "finite", lambda table: np.isfinite(table["surge_return"])),
    ColumnRule("surge_z", "finite", lambda table: np.isfinite(table["surge_z"])),
    ColumnRule("size", "above 0", lambda table: (table["size"] > 0) & np.isfinite(table["size"])),
    ColumnRule("size", "below 1 for a fall, a share of the price", lambda table: (table["barrier_kind"] != FALL) | (table["size"] < 1)),
    *(
        ColumnRule(columns[CONTINUE], "0 for a fall, which has no rise beside it", partial(_is_possible, name=columns[CONTINUE]))
        for columns in (P_COLUMNS, BASE_COLUMNS, BASE_HIGH_COLUMNS, CLIMATOLOGY_COLUMNS, UNCALIBRATED_COLUMNS, HIGH_COLUMNS)
    ),
    ColumnRule(
        "barrier_kind", f"one of {', '.join(get_args(BarrierKind))}", lambda table: table["barrier_kind"].isin(get_args(BarrierKind))
    ),
    ColumnRule("episode", "at least 1", lambda table: table["episode"] >= 1),
    ColumnRule("outcome", f"0 to {len(OUTCOMES) - 1}, or missing", lambda table: table["outcome"].isna() | table["outcome"].between(0, 2)),
    ColumnRule("known", "after date", lambda table: table["known"] > table["date"]),
    ColumnRule("trained_to", "no later than date", lambda table: table["trained_to"] <= table["date"]),
    ColumnRule("base_episodes", "at least 0", lambda table: table["base_episodes"] >= 0),
    ColumnRule("vol_rank", "a share, from 0 to 1", lambda table: table["vol_rank"].between(0, 1)),
)


def check_predictions(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """`table` itself if it is a predictions table; InputError says what is wrong and where."""
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise InputError(f"{where}: no column {lacking[0]!r}; a predictions table has {', '.join(COLUMNS)}")
    if len(table):
        _refuse_kinds(table, where)
        _refuse_no_probabilities(table, where)
        _refuse_values(table, where)
    twice = table.duplicated(list(KEY))
    if twice.any():
        first = table[twice].iloc[0]
        raise InputError(f"{where}: {first['series']} on {first['date']:%Y-%m-%d} stands twice for one question; keep one row a question")
    return table


def refuse_version(version: object, where: str) -> None:
    """InputError unless `version` is the schema version that this package reads."""
    if str(version) != str(SCHEMA_VERSION):
        raise InputError(f"{where}: schema version {version}, this package reads {SCHEMA_VERSION}; train again with it")


def refuse_arrow_version(content: "pa.Table", path: Path) -> None:
    """InputError unless the metadata of an Arrow table name the schema version that this package reads."""
    refuse_version((content.schema.metadata or {}).get(VERSION_KEY.encode(), b"none").decode("utf-8", "replace"), str(path))


def _refuse_kinds(table: pd.DataFrame, where: str) -> None:
    for name, column in COLUMNS.items():
        words, right = KINDS[column.kind]
        missing = table[name].isna().to_numpy(bool)
        if missing.any() and column.missing is None:
            raise InputError(f"{where}: {name} of row {int(missing.argmax()) + 1} is missing, which it never may be; leave out such rows")
        if not missing.all() and not right(table[name]):
            raise InputError(f"{where}: {name} holds {table[name].dtype}, where {words} are needed; convert the column")
        if column.kind == "string":
            _refuse_unprintable(table[name], where)


def _refuse_unprintable(names: pd.Series, where: str) -> None:
    for name in names.unique():
        if UNPRINTABLE.search(name) or UNSAFE.search(name):
            raise InputError(f"{where}: {names.name} {shown(name)} holds a control character; rename it")
        if len(name) > LONGEST_TEXT:
            raise InputError(f"{where}: {names.name} {shown(name)} is longer than {LONGEST_TEXT}; shorten it")


def _refuse_no_probabilities(table: pd.DataFrame, where: str) -> None:
    for names in (P_COLUMNS, BASE_COLUMNS, CLIMATOLOGY_COLUMNS, UNCALIBRATED_COLUMNS):
        values = _numbers(table, names)
        bad = ~(np.isfinite(values).all(axis=1) & (values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) < ROUNDING))
        if bad.any():
            row = int(bad.argmax())
            raise InputError(f"{where}: {', '.join(names)} of row {row + 1} are {values[row].tolist()}, no probabilities that sum to 1")
    intervals = {"": (LOW_COLUMNS, P_COLUMNS, HIGH_COLUMNS), "base ": (BASE_LOW_COLUMNS, BASE_COLUMNS, BASE_HIGH_COLUMNS)}
    for name, columns in intervals.items():
        low, middle, high = (_numbers(table, part) for part in columns)
        outside = ~((low >= 0) & (low <= middle) & (middle <= high) & (high <= 1)).all(axis=1)
        if outside.any():
            row = int(outside.argmax()) + 1
            raise InputError(f"{where}: the {name}intervals of row {row} do not hold its probabilities; train again")


def _refuse_values(table: pd.DataFrame, where: str) -> None:
    for rule in RULES:
        broken = ~rule.holds(table).to_numpy(bool)
        if broken.any():
            row = int(broken.argmax())
            value = str(table[rule.column].iloc[row])[:60]
            raise InputError(f"{where}: {rule.column} of row {row + 1} is {value}, it must be {rule.words}; train again, or mend the row")


def _numbers(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    return table[list(columns)].to_numpy("float64")
