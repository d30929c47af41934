"""Files that cost more than they seem to: each is made small, and refused before it is large."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from features.files.table import read_rows
from forecast.backtest.experiment import read_experiment
from forecast.report.scoring.external_forecasts import read_external_forecasts
from forecast.runs.locate import load_predictions

MIB = 2**20


class Bomb(NamedTuple):
    """How the file at a path is made, who reads it, and a word of the refusal."""

    name: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]
    said: str


def _gzip(path: Path, block: bytes, times: int) -> None:
    path.write_bytes(gzip.compress(block, 9) * times)  # members one after the other are one stream


def _wide(path: Path) -> None:
    path.write_text("Date," + ",".join(f"c{n}" for n in range(1_000_000)) + "\n")


def _wide_below(path: Path) -> None:
    path.write_text("Date,Close\n" + "1," * 1_000_000 + "\n")


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../small.csv", b"0" * 64 * MIB)


def _columns(path: Path, count: int) -> None:
    names = [f"c{n}" for n in range(count)]
    pyarrow.parquet.write_table(pa.table([pa.array([1])] * count, names=names), path)


def _rows(path: Path) -> None:
    zeros = pa.table({"Close": pa.array(np.zeros(4_000_000))})
    with pyarrow.parquet.ParquetWriter(path, zeros.schema, compression="zstd") as writer:
        for _ in range(25):
            writer.write_table(zeros)


def _text(path: Path) -> None:
    """A megabyte that stands once and is named a million times."""
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), pa.array(["x" * MIB]))
    pyarrow.parquet.write_table(pa.table({"Close": repeated}), path, store_schema=False)


def _packed_arrow(path: Path) -> None:
    table = pa.table({"Close": pa.array(np.zeros(30_000_000))})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as out:
        out.write_table(table)


def _workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(40):
                part.write(b"<a>" * (8 * MIB // 3))


def _write(head: bytes, block: bytes = b"", times: int = 0, tail: bytes = b"") -> Callable[[Path], object]:
    """A block so many times between a head and a tail, made when it is written."""
    return lambda path: path.write_bytes(head + block * times + tail)


BOMBS = {
    bomb.name: bomb
    for bomb in (
        Bomb("a million columns.csv", _wide, read_rows, "columns"),
        Bomb("a million fields below two columns.csv", _wide_below, read_rows, "columns"),
        Bomb("4 GiB of numbers.csv.gz", lambda path: _gzip(path, b"2024-01-02,1\n" * (16 * MIB // 13), 256), read_rows, "2,000,000 rows"),
        Bomb("4 GiB in one line.csv.gz", lambda path: _gzip(path, b"0" * 16 * MIB, 256), read_rows, "a line of more than"),
        Bomb("4 GiB in long lines.csv.gz", lambda path: _gzip(path, (b"0" * 1000 + b"\n") * 16_000, 256), read_rows, "MiB of text"),
        Bomb("a zip bomb.csv", _zip, read_rows, "is a zip archive"),
        Bomb("no gzip.csv.gz", _write(b"Date,Close\n"), read_rows, "is no whole gzip file"),
        Bomb("zeros.csv", _write(b"", b"\0", 16 * MIB), read_rows, "NUL byte"),
        Bomb("20,000 columns.parquet", lambda path: _columns(path, 20_000), read_rows, "20,000 columns"),
        Bomb("100 million rows.parquet", _rows, read_rows, "rows"),
        Bomb("a terabyte of text.parquet", _text, read_rows, "MiB of text"),
        Bomb("lists of lists.json", _write(b"[" * 200_000 + b"]" * 200_000), load_predictions, "cannot be read"),
        Bomb("ten million numbers.json", _write(b"[", b"1,", 10_000_000, b"1]"), load_predictions, "values"),
        Bomb("packed zeros.arrow", _packed_arrow, load_predictions, "is packed"),
        Bomb("320 MiB of tags.xlsx", _workbook, load_predictions, "unpacks to more than"),
        Bomb(
            "probabilities.csv.gz",
            lambda path: _gzip(path, b"2024-01-02,1\n" * (16 * MIB // 13), 256),
            read_external_forecasts,
            "2,000,000 rows",
        ),
        Bomb("50 MB.toml", _write(b'name = "', b"x", 50_000_000, b'"\n'), read_experiment, "larger than"),
        Bomb("nested.toml", _write(b"x = " + b"[" * 100_000 + b"]" * 100_000), read_experiment, "not valid TOML"),
        Bomb("one deep key.toml", _write(b".".join([b"a"] * 100_000) + b" = 1\n"), read_experiment, "dots"),
    )
}


def json_of_depth(depth: int) -> str:
    """An object of that many levels."""
    out = io.StringIO()
    out.write('{"a":' * depth + "1" + "}" * depth)
    assert json.loads(out.getvalue())
    return out.getvalue()
