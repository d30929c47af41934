import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.target.surge import SurgeRule, episode_numbers, find_surges, largest_since, surge_moves, surge_rank


def test_the_surge_of_july_2024_reads_as_the_newspapers_had_it(russell: pd.Series) -> None:
    surges = find_surges(russell, SurgeRule())
    last = surges.iloc[-1]
    assert surges.index[-1] == pd.Timestamp("2024-07-16")
    assert np.expm1(last["surge_return"]) == pytest.approx(0.1154, abs=5e-5)  # 2029.47 to 2263.67
    assert last["surge_return"] == pytest.approx(0.1092, abs=5e-5)


def test_great_surges_are_as_rare_as_published(russell: pd.Series) -> None:
    """First crossings with a cool-down of 21 sessions: 16 at 10 %, 28 at 8 %, to 2025-09; ours end on 2024-07-16, itself one."""
    gains = np.expm1(surge_moves(russell, SurgeRule())["surge_return"]).to_numpy()
    expected = [pd.Timestamp("2000-05-01"), pd.Timestamp("2000-06-02"), pd.Timestamp("2016-11-11"), pd.Timestamp("2024-07-16")]
    days = russell.index[_first_crossings(gains, 0.10, 21)]
    above = russell > russell.rolling(200).mean()
    assert [day for day in days if above[day]] == expected  # the four that came above the 200-day average
    assert len(days) in (15, 16)  # one of the sixteen may have come after our last session


def _first_crossings(gains: np.ndarray, least: float, cool_down: int) -> list[int]:
    rows: list[int] = []
    for row in np.flatnonzero(gains >= least):
        if not rows or row - rows[-1] > cool_down:
            rows.append(int(row))
    return rows


def test_z_is_measured_by_the_volatility_known_before_the_surge() -> None:
    rng = np.random.default_rng(1)
    close = pd.Series(100 * np.exp(np.cumsum(rng.normal(0, 0.01, 400))), index=pd.bdate_range("2020-01-01", periods=400))
    moves = surge_moves(close, SurgeRule())
    t = 300
    weights = 0.5 ** (np.arange(t - 5)[::-1] / 32)  # returns of sessions 1 to t - 5
    past = np.diff(np.log(close.to_numpy()))[: t - 5]
    centred = past - np.average(past, weights=weights)
    total = weights.sum()
    variance = (weights @ centred**2) / total * total**2 / (total**2 - weights @ weights)  # pandas' bias correction
    assert moves["vol"].iloc[t] == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert moves["surge_z"].iloc[t] == pytest.approx(np.log(close.iloc[t] / close.iloc[t - 5]) / np.sqrt(5 * variance), rel=1e-10)


def test_constant_prices_never_surge() -> None:
    close = pd.Series(100.0, index=pd.bdate_range("2020-01-01", periods=300))
    assert find_surges(close, SurgeRule(min_z=0, min_return=0)).empty


rows = st.lists(st.integers(0, 500), unique=True, max_size=60).map(lambda places: np.array(sorted(places), dtype=int))


@given(rows, st.integers(1, 60))
def test_episodes_break_exactly_where_the_gap_exceeds_the_horizon(rows: np.ndarray, horizon: int) -> None:
    numbers = episode_numbers(rows, horizon)
    assert list(np.diff(numbers)) == [int(gap > horizon) for gap in np.diff(rows)]
    assert not len(rows) or numbers[0] == 1


@given(rows, st.integers(1, 60), st.integers(0, 60))
def test_episode_numbers_do_not_change_as_later_surges_arrive(rows: np.ndarray, horizon: int, seen: int) -> None:
    np.testing.assert_array_equal(episode_numbers(rows[:seen], horizon), episode_numbers(rows, horizon)[:seen])


def test_rank_counts_only_what_was_known() -> None:
    moves = pd.Series([0.03, 0.08, 0.05, 0.09], index=pd.bdate_range("2020-01-01", periods=4))
    assert surge_rank(moves, moves.index[2]) == 2
    assert largest_since(moves, moves.index[2]) == moves.index[1]
    assert largest_since(moves, moves.index[3]) is None
