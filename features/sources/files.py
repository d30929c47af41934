"""A folder of CSV, CSV.gz or Parquet files, read as the experiment's [inputs] say."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.feature import known_inputs
from features.inputs import Input
from features.raw import RawMarket, RawSeries
from features.series import SMALL, Lag, to_canonical

ISO_DAY = r"\d{4}-\d{2}-\d{2}([T ].*)?"
MISSING = ["."]  # besides what pandas takes for missing; FRED's mark
YEARS = (1700, 2200)
MAX_BYTES = 512 * 2**20  # of one file; a daily history of a century is under one megabyte


def load(folder: Path, inputs: Mapping[str, Input], *, market: str, exchange: str) -> tuple[RawMarket, tuple[str, ...]]:
    """The market that `folder` holds, and a line for each input whose file is not there.

    InputError for a folder, file, column, date or number that cannot be read; only the small-cap close is indispensable.
    """
    if not folder.is_dir():
        raise InputError(f"--data {folder}: no such folder; give one that holds the files named in [inputs], or `bundled`")
    if not inputs:
        raise InputError(f"--data {folder}: the experiment names no [inputs], so nothing can be read; add them, or use `bundled`")
    found: dict[str, RawSeries] = {}
    absent: list[str] = []
    for label, spec in inputs.items():
        path = _path(folder, label, spec.file)
        if not path.is_file():
            if SMALL.name in spec.columns:
                raise InputError(f"[inputs.{label}]: no file {path}, and it holds the small-cap close; put it there or correct `file`")
            absent.append(f"input `{label}` is off: no file {spec.file} in {folder}")
            continue
        lag, noted = _lag(folder, label, spec)
        absent.extend(noted)
        for series in _read(path, label, spec, lag):
            if series.series.name in found:
                raise InputError(f"[inputs.{label}]: series `{series.series.name}` is read twice; name it in one input only")
            found[series.series.name] = series
    return RawMarket(market, exchange, "files", "files named in [inputs]", found), tuple(absent)


def _path(folder: Path, label: str, file: str) -> Path:
    path = folder / file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"[inputs.{label}]: file {file!r} leaves the data folder; name a file inside it")
    return path


def _read(path: Path, label: str, spec: Input, lag: Lag) -> list[RawSeries]:
    frame = table(path, (spec.date, *spec.columns.values()), date=spec.date)
    dates = days(frame[spec.date], path, spec.date)
    return [
        _series(frame[column], dates, name=name, origin=f"{path.name}, column {column}", label=label, spec=spec, lag=lag)
        for name, column in spec.columns.items()
    ]


def _lag(folder: Path, label: str, spec: Input) -> tuple[Lag, list[str]]:
    """The publication lag of `spec`, with its release days; where their file is not there the fixed lag, and a line that says so."""
    given = spec.lag
    fixed = Lag(given.months, given.days, given.sessions)
    if given.releases is None:
        return fixed, []
    path = _path(folder, label, given.releases.file)
    if not path.is_file():
        return fixed, [f"input `{label}` has its fixed lag: no file of release days {given.releases.file} in {folder}"]
    rows = table(path, (given.releases.date, *given.releases.where), date=given.releases.date)
    for column, value in given.releases.where.items():
        rows = rows[rows[column].astype(str) == str(value)]
        if rows.empty:
            raise InputError(f"[inputs.{label}]: no row of {path.name} has {value!r} in column {column!r}; correct lag.releases.where")
    found = days(rows[given.releases.date], path, given.releases.date)
    return replace(fixed, released=tuple(found.unique().sort_values())), []


def table(path: Path, columns: Sequence[str], *, date: str) -> pd.DataFrame:
    """The file's rows, each of `columns` in it once, as they stand; InputError, one line, when they cannot be had."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES >> 20} MiB, which no daily history is; check the file")
    try:
        header, frame = _read_parquet(path, date) if path.suffix == ".parquet" else _read_csv(path)
    except Exception as error:  # the readers raise many kinds: a bad archive, a bad encoding, ragged rows
        raise InputError(f"{path}: cannot be read as {path.suffix.lstrip('.')} ({_first_line(error)}); check the file") from None
    for column in columns:
        if header.count(column) == 1:
            continue
        if column in header:
            raise InputError(f"{path.name}: {header.count(column)} columns are named {column!r}; keep one of them")
        near = difflib.get_close_matches(column, header, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the file has {', '.join(repr(name[:30]) for name in header[:8])}"
        raise InputError(f"{path.name}: no column {column!r}; {hint}")
    return frame


def _read_parquet(path: Path, date: str) -> tuple[list[str], pd.DataFrame]:
    frame = pd.read_parquet(path)
    frame = frame.reset_index() if date in frame.index.names else frame
    return [str(name) for name in frame.columns], frame


def _read_csv(path: Path) -> tuple[list[str], pd.DataFrame]:
    """The header as it stands, before pandas renames what is doubled, and the rows below it."""
    header = [str(name) for name in pd.read_csv(path, header=None, nrows=1, dtype=str).iloc[0]]
    frame = pd.read_csv(path, na_values=MISSING, low_memory=False)
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("the rows have more fields than the header")
    return header, frame


def days(column: pd.Series, path: Path, name: str) -> pd.DatetimeIndex:
    """The calendar days as written: midnight in Tokyo is that day, wherever it falls in universal time."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        dates = column.dt.tz_localize(None)
    elif column.dtype.kind == "M":
        dates = column
    else:
        text = column.astype("string").str.strip()
        dates = pd.to_datetime(text.where(text.str.fullmatch(ISO_DAY)).str.slice(0, 10), errors="coerce", format="%Y-%m-%d")
    strange = dates.isna() | (dates.dt.year < YEARS[0]) | (dates.dt.year > YEARS[1])
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputError(f"{path.name}: {str(column.iloc[row])!r} in column {name}, row {row + 2}, is no date; write YYYY-MM-DD")
    return pd.DatetimeIndex(dates).normalize().as_unit("ns")


def _series(column: pd.Series, dates: pd.DatetimeIndex, *, name: str, origin: str, label: str, spec: Input, lag: Lag) -> RawSeries:
    known = known_inputs()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
        raise InputError(f"[inputs.{label}]: no series `{name}`; {hint}")
    if column.dtype.kind in "mMb":
        raise InputError(f"{origin}: holds {column.dtype} and no numbers; name another column")
    values = pd.to_numeric(column, errors="coerce")
    broken = values.isna() & column.notna()
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise InputError(f"{origin}: {str(column.iloc[row])!r} on {dates[row]:%Y-%m-%d} is no number; leave a missing value empty")
    try:
        canonical = to_canonical(values.astype("float64").set_axis(dates), spec.unit, known[name])
    except ValueError as error:
        raise InputError(f"[inputs.{label}]: {error}") from None
    return RawSeries(known[name], canonical, origin, lag, spec.every or known[name].every)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
