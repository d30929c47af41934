import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import OriginError
from features.live.download import Download
from features.live.items import FrenchItem
from features.live.origins.french import fetch
from features.live.web.client import Client
from features.live.web.limits import Limits
from tests.origins import faults
from tests.origins import french as player
from tests.origins.server import Origin, serving

NOW = datetime(1928, 7, 17, 12, tzinfo=UTC)
QUICK = Limits(tries=2, first=0, pause=0)
DAYS = ["19280701", "19280702", "19280703", "19280705"]
MONTHS = player.months(1926, 15)  # July 1926 to September 1927, so that portfolios are formed twice
RNG = np.random.default_rng(5)
DAILY = RNG.normal(0, 1, (4, len(player.SIZES))).round(2)
SIZES = {"Lo 30": "Lo 30", "Qnt 1": "Lo 20", "Dec 2": "Dec 2", "Dec 10": "Hi 10"}

RETURNS = RNG.normal(1, 5, (15, 25)).round(4)
FIRMS = RNG.integers(3, 40, (15, 25)).astype(float)
CAP = np.exp(RNG.normal(4, 1, (15, 25))).round(2)
BOOK = np.exp(RNG.normal(0, 0.5, (15, 25))).round(4)
FIRMS[:, 4], CAP[:, 4], BOOK[:, 4], RETURNS[:, 4] = 0, -99.99, -99.99, -99.99  # a portfolio without a firm


def valuation() -> str:
    return player.text_of(
        ("Average Value Weighted Returns -- Monthly", player.PORTFOLIOS, MONTHS, RETURNS),
        ("Average Equal Weighted Returns -- Monthly", player.PORTFOLIOS, MONTHS, RETURNS + 1),
        ("Average Value Weighted Returns -- Annual", player.PORTFOLIOS, ["  1927"], RETURNS[:1]),
        ("Number of Firms in Portfolios", player.PORTFOLIOS, MONTHS, FIRMS),
        ("Average Market Cap", player.PORTFOLIOS, MONTHS, CAP),
        (player.BOOK_TO_MARKET, player.PORTFOLIOS, MONTHS, BOOK + 1),
        (player.BOOK_TO_JUNE, player.PORTFOLIOS, MONTHS, BOOK),
    )


def daily(values: np.ndarray = DAILY, *, days: list[str] = DAYS, heading: str = "Average Value Weighted Returns -- Daily") -> str:
    return player.text_of((heading, player.SIZES, days, values), (heading.replace("Value", "Equal"), player.SIZES, DAYS, DAILY + 9))


FACTORS = player.text_of(("", ("Mkt-RF", "SMB", "HML", "RF"), DAYS, DAILY[:, :4]))


@pytest.fixture
def origin() -> Iterator[Origin]:
    archives = {"Portfolios_Formed_on_ME_daily": daily(), "F-F_Research_Data_Factors_daily": FACTORS, "25_Portfolios_5x5": valuation()}
    with serving(player.French(archives)) as server:
        yield server


def download(origin: Origin, spec: FrenchItem, since: str | None = None) -> Download:
    return fetch(spec, origin.base, Client(QUICK), since=None if since is None else pd.Timestamp(since), now=NOW)


def by_size(**changed: object) -> FrenchItem:
    fields = {"archive": "Portfolios_Formed_on_ME_daily", "table": "Value Weighted Returns -- Daily", "columns": SIZES}
    return FrenchItem.model_validate({"source": "french"} | fields | changed)


MEASURE = FrenchItem(source="french", archive="25_Portfolios_5x5", measure="size valuation")


def refused(origin: Origin, spec: FrenchItem) -> str:
    with pytest.raises(OriginError) as caught:
        download(origin, spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_table_is_told_by_its_heading_and_columns_have_our_names(origin: Origin) -> None:
    got = download(origin, by_size())
    assert origin.requests[-1].path == "/Portfolios_Formed_on_ME_daily_CSV.zip"
    assert list(got.frame.columns) == ["Date", "Lo 30", "Qnt 1", "Dec 2", "Dec 10"]
    assert list(got.frame["Date"]) == list(pd.to_datetime(DAYS, format="%Y%m%d"))
    assert np.array_equal(got.frame.iloc[:, 1:].to_numpy(), DAILY[:, [0, 3, 9, 17]])
    assert got.frame.dtypes.astype(str).to_list() == ["datetime64[ns]", *["float64"] * 4]
    assert download(origin, by_size(), since="1928-07-03").frame["Date"].min() == pd.Timestamp("1928-07-03")


def test_a_table_without_a_heading_is_the_first(origin: Origin) -> None:
    spec = by_size(archive="F-F_Research_Data_Factors_daily", table="", columns={"market": "Mkt-RF", "bill": "RF"})
    assert np.array_equal(download(origin, spec).frame[["market", "bill"]].to_numpy(), DAILY[:, [0, 3]])


def test_deciles_are_found_under_either_name_the_library_gives_them(origin: Origin) -> None:
    assert isinstance(origin.play, player.French)
    before = download(origin, by_size())
    origin.play = player.French({"Portfolios_Formed_on_ME_daily": daily().replace("2-Dec", "Dec 2")})
    pd.testing.assert_frame_equal(download(origin, by_size()).frame, before.frame)


def test_marks_of_missing_are_no_returns(origin: Origin) -> None:
    gone = DAILY.copy()
    gone[0, 0], gone[1, 0] = -99.99, -999
    origin.play = player.French({"Portfolios_Formed_on_ME_daily": daily(gone)})
    assert list(download(origin, by_size()).frame["Lo 30"].isna()) == [True, True, False, False]


def test_months_are_stamped_with_their_last_day(origin: Origin) -> None:
    spec = by_size(archive="25_Portfolios_5x5", table="Average Market Cap", columns={"small value": "SMALL HiBM", "big growth": "BIG LoBM"})
    answer = download(origin, spec)
    got = answer.frame
    assert answer.notes == ("French's library, 25_Portfolios_5x5_CSV.zip: every value of 'SMALL HiBM' is missing",)
    assert list(got["Date"].iloc[[0, 1, 7]].dt.strftime("%Y-%m-%d")) == ["1926-07-31", "1926-08-31", "1927-02-28"]
    assert np.array_equal(got["big growth"], CAP[:, 20])
    assert got["small value"].isna().all()


def test_valuation_by_size_is_what_its_definition_says_portfolio_by_portfolio(origin: Origin) -> None:
    got = download(origin, MEASURE).frame.set_index("Date")
    for name, fifths in {"ME1": [0], "ME1_2": [0, 1], "ME5": [4], "all": range(5)}.items():
        held = [5 * fifth + book for fifth in fifths for book in range(5) if 5 * fifth + book != 4]
        level = np.nan
        for row, (stamp, month) in enumerate(zip(got.index, MONTHS, strict=True)):
            cap = sum(FIRMS[row, k] * CAP[row, k] for k in held)
            book = sum(FIRMS[row, k] * CAP[row, k] * BOOK[row, k] for k in held) / cap
            growth = 1 + sum(FIRMS[row, k] * CAP[row, k] * RETURNS[row, k] for k in held) / cap / 100
            level = (book if month.endswith("07") else level) / growth
            assert got.loc[stamp, f"cap_{name}"] == pytest.approx(cap, rel=1e-12)
            assert got.loc[stamp, f"N_{name}"] == sum(FIRMS[row, k] for k in held)
            assert got.loc[stamp, f"BEME_{name}"] == pytest.approx(book, rel=1e-12)
            assert got.loc[stamp, f"BEME_upd_{name}"] == pytest.approx(level, rel=1e-12)
    np.testing.assert_allclose(got["valspread_ME5"], np.log(BOOK[:, 24] / BOOK[:, 20]), rtol=0, atol=1e-12)
    assert got["valspread_ME1"].isna().all()  # whose portfolio of the highest book-to-market has no firm


def test_shares_and_gaps_are_of_the_groups_as_in_the_real_history(data_dir: Path, origin: Origin) -> None:
    """The identities of the columns, in the history the library gave and in ours; that has five decimals of numbers down to 0.16."""
    real = pd.read_csv(data_dir / "french_size_valuation_monthly.csv.gz", index_col=0)
    for frame, error in ((real, 5e-6 * 2 / 0.16), (download(origin, MEASURE).frame, 1e-12)):
        for kind in ("BEME", "BEME_upd"):
            gap = np.log(frame[f"{kind}_ME1_2"] / frame[f"{kind}_ME5"])
            np.testing.assert_allclose(frame[f"log_{kind}_small_minus_big"], gap, rtol=0, atol=error)
        np.testing.assert_allclose(frame["small_cap_share"], frame["cap_ME1_2"] / frame["cap_all"], rtol=0, atol=error)


def test_every_column_of_the_real_history_is_made(data_dir: Path, origin: Origin) -> None:
    real = pd.read_csv(data_dir / "french_size_valuation_monthly.csv.gz", nrows=1)
    assert set(real.columns) <= set(download(origin, MEASURE).frame.columns)


def test_a_month_says_the_same_whatever_comes_after_it(origin: Origin) -> None:
    whole = download(origin, MEASURE).frame
    cut = "\n".join(line for line in valuation().split("\n") if not line.startswith(("192708", "192709")))
    origin.play = player.French({"25_Portfolios_5x5": cut})
    pd.testing.assert_frame_equal(download(origin, MEASURE).frame, whole.iloc[:-2])


def _archive(**members: str | bytes) -> faults.Fault:
    return faults.body(player.zipped({name.replace("_csv", ".csv"): content for name, content in members.items()}))


def _broken() -> bytes:
    """A whole directory over a text whose bytes are others."""
    made = bytearray(player.zipped({"a.csv": daily()}))
    made[60:90] = bytes(30)
    return bytes(made)


FAULTS = {
    "empty answer": (faults.empty, "an empty answer"),
    "no archive": (faults.garbage, "is no whole archive, it is cut or broken; try again later"),
    "broken inside": (faults.body(_broken()), "is no whole archive, it is cut or broken; try again later"),
    "member missing": (_archive(), "holds nothing and not one CSV file; its format has changed"),
    "no csv": (_archive(readme="sorry"), "holds 'readme' and not one CSV file"),
    "blank text": (_archive(a_csv="\n"), "gave an empty answer"),
    "html in the archive": (_archive(a_csv=faults.PAGE), "gave a web page and no data"),
    "no table": (_archive(a_csv=player.PREAMBLE), "holds no table, no header above rows that begin with a period"),
    "header gone": (_archive(a_csv="  Average Value Weighted Returns -- Daily\n19280701,1.0\n"), "holds no table"),
    "heading gone": (
        _archive(a_csv=daily(heading="")),
        "no table has 'Value Weighted Returns -- Daily' in its heading; the archive has '', ''; correct `table` in [live.files]",
    ),
    "heading twice": (
        _archive(a_csv=daily().replace("Equal", "Value")),
        "2 tables have 'Value Weighted Returns -- Daily' in their heading",
    ),
    "column twice": (_archive(a_csv=daily().replace("Med 40", "Hi 30")), "two columns are named 'Hi 30'"),
    "text for a number": (_archive(a_csv=daily().replace(f"19280703,{DAILY[2, 0]:9.4f}", "19280703,   none")), "is no number"),
    "no day": (_archive(a_csv=daily(days=["19280701", "19280732", "19280733", "19280734"])), "'1928-07-32' is no date"),
    "periods mixed": (_archive(a_csv=daily(days=["19280701", "192808", "192809", "192810"])), "19280701 and 192808 stand in one table"),
    "dates reordered": (_archive(a_csv=daily(days=[DAYS[k] for k in (0, 2, 1, 3)])), "its days neither rise nor fall, 1928-07-02 follows"),
    "two values for a day": (_archive(a_csv=daily(days=[DAYS[k] for k in (0, 1, 1, 3)])), "1928-07-02 stands twice with different values"),
    "future date": (_archive(a_csv=daily(days=[*DAYS[:3], "19290705"])), "1929-07-05 is still to come on 1928-07-17"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_an_archive_is_named_in_one_line(origin: Origin, fault: str) -> None:
    spoil, said = FAULTS[fault]
    origin.spoil(spoil, times=None)
    assert said in refused(origin, by_size())


VALUATION = {
    "table gone": (("Average Market Cap", "Average Size"), "no table has 'Average Market Cap' in its heading"),
    "other columns": (("SMALL HiBM", "SMALL VALUE"), ""),
    "number of columns": (
        ("Average Value Weighted Returns -- Monthly\n,SMALL LoBM,", "Average Value Weighted Returns -- Monthly\n,"),
        "row '192607'",
    ),
}


@pytest.mark.parametrize("fault", VALUATION)
def test_a_measure_names_what_it_lacks(origin: Origin, fault: str) -> None:
    (before, after), said = VALUATION[fault]
    origin.play = player.French({"25_Portfolios_5x5": valuation().replace(before, after, 2 if fault == "other columns" else -1)})
    assert (said or "has other columns than that of returns") in refused(origin, MEASURE)


def test_a_measure_wants_the_25_portfolios(origin: Origin) -> None:
    origin.play = player.French(
        {
            "25_Portfolios_5x5": player.text_of(
                *[
                    (words, player.SIZES, MONTHS, BOOK[:, :18])
                    for words in ("Value Weighted Returns -- Monthly", "Number of Firms", "Average Market Cap", "BE_FYt-1/ME_June t")
                ]
            )
        }
    )
    assert "has 18 portfolios and not 25, five by size times five by book-to-market; correct `archive`" in refused(origin, MEASURE)


def test_a_name_that_leaves_the_archive_is_never_used(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../escaped.csv", daily())
    origin.spoil(faults.body(made.getvalue()))
    assert len(download(origin, by_size()).frame) == 4
    assert list(tmp_path.rglob("*")) == [tmp_path / "inside"]


@pytest.mark.parametrize("fields", [{}, {"columns": SIZES, "measure": "size valuation"}, {"measure": "size valuation", "table": "x"}])
def test_an_item_names_columns_or_a_measure(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"columns or a measure|leave `table` out"):
        FrenchItem.model_validate({"source": "french", "archive": "A"} | fields)
