"""The panel and the features of a run on disk: every value with the day it is for and the day on which it was known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import FeatureMatrix, catalogue, known_inputs
from features.errors import InputError
from features.files.arrow import read_parquet
from features.files.stamps import days
from features.names import refuse_unsafe
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import SMALL

MARK = b"smallcap_surge.panel"
COLUMNS = ("series", "stamp", "known", "value")
FAULTS = (OSError, ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)  # of strange files
IDENTITY = ("market", "exchange", "source", "origin")


def save(panel: Panel, path: Path) -> None:
    """Write `panel` as COLUMNS, a row a value, with its identity in the metadata; OSError where `path` cannot be written.

    A series without a record of its releases has a row a session, NaN where it is not known.
    """
    import pyarrow as pa
    import pyarrow.parquet

    parts = [_rows(panel, name) for name in panel.frame.columns]
    table = pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
    ages = {name: releases.max_age.value for name, releases in panel.released.items()}
    metadata = {key: getattr(panel, key) for key in IDENTITY} | {
        "made_of_returns": panel.made_of_returns,
        "notes": list(panel.notes),
        "max_age": ages,
    }
    pyarrow.parquet.write_table(table.replace_schema_metadata({MARK: json.dumps(metadata)}), path)


def load(path: Path) -> Panel:
    """The panel at `path`, to the bit; InputError, one line, for another file."""
    try:
        table = read_parquet(path)
        metadata = refuse_unsafe(json.loads((table.schema.metadata or {})[MARK]))
        return _panel(table.replace_schema_metadata(None).to_pandas(), metadata)
    except FAULTS as error:
        raise InputError(f"{path}: not the panel of a run ({_first_line(error)}); train again") from None


def save_features(matrix: FeatureMatrix, path: Path) -> None:
    """Write the features, a row a session; OSError where `path` cannot be written."""
    matrix.frame.to_parquet(path, compression="zstd")


def load_features(path: Path, panel: Panel) -> FeatureMatrix | None:
    """The features of `panel` at `path`; None for those of other sessions or another catalogue; InputError for another file."""
    try:
        frame = read_parquet(path).replace_schema_metadata(None).to_pandas().set_index("date").astype("float64")
        sessions = pd.DatetimeIndex(frame.index)
    except FAULTS as error:
        raise InputError(f"{path}: not the features of a run ({_first_line(error)}); train again") from None
    off = {name: absent for name, item in catalogue().items() if (absent := item.missing(panel))}
    if not sessions.equals(panel.sessions) or set(frame.columns) != set(catalogue()) - set(off):
        return None
    return FeatureMatrix(frame.set_axis(panel.sessions), off)


def _rows(panel: Panel, name: str) -> pd.DataFrame:
    if name in panel.released:
        releases = panel.released[name]
        stamp, published, value = pd.DatetimeIndex(releases.observed.index), releases.known, releases.observed.to_numpy("float64")
    else:
        stamp, published, value = panel.sessions, panel.sessions, panel.frame[name].to_numpy("float64")
    return pd.DataFrame(
        {"series": name, "stamp": stamp.as_unit("ns"), "known": published.as_unit("ns"), "value": value}, columns=list(COLUMNS)
    )


def _panel(rows: pd.DataFrame, metadata: dict[str, Any]) -> Panel:
    """The panel of such rows; ValueError, KeyError or the like for what `save` would not write."""
    rows = _typed(rows)
    by_name = {str(name): part for name, part in rows.groupby("series", sort=False)}
    strange = next((name for name in by_name if name not in known_inputs()), None)
    if strange is not None:
        raise ValueError(f"no series {strange!r}")
    small = by_name[SMALL.name]
    sessions, close = pd.DatetimeIndex(small["stamp"], name="date"), small["value"].to_numpy()
    released = {str(name): _releases(by_name[name], pd.Timedelta(int(age), "ns")) for name, age in metadata["max_age"].items()}
    columns = {name: part["value"].to_numpy() for name, part in by_name.items() if name not in released}
    if any(len(values) != len(sessions) for values in columns.values()):
        raise ValueError("a series has not a value a session")
    rising = sessions.is_monotonic_increasing and not sessions.has_duplicates
    if SMALL.name in released or not rising or not (np.isfinite(close) & (close > 0)).all():
        raise ValueError(f"{SMALL.name} is not a close above 0 a session")
    columns |= {name: releases.onto(sessions).to_numpy() for name, releases in released.items()}
    frame = pd.DataFrame({name: columns[name] for name in by_name}, index=sessions)
    identity = {key: str(metadata[key]) for key in IDENTITY}
    made_of_returns, notes = metadata["made_of_returns"] is True, tuple(str(note) for note in metadata["notes"])
    return Panel(frame, **identity, made_of_returns=made_of_returns, notes=notes, released=released)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the types that `save` writes; ValueError for what is no name, day or number, and for days out of reach."""
    columns: dict[str, pd.Series] = {"series": rows["series"].astype("str"), "value": rows["value"].astype("float64")}
    if np.isinf(columns["value"]).any():
        raise ValueError("a value is infinite")
    for name in ("stamp", "known"):
        columns[name] = days(rows[name])
        if columns[name].isna().any():
            raise ValueError(f"{name} is not a day in every row")
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _releases(rows: pd.DataFrame, max_age: pd.Timedelta) -> Releases:
    if not (rows["stamp"].is_monotonic_increasing and rows["stamp"].is_unique and rows["known"].is_monotonic_increasing):
        raise ValueError(f"the days of {rows['series'].iloc[0]} do not rise")
    observed = pd.Series(rows["value"].to_numpy("float64"), index=pd.DatetimeIndex(rows["stamp"]))
    return Releases(observed, pd.DatetimeIndex(rows["known"]), max_age)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
