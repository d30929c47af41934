"""A panel as a run keeps it, every value with the day it is for and the day on which it was known, and its features."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import FeatureMatrix, catalogue, known_inputs
from features.errors import InputError
from features.files.bounded import arrow_of
from features.files.table import days
from features.names import refuse_unsafe
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import SMALL

MARK = b"smallcap_surge.panel"
COLUMNS = ("series", "stamp", "known", "value")
FAULTS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    MemoryError,
    RecursionError,
)  # of strange files
TOLD = ("market", "exchange", "source", "origin", "stands_in_for")


def save(panel: Panel, path: Path) -> None:
    """`panel` at `path`: a row a value with columns `series`, `stamp`, `known`, `value`; who it is, in the file's metadata.

    A series without a record of its releases has a row a session, NaN where it is not known. OSError where it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet

    parts = [_rows(panel, name) for name in panel.frame.columns]
    table = pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
    ages = {name: found.max_age.value for name, found in panel.released.items()}
    told = {key: getattr(panel, key) for key in TOLD} | {"notes": list(panel.notes), "max_age": ages}
    pyarrow.parquet.write_table(table.replace_schema_metadata({MARK: json.dumps(told)}), path)


def load(path: Path) -> Panel:
    """The panel kept at `path`, to the bit; InputError, one line, for a file that is none."""
    try:
        found = arrow_of(path)
        told = refuse_unsafe(json.loads((found.schema.metadata or {})[MARK]))
        return _panel(found.replace_schema_metadata(None).to_pandas(), told)
    except FAULTS as error:
        raise InputError(f"{path}: no panel that a run has kept ({_first_line(error)}); train again") from None


def save_features(matrix: FeatureMatrix, path: Path) -> None:
    """The features at `path`, a row a session and a column each. OSError where it cannot be written."""
    matrix.frame.to_parquet(path, compression="zstd")


def load_features(path: Path, panel: Panel) -> FeatureMatrix | None:
    """The features of `panel` that are kept at `path`, to the bit; None where they are of other sessions, or of another catalogue.

    InputError for a file that is none.
    """
    try:
        frame = arrow_of(path).replace_schema_metadata(None).to_pandas().set_index("date").astype("float64")
        sessions = pd.DatetimeIndex(frame.index)
    except FAULTS as error:
        raise InputError(f"{path}: no features that a run has kept ({_first_line(error)}); train again") from None
    off = {name: lacking for name, item in catalogue().items() if (lacking := item.missing(panel))}
    if not sessions.equals(panel.sessions) or set(frame.columns) != set(catalogue()) - set(off):
        return None
    return FeatureMatrix(frame.set_axis(panel.sessions), off)


def _rows(panel: Panel, name: str) -> pd.DataFrame:
    if name in panel.released:
        found = panel.released[name]
        stamp, known, value = pd.DatetimeIndex(found.observed.index), found.known, found.observed.to_numpy("float64")
    else:
        stamp, known, value = panel.sessions, panel.sessions, panel.frame[name].to_numpy("float64")
    return pd.DataFrame({"series": name, "stamp": stamp.as_unit("ns"), "known": known.as_unit("ns"), "value": value}, columns=list(COLUMNS))


def _panel(rows: pd.DataFrame, told: dict[str, Any]) -> Panel:
    rows = _typed(rows)
    by_name = {str(name): part for name, part in rows.groupby("series", sort=False)}
    strange = next((name for name in by_name if name not in known_inputs()), None)
    if strange is not None:
        raise ValueError(f"no series {strange!r}")
    sessions = pd.DatetimeIndex(by_name[SMALL.name]["stamp"], name="date")
    released = {str(name): _releases(by_name[name], pd.Timedelta(int(age), "ns")) for name, age in told["max_age"].items()}
    columns = {name: part["value"].to_numpy() for name, part in by_name.items() if name not in released}
    if any(len(values) != len(sessions) for values in columns.values()):
        raise ValueError("a series has not a value a session")
    close = by_name[SMALL.name]["value"].to_numpy()
    if (
        SMALL.name in released
        or not (np.isfinite(close) & (close > 0)).all()
        or not sessions.is_monotonic_increasing
        or sessions.has_duplicates
    ):
        raise ValueError(f"{SMALL.name} is not a close above 0 a session")
    columns |= {name: found.onto(sessions).to_numpy() for name, found in released.items()}
    frame = pd.DataFrame({name: columns[name] for name in by_name}, index=sessions)
    who = {key: None if told[key] is None and key == "stands_in_for" else str(told[key]) for key in TOLD}
    return Panel(frame, **who, notes=tuple(str(note) for note in told["notes"]), released=released)  # type: ignore[arg-type]


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the types that `save` gives them; ValueError for what is no name, day or number, and for days out of reach."""
    found: dict[str, pd.Series] = {"series": rows["series"].astype("str"), "value": rows["value"].astype("float64")}
    if np.isinf(found["value"]).any():
        raise ValueError("a value is infinite")
    for name in ("stamp", "known"):
        found[name] = days(rows[name])
        if found[name].isna().any():
            raise ValueError(f"{name} is not a day in every row")
    return pd.DataFrame(found, columns=list(COLUMNS))


def _releases(rows: pd.DataFrame, max_age: pd.Timedelta) -> Releases:
    if not (rows["stamp"].is_monotonic_increasing and rows["stamp"].is_unique and rows["known"].is_monotonic_increasing):
        raise ValueError(f"the days of {rows['series'].iloc[0]} do not rise")
    observed = pd.Series(rows["value"].to_numpy("float64"), index=pd.DatetimeIndex(rows["stamp"]))
    return Releases(observed, pd.DatetimeIndex(rows["known"]), max_age)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
