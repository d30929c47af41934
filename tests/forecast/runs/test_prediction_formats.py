"""Predictions as files: what is read is what was written, and nothing else is read."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings

from features.errors import InputError
from forecast.api import load_predictions
from forecast.runs import locate as load
from forecast.runs.export import export_table
from forecast.runs.predictions import columns, formats
from forecast.runs.predictions import excel as workbook
from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
from forecast.runs.predictions.docs_tables import tables as page_tables
from forecast.runs.predictions.docs_tables import with_tables
from forecast.runs.predictions.formats import FORMATS, write_predictions
from forecast.runs.predictions.read import of_question, questions_of
from forecast.target.question import Question
from tests.commands import assert_refused, refusal, run
from tests.runs import MAIN, make_run
from tests.tables import tables

ROOT = Path(__file__).resolve().parents[3]
OTHER = Question(horizon=10, barrier="fixed", size=0.05)
FEW = settings(max_examples=8)  # of each format


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "run", (MAIN, OTHER), surges=10)


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    return load_predictions(folder)


@pytest.mark.parametrize("ending", FORMATS)
@FEW
@given(table=tables())
def test_what_is_read_is_what_was_written_to_the_bit(tmp_path: Path, ending: str, table: pd.DataFrame) -> None:
    path = tmp_path / f"table{ending}"
    write_predictions(table, path)
    copy = load_predictions(path)
    pd.testing.assert_frame_equal(copy, table, check_exact=True, check_index_type=False)
    for name, column in COLUMNS.items():
        if column.kind == "float":  # -0.0 equals 0.0, but is other bits
            assert copy[name].to_numpy().tobytes() == table[name].to_numpy().tobytes(), name


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb", 'say "x", y', " spaced ", "_x0041_", "NA", "null", "1.0", "", "true"])
def test_names_that_formats_may_mangle_come_back_or_are_refused(tmp_path: Path, table: pd.DataFrame, ending: str, name: str) -> None:
    renamed = table.assign(series=name)
    path = tmp_path / f"table{ending}"
    if any(mark < " " for mark in name):
        assert "holds a control character; rename it" in refusal(lambda: write_predictions(renamed, path))
        return
    write_predictions(renamed, path)
    assert set(load_predictions(path)["series"]) == {name}


@pytest.mark.parametrize("ending", FORMATS)
def test_another_schema_version_is_refused_in_one_line(
    tmp_path: Path, table: pd.DataFrame, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"table{ending}"
    for module in (formats, workbook, columns):
        monkeypatch.setattr(module, "SCHEMA_VERSION", 2)
    write_predictions(table, path)
    assert refusal(lambda: load_predictions(path)) == f"{path}: schema version 2, this package reads 3; train again with it"


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_a_file_cut_short_is_refused_by_name(tmp_path: Path, table: pd.DataFrame, ending: str, share: float) -> None:
    path = tmp_path / f"table{ending}"
    write_predictions(table, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert refusal(lambda: load_predictions(path)).startswith(f"{path}: ")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_with_a_bit_turned_is_refused_or_read_and_never_a_crash(tmp_path: Path, table: pd.DataFrame, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    write_predictions(table, path)
    content = path.read_bytes()
    rng = np.random.default_rng(7)
    messages = []
    for place in rng.integers(0, len(content), 20):
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << int(rng.integers(8)))]) + content[place + 1 :])
        try:
            copy = load_predictions(path)
        except InputError as error:
            messages.append(str(error))
        else:
            assert list(copy.columns)[: len(COLUMNS)] == list(COLUMNS)
            if ending in (".parquet", ".xlsx"):  # which have checksums
                pd.testing.assert_frame_equal(copy, table)
    assert messages
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize("day", ["05/06/2024", "2024-13-01", "20240506", "2024-05-06T16:00", ""])
def test_a_day_in_text_is_written_as_year_month_and_day_or_refused(tmp_path: Path, table: pd.DataFrame, day: str) -> None:
    path = tmp_path / "table.csv"
    write_predictions(table, path)
    path.write_text(path.read_text().replace(f"{table['date'].iloc[0]:%Y-%m-%d},", f"{day},", 1))
    assert refusal(lambda: load_predictions(path)).startswith(f"{path}: date ")


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "no probabilities": ({"p_stall": 0.9}, "no probabilities that sum to 1"),
    "outside the interval": ({"low_stall": 1.0, "high_stall": 1.0}, "do not hold its probabilities"),
    "an outcome of none": ({"outcome": 3}, "outcome of row 1 is 3, it must be 0 to 2, or missing"),
    "settled before": ({"known": pd.Timestamp("1990-01-01")}, "known of row 1 is 1990-01-01 00:00:00, it must be after date"),
    "trained on the future": ({"trained_to": pd.Timestamp("2100-01-01")}, "it must be no later than date"),
    "no horizon": ({"horizon": 0}, "horizon of row 1 is 0, it must be at least 1 session"),
    "another kind": ({"barrier_kind": "price"}, "must be one of surge, sigma, fixed"),
    "an infinite surge": ({"surge_z": float("inf")}, "surge_z of row 1 is inf, it must be finite"),
    "a missing number": ({"vol_rank": float("nan")}, "vol_rank of row 1 is missing, which it never may be"),
    "text for a number": ({"surge_z": "large"}, "surge_z holds"),
    "an hour": ({"date": pd.Timestamp("1996-05-05 16:00")}, "must be a day, without an hour"),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_table_that_breaks_a_rule_is_not_written(tmp_path: Path, table: pd.DataFrame, change: dict[str, object], said: str) -> None:
    broken = table.iloc[:2].assign(**change)
    assert said in refusal(lambda: write_predictions(broken, tmp_path / "table.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_edited_into_nonsense_is_refused_when_it_is_read(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "table.csv"
    write_predictions(table, path)
    rows = path.read_text().splitlines()
    path.write_text("\n".join([rows[0].replace("p_stall", "p_stay"), *rows[1:]]))
    assert "no column 'p_stall'" in refusal(lambda: load_predictions(path))
    path.write_text("\n".join([rows[0], *rows[1:], rows[1]]))
    assert "stands twice for one question" in refusal(lambda: load_predictions(path))
    cells = rows[1].split(",")
    cells[list(COLUMNS).index("horizon")] = "a month"
    path.write_text("\n".join([rows[0], ",".join(cells)]))
    assert "horizon is not all int" in refusal(lambda: load_predictions(path))


def test_a_workbook_has_the_last_forecast_all_of_them_and_what_the_columns_are(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "table.xlsx"
    write_predictions(table, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["last forecast", "predictions", "columns"]
    last, every, about = (list(book[name].iter_rows(values_only=True)) for name in book.sheetnames)
    assert list(last[0]) == list(every[0]) == list(COLUMNS)
    assert len(every) == 1 + len(table)
    assert {row[0] for row in last[1:]} == {table["date"].max().to_pydatetime()}
    assert about[0][:2] == ("schema version", SCHEMA_VERSION)
    assert [row[0] for row in about[2:]] == list(COLUMNS)
    assert all(isinstance(row[list(COLUMNS).index("p_stall")], float) for row in every[1:])


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "\u200b=1"])
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path, table: pd.DataFrame, name: str) -> None:
    path = tmp_path / "table.xlsx"
    write_predictions(table.assign(series=name, experiment=name), path)
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value).startswith(("=", "+", "@", "-")) or isinstance(cell.value, float)
    assert set(load_predictions(path)["series"]) == {name}


def test_without_openpyxl_a_workbook_is_refused_with_the_remedy(
    tmp_path: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    assert "pip install 'smallcap-surge[excel]'" in refusal(lambda: write_predictions(table, tmp_path / "table.xlsx"))
    assert list(tmp_path.iterdir()) == []


def test_a_json_file_says_its_version_before_anything_else(tmp_path: Path, table: pd.DataFrame) -> None:
    write_predictions(table, tmp_path / "table.json")
    content = json.loads((tmp_path / "table.json").read_text())
    assert list(content) == ["schema", "predictions"]
    assert content["schema"]["version"] == SCHEMA_VERSION
    assert content["predictions"][-1]["outcome"] is None


def test_the_csv_of_a_run_is_read_like_any_other(folder: Path, table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(load_predictions(folder / "predictions.csv"), table)


@pytest.mark.parametrize("address", ["nowhere.parquet", "nowhere", "x" * 5000, f"{'x' * 5000}.csv"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    refusal(lambda: load_predictions(address))


def test_an_address_that_is_no_file_is_left_to_locate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: list[object] = []
    monkeypatch.setattr(load, "locate", lambda address: addresses.append(address) or folder)
    assert len(load_predictions("models:/smallcap-surge@champion")) == 20
    assert addresses == ["models:/smallcap-surge@champion"]


def test_a_question_is_named_by_its_label_and_the_first_is_the_main_one(table: pd.DataFrame) -> None:
    assert questions_of(table) == [MAIN, OTHER]
    assert set(of_question(table)["horizon"]) == {21}
    assert set(of_question(table, OTHER.label)["horizon"]) == {10}
    assert refusal(lambda: of_question(table, "fixed_0.1_h3")).endswith("choose among surge_0.5_h21, fixed_0.05_h10")
    assert of_question(table.iloc[:0]).empty


def test_a_file_of_a_run_is_not_written_over(folder: Path) -> None:
    assert "is part of a run, which would be damaged" in refusal(lambda: export_table(folder, folder / "predictions.csv"))
    assert len(load_predictions(folder)) == 20


@pytest.mark.parametrize("ending", FORMATS)
def test_export_writes_each_format_by_its_ending(folder: Path, table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"out{ending}"
    done = run("export", str(folder), "--output", str(output))
    assert (done.returncode, done.stdout) == (0, f"{output}: 20 rows\n")
    pd.testing.assert_frame_equal(load_predictions(output), table)
    assert run("export", str(folder), "--output", str(output), "--question", OTHER.label).returncode == 0
    assert len(load_predictions(output)) == 10
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_export_says_in_one_line_what_it_cannot_do(folder: Path, tmp_path: Path) -> None:
    mistakes = {
        ("--output", "x.txt"): "ending .txt, predictions are kept as .parquet, .csv, .json, .arrow, .feather, .xlsx",
        ("--output", "no/such/x.csv"): "cannot be written (No such file or directory)",
        ("--output", "x.json", "--as", "signal"): "signals and positions are written as .parquet or .csv",
        ("--output", "x.csv", "--question", "what"): "--question what: is not asked",
    }
    for arguments, said in mistakes.items():
        assert_refused(run("export", str(folder), *arguments, place=tmp_path), said)
    assert list(tmp_path.iterdir()) == []


def test_the_page_has_the_tables_that_the_code_makes() -> None:
    page = (ROOT / "docs" / "predictions.md").read_text("utf-8")
    assert with_tables(page) == page, "python -m forecast.runs.predictions.docs_tables docs/predictions.md"
    for name in COLUMNS:
        assert f"| `{name}`" in page_tables()["columns"]


def test_a_page_without_a_part_is_refused() -> None:
    assert "the page must hold once" in refusal(lambda: with_tables("# Nothing"))
