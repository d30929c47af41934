"""Tables as people have them: text in any notation, workbooks, Parquet with an index."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.arrow import read_parquet
from features.files.bounded import BoundError, read_text, refuse_large
from features.files.dialect import Dialect, decoded
from features.files.number_format import is_number
from features.files.table import NotPlainError, read_rows, refuse_without
from features.files.table_header import DAY
from features.files.text_rows import NoTableError
from features.files.text_table import TextTable, find_table
from features.files.workbook import sheet_texts

ISO_START = re.compile(r"\d{4}-\d{2}-\d{2}")
WORKBOOKS = (".xlsx", ".xlsm")


def read_as_written(path: Path, dialect: Dialect | None = None) -> TextTable:
    """The table of days and numbers in a file.

    Parameters
    ----------
    path : Path
        Text, packed by gzip or not, a workbook or Parquet, by the ending of its name.
    dialect : Dialect, optional
        What is known of how it is written; the rest is found by looking.

    Returns
    -------
    TextTable

    Raises
    ------
    InputError
        For a file that is missing, damaged or beyond the bounds of this package, and where something can be read in two ways.
    """
    stated = dialect or Dialect()
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a file of text, .xlsx or Parquet")
    refuse_large(path)
    try:
        if path.suffix.lower() == ".parquet":
            return _of_parquet(path, stated)
        if path.suffix.lower() in WORKBOOKS:
            return _of_workbook(path, stated)
        text = decoded(read_text(path), stated.encoding)
    except InputError:
        raise
    except BoundError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # the readers raise many kinds: a bad encoding, a damaged page
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: cannot be read as {path.suffix.lstrip('.') or 'text'} ({line}); check the file") from None
    return find_table(text, path.name, stated)


def read_columns(path: Path, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
    """The rows of a file that hold `columns`.

    Parameters
    ----------
    path : Path
        As for `read_as_written`.
    columns : sequence of str
        Columns that it must have, beside its days.
    date : str
        Its column of days; `Date`, which is what nobody names, is whatever the file calls it.
    dialect : Dialect, optional
        What is known of how it is written. A plain table, with ISO days under `date` and a decimal point, is taken as it stands.

    Returns
    -------
    DataFrame
        Every column of the file, the oldest row first where they are in order.

    Raises
    ------
    InputError
        Where a column is missing or stands twice, and for a file that cannot be read.
    """
    plain = _plain_rows(path, (date, *columns)) if dialect in (None, Dialect()) and path.suffix.lower() not in WORKBOOKS else None
    if plain is not None and not _needs_looking(plain, columns, date):
        return plain
    try:
        table = read_as_written(path, dialect)
    except NoTableError:
        if plain is None:
            raise
        return plain  # whose first day is no day
    frame = table.frame.rename(columns={table.date: DAY}) if date == DAY and DAY not in table.frame.columns else table.frame
    refuse_without((date, *columns), [str(name) for name in frame.columns], path.name)
    return frame


def _plain_rows(path: Path, columns: Sequence[str]) -> pd.DataFrame | None:
    """The rows of a table of commas whose header has all `columns`; None for another, InputError where one stands twice."""
    try:
        header, frame = read_rows(path)
    except NotPlainError:
        return None
    if any(header.count(column) > 1 for column in columns):
        refuse_without(columns, header, path.name)
    if set(columns) - set(header):
        return None
    if frame.empty:
        raise InputError(f"{path.name}: has no rows; check the file")
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _needs_looking(frame: pd.DataFrame, columns: Sequence[str], date: str) -> bool:
    """Whether the first day is no ISO day, or a number is written with marks that have two readings."""
    days = frame[date].dropna()
    plain = len(days) > 0 and (days.dtype.kind == "M" or isinstance(days.dtype, pd.DatetimeTZDtype) or ISO_START.match(str(days.iloc[0])))
    return not plain or any(_has_marks_between(frame[column]) for column in columns)


def _has_marks_between(column: pd.Series) -> bool:
    """Whether a column of text begins with a number whose notation has to be looked at, as 2,263.67 has."""
    if column.dtype.kind in "ifbmM":
        return False
    first = column.dropna()
    return len(first) > 0 and isinstance(first.iloc[0], str) and "," in first.iloc[0] and is_number(first.iloc[0])


def _of_workbook(path: Path, stated: Dialect) -> TextTable:
    """The table of the first sheet that has one."""
    refusal: InputError | None = None
    for place, (sheet, text) in enumerate(sheet_texts(path, stated.sheet)):
        named = sheet if place else stated.sheet
        try:
            return find_table(text, f"{path.name}, sheet {sheet}", stated.model_copy(update={"separator": ",", "sheet": named}))
        except InputError as error:
            refusal = refusal or error
    raise refusal or InputError(f"{path.name}: has no sheet; save it again")


def _of_parquet(path: Path, stated: Dialect) -> TextTable:
    """The columns of a Parquet file, an index of pandas among them; the days are the first column that has days, or has them as text."""
    frame = read_parquet(path).replace_schema_metadata(None).to_pandas()
    frame.columns = pd.Index([_plain(str(name)) for name in frame.columns])
    dated = [name for name in frame.columns if frame[name].dtype.kind == "M" or isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    if not dated:
        text = frame.rename(columns=lambda name: "" if name.startswith("__index_level_") else name).to_csv(index=False)
        table = find_table(text, path.name, stated.model_copy(update={"separator": ","}))
        return replace(table, dialect=Dialect(date_format=table.dialect.date_format))
    frame = frame.rename(columns={dated[0]: DAY if dated[0].startswith("__index_level_") else dated[0]})
    date = DAY if dated[0].startswith("__index_level_") else dated[0]
    turned = len(frame) > 1 and frame[date].is_monotonic_decreasing
    notes = ("newest first, turned round",) if turned else ()
    return TextTable(frame.iloc[::-1] if turned else frame, date, Dialect(), notes)


def _plain(name: str) -> str:
    """A name of several levels, as pandas writes them, without brackets and quotes: `('Close', 'IWM')` is Close IWM."""
    return " ".join(name.strip("()").replace("'", "").split(", ")).strip() if name.startswith("(") and name.endswith(")") else name
