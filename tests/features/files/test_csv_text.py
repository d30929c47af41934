"""CSV as people and spreadsheets write it: rows with nothing in them, lines in messages, other separators, encodings and kinds of files."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.files.csv_text import csv_rows
from features.files.table import dates, numbers, read_rows, read_table
from features.sources.closes import load


def written(folder: Path, content: str | bytes, name: str = "small.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, ("Date", "Close"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


GOOD = "Date,Close\n2024-01-02,2003.5\n2024-01-03,2007.5\n"


@pytest.mark.parametrize("empty", ["", ",", " , ", '"",""', ",,,,", "\t", "\r"])
def test_rows_with_nothing_in_them_are_no_rows(tmp_path: Path, empty: str) -> None:
    expected = read_table(written(tmp_path, GOOD))
    first, second, third = GOOD.splitlines()
    for text in (f"{first}\n{second}\n{empty}\n{third}\n", f"{GOOD}{empty}\n{empty}", f"{empty}\n{GOOD}"):
        pd.testing.assert_frame_equal(read_table(written(tmp_path, text)).reset_index(drop=True), expected)


def test_a_row_of_a_message_is_the_line_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'Date,Close,Note\n\n2024-01-02,1,"two\nlines"\n,,\n2024-01-04,1,\nsoon,one,\n')
    frame = read_table(path)
    for read, said in ((lambda: dates(frame["Date"], path, "Date"), "'soon'"), (lambda: numbers(frame["Close"], path, "Close"), "'one'")):
        with pytest.raises(InputError, match=f"{said} in column .*, row 7, is no"):
            read()
    with pytest.raises(InputError, match=r"line 6 has 3 fields, and the lines above it 2"):
        read_table(written(tmp_path, "Date,Close\n\n2024-01-02,1\n\n,\n2024-01-03,1,7\n"))


def test_a_day_that_stands_twice_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f"{day:%Y-%m-%d},{100 + place}" for place, day in enumerate(pd.bdate_range("2024-01-02", periods=120))]
    text = "\n".join(["Date,Close", *rows[:5], "", ",", rows[4], *rows[5:]]) + "\n"
    with pytest.raises(InputError, match=r"date 2024-01-08 stands twice \(row 9\)"):
        load(written(tmp_path, text))


@given(st.lists(st.sampled_from(["2024-01-02,1.5", "", ",", "  ", "a,b"]), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_lines_of_the_rows_are_those_that_hold_something(lines: list[str], end: str) -> None:
    rows = csv_rows(end.join(lines).encode())
    kept = [number for number, line in enumerate(lines, 1) if line.strip(" ,")]
    np.testing.assert_array_equal(rows.lines[: len(kept)], kept)
    assert rows.text.split() == [line.encode() for line in lines if line.strip(" ,")]


def test_rows_of_nothing_in_parquet_are_no_rows(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": ["2024-01-02", None, "soon"], "Close": [1.0, np.nan, 2.0]})
    table.to_parquet(tmp_path / "small.parquet")
    frame = read_table(tmp_path / "small.parquet")
    assert len(frame) == 2
    with pytest.raises(InputError, match="row 4, is no date"):
        dates(frame["Date"], tmp_path / "small.parquet", "Date")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Date;Close\n2024-01-02;2003.5\n", "its columns are separated by semicolons; save it with commas and decimal points"),
        (
            "Date;Open;High;Low;Close\n2024-01-02;2001,5;2010,25;1990,75;2003,5\n",
            "its columns are separated by semicolons and its numbers have decimal commas; save it with commas and decimal points",
        ),
        ("Date\tClose\n2024-01-02\t2003,5\n", "its columns are separated by tabs and its numbers have decimal commas; save it"),
        ("Date|Close\n2024-01-02|2003.5\n", "its columns are separated by bars; save it with commas"),
        ("Date;Close, adjusted;Open\n2024-01-02;2003,5;1\n", "its columns are separated by semicolons and"),
        ("sep=;\nDate;Close\n", "begins with Excel's line `sep=`; take that line out"),
        ("Date,Close\n2024-01-02,2003,5\n", "the rows have more fields than the header, as where numbers have decimal commas"),
        (
            "Date,Close,Name\n2024-01-02,1,Börse\n".encode("cp1252"),
            "(line 2 holds the byte F6, which is no UTF-8; in Windows text (cp1252) it is 'ö'); save it as CSV in UTF-8",
        ),
        (GOOD.encode("utf-16"), "is text in UTF-16, as Excel's Unicode text is; save it as CSV in UTF-8"),
        (GOOD.encode("utf-16-be"), "NUL byte, which no text does; save it as CSV in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook (xls) and no CSV; save its sheet as CSV in UTF-8"),
        (b'{"Date": ["2024-01-02"]}', "is JSON and no CSV; write a header, and a row a day"),
        (b"PAR1....PAR1", "is a Parquet file, which its name does not say; end its name in .parquet"),
    ],
)
def test_a_message_says_what_the_file_is_and_the_remedy(tmp_path: Path, content: str | bytes, said: str) -> None:
    for name in ("small.csv", "small.csv.gz"):
        bytes_ = content.encode() if isinstance(content, str) else content
        message = refused(written(tmp_path, gzip.compress(bytes_) if name.endswith(".gz") else bytes_, name))
        assert said in message
        assert len(message) < 400


def test_a_workbook_that_is_named_a_csv_is_called_one(tmp_path: Path) -> None:
    table = io.BytesIO()
    with zipfile.ZipFile(table, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert "is a workbook (xlsx, ods) and no CSV; save its sheet as CSV in UTF-8" in refused(written(tmp_path, table.getvalue()))


@pytest.mark.parametrize(
    ("number", "remedy"),
    [("2003,5", "a decimal point"), ("2.003,5", "a decimal point"), ("2,003.5", "without marks of thousands"), ("one", "correct it")],
)
def test_a_number_that_is_written_otherwise_is_told_how(tmp_path: Path, number: str, remedy: str) -> None:
    frame = read_table(written(tmp_path, f'Date,Close\n2024-01-02,"{number}"\n'))
    with pytest.raises(InputError, match=f"row 2, is no number; .*{remedy}"):
        numbers(frame["Close"], tmp_path / "small.csv", "Close")


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    header, frame = read_rows(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()))
    assert (header, len(frame)) == (["Date", "Close"], 2)
