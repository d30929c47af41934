"""Tables in memory where a folder of files goes: the panel is that of the files, and so are the refusals."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import InputError
from features.panel import calendar
from features.panel.panel import Panel
from features.sources.in_memory import source_in_memory
from features.sources.inputs import Companion, Input
from features.sources.load import load_companions, load_panel
from tests.indices import simulated_index

SESSIONS = calendar.sessions("XNYS", pd.Timestamp("2020-01-02"), pd.Timestamp("2021-12-31"))
SMALL, LARGE = (simulated_index(seed, sessions=len(SESSIONS)).close.set_axis(SESSIONS) for seed in (1, 2))
RATE = (SMALL / SMALL.mean()).round(3)
INPUTS = {
    "small": Input(file="small.csv", columns={"small": "Close", "small_high": "High", "small_low": "Low"}),
    "large": Input(file="large.csv", columns={"large": "Close"}),
    "rates": Input(file="rates.csv", columns={"bill": "3M", "yield_10y": "10Y"}, unit="fraction", lag=1, date="Day"),
}
PRICES = pd.DataFrame({"Close": SMALL, "High": SMALL * 1.01, "Low": SMALL * 0.99})
RATES = pd.DataFrame({"3M": RATE / 100, "10Y": RATE / 50})
BY_SERIES = PRICES.set_axis(["small", "small_high", "small_low"], axis=1).assign(large=LARGE, bill=RATES["3M"], yield_10y=RATES["10Y"])


def panel(data: Any, inputs: Mapping[str, Input] = INPUTS) -> Panel:
    return load_panel(source_in_memory(data, inputs, {}), inputs, market="Small", exchange="XNYS")


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    folder = tmp_path_factory.mktemp("files")
    for name, frame in (("small", PRICES), ("large", LARGE.to_frame("Close")), ("rates", RATES)):
        frame.to_csv(folder / f"{name}.csv", index_label="Day" if name == "rates" else "Date")
    return load_panel(folder, INPUTS, market="Small", exchange="XNYS")


@pytest.mark.parametrize(
    "data",
    [
        BY_SERIES,
        BY_SERIES.rename(columns={"bill": "3M", "small_high": "High"}),  # columns of one file only go by their own names
        {"small.csv": PRICES, "large.csv": LARGE, "rates.csv": RATES},
    ],
)
def test_tables_in_memory_give_the_panel_of_their_files(data: Any, of_files: Panel) -> None:
    assert panel(data).digest == of_files.digest
    assert panel(data).source == "in memory"


def test_a_series_is_the_small_cap_close_and_the_rest_is_missing() -> None:
    one = panel(SMALL)
    assert list(one.frame.columns) == ["small"]
    assert one.frame["small"].tolist() == SMALL.tolist()
    assert "input `large` is off: no file large.csv among the tables of `data`" in one.notes


def test_companions_go_by_their_names_or_columns() -> None:
    companions = {"banks": Companion(file="banks.csv", columns=("Close",)), "size": Companion(file="size.csv", columns=("Q1", "Q2"))}
    frame = pd.DataFrame({"small": SMALL, "banks": LARGE, "Q1": SMALL, "size Q2": LARGE})
    indices, notes = load_companions(source_in_memory(frame, INPUTS, companions), companions, exchange="XNYS")
    assert [index.name for index in indices] == ["banks", "size Q1", "size Q2"]
    assert notes == ()
    assert indices[0].close.tolist() == LARGE.tolist()


def spoilt(change: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    return change(BY_SERIES.copy())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            BY_SERIES.drop(columns="small"),
            r"data: no column 'Close' or 'small', the small-cap close; it has 'small_high', 'small_low', 'large'",
        ),
        (PRICES, r"data: column 'Close' could be small of small.csv and large of large.csv; name the columns small and large"),
        ({"smal.csv": PRICES}, r"data: no file 'smal.csv' in \[inputs\] or \[companions\]; did you mean 'small.csv'\?"),
        (spoilt(lambda frame: frame.assign(large=-LARGE)), r"data, column large: must be > 0, got -[\d.]+ on 2020-01-02"),
        (
            spoilt(lambda frame: frame.assign(small=SMALL.astype(object).where(SMALL.index != SESSIONS[2], "x"))),
            "'x' on 2020-01-06 is no number",
        ),
        (
            spoilt(lambda frame: frame.iloc[[0, 1, 1, 2]]),
            r"data, column small: date 2020-01-03 stands twice \(row 3\); keep one row a date",
        ),
        (
            spoilt(lambda frame: frame.iloc[[0, 2, 1, 3]]),
            r"data, column small: dates must rise, but 2020-01-03 follows 2020-01-06 \(row 3\)",
        ),
        (spoilt(lambda frame: frame.assign(yield_10y=1e6)), r"data, column yield_10y: 1e\+08 on 2020-01-02 is no rate in percent"),
        (spoilt(lambda frame: frame.assign(large=True)), r"data, column large: holds bool and no numbers; name another column"),
        (BY_SERIES.set_axis([*SESSIONS[:-1], pd.NaT], axis=0), r"data: an empty cell in column Date, row 505, is no date"),
    ],
)
def test_a_fault_in_a_table_is_one_line_that_names_column_and_day(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        panel(data)
    assert "\n" not in str(caught.value)


def test_a_name_that_leaves_the_folder_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("Date,Close\n2020-01-02,1\n")
    inputs = {"small": INPUTS["small"], "large": Input(file=str(tmp_path / "secret.csv"), columns={"large": "Other"})}
    assert list(panel(PRICES, inputs).frame.columns) == ["small", "small_high", "small_low"]
