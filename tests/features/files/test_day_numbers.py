"""Days that are numbers: told by their name, their size and their steps, or not at all."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.files.day_numbers import days_from_numbers

DAYS = pd.bdate_range("1968-01-01", periods=60)


@pytest.mark.parametrize(("unit", "divisor"), [("s", 10**9), ("ms", 10**6)])
def test_moments_before_and_after_1970_are_read(unit: str, divisor: int) -> None:
    numbers = [str(day.as_unit("ns").value // divisor) for day in DAYS]
    assert days_from_numbers("Time", numbers) == [f"{day:%Y-%m-%d} 00:00:00+00:00" for day in DAYS]


def test_excel_counts_from_the_day_before_the_last_of_1899() -> None:
    """Excel's own pages: 1 January 2008 is 39448."""
    assert days_from_numbers("Datum", ["39448", "39449", "39450"]) == ["2008-01-01", "2008-01-02", "2008-01-03"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Volume", ["39448", "39449", "39450"]),  # by its name no column of days
        ("Date", ["20240102", "20240103", "20240104"]),  # days in eight digits, which are read as such
        ("Date", ["39448", "39448", "39449"]),
        ("Date", ["39448", "39548", "39648"]),  # a hundred days apart
        ("Time", ["--5", "6", "7"]),
        ("Time", ["²", "³", "4"]),
    ],
)
def test_what_may_be_something_else_is_left(header: str, cells: list[str]) -> None:
    assert days_from_numbers(header, cells) is None


@given(st.lists(st.text(max_size=16), max_size=6))
def test_any_text_is_read_or_left(cells: list[str]) -> None:
    days = days_from_numbers("date", cells)
    assert days is None or len(days) == len(cells)
