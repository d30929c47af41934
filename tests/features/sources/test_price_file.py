"""Prices as people have them: what is read, what it is taken for, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.files.as_written import read_columns
from features.files.dialect import Dialect
from features.sources.price_file import LEAST, PriceFile, exchange_of, look_at
from tests.notation_table import looked_at, page
from tests.written import CLOSE, DAYS, HIGH, LOW, NO_RANGE, NOTATIONS, REFUSED, TWO_TICKERS


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "prices.csv"
    path.write_bytes(text.encode(encoding))
    return path


def values(file: PriceFile, column: str | None) -> np.ndarray:
    assert column is not None
    return read_columns(file.path, (column,), date=file.date, dialect=file.dialect)[column].dropna().to_numpy("float64")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_prices_are_the_same_in_every_notation(tmp_path: Path, notation: str) -> None:
    file = replace(looked_at(NOTATIONS[notation]), path=written(tmp_path, NOTATIONS[notation]))
    assert file.days.tolist() == DAYS.tolist()
    np.testing.assert_array_equal(values(file, file.columns.close), CLOSE)
    if notation in NO_RANGE:
        assert (file.columns.high, file.columns.low) == (None, None)
    else:
        np.testing.assert_array_equal(values(file, file.columns.high), HIGH)
        np.testing.assert_array_equal(values(file, file.columns.low), LOW)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encoding_it_has(tmp_path: Path, encoding: str) -> None:
    text = NOTATIONS["Excel in France"].replace("\u202f", "\u00a0")
    file = look_at(written(tmp_path, text, encoding))
    assert file.columns.close == "Clôture"
    np.testing.assert_array_equal(values(file, "Clôture"), CLOSE)


@pytest.mark.parametrize("name", ["prices.parquet", "prices.xlsx"])
def test_a_workbook_and_parquet_with_an_index_are_read(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"Close": CLOSE, "High": HIGH, "Low": LOW}, index=DAYS)
    if name.endswith(".parquet"):
        frame.to_parquet(tmp_path / name)
    else:
        pytest.importorskip("openpyxl")
        with pd.ExcelWriter(tmp_path / name) as writer:
            pd.DataFrame({"About": ["prices of an index"]}).to_excel(writer, sheet_name="About", index=False)
            frame.to_excel(writer, sheet_name="Prices")
    file = look_at(tmp_path / name)
    assert file.dialect.sheet == (None if name.endswith(".parquet") else "Prices")
    np.testing.assert_array_equal(values(file, file.columns.close), CLOSE)
    assert (file.days == DAYS).all()


@pytest.mark.parametrize("name", ["zone.parquet", "text.parquet", "levels.parquet", "levels.xlsx", "title.xlsx"])
def test_what_pandas_and_excel_make_of_the_same_prices_is_the_same(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"Close": CLOSE, "High": HIGH, "Low": LOW}, index=DAYS)
    if name.startswith("levels"):
        frame.columns = pd.MultiIndex.from_product([frame.columns, ["IWM"]], names=["Price", "Ticker"])
    if name == "zone.parquet":
        frame = frame.tz_localize("America/New_York")
    if name == "text.parquet":
        frame.index = pd.Index([f"{day:%d.%m.%Y}" for day in DAYS], name="Datum")
    if name.endswith(".parquet"):
        frame.to_parquet(tmp_path / name)
    else:
        pytest.importorskip("openpyxl")
        with pd.ExcelWriter(tmp_path / name) as writer:
            if name == "title.xlsx":  # beside a margin, below a title with a day, above an average
                frame.reset_index().to_excel(writer, sheet_name="Kurse", startrow=3, startcol=1, index=False)
                sheet = writer.sheets["Kurse"]
                sheet["B1"], sheet["B2"], sheet["C2"] = "Small caps", "Stand", DAYS[-1].to_pydatetime()
                sheet.cell(len(DAYS) + 6, 2, "Durchschnitt")
                sheet.cell(len(DAYS) + 6, 3, float(CLOSE.mean()))
            else:
                frame.to_excel(writer)
    file = look_at(tmp_path / name)
    assert file.days.tolist() == DAYS.tolist()
    for column, expected in zip(file.columns.used, (CLOSE, HIGH, LOW), strict=True):
        np.testing.assert_array_equal(values(file, column), expected)


def test_a_year_of_two_digits_is_one_that_is_past(tmp_path: Path) -> None:
    days = pd.bdate_range("1963-07-01", periods=300)
    text = "Datum;Kurs\n" + "".join(f"{day:%d.%m.%y};{place + 0.5}\n" for place, day in enumerate(days, 1))
    assert look_at(written(tmp_path, text.replace(".5\n", ",5\n"))).days.tolist() == days.tolist()


def test_a_format_that_is_stated_need_be_none_that_is_looked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "Day,Close\n" + "".join(f"{day:%Y week %U %a},{place + 0.5}\n" for place, day in enumerate(DAYS)))
    with pytest.raises(InputError, match="no column of days was found"):
        look_at(path)
    assert look_at(path, Dialect(date_format="%Y week %U %a")).days.tolist() == DAYS.tolist()


def test_of_several_tickers_one_is_named(tmp_path: Path) -> None:
    file = look_at(written(tmp_path, TWO_TICKERS), close="IWM")
    assert file.columns.used == ("Close IWM", "High IWM", "Low IWM")
    np.testing.assert_array_equal(values(file, file.columns.close), CLOSE)


@pytest.mark.parametrize("fault", [name for name in REFUSED if name != "weekends too"])
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(tmp_path: Path, fault: str) -> None:
    text, said = REFUSED[fault]
    with pytest.raises(InputError, match=said) as caught:
        look_at(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_key_decides_what_looking_cannot(tmp_path: Path) -> None:
    path = written(tmp_path, "Date;Close\n03/04/2024;1,234\n05/04/2024;1,250\n")
    european = read_columns(path, ("Close",), date="Date", dialect=Dialect(decimal=",", date_format="%d/%m/%Y"))
    american = read_columns(path, ("Close",), date="Date", dialect=Dialect(decimal=".", date_format="%m/%d/%Y"))
    assert european.to_numpy().tolist() == [["2024-04-03", 1.234], ["2024-04-05", 1.25]]
    assert american.to_numpy().tolist() == [["2024-03-04", 1234.0], ["2024-05-04", 1250.0]]


def test_what_french_says_is_missing_is_missing(tmp_path: Path) -> None:
    """As in Kenneth French's library: a preamble that names the marks, days without hyphens, a second table below."""
    table = "\n,Lo 30,Hi 30\n19630701,   -0.48,  -99.99\n19630702,    0.61,    0.72\n"
    text = f"Made from the CRSP database.\nMissing data are indicated by -99.99 or -999.\n\n  Average Value Weighted Returns -- Daily{table}\n\n"
    frame = read_columns(written(tmp_path, f"{text}  Average Equal Weighted Returns -- Daily{table}"), ("Lo 30", "Hi 30"), date="Date")
    assert frame["Date"].tolist() == ["1963-07-01", "1963-07-02"]
    assert frame["Lo 30"].tolist() == [-0.48, 0.61]
    np.testing.assert_array_equal(frame["Hi 30"], [np.nan, 0.72])


def test_the_exchange_is_the_one_whose_sessions_the_days_are() -> None:
    from features.panel import calendar

    for name in ("XNYS", "XETR"):
        days = calendar.sessions(name, pd.Timestamp("2021-01-01"), pd.Timestamp("2023-12-31"))
        assert len(days) > LEAST
        best, fit = next(iter(exchange_of(days).items()))
        assert (best, fit) == (name, 1.0)


def test_a_table_that_is_interrupted_loses_no_rows_silently(tmp_path: Path) -> None:
    lines = NOTATIONS["Stooq"].splitlines()
    torn = [*lines[:101], "Date,Open,High,Low,Close,Volume", *lines[101:]]
    with pytest.raises(InputError, match=r"prices.csv: line 102, 'Date Open High Low Close Volume', interrupts the table; take it out"):
        look_at(written(tmp_path, "\n".join(torn)))
    broken = [*lines[:101], *(f"n.v.{line[10:]}" for line in lines[101:103]), *lines[103:]]
    with pytest.raises(InputError, match=r"prices.csv: 'n.v.' in column Date, row 102, is no date"):
        look_at(written(tmp_path, "\n".join(broken)))


@pytest.mark.slow
def test_the_page_of_notations_is_what_the_files_are_read_as() -> None:
    stored = (Path(__file__).parents[3] / "docs" / "howto" / "notations.md").read_text("utf-8")
    assert page() == stored, "make it anew: python -m tests.notation_table docs/howto/notations.md"
