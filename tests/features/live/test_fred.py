import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from features.errors import OriginError
from features.live.download import Download
from features.live.items import FredItem, Origins
from features.live.origins.fred import fetch
from features.live.web.client import Client
from features.live.web.limits import Limits
from tests.origins import faults
from tests.origins import fred as player
from tests.origins.server import Answer, Origin, serving

NOW = datetime(2024, 7, 17, 12, tzinfo=UTC)
QUICK = Limits(tries=2, first=0, pause=0)
RATES = [("2024-07-01", "4.48"), ("2024-07-02", "4.43"), ("2024-07-04", ""), ("2024-07-05", "4.28"), ("2024-07-16", "4.17")]
JOBS = [
    ("2024-01-01", "3.7", "2024-03-08"),  # of the first vintage on record, as is the next
    ("2024-02-01", "3.9", "2024-03-08"),
    ("2024-03-01", "3.8", "2024-04-05"),
    ("2024-04-01", ".", "2024-05-03"),
    ("2024-05-01", "4.0", "2024-06-07"),
]


@pytest.fixture
def origin() -> Iterator[Origin]:
    series = {
        "DGS10": RATES,
        "UNRATE": [("2024-05-01", "4.0"), ("2024-06-01", "4.1")],
        "BAMLH0A0HYM2": [("2021-07-19", "3.2"), ("2024-07-16", ".")],
        "GONE": [],
    }
    with serving(player.Fred(series, {"UNRATE": JOBS})) as server:
        yield server


def download(origin: Origin, *columns: str, vintages: bool = False, chained: tuple[str, ...] = (), since: str | None = None) -> Download:
    spec = FredItem(source="fred", columns=columns, vintages=vintages, chained=chained)
    start = None if since is None else pd.Timestamp(since)
    return fetch(spec, Origins(fred=origin.base, alfred=origin.base), Client(QUICK), since=start, now=NOW)


def refused(origin: Origin, *columns: str, vintages: bool = False, chained: tuple[str, ...] = ()) -> str:
    with pytest.raises(OriginError) as caught:
        download(origin, *columns, vintages=vintages, chained=chained)
    assert "\n" not in str(caught.value)
    assert player.KEY not in str(caught.value)
    return str(caught.value)


def test_a_series_has_its_values_by_day_and_no_row_where_it_has_none(origin: Origin) -> None:
    got = download(origin, "DGS10")
    assert got.key == ("Date",)
    assert got.notes == ()
    assert list(got.frame["Date"].dt.strftime("%m-%d")) == ["07-01", "07-02", "07-05", "07-16"]
    assert list(got.frame["DGS10"]) == [4.48, 4.43, 4.28, 4.17]
    assert got.frame.dtypes.astype(str).to_dict() == {"Date": "datetime64[ns]", "DGS10": "float64"}
    assert got.bodies[0].content.startswith(b"observation_date,DGS10\n")


def test_series_of_different_frequencies_are_asked_for_one_by_one_and_share_their_days(origin: Origin) -> None:
    got = download(origin, "DGS10", "UNRATE")
    assert [request.query for request in origin.requests] == [{"id": "DGS10"}, {"id": "UNRATE"}]
    assert list(got.frame["Date"]) == sorted(pd.to_datetime(["2024-05-01", "2024-06-01", *(day for day, value in RATES if value)]))
    assert got.frame["UNRATE"].notna().sum() == 2
    assert len(got.bodies) == 2


def test_news_are_asked_for_from_their_day_on_and_there_may_be_none(origin: Origin) -> None:
    assert list(download(origin, "DGS10", since="2024-07-05").frame["DGS10"]) == [4.28, 4.17]
    assert origin.requests[-1].query == {"id": "DGS10", "cosd": "2024-07-05"}
    assert download(origin, "UNRATE", since="2024-07-01").frame.empty


def test_the_header_of_before_2024_is_read_too(origin: Origin) -> None:
    origin.play = player.Fred({"DGS10": RATES}, header="DATE")
    assert len(download(origin, "DGS10").frame) == 4


def test_a_series_that_fred_gives_the_last_years_of_says_so(origin: Origin) -> None:
    (note,) = download(origin, "BAMLH0A0HYM2").notes
    assert note == "FRED, series BAMLH0A0HYM2: begins on 2021-07-19; of ICE's indices FRED gives the last three years alone"


def test_first_releases_come_with_their_day_but_for_those_of_the_first_vintage(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    got = download(origin, "UNRATE", vintages=True)
    assert list(got.frame.columns) == ["Date", "UNRATE", "UNRATE known"]
    assert list(got.frame["UNRATE"]) == [3.7, 3.9, 3.8, 4.0]
    assert got.frame["UNRATE known"].dtype == "datetime64[ns]"
    assert list(got.frame["UNRATE known"].dt.strftime("%Y-%m-%d").fillna("by the lag")) == ["by the lag"] * 2 + ["2024-04-05", "2024-06-07"]
    assert list(download(origin, "UNRATE", vintages=True, since="2024-05-01").frame["UNRATE"]) == [4.0]
    assert {request.query["output_type"] for request in origin.requests} == {"4"}


def test_the_key_is_in_no_message_note_address_or_log(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    got = download(origin, "UNRATE", vintages=True)
    assert origin.requests[-1].query["api_key"] == player.KEY
    for status in (400, 403):
        origin.spoil(
            lambda wire, answer, status=status: wire.send(player.refusal(status, f"Bad Request. api_key={player.KEY} is not known"))
        )
        refused(origin, "UNRATE", vintages=True)
    origin.spoil(faults.status(503), times=2)
    refused(origin, "UNRATE", vintages=True)
    assert player.KEY not in repr(got)
    assert player.KEY not in caplog.text
    assert "series_id=UNRATE" in got.bodies[0].address


def _csv(*rows: tuple[str, str], name: str = "DGS10") -> faults.Fault:
    return faults.body(player.csv_of(name, rows))


FAULTS = {
    "empty answer": (faults.empty, "an empty answer"),
    "blank answer": (faults.body(b"\n\n"), "gave an empty answer; try again later"),
    "changed header": (faults.body(b"date;value\n2024-07-01;4.48\n"), "its header is 'date;value' and not"),
    "line with more fields": (faults.body(b"observation_date,DGS10\n2024-07-01,4,48\n"), "the line '2024-07-01,4,48' has not two fields"),
    "infinite": (_csv(("2024-07-01", "inf")), "'inf' on 2024-07-01 is no number"),
    "no date": (_csv(("07/01/2024", "4.48")), "'07/01/2024' is no date; its format has changed"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_csv_is_named_in_one_line(origin: Origin, fault: str) -> None:
    spoil, said = FAULTS[fault]
    origin.spoil(spoil, times=None)
    assert said in refused(origin, "DGS10")


def test_an_unknown_series_is_named_with_the_remedy_and_leaves_the_others(origin: Origin) -> None:
    said = "FRED, series NONE: FRED has no such series, answered 404; correct `columns` in [live.files]"
    assert refused(origin, "NONE") == said
    got = download(origin, "DGS10", "NONE")
    assert list(got.frame.columns) == ["Date", "DGS10"]
    assert got.notes == (f"column NONE gets nothing new: {said}",)


def test_without_an_address_there_is_nothing_to_ask() -> None:
    with pytest.raises(OriginError, match=r"FRED, series DGS10: there is no address to ask; name `fred` in \[live.origins\]"):
        fetch(FredItem(source="fred", columns=("DGS10",)), Origins(), Client(QUICK), since=None, now=NOW)


def _json(**fields: object) -> faults.Fault:
    return faults.body(json.dumps({**json.loads(player.json_of(JOBS)), **fields}).encode())


def _row(**changed: str) -> faults.Fault:
    rows = json.loads(player.json_of(JOBS))["observations"]
    return _json(observations=[{**row, **(changed if place == 2 else {})} for place, row in enumerate(rows)])


def _refusal(status: int, words: str) -> faults.Fault:
    answer: Answer = player.refusal(status, words)
    return lambda wire, good: wire.send(answer)


RELEASES = {
    "html for json": (faults.html, "gave a web page and no data"),
    "no observations": (
        _json(observations=None),
        "its answer has no observations with date, value, realtime_start; its format has changed",
    ),
    "empty list": (_json(observations=[], count=0), "has no value; look at the series in a browser"),
    "cut list": (_json(count=100001), "gave 50 of 100001 observations; try again later, or leave `vintages` out"),
    "strange count": (_json(count="all"), "counts 'all' observations; its format has changed"),
    "text for a number": (_row(value="high"), "'high' on 2024-03-01 is no number"),
    "number for a text": (_json(observations=[{"date": 1, "value": 2, "realtime_start": 3}]), "its answer has no observations with"),
    "unknown series": (_refusal(400, "Bad Request.  The series does not exist."), "correct `columns` in [live.files]"),
    "too many vintages": (
        _refusal(400, "Bad Request.  There are 2004 vintage dates in the specified real-time period: 1776-07-04 to 9999-12-31."),
        "leave `vintages` out, it is for what comes weekly or less often",
    ),
    "quota with 200": (_json(error_code=429, error_message="Too Many Requests"), "wait a minute, it takes 120 requests in one"),
}


@pytest.mark.parametrize("fault", RELEASES)
def test_each_fault_of_alfred_is_named_in_one_line(origin: Origin, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    spoil, said = RELEASES[fault]
    origin.spoil(spoil, times=None)
    assert said in refused(origin, "UNRATE", vintages=True)


def test_a_release_before_its_own_day_is_refused(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    origin.play = player.Fred({}, {"UNRATE": [("2024-01-01", "1", "2024-01-02"), ("2024-03-01", "2", "2024-02-15")]})
    assert "ALFRED, series UNRATE: 2024-03-01 came out before its day; its format has changed" in refused(origin, "UNRATE", vintages=True)


def test_values_are_read_to_the_bit(origin: Origin) -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(0, 3, 400)
    days = pd.bdate_range("2020-01-01", periods=400).strftime("%Y-%m-%d")
    origin.play = player.Fred({"X": [(day, repr(float(value))) for day, value in zip(days, values, strict=True)]})
    assert np.array_equal(download(origin, "X").frame["X"].to_numpy(), values)


# Prices at a base of 100, then at one of 50 from the release of April on; February is revised in March by 1 %.
PRICES = [
    ("2023-12-01", "100", "2024-02-10"),
    ("2023-12-01", "50", "2024-05-10"),
    ("2024-01-01", "102", "2024-02-10"),
    ("2024-01-01", "51", "2024-05-10"),
    ("2024-02-01", "103", "2024-03-10"),
    ("2024-02-01", "104.03", "2024-04-10"),
    ("2024-02-01", "52.015", "2024-05-10"),
    ("2024-03-01", "105", "2024-04-10"),
    ("2024-03-01", "52.5", "2024-05-10"),
    ("2024-04-01", "53", "2024-05-10"),
]


def test_a_level_whose_base_changes_grows_as_it_did_when_first_released(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    origin.play = player.Fred({}, {"CPI": PRICES})
    got = download(origin, "CPI", vintages=True, chained=("CPI",)).frame
    growth = np.array([102 / 100, 103 / 102, 105 / 104.03, 53 / 52.5])
    np.testing.assert_allclose(got["CPI"], 100 * np.cumprod([1, *growth]), rtol=1e-15 * 10)  # ten roundings
    assert list(got["CPI known"].dt.strftime("%m-%d").fillna("lag")) == ["lag", "lag", "03-10", "04-10", "05-10"]
    assert list(download(origin, "CPI", vintages=True).frame["CPI"]) == [100, 102, 103, 105, 53]  # which falls by half


def test_a_chained_level_says_the_same_whatever_is_released_later(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    rng = np.random.default_rng(3)
    days = pd.date_range("2010-01-01", periods=60, freq="MS")
    releases = [
        (day, rng.uniform(50, 150), day + pd.DateOffset(days=40 + 31 * again)) for day in days for again in range(rng.integers(1, 12))
    ]
    rows = [(f"{day:%Y-%m-%d}", repr(float(value)), f"{release:%Y-%m-%d}") for day, value, release in releases]
    for cut in ("2012-06-15", "2013-01-01", "2014-08-31"):
        origin.play = player.Fred({}, {"CPI": rows})
        whole = download(origin, "CPI", vintages=True, chained=("CPI",)).frame
        origin.play = player.Fred({}, {"CPI": [row for row in rows if row[2] <= cut]})
        then = download(origin, "CPI", vintages=True, chained=("CPI",)).frame
        pd.testing.assert_frame_equal(then, whole.iloc[: len(then)], check_exact=True)
        assert len(then) > 24


def test_what_is_added_to_the_past_later_changes_no_level(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    origin.play = player.Fred({}, {"CPI": [("2023-11-01", "99", "2024-05-10"), *PRICES]})
    before = download(origin, "CPI", vintages=True, chained=("CPI",)).frame
    origin.play = player.Fred({}, {"CPI": PRICES})
    pd.testing.assert_frame_equal(download(origin, "CPI", vintages=True, chained=("CPI",)).frame, before)


def test_an_answer_in_pages_is_put_together(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    origin.play = player.Fred({}, {"CPI": PRICES}, page=4)
    got = download(origin, "CPI", vintages=True, chained=("CPI",))
    assert len(got.bodies) == 3
    assert [request.query.get("offset") for request in origin.requests] == [None, "4", "8"]
    origin.play = player.Fred({}, {"CPI": PRICES})
    pd.testing.assert_frame_equal(got.frame, download(origin, "CPI", vintages=True, chained=("CPI",)).frame)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("2024-01-01", "0", "2024-02-10")], "0 on 2024-01-01 has no growth; leave it out of `chained`"),
        ([("2024-01-01", "1", "2024-02-10"), ("2024-01-01", "2", "2024-02-10")], "2024-01-01 has two values in the release of 2024-02-10"),
        ([("2024-01-01", ".", "2024-02-10")], "has no value; look at the series in a browser"),
    ],
)
def test_what_cannot_be_chained_is_named(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, str, str]], said: str
) -> None:
    monkeypatch.setenv("FRED_API_KEY", player.KEY)
    origin.play = player.Fred({}, {"CPI": rows})
    assert said in refused(origin, "CPI", vintages=True, chained=("CPI",))


@pytest.mark.parametrize("fields", [{"columns": ["A"], "chained": ["B"]}, {"columns": ["A", "A"]}])
def test_an_item_chains_columns_of_its_own_each_once(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"none of the columns|names a series twice"):
        FredItem.model_validate({"source": "fred"} | fields)
