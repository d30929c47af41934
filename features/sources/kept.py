"""A panel as a run keeps it, every value with the day it is for and the day on which it was known, and its features."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import InputError
from features.feature import FeatureMatrix, catalogue
from features.panel import Panel
from features.releases import Releases
from features.series import SMALL

MARK = b"smallcap_surge.panel"
COLUMNS = ("series", "stamp", "known", "value")
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
    import pyarrow.parquet

    try:
        found = pyarrow.parquet.read_table(path)
        told = json.loads((found.schema.metadata or {})[MARK])
        return _panel(found.to_pandas(), told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no panel that a run has kept ({str(error).splitlines()[0]}); train again") from None


def save_features(matrix: FeatureMatrix, path: Path) -> None:
    """The features at `path`, a row a session and a column each. OSError where it cannot be written."""
    matrix.frame.to_parquet(path, compression="zstd")


def load_features(path: Path, panel: Panel) -> FeatureMatrix | None:
    """The features of `panel` that are kept at `path`, to the bit; None where they are of other sessions, or of another catalogue.

    InputError for a file that is none.
    """
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: no features that a run has kept ({str(error).splitlines()[0]}); train again") from None
    off = {name: lacking for name, item in catalogue().items() if (lacking := item.missing(panel))}
    if not pd.DatetimeIndex(frame.index).equals(panel.sessions) or set(frame.columns) != set(catalogue()) - set(off):
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
    by_name = {str(name): part for name, part in rows.groupby("series", sort=False)}
    sessions = pd.DatetimeIndex(by_name[SMALL.name]["stamp"], name="date")
    released = {name: _releases(by_name[name], pd.Timedelta(age, "ns")) for name, age in told["max_age"].items()}
    columns = {name: part["value"].to_numpy() for name, part in by_name.items() if name not in released}
    columns |= {name: found.onto(sessions).to_numpy() for name, found in released.items()}
    frame = pd.DataFrame({name: columns[name] for name in by_name}, index=sessions)
    who = {key: told[key] for key in TOLD}
    return Panel(frame, **who, notes=tuple(told["notes"]), released=released)


def _releases(rows: pd.DataFrame, max_age: pd.Timedelta) -> Releases:
    observed = pd.Series(rows["value"].to_numpy("float64"), index=pd.DatetimeIndex(rows["stamp"]))
    return Releases(observed, pd.DatetimeIndex(rows["known"]), max_age)
