"""Names that would be more than names where they are shown: refused where they are given, harmless where they are written."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.files.cells import escape_formulas
from features.names import FORMULA, from_a_cell, in_a_cell
from forecast.backtest.experiment import Experiment, validate
from forecast.runs.locate import load_predictions
from forecast.runs.predictions.columns import COLUMNS
from forecast.runs.predictions.formats import write_predictions
from forecast.runs.predictions.history_text import history_csv
from tests.commands import run
from tests.runs import make_run

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "a\x1b[31m", "a\nb", "a\u202eb", "a\x00", " a", "")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("key", ["market", "inputs", "companions"])
def test_a_name_that_is_more_than_one_is_refused_by_its_key(key: str, name: str) -> None:
    tables = {
        "market": {"market": {"name": name}},
        "inputs": {"inputs": {name: {"file": "a.csv", "columns": {"small": "Close"}}}},
        "companions": {"companions": {name: {"file": "a.csv", "columns": ["Close"]}}},
    }
    with pytest.raises(InputError, match=r"^test\.toml: ") as caught:
        validate(tables[key], "test.toml")
    assert len(str(caught.value).splitlines()) == 1
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["=1", "a\x1b", "../a", "a/b", "a b", "x' OR '1'='1", "", "<b>"])
@pytest.mark.parametrize("key", ["name", "scenarios", "tracking.experiment", "tracking.model"])
def test_names_of_runs_scenarios_and_stores_are_plain(key: str, name: str) -> None:
    if key.startswith("tracking") and name == "a b":
        name = "a/../b"
    tables = {"name": {"name": name}, "scenarios": {"scenarios": {name: {"ewma_vol_32": 0.1}}}}
    table, _, leaf = key.partition(".")
    with pytest.raises(InputError, match=r"^test\.toml: "):
        validate(tables.get(key, {table: {leaf: name}}), "test.toml")


@pytest.mark.parametrize(
    "tables",
    [
        {"inputs": {"a": {"file": "a.csv", "columns": {"small": "Close\x1b[2J"}}}},
        {"companions": {"a": {"file": "a.csv", "columns": ["a\u202eb"]}}},
        {"inputs": {"a": {"file": "a.csv", "columns": {"small": "C"}, "lag": {"releases": {"file": "r.csv", "where": {"\x07": "CPI"}}}}}},
    ],
)
def test_no_text_of_an_experiment_steers_a_screen(tables: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"test\.toml: .* holds a control character; take it out"):
        validate(tables, "test.toml")
    with pytest.raises(ValueError, match="holds a control character"):
        Experiment.model_validate(tables)


def test_names_of_any_alphabet_are_names() -> None:
    for name in ("Russell 2000", "Nikkei 225 (TOPIX Small)", "日経平均", "S&P 600", "Größe <klein>", "Zürich $x_1$"):
        assert validate({"market": {"name": name}}, "test").market.name == name


@given(st.text())
def test_no_cell_of_text_begins_a_formula_and_what_was_meant_comes_back(said: str) -> None:
    cell = in_a_cell(said)
    assert not cell.startswith(FORMULA)
    assert from_a_cell(cell) == said


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-x", "+x", "'x", "plain"])
def test_no_csv_holds_a_cell_that_a_spreadsheet_takes_for_a_formula(tmp_path: Path, name: str) -> None:
    table = load_predictions(make_run(tmp_path / "run", surges=4)).assign(series=name, experiment=name)
    write_predictions(table, tmp_path / "p.csv")
    history = table.assign(as_of=table["date"], given_at=pd.Timestamp("2024-01-02", tz="UTC"))
    printed = escape_formulas(table).to_csv(index=False)
    for text in ((tmp_path / "p.csv").read_text(), history_csv(history), printed):
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell.startswith(FORMULA) or float(cell) <= 0
    pd.testing.assert_frame_equal(load_predictions(tmp_path / "p.csv")[list(COLUMNS)], table[list(COLUMNS)])


def test_an_error_shows_what_steers_a_terminal_and_does_not_obey_it(tmp_path: Path) -> None:
    done = run("evaluate", "no\x1b[31msuch\x07run", place=tmp_path)
    assert done.returncode == 2
    assert "no\\x1b[31msuch\\x07run" in done.stderr
    assert "\x1b" not in done.stderr
