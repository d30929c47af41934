"""Tables of CSV and Parquet files: columns, days and numbers, checked."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError, did_you_mean
from features.files.arrow import read_parquet
from features.files.bounded import BoundError, read_text, refuse_large
from features.files.cells import unescape_formulas
from features.files.csv_text import LINE, SEPARATORS, CsvError, CsvRows, csv_rows, line_of
from features.files.stamps import days
from features.names import MARK, from_a_cell, shown

MISSING = ["."]  # besides what pandas takes for missing; FRED's mark
NEAREST: dict[str, Any] = {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
"""Makes a number the double nearest to its text, which pandas does by itself from 3.1 on."""
EMPTY = "leave a missing value empty"
RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")  # of pandas
DECIMAL_COMMA = re.compile(r"[+-]?\d+([ .']\d{3})*,\d+")
THOUSANDS = re.compile(r"[+-]?\d{1,3}([ ',]\d{3})+(\.\d+)?")
UNNAMED = re.compile(r"__index_level_\d+__")  # what Arrow calls an index of pandas that has no name


class NotPlainError(InputError):
    """A file is no table of commas, decimal points and one line of header; it may be one in another notation."""


def read_table(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The rows of a CSV, CSV.gz or Parquet file as they stand; InputError unless each of `columns` is there once."""
    header, frame = read_rows(path)
    refuse_without(columns, header, path.name)
    if frame.empty:
        raise InputError(f"{path.name}: has no rows; check the file")
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def refuse_without(columns: Sequence[str], header: Sequence[str], name: str) -> None:
    """InputError where one of `columns` is missing, or stands twice, in the header of the file `name`."""
    mark = next((mark for mark in SEPARATORS if len(header) == 1 and mark in header[0]), None)
    for column in columns:
        if list(header).count(column) == 1:
            continue
        if mark is not None:
            raise InputError(f"{name}: its columns are separated by {SEPARATORS[mark]}; save it with commas and decimal points")
        if column in header:
            raise InputError(f"{name}: {list(header).count(column)} columns are named {column!r}; keep one of them")
        raise InputError(f"{name}: no column {column!r}{nearest_column(column, header)}")


def nearest_column(column: str, header: Sequence[str], *, taken: Sequence[str] = ()) -> str:
    """The end of the message that a file has no such column: the nearest one that is not `taken`, or else the first of all."""
    free = [name for name in header if name not in taken]
    return did_you_mean(column, free, otherwise=f"the file has {', '.join(repr(name[:30]) for name in header[:8])}")


def read_rows(path: Path) -> tuple[list[str], pd.DataFrame]:
    """The header of a CSV, CSV.gz or Parquet file before pandas renames doubled columns, and the rows below it.

    A number is the double nearest to its text. InputError for a missing or damaged file, or one beyond the bounds of this package.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a CSV, CSV.gz or Parquet file")
    refuse_large(path)
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except BoundError as error:
        raise InputError(f"{path}: {error}") from None
    except CsvError as error:
        raise NotPlainError(f"{path.name}: {error}") from None
    except Exception as error:  # the readers raise many kinds: a bad encoding, ragged rows, a damaged page
        raise NotPlainError(
            f"{path}: cannot be read as {path.suffix.lstrip('.') or 'CSV'} ({_first_line(error)}); check the file"
        ) from None


def _read_parquet(path: Path) -> tuple[list[str], pd.DataFrame]:
    table = read_parquet(path).replace_schema_metadata(None)  # an index of pandas is a column as any other
    table = table.select([place for place, name in enumerate(table.column_names) if not UNNAMED.fullmatch(name)])
    frame = table.to_pandas()
    empty = frame.isna().all(axis=1)
    if frame.columns.size and empty.any():
        frame = frame[~empty].set_axis(pd.Index(np.flatnonzero(~empty) + 2, name=LINE))
    return list(table.column_names), frame


def _read_csv(path: Path) -> tuple[list[str], pd.DataFrame]:
    """The rows have the index LINE where they are not the lines of the file from 2 on."""
    rows = csv_rows(read_text(path))
    header = [from_a_cell(str(name)) for name in pd.read_csv(io.BytesIO(rows.text), header=None, nrows=1, dtype=str).iloc[0]]
    try:
        frame = pd.read_csv(io.BytesIO(rows.text), na_values=MISSING, low_memory=False, **NEAREST)
    except pd.errors.ParserError as error:
        raise ValueError(_ragged(error, rows)) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("the rows have more fields than the header, as where numbers have decimal commas")
    lines = rows.of_records(len(frame))
    if len(frame) and (lines != np.arange(2, len(frame) + 2)).any():
        frame = frame.set_axis(pd.Index(lines, name=LINE))
    return header, unescape_formulas(frame) if MARK.encode() in rows.text else frame


def _ragged(error: Exception, rows: CsvRows) -> str:
    """What pandas says of a row with too many fields, by the line of the file."""
    match = RAGGED.search(str(error))
    if match is None:
        return _first_line(error)
    line = int(match[2])
    line = int(rows.lines[line - 1]) if line <= len(rows.lines) else line
    return f"line {line} has {match[3]} fields, and the lines above it {match[1]}"


def dates(column: pd.Series, path: Path, name: str, *, zone: str | None = None) -> pd.DatetimeIndex:
    """The calendar days of `column`, moments on the clock of `zone`; InputError where one of them is no date."""
    stamps = days(column, zone)
    _refuse_first(stamps.isna(), column, path, name, "is no date; write YYYY-MM-DD")
    return pd.DatetimeIndex(stamps)


def numbers(column: pd.Series, path: Path, name: str) -> pd.Series:
    """The numbers of `column`; InputError where one is missing or is no number."""
    _refuse_other_kinds(column, f"{path.name}: column {name}")
    values = pd.to_numeric(column, errors="coerce")
    wrong = values.isna()
    remedy = number_remedy(column[wrong].iloc[0], "correct it") if wrong.any() else ""
    _refuse_first(wrong, column, path, name, f"is no number; {remedy}")
    return values.astype("float64")


def _refuse_other_kinds(column: pd.Series, origin: str) -> None:
    """InputError for days, durations, truth values and complex numbers, which pandas would turn into numbers."""
    if column.dtype.kind in "mMbc":
        raise InputError(f"{origin}: holds {column.dtype} and no numbers; name another column")


def _refuse_first(wrong: pd.Series, column: pd.Series, path: Path, name: str, rule: str) -> None:
    """InputError for the first value that is `wrong`, with its line in the file."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(f"{path.name}: {quoted(column.iloc[row])} in column {name}, row {line_of(column, row)}, {rule}")


def quoted(value: Any) -> str:
    """`value` as a message quotes it; what is missing has no value to quote."""
    return "an empty cell" if pd.isna(value) else shown(value)


def number_remedy(value: Any, otherwise: str) -> str:
    """What to do about a text that is no number."""
    text = str(value).strip()
    if DECIMAL_COMMA.fullmatch(text) and not THOUSANDS.fullmatch(text):
        return "write it with a decimal point"
    return "write it without marks of thousands" if THOUSANDS.fullmatch(text) else otherwise


def stamped_numbers(column: pd.Series, stamps: pd.DatetimeIndex, origin: str) -> pd.Series:
    """Numbers of `column` by stamp, NaN where it is empty; InputError, naming `origin`, where one is no number."""
    _refuse_other_kinds(column, origin)
    values = pd.to_numeric(column, errors="coerce")
    broken = values.isna() & column.notna()
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise InputError(
            f"{origin}: {shown(column.iloc[row])} on {stamps[row]:%Y-%m-%d} is no number; {number_remedy(column.iloc[row], EMPTY)}"
        )
    return values.astype("float64").set_axis(stamps)


def _first_line(error: Exception) -> str:
    if "Parquet magic bytes" in str(error):
        return "it is cut, or was never one"
    return (str(error).splitlines() or [type(error).__name__])[0]
