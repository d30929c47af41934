import gzip
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import OriginError
from features.live.download import Download
from features.live.items import DroppedItem
from features.live.origins import dropped as source
from features.live.origins.dropped import fetch
from features.sources import fedwatch

NOW = datetime(2024, 9, 17, 12, tzinfo=UTC)
PRICES = "Date,Close,Volume\n2024-07-01,10.5,100\n2024-07-02,10.6,\n2024-07-03,,300\n"
ODDS = (
    '"Date (UTC)","Timestamp (UTC)","Donald Trump","Joe Biden"\n'
    '"07-14-2024 23:00","1720998008","0.60","0.21"\n'
    '"07-15-2024 00:00","1721001608","0.61","0.20"\n'  # eight seconds after midnight, as they are
    '"07-15-2024 13:00","1721048405","0.70","0.15"\n'
    '"07-15-2024 23:00","1721084405","0.69",""\n'
    '"07-16-2024 12:00","1721131205","0.72","0.18"\n'
)
RANGES = ("(450-475)", "(475-500)", "(500-525)", "(525-550)")


def drop(folder: Path, name: str, content: str | bytes, *, age: int = 0) -> Path:
    """A file that was modified `age` seconds before the youngest."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (1_720_000_000 - age, 1_720_000_000 - age))
    return path


def dropped(folder: Path, pattern: str = "*", *, fedwatch: bool = False, now: datetime = NOW) -> Download:
    spec = DroppedItem(source="dropped", pattern=pattern, format="fedwatch" if fedwatch else "columns")
    return fetch(spec, folder, now=now)


def refused(folder: Path, pattern: str = "*", *, fedwatch: bool = False) -> str:
    with pytest.raises(OriginError) as caught:
        dropped(folder, pattern, fedwatch=fedwatch)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def one_meeting(rows: dict[str, Sequence[object]], *, ranges: Sequence[str] = RANGES) -> str:
    """An export of one meeting."""
    return "\n".join([",".join(["Date", *ranges]), *(",".join([day, *map(str, row)]) for day, row in rows.items())]) + "\n"


def all_meetings(rows: dict[str, Sequence[object]]) -> str:
    """An export of all: September has four ranges, November three, and a December without any runs together with it."""
    header = ",History for 18 Sep 2024 Fed meeting,,,,History for 7 Nov 2024 Fed meetingHistory for 18 Dec 2024 Fed meeting"
    return header + "\n" + one_meeting(rows, ranges=[*RANGES, *RANGES[:3]])


ROWS: dict[str, Sequence[object]] = {
    "9/12/2024": ["0.000000", "0.250000", "0.750000", "0.000000", "", "", ""],
    "9/13/2024": ["0.000000", "0.500000", "0.500000", "0.000000", "0.3", "0.5", "0.2"],
}


def test_a_table_has_its_numbers_by_day(tmp_path: Path) -> None:
    drop(tmp_path, "prices.csv", PRICES)
    got = dropped(tmp_path)
    assert got.key == ("Date",)
    assert list(got.frame["Close"].iloc[:2]) == [10.5, 10.6]
    assert got.frame.isna().sum().to_dict() == {"Date": 0, "Close": 1, "Volume": 1}
    assert got.frame.dtypes.astype(str).to_dict() == {"Date": "datetime64[ns]", "Close": "float64", "Volume": "float64"}
    assert [(body.address, body.content) for body in got.bodies] == [("dropped:prices.csv", PRICES.encode())]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".CSV"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, ending: str) -> None:
    drop(tmp_path, "first.csv", PRICES)
    well = dropped(tmp_path, "first.csv").frame
    path = tmp_path / f"table{ending}"
    if ending == ".parquet":
        well.to_parquet(path)
    else:
        path.write_bytes(gzip.compress(PRICES.encode()) if ending == ".csv.gz" else PRICES.encode())
    pd.testing.assert_frame_equal(dropped(tmp_path, "table*").frame, well)


def test_the_file_modified_last_has_the_last_word_and_its_gaps_take_nothing_away(tmp_path: Path) -> None:
    drop(tmp_path, "b.csv", PRICES, age=10)
    drop(tmp_path, "a.csv", "Date,Close\n2024-07-02,20\n2024-07-03,\n2024-07-04,21\n")
    got = dropped(tmp_path).frame
    assert list(got["Close"].fillna(-1)) == [10.5, 20, -1, 21]
    assert list(got["Volume"].fillna(-1)) == [100, -1, 300, -1]


def test_only_files_that_fit_are_read(tmp_path: Path) -> None:
    drop(tmp_path, "prices_1.csv", PRICES)
    drop(tmp_path, "prices_2.csv.part", "half")
    drop(tmp_path, ".prices_3.csv", "hidden")
    drop(tmp_path, "other.csv", "no table")
    (tmp_path / "prices_4.csv").mkdir()
    assert len(dropped(tmp_path, "prices*").bodies) == 1
    assert "no CSV, CSV.gz or Parquet file there fits 'rates*'; put one there, or correct `pattern`" in refused(tmp_path, "rates*")
    assert "fits '*'; put one there" in refused(tmp_path / "nowhere")


def test_a_link_that_leads_out_of_the_folder_is_left_out_and_said(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    secret = drop(tmp_path, "secret.csv", PRICES)
    drop(inside, "prices.csv", PRICES)
    (inside / "out.csv").symlink_to(secret)
    (inside / "near.csv").symlink_to(inside / "prices.csv")
    got = dropped(inside)
    assert [body.address for body in got.bodies] == ["dropped:near.csv", "dropped:prices.csv"]
    assert got.notes == ("out.csv: leads out of the folder of dropped files, and was left out",)


def test_words_belong_to_the_key_so_that_a_day_may_have_several_rows(tmp_path: Path) -> None:
    drop(tmp_path, "days.csv", "Date,release,main\n2024-08-02,EMPSIT,1\n2024-08-02,CPI,0\n2024-12-11,CPI,1\n", age=1)
    drop(tmp_path, "more.csv", "Date,release,main\n2024-08-02,CPI,1\n")
    got = dropped(tmp_path)
    assert got.key == ("Date", "release")
    assert got.frame.astype({"Date": str}).to_numpy().tolist() == [
        ["2024-08-02", "CPI", 1],
        ["2024-08-02", "EMPSIT", 1],
        ["2024-12-11", "CPI", 1],
    ]


def test_release_days_are_days_and_no_words(tmp_path: Path) -> None:
    drop(tmp_path, "jobs.csv", "Date,UNRATE,UNRATE known\n2024-05-01,4.0,2024-06-07\n2024-06-01,4.1,\n")
    got = dropped(tmp_path)
    assert got.key == ("Date",)
    assert list(got.frame["UNRATE known"].dt.strftime("%Y-%m-%d").fillna("none")) == ["2024-06-07", "none"]
    drop(tmp_path, "jobs.csv", "Date,UNRATE,UNRATE known\n2024-05-01,4.0,June\n")
    assert "jobs.csv: 'June' in column UNRATE known, row 2, is no date; write YYYY-MM-DD" in refused(tmp_path)


def test_prices_of_outcomes_are_those_at_midnight_universal_time(tmp_path: Path) -> None:
    drop(tmp_path, "polymarket.csv", ODDS)
    got = dropped(tmp_path).frame
    assert list(got.columns) == ["Date", "Donald Trump", "Joe Biden"]
    assert list(got["Date"].dt.strftime("%m-%d")) == ["07-15", "07-16", "07-17"]
    assert list(got["Donald Trump"]) == [0.61, 0.69, 0.72]
    assert list(got["Joe Biden"]) == [0.20, 0.15, 0.18]
    early = dropped(tmp_path, now=datetime(2024, 7, 16, 23, tzinfo=UTC)).frame
    assert early["Date"].max() == pd.Timestamp("2024-07-16")  # the day after is not over


@pytest.mark.parametrize("reverse", [False, True])
def test_prices_of_outcomes_may_come_in_any_order(tmp_path: Path, reverse: bool) -> None:
    drop(tmp_path, "a.csv", ODDS)
    header, *rows = ODDS.strip().split("\n")
    drop(tmp_path, "b.csv", "\n".join([header, *(rows[::-1] if reverse else rows)]) + "\n")
    pd.testing.assert_frame_equal(dropped(tmp_path, "b.csv").frame, dropped(tmp_path, "a.csv").frame)


def test_an_export_of_all_meetings_is_read_as_the_odds_it_shows(tmp_path: Path) -> None:
    drop(tmp_path, "FedMeetingHistory_20240916.csv", all_meetings(ROWS))
    got = dropped(tmp_path, fedwatch=True)
    assert got.key == ("Date", "meeting", "lo_bp")
    assert got.frame.astype({"Date": str, "meeting": str}).to_numpy().tolist() == [
        ["2024-09-12", "2024-09-18", 475, 500, 0.25],
        ["2024-09-12", "2024-09-18", 500, 525, 0.75],
        ["2024-09-13", "2024-09-18", 475, 500, 0.5],
        ["2024-09-13", "2024-09-18", 500, 525, 0.5],
        ["2024-09-13", "2024-11-07", 450, 475, 0.3],
        ["2024-09-13", "2024-11-07", 475, 500, 0.5],
        ["2024-09-13", "2024-11-07", 500, 525, 0.2],
    ]


def test_the_reader_of_published_odds_takes_what_was_dropped(tmp_path: Path) -> None:
    drop(tmp_path, "FedMeetingHistory_20240916.csv", all_meetings(ROWS))
    path = tmp_path / "kept.parquet"
    dropped(tmp_path, "Fed*", fedwatch=True).frame.to_parquet(path)
    september, november = fedwatch.load(path)[pd.Timestamp("2024-09-13")]
    assert september.probability(475) == 0.5
    assert november.meeting == pd.Timestamp("2024-11-07")
    assert november.probability(450) == pytest.approx(0.3)


@pytest.mark.parametrize("percent", [["25", "75"], ["25.0%", "75.0%"], ["0.25", "0.75"]])
def test_an_export_of_one_meeting_is_of_the_day_in_its_name(tmp_path: Path, percent: list[str]) -> None:
    drop(tmp_path, "FedMeeting_20240918.csv", one_meeting({"9/12/2024": ["", *percent, ""]}))
    got = dropped(tmp_path, fedwatch=True).frame
    assert set(got["meeting"]) == {pd.Timestamp("2024-09-18")}
    assert list(got["lo_bp"]) == [475, 500]
    assert list(got["prob"]) == [0.25, 0.75]


@pytest.mark.parametrize(
    "written",
    [
        "9/4/2024",  # as CME's own: month, day, year
        "09/04/2024",
        "04.09.2024",
        "4.9.2024",
        "4. 9. 2024",
        "2024-09-04",
        "2024/9/4",
        "2024. 9. 4.",
        "2024-09-04 00:00:00",
        "4 Sep 2024",
        "4. September 2024",
        "04-Sep-2024",
        '"Sep 4, 2024"',
        '"September 4, 2024"',
    ],
)
def test_a_day_is_read_as_the_browser_wrote_it(tmp_path: Path, written: str) -> None:
    drop(tmp_path, "FedMeeting_20240918.csv", one_meeting({written: [0, 1, 0, 0]}))
    assert dropped(tmp_path, fedwatch=True).frame["Date"].tolist() == [pd.Timestamp("2024-09-04")]


def test_an_export_with_dots_in_its_days_is_the_one_with_slashes(tmp_path: Path) -> None:
    slashes, dots = tmp_path / "slashes", tmp_path / "dots"
    for folder, rows in (slashes, ROWS), (dots, {f"{day[2:4]}.0{day[0]}.{day[5:]}": row for day, row in ROWS.items()}):
        folder.mkdir()
        drop(folder, "FedMeetingHistory_20240916.csv", all_meetings(rows))
    assert "13.09.2024" in (dots / "FedMeetingHistory_20240916.csv").read_text()
    pd.testing.assert_frame_equal(dropped(dots, fedwatch=True).frame, dropped(slashes, fedwatch=True).frame)


def test_semicolons_and_decimal_commas_are_those_of_a_european_spreadsheet(tmp_path: Path) -> None:
    plain, european = tmp_path / "plain", tmp_path / "european"
    for folder, text in (plain, all_meetings(ROWS)), (european, all_meetings(ROWS).replace(",", ";").replace("0.", "0,")):
        folder.mkdir()
        drop(folder, "FedMeetingHistory_20240916.csv", text)
    pd.testing.assert_frame_equal(dropped(european, fedwatch=True).frame, dropped(plain, fedwatch=True).frame)


def test_odds_of_a_day_and_meeting_go_together(tmp_path: Path) -> None:
    drop(
        tmp_path, "long.csv", "Date,meeting,lo_bp,hi_bp,prob\n2024-09-12,2024-09-18,500,525,1.0\n2024-09-11,2024-09-18,500,525,1.0\n", age=9
    )
    drop(tmp_path, "FedMeeting_20240918.csv", one_meeting({"9/12/2024": ["0", "1", "0", "0"]}))
    got = dropped(tmp_path, fedwatch=True).frame
    assert got[["Date", "lo_bp", "prob"]].astype({"Date": str}).to_numpy().tolist() == [["2024-09-11", 500, 1], ["2024-09-12", 475, 1]]


def test_the_long_history_is_what_it_was(tmp_path: Path, data_dir: Path) -> None:
    path = data_dir / "fedwatch_2023_2024.csv.gz"
    drop(tmp_path, path.name, path.read_bytes())
    got = dropped(tmp_path, fedwatch=True).frame
    real = pd.read_csv(path, parse_dates=["Date", "meeting"])
    assert len(got) == (real["prob"] != 0).sum()
    assert np.array_equal(got["prob"], real[real["prob"] != 0].sort_values(["Date", "meeting", "lo_bp"])["prob"])


@pytest.mark.parametrize("name", ["release_dates.csv.gz", "polymarket_pres2024_daily.csv.gz", "rut_daily.csv.gz", "zq_curve.csv.gz"])
def test_prepared_files_are_read_as_they_are(tmp_path: Path, data_dir: Path, name: str) -> None:
    drop(tmp_path, name, (data_dir / name).read_bytes())
    real = pd.read_csv(data_dir / name, parse_dates=["Date"]).drop_duplicates()
    got = dropped(tmp_path)
    assert len(got.frame) == len(real)
    if got.key == ("Date",):
        assert np.array_equal(got.frame.iloc[:, 1:], real.iloc[:, 1:], equal_nan=True)


FAULTS = {
    "header only": ("a.csv", "Date,Close\n", "a.csv: has no rows; check the file"),
    "no gzip": ("a.csv.gz", PRICES, "a.csv.gz: is no whole gzip file"),
    "two values for a key": ("a.csv", "Date,release,main\n2024-07-01,CPI,1\n2024-07-01,CPI,0\n", "2024-07-01 with 'CPI' stands twice"),
    "fedwatch as a table": ("a.csv", all_meetings(ROWS), "a.csv: is an export of FedWatch; say format = 'fedwatch' in [live.files]"),
    "no time": ("a.csv", ODDS.replace("1721001608", "soon"), "'soon' in column Timestamp (UTC), row 3, is no time in seconds"),
    "odds in percent": ("a.csv", ODDS.replace('"0.61"', '"61"'), "a.csv: 61.0 in column Donald Trump, row 3, is no price from 0 to 1"),
    "no outcome": ("a.csv", '"Date (UTC)","Timestamp (UTC)"\n"07-15-2024","1721001608"\n', "a.csv: has no column of an outcome"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_file_is_named_in_one_line(tmp_path: Path, fault: str) -> None:
    name, content, said = FAULTS[fault]
    drop(tmp_path, name, content)
    assert said in refused(tmp_path)


EXPORTS = {
    "neither": ("a.csv", PRICES, "a.csv: is no export of FedWatch, nor a table of Date, meeting, lo_bp, hi_bp, prob"),
    "no meeting named": ("odds.csv", one_meeting({"9/12/2024": [0, 1, 0, 0]}), "odds.csv: names no meeting; call it as CME does"),
    "no such day": ("FedMeeting_20241318.csv", one_meeting({"9/12/2024": [0, 1, 0, 0]}), "there is no day 2024-13-18"),
    "another date": (
        "FedMeeting_20240918.csv",
        one_meeting({"12-09-2024": [0, 1, 0, 0]}),
        "'12-09-2024' in column Date is no day such as 9/18/2023 (month/day/year), 18.9.2023, 2023-09-18 or 18 Sep 2023; write it",
    ),
    "day before month": (
        "FedMeeting_20240918.csv",
        one_meeting({"13/9/2024": [0, 1, 0, 0]}),
        "'13/9/2024' in column Date is no day such as",
    ),
    "month in the middle": ("FedMeeting_20240918.csv", one_meeting({"09.13.2024": [0, 1, 0, 0]}), "there is no day 2024-13-09"),
    "a field too large": (
        "FedMeeting_20240918.csv",
        one_meeting({'"' + "x" * 140_000: [0, 1, 0, 0]}),
        "is no table of commas (field larger",
    ),
    "changed header": (
        "FedMeeting_20240918.csv",
        one_meeting({"9/12/2024": [0, 1, 0, 0]}).replace("(500-525)", "5.00%"),
        "the column '5.00%' is no target range such as (425-450)",
    ),
    "meeting moved": ("a.csv", all_meetings(ROWS).replace(",,,,", ",,,"), "does not stand over the first of its ranges"),
    "meeting missing": (
        "a.csv",
        all_meetings(ROWS).replace("History for 7 Nov 2024 Fed meetingHistory for 18 Dec 2024 Fed meeting", ""),
        "has ranges of 2 meetings and names 1",
    ),
    "second header gone": ("a.csv", all_meetings(ROWS).replace("Date,", "Day,"), "no line `Date,(0-25),...` below the meetings"),
    "text for a number": (
        "FedMeeting_20240918.csv",
        one_meeting({"9/12/2024": [0, "even", 0, 0]}),
        "'even' on 9/12/2024 is no probability; correct it",
    ),
    "too many fields": ("FedMeeting_20240918.csv", one_meeting({"9/12/2024": [0, 1, 0, 0, 0]}), "a row has more fields than the line"),
    "half a row": ("FedMeeting_20240918.csv", one_meeting({"9/12/2024": [0, 0.6]}), "sum to 0.6, not 1; give every range of the meeting"),
    "negative": (
        "FedMeeting_20240918.csv",
        one_meeting({"9/12/2024": [-0.5, 1.5, 0, 0]}),
        "probability -0.5 on 2024-09-12 for 2024-09-18, range 450: must lie between 0 and 1",
    ),
    "range twice": (
        "a.csv",
        "Date,meeting,lo_bp,hi_bp,prob\n2024-09-12,2024-09-18,500,525,0.5\n2024-09-12,2024-09-18,500,525,0.5\n",
        "range 500 stands twice on 2024-09-12 for 2024-09-18; keep one",
    ),
    "header only": ("FedMeeting_20240918.csv", one_meeting({}), "holds no probability; download it again"),
    "future date": ("FedMeeting_20240918.csv", one_meeting({"12/12/2024": [0, 1, 0, 0]}), "2024-12-12 is still to come"),
}


@pytest.mark.parametrize("fault", EXPORTS)
def test_each_fault_of_an_export_is_named_in_one_line(tmp_path: Path, fault: str) -> None:
    name, content, said = EXPORTS[fault]
    drop(tmp_path, name, content)
    assert said in refused(tmp_path, fedwatch=True)


def test_rows_that_come_latest_first_are_turned_round_and_that_is_said(tmp_path: Path) -> None:
    header, *rows = PRICES.strip().split("\n")
    drop(tmp_path, "a.csv", PRICES)
    drop(tmp_path, "b.csv", "\n".join([header, *rows[::-1], rows[0]]) + "\n")
    got = dropped(tmp_path, "b.csv")
    pd.testing.assert_frame_equal(got.frame, dropped(tmp_path, "a.csv").frame)
    assert got.notes == (
        "b.csv: its rows come latest first, and were turned round",
        "b.csv: 1 day stands twice with the same values, and was kept once",
    )


def test_files_are_bounded_packed_and_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST", 2**16)
    drop(tmp_path, "a.csv.gz", gzip.compress(bytes(2**20)))
    assert "a.csv.gz: unpacks to more than 0 MiB, which no history does; check the file" in refused(tmp_path)
    drop(tmp_path, "a.csv.gz", bytes(2**17))
    assert "a.csv.gz: larger than 0 MiB, which no history is; check the file" in refused(tmp_path)
