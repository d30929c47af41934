"""Uniqueness of labels: published values, the slow twin, and markets with calendars of their own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets

pytestmark = pytest.mark.slow


def test_uniqueness_is_as_published() -> None:
    days = np.datetime64("1970-01-01") + np.arange(6)
    uniqueness = uniqueness_of_markets([Spans(days, np.array([0, 2, 4]), np.array([2, 3, 5]))])[0]
    np.testing.assert_allclose(uniqueness, [5 / 6, 3 / 4, 1], rtol=1e-15)  # Lopez de Prado (2018), section 4.3


def slowly(markets: list[Spans]) -> list[list[float]]:
    """Counting day by day which spans cover it."""
    covers = [(market.sessions[a], market.sessions[b]) for market in markets for a, b in zip(market.first, market.last, strict=True)]
    uniqueness = []
    for market in markets:
        spans = [market.sessions[a : b + 1] for a, b in zip(market.first, market.last, strict=True)]
        uniqueness.append([float(np.mean([1 / sum(a <= day <= b for a, b in covers) for day in span])) for span in spans])
    return uniqueness


@st.composite
def market(draw: st.DrawFn) -> Spans:
    days = sorted(draw(st.sets(st.integers(0, 60), min_size=3, max_size=30)))
    places = st.integers(0, len(days) - 1)
    spans = [sorted(pair) for pair in draw(st.lists(st.tuples(places, places), max_size=8))]
    first, last = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    return Spans(np.datetime64("2024-07-16") + np.array(days), first, last)


@given(st.lists(market(), min_size=1, max_size=3))
def test_spans_of_several_calendars_share_the_days_that_they_cover(markets: list[Spans]) -> None:
    for fast, slow in zip(uniqueness_of_markets(markets), slowly(markets), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-12)  # some thirty sums of numbers below one


def test_the_same_surges_in_two_indices_are_worth_one_index() -> None:
    sessions = np.datetime64("2024-01-01") + np.arange(3000)
    first = np.arange(0, 2900, 3)
    one = Spans(sessions, first, first + 20)
    alone, both = uniqueness_of_markets([one])[0], uniqueness_of_markets([one, one])
    np.testing.assert_allclose(both[0].sum() + both[1].sum(), alone.sum(), rtol=1e-12)


def test_no_span_has_no_uniqueness() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert uniqueness_of_markets([Spans(np.zeros(0, dtype="datetime64[D]"), nothing, nothing)])[0].shape == (0,)
    assert uniqueness_of_markets([]) == []


@pytest.mark.parametrize(
    ("sessions", "first", "last", "message"),
    [
        ([0, 1, 2], [1], [0], "end no earlier than they begin"),
        ([0, 1, 2], [0], [3], "before row 3"),
        ([0, 1, 2], [-1], [1], "must begin at 0 or later"),
        ([0, 0, 2], [0], [1], "sessions must rise strictly"),
        ([0, 1, 2], [0, 1], [1], r"first and last must be \(m,\), got \(2,\) and \(1,\)"),
    ],
)
def test_an_invalid_span_is_refused(sessions: list[int], first: list[int], last: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Spans(np.datetime64("2024-01-01") + np.array(sessions), np.array(first), np.array(last))
