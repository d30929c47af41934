"""The odds over a history: the same as one day at a time, blind to later days, NaN where prices do not say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.panel.calendar import day
from features.panel.fomc import meetings_ahead
from features.rates.contracts import JUMP, past_is_free
from features.rates.distribution import Distribution
from features.rates.fedwatch import odds
from features.rates.history import MEASURES, odds_history, odds_measures
from features.rates.strip import StripRule
from features.sources import fedwatch as published
from tests.features import futures


def simulated(start: str, end: str, *, seed: int = 1) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray]:
    """Days, (n, 13) prices about 4 percent that wander from month to month by a tenth, and the past month's price."""
    days = pd.bdate_range(start, end, unit="ns")
    rng = np.random.default_rng(seed)
    prices = 96 + np.cumsum(rng.normal(0, 0.1, (len(days), 14)), axis=1)
    return days, np.round(prices[:, 1:] / 0.005) * 0.005, prices[:, 0]


def slowly(on: pd.Timestamp, prices: np.ndarray, past: float, rule: StripRule) -> dict[str, float]:
    """The seven measures of one day from its odds."""
    prefix = prices[: int(np.isfinite(prices).cumprod().sum())]
    months = pd.period_range(on.to_period("M"), periods=len(prefix), freq="M")
    contracts = {str(month): price for month, price in zip(months, prefix, strict=True)}
    if np.isfinite(past):
        contracts[str(on.to_period("M") - 1)] = past
    measures = dict.fromkeys(MEASURES, np.nan)
    try:
        answer = odds(on, contracts, rule=rule, target=(4.0, 4.25))
    except InputError:
        return measures
    loose = [any(flag.startswith(("ill", "not")) for flag in move.flags) for move in answer.moves]
    for place, name in enumerate(("next", "second")):
        if place < len(answer.distributions) and not any(loose[: place + 1]):
            measures[f"p_cut_{name}"], measures[f"entropy_{name}"] = answer.distributions[place].p_cut, answer.distributions[place].entropy
    end = months[-1].end_time
    for ahead in (3, 6, 12):
        then = on + pd.DateOffset(months=ahead)
        by_then = [move for move in answer.moves if move.meeting.day <= then]
        if then <= end and not any(loose[: len(by_then)]):
            measures[f"change_{ahead}m"] = sum(move.move for move in by_then) / 100
    return measures


@pytest.mark.slow
@pytest.mark.parametrize("rule", StripRule)
@pytest.mark.parametrize(
    ("start", "end"),
    [("1991-08-20", "1991-12-30"), ("2001-01-02", "2001-02-20"), ("2020-02-20", "2020-04-10"), ("2023-03-01", "2023-06-30")],
)
def test_the_whole_history_at_once_is_the_same_as_one_day_at_a_time(rule: StripRule, start: str, end: str) -> None:
    days, prices, past = simulated(start, end)
    prices[1::3, 9:] = np.nan
    prices[2::3, 4:] = np.nan
    past[::5] = np.nan
    at_once = odds_history(days, prices, past=past, rule=rule)
    slow = pd.DataFrame([slowly(on, row, before, rule) for on, row, before in zip(days, prices, past, strict=True)], index=days)
    settled_cells = slow.notna()
    assert settled_cells.to_numpy().mean() > 0.3
    pd.testing.assert_frame_equal(at_once.where(settled_cells), slow, check_freq=False, atol=1e-9)


def test_what_the_prices_cannot_say_is_not_known() -> None:
    days, prices, past = simulated("2023-03-06", "2023-03-10")
    prices[:, 5:] = np.nan
    measures = odds_history(days, prices, past=past)
    assert measures[["p_cut_next", "p_cut_second", "change_3m"]].notna().all(axis=None)
    assert measures[["change_6m", "change_12m"]].isna().all(axis=None)
    assert odds_history(days, np.full_like(prices, np.nan)).isna().all(axis=None)
    assert odds_history(days[:0], prices[:0]).shape == (0, len(MEASURES))


def test_a_price_that_no_neighbour_bears_out_is_left_out() -> None:
    days, prices, past = simulated("2023-03-06", "2023-03-10")
    stale, gap = prices.copy(), prices.copy()
    stale[:, 7], gap[:, 7] = prices[:, 6] + 2 * JUMP, np.nan
    pd.testing.assert_frame_equal(odds_history(days, stale, past=past), odds_history(days, gap, past=past))


@pytest.mark.parametrize("rule", StripRule)
def test_a_day_s_measures_do_not_hang_on_later_days(rule: StripRule) -> None:
    days, prices, past = simulated("2019-12-02", "2020-06-30")
    whole = odds_history(days, prices, past=past, rule=rule)
    for cut in (len(days) // 2, 72):  # the second in the week before the emergency decision of 2020-03-15
        pd.testing.assert_frame_equal(whole.iloc[:cut], odds_history(days[:cut], prices[:cut], past=past[:cut], rule=rule))


def test_an_emergency_decision_enters_from_its_day_on() -> None:
    """The path priced on both days is the same; what changes is which of its steps are ahead."""
    before, after = day("2001-01-02"), day("2001-01-03")
    steps = futures.boundaries(after, meetings_ahead(after, day("2001-12-31")), [-0.25] * 8)
    prices = np.array([list(futures.curve(after, 6.5, steps, months=13, past=False).values())] * 2)
    measures = odds_history(pd.DatetimeIndex([before, after]), prices)
    # 2001-01-03: half a point, then a quarter expected at each meeting; three of them in six months less a day
    assert measures.loc[after, "change_3m"] == pytest.approx(-0.5, abs=1e-9)
    assert measures.loc[after, "p_cut_next"] == pytest.approx(1, abs=1e-9)
    assert not measures.loc[before].equals(measures.loc[after])


def test_published_distributions_give_the_same_measures() -> None:
    on = day("2023-03-10")
    prices = dict(zip(pd.period_range("2023-03", periods=13, freq="M").astype(str), np.linspace(95.3, 95.4, 13), strict=True))
    answer = odds(on, prices)
    measures = odds_measures(on, answer.distributions)
    one = odds_history(pd.DatetimeIndex([on]), np.array([list(prices.values())])).loc[on]
    assert measures.to_dict() == pytest.approx(one.to_dict(), nan_ok=True, abs=1e-9)
    without_next = odds_measures(on, answer.distributions[1:])
    assert np.isnan(without_next["p_cut_next"])
    assert without_next["p_cut_second"] == measures["p_cut_second"]
    certain = Distribution(day("2023-03-22"), np.array([450.0]), np.array([1.0]), 450.0, 25.0)
    assert odds_measures(on, (certain,))["entropy_next"] == 0


def test_thirty_four_years_agree_with_the_published_history(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "zq_curve.csv.gz", parse_dates=["Date"]).set_index("Date")
    days = pd.DatetimeIndex(table.index).as_unit("ns")
    measures = odds_history(days, table.to_numpy())
    assert measures.loc["2004":, "p_cut_next"].notna().mean() > 0.98
    history = published.load(data_dir / "fedwatch_2023_2024.csv.gz", day("2023-09-18"))[day("2023-09-18")]
    friday = odds(
        "2023-09-15",
        {str(month): price for month, price in zip(pd.period_range("2023-09", periods=13, freq="M"), table.iloc[-1], strict=True)},
    )
    ours = next(each for each in friday.distributions if each.meeting == history[0].meeting)
    assert ours.mean_change == pytest.approx(history[0].mean_change, abs=25)  # a year ahead, over a weekend
    assert past_is_free(days[-1])
