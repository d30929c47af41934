"""A folder of CSV, CSV.gz or Parquet files, read as the experiment's [inputs] say."""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.feature import known_inputs
from features.inputs import Format, Input
from features.raw import RawMarket, RawSeries
from features.series import SMALL, Lag, to_canonical
from features.sources.fedwatch import measures
from features.sources.table import dates, measured, table


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
    if spec.format is Format.FEDWATCH:
        frame = measures(path)
        stamps = pd.DatetimeIndex(frame.index)
        for column in spec.columns.values():
            if column not in frame:
                raise InputError(f"[inputs.{label}]: no measure {column!r} of published odds; known are {', '.join(frame.columns)}")
    else:
        frame = table(path, (spec.date, *spec.columns.values()))
        stamps = dates(frame[spec.date], path, spec.date)
    return [
        _series(frame[column], stamps, name=name, origin=f"{path.name}, column {column}", label=label, spec=spec, lag=lag)
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
    rows = table(path, (given.releases.date, *given.releases.where))
    for column, value in given.releases.where.items():
        rows = rows[rows[column].astype(str) == str(value)]
        if rows.empty:
            raise InputError(f"[inputs.{label}]: no row of {path.name} has {value!r} in column {column!r}; correct lag.releases.where")
    found = dates(rows[given.releases.date], path, given.releases.date)
    return replace(fixed, released=tuple(found.unique().sort_values())), []


def _series(column: pd.Series, stamps: pd.DatetimeIndex, *, name: str, origin: str, label: str, spec: Input, lag: Lag) -> RawSeries:
    known = known_inputs()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
        raise InputError(f"[inputs.{label}]: no series `{name}`; {hint}")
    values = measured(column, stamps, origin)
    try:
        canonical = to_canonical(values, spec.unit, known[name])
    except ValueError as error:
        raise InputError(f"[inputs.{label}]: {error}") from None
    return RawSeries(known[name], canonical, origin, lag, spec.every or known[name].every)
