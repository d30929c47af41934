"""Contracts of a future at Yahoo, put together by months ahead."""

from datetime import UTC, datetime, time

import numpy as np
import pandas as pd
import pytest

from features.live.items import FuturesStrip
from features.live.items import YahooItem as Spec
from tests.origins import faults
from tests.origins.asking import charts, days, download, refused, yahoo
from tests.origins.clock import QUICK
from tests.origins.yahoo import Listing, walk

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")


FUNDS = Spec(source="yahoo", strip=FuturesStrip(root="ZQ", suffix=".CBT", months=4))


def contracts(*codes: str, first: str = "2024-05-20", last: str = "2024-07-16") -> dict[str, Listing]:
    result = {}
    for place, code in enumerate(codes):
        closes = {day: 94.0 + place + number / 1000 for number, day in enumerate(walk(first, last))}
        result[f"ZQ{code}.CBT"] = Listing(closes, "America/Chicago", time(0), kind="FUTURE")
    return result


def test_a_strip_has_the_contract_of_each_month_ahead() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24")) as origin:
        result = download(origin, FUNDS)
        assert sorted(request.path[-9:] for request in charts(origin)) == ["ZQN24.CBT", "ZQQ24.CBT", "ZQU24.CBT", "ZQV24.CBT"]
        assert origin.busiest <= QUICK.at_once
    assert list(result.frame.columns) == ["Date", "m0", "m1", "m2", "m3"]
    assert days(result) == list(walk("2024-07-01", "2024-07-16"))
    assert (result.frame["m2"] - result.frame["m0"]).tolist() == pytest.approx([2.0] * len(result.frame), abs=1e-9)
    assert result.notes[-1] == "30 days before the first contract's own month are left out"
    assert len(result.bodies) == 4


def test_a_strip_over_the_turn_of_a_month_and_of_a_year_moves_by_one() -> None:
    listings = contracts("Z24", "F25", "G25", "H25", first="2024-12-20", last="2025-01-03")
    with yahoo(**listings) as origin:
        result = download(origin, FUNDS, since=pd.Timestamp("2024-12-24"), now=datetime(2025, 1, 4, tzinfo=UTC))
    table = result.frame.set_index("Date")
    closes = {name: pd.Series(listing.closes) for name, listing in listings.items()}
    assert table.loc["2024-12-31", "m1"] == closes["ZQF25.CBT"]["2024-12-31"]
    assert table.loc["2025-01-02", "m0"] == closes["ZQF25.CBT"]["2025-01-02"]
    assert table.loc["2025-01-02", "m2"] == closes["ZQH25.CBT"]["2025-01-02"]
    assert table.loc["2024-12-31", "m3"] == closes["ZQH25.CBT"]["2024-12-31"]
    assert np.isnan(table.loc["2025-01-02", "m3"]), "April's is not known"


def test_on_the_first_of_a_month_before_the_close_the_strip_is_still_the_last_ones() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24", last="2024-07-31")) as origin:
        result = download(origin, FUNDS, now=datetime(2024, 8, 1, 12, tzinfo=UTC))
    assert days(result)[-1] == "2024-07-31"


def test_a_strip_may_lack_its_far_end_and_nothing_else() -> None:
    with yahoo(**contracts("N24", "Q24")) as origin:
        result = download(origin, FUNDS)
        assert list(result.frame.columns) == ["Date", "m0", "m1"]
        assert result.notes[0] == "ZQU24.CBT: is not known, and so the strip ends with ZQQ24.CBT"
    with yahoo(**contracts("N24", "U24", "V24")) as origin:
        assert "ZQQ24.CBT: answered 404, unknown or delisted" in refused(lambda: download(origin, FUNDS))
    with yahoo(**contracts("Q24", "U24")) as origin:
        assert "ZQQ24.CBT: is the first contract known" in refused(lambda: download(origin, FUNDS))
    with yahoo(**contracts("X24")) as origin:
        assert "ZQN24.CBT: answered 404, unknown or delisted" in refused(lambda: download(origin, FUNDS))


def test_a_contract_that_cannot_be_had_now_is_not_taken_for_unknown() -> None:
    with yahoo(**contracts("N24", "Q24", "U24", "V24")) as origin:
        origin.spoil(faults.status(500), times=None, where="ZQV24")
        assert "ZQV24.CBT: answered 500, 4 times" in refused(lambda: download(origin, FUNDS))
