"""Tables in memory are read as files of them are."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import InputError
from features.files.frame_table import common_word, read_frame

DAYS = pd.DatetimeIndex(["2024-07-12", "2024-07-15", "2024-07-16"], name="Date")
CLOSE, HIGH = [2148.27, 2186.65, 2263.67], [2150.5, 2190.0, 2264.0]  # the Russell 2000's closes of those days
FRAME = pd.DataFrame({"Close": CLOSE, "High": HIGH}, index=DAYS)

SAME: dict[str, Callable[[], Any]] = {
    "an index of days": lambda: FRAME,
    "an index of periods": lambda: FRAME.set_axis(DAYS.to_period("D")),
    "an index of text": lambda: FRAME.set_axis(DAYS.strftime("%Y-%m-%d"), axis=0),
    "midnights in New York": lambda: FRAME.tz_localize("America/New_York"),
    "a column of days": FRAME.reset_index,
    "a column of German days": lambda: FRAME.reset_index().assign(Date=DAYS.strftime("%d.%m.%Y")),
    "days as whole numbers": lambda: FRAME.set_axis(pd.Index([20240712, 20240715, 20240716], name="Date"), axis=0),
    "newest first": lambda: FRAME.iloc[::-1],
    "text with decimal commas": lambda: FRAME.map(lambda value: f"{value:.2f}".replace(".", ",")),
    "text with thousands": lambda: FRAME.map(lambda value: f"{value:,.2f}"),
    "Decimals": lambda: FRAME.map(lambda value: Decimal(str(value))),
    "pandas' own floats": lambda: FRAME.astype("Float64"),
    "Arrow's floats": lambda: FRAME.astype("double[pyarrow]"),
    "yfinance, one ticker": lambda: FRAME.set_axis(pd.MultiIndex.from_product([["Close", "High"], ["^RUT"]]), axis=1),
    "yfinance, by ticker": lambda: FRAME.set_axis(pd.MultiIndex.from_product([["^RUT"], ["Close", "High"]]), axis=1),
    "an Arrow table": lambda: pa.Table.from_pandas(FRAME.reset_index()),
    "an Arrow table of dates": lambda: pa.table({"Date": pa.array(DAYS.date), "Close": CLOSE, "High": HIGH}),
}


@pytest.mark.parametrize("shape", SAME)
def test_a_table_is_the_same_in_every_shape(shape: str) -> None:
    table = read_frame(SAME[shape](), "data")
    assert table.date == "Date"
    np.testing.assert_array_equal(table.frame[["Close", "High"]].to_numpy("float64"), np.column_stack([CLOSE, HIGH]))
    days = table.frame["Date"]
    written = days.dt.strftime("%Y-%m-%d") if days.dtype.kind == "M" or isinstance(days.dtype, pd.DatetimeTZDtype) else days
    assert written.tolist() == DAYS.strftime("%Y-%m-%d").tolist()


def test_a_series_is_a_column_of_closes_whose_name_is_what_it_is_of() -> None:
    close = FRAME["Close"].rename("Russell 2000")
    assert read_frame(close, "data").frame["Close"].tolist() == CLOSE
    assert common_word(close) == "Russell 2000"
    assert common_word(FRAME["Close"].rename(None)) is None
    assert common_word(FRAME["Close"].rename(("Close", "IWM"))) == "Close IWM"
    assert common_word(SAME["yfinance, one ticker"]()) == "^RUT"
    assert common_word(FRAME) is None


def test_a_missing_value_is_nan_whatever_stands_for_it() -> None:
    for column in ([1.0, None, 3.0], pd.array([1, None, 3], dtype="Int64"), ["1.5", "n/a", "3.5"], [Decimal(1), None, Decimal(3)]):
        values = read_frame(pd.DataFrame({"Close": column}, index=DAYS), "data").frame["Close"]
        assert values.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: FRAME.reset_index(drop=True), "data: has no days; give it a DatetimeIndex, or a column of days"),
        (lambda: np.arange(5), "data: is of type ndarray; give a pandas Series, or a table with days"),
        (lambda: FRAME.iloc[:0], "data: has no rows; give a row a session"),
        (lambda: FRAME.set_axis(["Close", "Close"], axis=1), "data: 2 columns are named 'Close'; keep one of them"),
        (lambda: pd.concat({"IWM": FRAME, "SPY": FRAME}), "data: its rows are named by 2 levels; give one row a day"),
        (lambda: FRAME.reset_index().assign(Date=["2024-07-12", "2024-07-15", "July"]), "data: no column of days|data: has no days"),
    ],
)
def test_what_is_no_table_of_days_is_one_line(data: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_frame(data(), "data")
