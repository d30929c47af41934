"""Files of predictions: Parquet, CSV, JSON, Arrow or an Excel workbook, exact to the bit, each with its schema version."""

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from features.errors import InputError
from features.files.arrow import read_arrow, read_parquet
from features.files.atomic import atomic_write
from features.files.bounded import MAX_BYTES, read_json, read_text
from features.files.cells import escape_formulas
from features.names import from_a_cell
from forecast.runs.predictions.columns import COLUMNS, KEY, SCHEMA_VERSION, schema
from forecast.runs.predictions.excel import read_workbook, write_workbook
from forecast.runs.predictions.rules import check_predictions, refuse_arrow_version, refuse_version

VERSION_COLUMN = "schema_version"  # the last column of a CSV, which has no other place for it
NAME = "smallcap-surge predictions"
DAY = "%Y-%m-%d"
JSON_VALUES = 4_000_000  # of a predictions file; thirty questions of forty years are 800,000


class FileFormat(NamedTuple):
    """How a table is written to a file and read from it; reading checks the version and leaves the rules to `check_predictions`."""

    write: Callable[[pd.DataFrame, Path], None]
    read: Callable[[Path], pd.DataFrame]


def write_predictions(table: pd.DataFrame, path: Path) -> None:
    """Write predictions to a file in the format of its ending; an existing file is replaced once the new one is whole.

    Parameters
    ----------
    table : DataFrame
        Predictions: at least the columns of `COLUMNS`, a row per surge session and question.
    path : Path
        Ends in .parquet, .csv, .json, .arrow, .feather or .xlsx.

    Raises
    ------
    InputError
        If the table breaks a rule, the ending has no format, or the place cannot be written.
    """
    form = format_of(path)
    checked = check_predictions(table, path.name)[list(COLUMNS)]
    with atomic_write(path) as scratch:
        form.write(checked, scratch)


def read_predictions(path: Path) -> pd.DataFrame:
    """Read predictions from a file that `write_predictions` wrote.

    Parameters
    ----------
    path : Path
        Ends in .parquet, .csv, .json, .arrow, .feather or .xlsx.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, and further columns of the file as they are.

    Raises
    ------
    InputError
        If the file is damaged, has another schema version, or a row breaks a rule.
    """
    form = format_of(path)
    try:
        table = form.read(path)
    except InputError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError, struct.error) as error:
        word = (str(error).splitlines() or ["empty"])[0]
        raise InputError(f"{path}: cannot be read as {path.suffix.lstrip('.').capitalize()} ({word}); write it again") from None
    return check_predictions(_typed(table, str(path)), str(path))


def format_of(path: Path) -> FileFormat:
    """The format for the ending of `path`; InputError for an ending without one."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"{path}: ending {path.suffix or 'none'}, predictions are kept as {', '.join(FORMATS)}; name one of these")
    return form


def _to_arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table[list(COLUMNS)], schema=schema(), preserve_index=False)


def _from_arrow(content: pa.Table, path: Path) -> pd.DataFrame:
    refuse_arrow_version(content, path)
    return content.replace_schema_metadata(None).to_pandas()  # what the file says of pandas does not decide how it is read


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    pyarrow.parquet.write_table(_to_arrow(table), path, write_page_checksum=True)


def _read_parquet(path: Path) -> pd.DataFrame:
    return _from_arrow(read_parquet(path), path)


def _write_arrow(table: pd.DataFrame, path: Path) -> None:
    content = _to_arrow(table)
    with pa.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)


def _read_arrow(path: Path) -> pd.DataFrame:
    return _from_arrow(read_arrow(path), path)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    escape_formulas(table).assign(**{VERSION_COLUMN: SCHEMA_VERSION}).to_csv(path, index=False, date_format=DAY, lineterminator="\n")


def _read_csv(path: Path) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(read_text(path)), dtype=str, keep_default_na=False)
    versions = table[VERSION_COLUMN].unique() if VERSION_COLUMN in table.columns else ["none"]
    for version in versions:
        refuse_version(version, str(path))
    texts = {name: table[name].map(from_a_cell) for name, column in COLUMNS.items() if column.kind == "string" and name in table.columns}
    return table.drop(columns=VERSION_COLUMN).assign(**texts)


def _write_json(table: pd.DataFrame, path: Path) -> None:
    header = {"name": NAME, "version": SCHEMA_VERSION, "key": list(KEY)}
    path.write_text(json.dumps({"schema": header, "predictions": records(table)}, allow_nan=False, indent=1) + "\n", "utf-8")


def _read_json(path: Path) -> pd.DataFrame:
    content = read_json(path, max_bytes=MAX_BYTES, max_values=JSON_VALUES)
    header = content.get("schema", {}) if isinstance(content, dict) else {}
    refuse_version(header.get("version", "none"), str(path))
    return pd.DataFrame(content["predictions"], columns=None if content["predictions"] else list(COLUMNS), dtype=object)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON: days as YYYY-MM-DD, a missing value as None."""
    columns = {name: _plain(table[name], COLUMNS[name].kind) for name in COLUMNS}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(values: pd.Series, kind: str) -> list[Any]:
    if kind == "date":
        return values.dt.strftime(DAY).tolist()
    return values.astype(object).where(values.notna(), None).tolist()


def _typed(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """`table` with the types of the schema, read from text where a column is text; further columns stay as they are."""
    typed = {name: _column(table[name], name, where) for name in COLUMNS if name in table.columns}
    return table.assign(**typed)


def _column(values: pd.Series, name: str, where: str) -> pd.Series:
    """One column with the type of the schema; Python reads numbers in text, since pandas may miss the nearest double."""
    kind = COLUMNS[name].kind
    try:
        if kind == "date":
            is_text = pd.api.types.is_string_dtype(values)
            return pd.to_datetime(values, format=DAY if is_text else None).astype("datetime64[ns]")
        if kind == "string":
            return values.astype("str")
        whole, missing = kind == "int", values.isna()
        if pd.api.types.is_float_dtype(values) and not whole:
            return values.astype("float64")
        if pd.api.types.is_integer_dtype(values) and whole and not missing.any():
            return values.astype("int64" if COLUMNS[name].missing is None else "Int64")
        missing |= values.astype(object) == ""
        numbers = [None if gone else _whole(value) if whole else float(value) for value, gone in zip(values, missing, strict=True)]
    except (TypeError, ValueError, OverflowError) as error:
        word = (str(error).splitlines() or ["unreadable"])[0]
        raise InputError(f"{where}: {name} is not all {kind} ({word}); write the file again") from None
    if whole:
        nullable = COLUMNS[name].missing is not None or missing.any()
        return pd.Series(numbers, index=values.index, dtype="Int64" if nullable else "int64")
    return pd.Series(np.array([np.nan if number is None else number for number in numbers], dtype=np.float64), index=values.index)


def _whole(value: Any) -> int:
    if float(value) != int(value):
        raise ValueError(f"{value} is not whole")
    return int(value)


FORMATS: dict[str, FileFormat] = {
    ".parquet": FileFormat(_write_parquet, _read_parquet),
    ".csv": FileFormat(_write_csv, _read_csv),
    ".json": FileFormat(_write_json, _read_json),
    ".arrow": FileFormat(_write_arrow, _read_arrow),
    ".feather": FileFormat(_write_arrow, _read_arrow),
    ".xlsx": FileFormat(write_workbook, read_workbook),
}
ENDINGS = tuple(FORMATS)
