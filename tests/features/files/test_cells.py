"""Cells that a spreadsheet may take for formulas, by whichever sign, separator and invisible letter: harmless when written, read as meant."""

import csv
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.files.cells import escape_formulas, unescape_formulas
from features.files.table import read_table
from features.live.store.export import write
from features.names import BREAKS, INVISIBLE, WIDE, from_a_cell, in_a_cell
from forecast.backtest.experiment import validate
from forecast.runs.export import export_signal
from forecast.runs.locate import load_predictions
from forecast.runs.predictions.columns import COLUMNS
from forecast.runs.predictions.formats import write_predictions
from tests.runs import make_run

HOSTILE = [
    "=1",
    "x;=cmd|' /C calc'!A0",
    "x;\u200b=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\u200b=1",
    "\u200f+1",
    "\u061c-1",
    "\ufeff@x",
    " =1",
]


def fields(text: str) -> list[str]:
    """What a spreadsheet of any country, which drops what it does not show, may find in a text."""
    shown = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return [field.strip(' "\xa0\u3000') for field in re.split(f"[{BREAKS}]", shown)]


def is_formula(field: str) -> bool:
    return unicodedata.normalize("NFKC", field)[:1] in ("=", "+", "-", "@")


letters = st.sampled_from(["=", "-", "'", ";", ",", "\t", "\n", "\r", " ", '"', "\u200b", "\u061c", "\ufeff", "\uff1d", "x", "1"])


@given(st.lists(letters | st.characters()).map("".join))
def test_no_field_of_a_text_is_a_formula_wherever_it_is_cut_and_what_was_meant_comes_back(text: str) -> None:
    cell = in_a_cell(text)
    assert not any(map(is_formula, fields(cell)))
    assert from_a_cell(cell) == text


def test_every_sign_and_every_invisible_letter_of_unicode_is_one_of_ours() -> None:
    """By Python's own tables: NFKC for the signs, category Cf for the letters."""
    letters = [chr(code) for code in range(0x110000)]
    assert {letter for letter in letters if unicodedata.normalize("NFKC", letter)[:1] in ("=", "+", "-", "@")} <= {*"=+-@", *WIDE}
    assert all(re.fullmatch(f"[{INVISIBLE}]", letter) for letter in letters if unicodedata.category(letter) == "Cf")
    assert not re.search(f"[{INVISIBLE}]", "Größe 日経平均 Ελλάδα مؤشر S&P 600 (x_1)")


def test_a_long_run_of_blanks_and_breaks_is_read_once() -> None:
    """A million letters; were each looked at from each before it, this would never end."""
    for text in ("\n" * 1_000_000, " " * 1_000_000, ";" * 1_000_000, " ;" * 500_000):
        assert from_a_cell(in_a_cell(text)) == text


def test_such_a_text_begins_no_cell_of_any_format(tmp_path: Path) -> None:
    """Of predictions, of a signal, and of what is exported from the store, headers too; each is read back as it was."""
    table = load_predictions(make_run(tmp_path / "run", surges=len(HOSTILE))).assign(series=HOSTILE, experiment=HOSTILE)
    for ending in ("csv", "xlsx"):
        write_predictions(table, tmp_path / f"p.{ending}")
        pd.testing.assert_frame_equal(load_predictions(tmp_path / f"p.{ending}")[list(COLUMNS)], table[list(COLUMNS)])
    write_predictions(table, tmp_path / "p.parquet")
    export_signal(tmp_path / "p.parquet", tmp_path / "signal.csv")
    for place, text in enumerate(HOSTILE):
        stored = pd.DataFrame({"Date": ["2024-01-02"], text: [1.5], "event": [text]})
        write(stored, tmp_path / f"stored{place}.csv")
        pd.testing.assert_frame_equal(read_table(tmp_path / f"stored{place}.csv", [text]), stored, check_dtype=False)
        assert in_a_cell(text) in _harmless_cells(tmp_path / f"stored{place}.csv")
    for name in ("p.csv", "signal.csv"):
        assert set(map(in_a_cell, HOSTILE)) <= _harmless_cells(tmp_path / name)


def _harmless_cells(path: Path) -> set[str]:
    """The cells of a CSV file, none of which a spreadsheet takes for a formula."""
    cells = {cell for row in csv.reader(io.StringIO(path.read_text("utf-8"))) for cell in row}
    assert not any(is_formula(field) for cell in cells if not _is_number(cell) for field in fields(cell))
    return cells


def test_an_index_becomes_columns_and_numbers_stay() -> None:
    table = pd.DataFrame({"=a": [-1.5]}, index=pd.Index(["@x"], name="+n"))
    escaped = escape_formulas(table)
    assert escaped.to_dict("list") == {"'+n": ["'@x"], "'=a": [-1.5]}
    assert unescape_formulas(escaped).to_dict("list") == {"+n": ["@x"], "=a": [-1.5]}


@pytest.mark.parametrize(
    "kind", ["object", "string", "category", pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))]
)
def test_texts_of_any_storage_are_escaped(kind: Any) -> None:
    table = pd.DataFrame({"event": pd.Series(["=a", "b", "=a"]).astype(kind)})
    assert escape_formulas(table).to_csv(index=False) == "event\n'=a\nb\n'=a\n"


@pytest.mark.parametrize("name", [*HOSTILE, "a\u200bb", "a\u200e", "\ufeffa"])
def test_no_market_has_such_a_name(name: str) -> None:
    with pytest.raises(InputError, match=r"spreadsheet|nobody sees|blank"):
        validate({"market": {"name": name}}, "test")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
