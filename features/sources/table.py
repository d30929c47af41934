"""Tables of a file that the user names: columns, days and numbers, checked."""

import difflib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from features.errors import InputError

MISSING = ["."]  # besides what pandas takes for missing; FRED's mark


def table(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The table of a CSV, CSV.gz or Parquet file that must have `columns`; InputError, one line, for what cannot be read."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a CSV, CSV.gz or Parquet file")
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, na_values=MISSING)
    except Exception as error:  # the readers raise many kinds: a bad archive, a bad encoding, ragged rows
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: cannot be read as {path.suffix.lstrip('.') or 'CSV'} ({first}); check the file") from None
    names = [str(name) for name in frame.columns]
    for column in columns:
        if column not in names:
            near = difflib.get_close_matches(column, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the file has {', '.join(repr(name[:30]) for name in names[:8])}"
            raise InputError(f"{path.name}: no column {column!r}; {hint}")
    if frame.empty:
        raise InputError(f"{path.name}: has no rows; check the file")
    return frame.set_axis(names, axis=1)


def dates(column: pd.Series, path: Path, name: str) -> pd.Series:
    """Calendar days of `column`; InputError for what is none."""
    found = pd.to_datetime(column.astype("string").str.strip().str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise InputError(f"{path.name}: {str(column.iloc[row])!r} in column {name}, row {row + 2}, is no date; write YYYY-MM-DD")
    return found.astype("datetime64[ns]")


def numbers(column: pd.Series, path: Path, name: str) -> pd.Series:
    """Numbers of `column`, none missing; InputError for what is none."""
    found = pd.to_numeric(column, errors="coerce")
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise InputError(f"{path.name}: {str(column.iloc[row])!r} in column {name}, row {row + 2}, is no number; correct it")
    return found.astype("float64")
