"""Rate odds and their proxies: exact values, and published readings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import catalogue, feature_matrix
from features.panel.panel import Panel
from features.panel.series import FUTURES, PUBLISHED, YIELD_2Y
from features.sources.load import load_panel
from forecast.backtest.experiment import read_experiment
from tests.features.conftest import RUSSELL

AUTUMN = pd.bdate_range("2018-10-01", "2019-01-25", name="date").as_unit("ns")  # decisions on 11-08 (none) and 12-19 (a rise)


def panel(**columns: np.ndarray | float) -> Panel:
    return Panel(pd.DataFrame(columns, index=AUTUMN), "Hand made", "XNYS", "test", "test")


def priced(rates: pd.Series) -> Panel:
    """Thirteen contracts that settle at the average over their calendar month of `rates` by day."""
    monthly = rates.groupby(rates.index.to_period("M")).mean()
    months = AUTUMN.to_period("M")
    return panel(**{f"futures_{ahead}": 100 - monthly.reindex(months + ahead).to_numpy() for ahead in range(13)})


def rates_after(*decisions: tuple[str, float]) -> pd.Series:
    """2.18 percent by day until the first decision, its own day included, then the rate after each from the next day on."""
    days = pd.date_range("2018-09-01", "2020-03-31")
    later = {pd.Timestamp(on) + pd.Timedelta(days=1): rate for on, rate in decisions}
    return pd.Series(dict.fromkeys(days, np.nan) | {days[0]: 2.18} | later).ffill()


def test_odds_of_a_cut_are_the_share_of_a_quarter_that_is_priced() -> None:
    on = priced(rates_after(("2018-11-08", 2.13), ("2018-12-19", 1.98)))
    before = catalogue()["cut_odds_next"](on)["2018-11-07"]
    assert before == pytest.approx(0.05 / 0.25)
    # the second is another 15 of 25 basis points: both stay away with probability 0.8 * 0.4
    assert catalogue()["cut_odds_second"](on)["2018-11-07"] == pytest.approx(1 - 0.8 * 0.4)
    entropy = -(0.2 * np.log(0.2) + 0.8 * np.log(0.8))
    assert catalogue()["rate_entropy_next"](on)["2018-11-07"] == pytest.approx(entropy)


def test_the_change_of_odds_is_that_of_one_meeting() -> None:
    """Nothing is ever priced anew, so the odds by December are what they were, though it was the second meeting and is the next."""
    on = priced(rates_after(("2018-12-19", 2.03)))
    change = catalogue()["cut_odds_next_over_5"](on)
    assert change["2018-10-10":"2018-12-18"].abs().max() < 1e-9
    assert catalogue()["cut_odds_next"](on)["2018-11-09"] == pytest.approx(0.6)
    assert catalogue()["cut_odds_second_over_5"](on)["2018-11-09":"2018-11-14"].isna().all()  # January was the third


def test_a_change_across_a_move_of_the_target_is_not_known() -> None:
    on = priced(rates_after(("2018-12-19", 2.40)))
    for name in ("cut_odds_next_over_5", "expected_change_3m_over_5"):
        change = catalogue()[name](on)
        assert change["2018-12-19":"2018-12-25"].isna().all()
        assert np.isfinite(change["2018-12-26"])


def test_the_expected_change_is_the_path_less_the_rate_now() -> None:
    on = priced(rates_after(("2018-12-19", 2.43), ("2019-03-20", 2.68)))
    assert catalogue()["expected_change_3m"](on)["2018-12-03"] == pytest.approx(0.25)
    assert catalogue()["expected_change_6m"](on)["2018-12-03"] == pytest.approx(0.50)
    assert catalogue()["expected_change_3m"](on)["2018-12-20"] == pytest.approx(0.25)  # 20 March is three months on


def test_a_surprise_is_scaled_to_the_days_left_of_the_month() -> None:
    near = np.where(AUTUMN < "2018-12-19", 97.70, 97.66)
    surprise = catalogue()["policy_surprise"](panel(futures_0=near, futures_1=97.60))
    assert surprise["2019-01-25"] == pytest.approx(0.04 * 31 / 12)
    assert surprise[:"2018-12-26"].isna().all()  # of the first 63 sessions


def test_published_odds_stand_in_where_futures_are_not_known() -> None:
    on = panel(**{series.name: 0.9 for series in PUBLISHED.values()})
    matrix = feature_matrix(on)
    assert "cut_odds_second" in matrix.frame
    assert (matrix.frame["cut_odds_second"] == 0.9).all()
    assert "policy_surprise" in matrix.off


def test_a_change_is_never_from_one_source_to_the_other() -> None:
    rates = priced(rates_after(("2018-12-19", 2.03)))
    half = AUTUMN < "2018-11-20"
    frame = rates.frame.where(np.tile(half[:, None], 13)).assign(
        **{series.name: np.where(half, np.nan, 0.9) for series in PUBLISHED.values()}
    )
    both = replace(rates, frame=frame)
    assert catalogue()["cut_odds_next"](both)["2018-11-20"] == 0.9
    change = catalogue()["cut_odds_next_over_5"](both)
    assert change["2018-11-20":"2018-11-26"].isna().all()
    assert change["2018-11-27"] == 0


def test_the_proxy_is_the_yield_less_the_policy_rate_without_its_swings() -> None:
    policy = np.full(len(AUTUMN), 2.2)
    policy[-3:] = 2.9, 1.1, 2.7  # the end of a reserve period
    assert catalogue()["expected_change_12m_proxy"](panel(yield_1y=2.6, policy_rate=policy)).iloc[-1] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("day", "published"),
    [
        ("2001-01-03", -0.38),
        ("2001-04-18", -0.43),
    ],  # Bernanke and Kuttner (2005), J. Finance 60(3), surprises of the moves between meetings
)
def test_surprises_are_those_published(real: Panel, day: str, published: float) -> None:
    surprise = catalogue()["policy_surprise"](real)
    assert surprise[pd.Timestamp(day)] == pytest.approx(published, abs=0.01)


def test_a_cut_by_september_was_held_for_certain_after_the_surge_of_july_2024(real: Panel) -> None:
    odds = catalogue()["cut_odds_second"](real)
    assert odds["2024-07-16"] >= 0.93  # the press of the day: 93.3 % for a quarter and 6.7 % for a half, in all 100 %
    assert odds["2024-07-16"] - odds["2024-07-09"] > 0.2
    assert not {series.name for series in FUTURES} - set(real.frame.columns)


def test_a_decision_after_the_settlement_surprises_the_next_session(real: Panel) -> None:
    """The cut of 1998-10-15 came at a quarter past three; the October contract rose from 94.785 to 94.89 on the day after."""
    surprise = catalogue()["policy_surprise"](real)
    assert np.isnan(surprise["1998-10-15"])
    assert surprise["1998-10-16"] == pytest.approx(-(94.89 - 94.785) * 31 / 16)


def test_the_two_year_yield_is_measured_from_that_of_the_decisions_own_day(real: Panel) -> None:
    """On 2022-06-15, published a day later: its own fall of that day is the Committee's and not what came after."""
    since = catalogue()["two_year_since_meeting"](real)
    published = real.releases(YIELD_2Y).observed
    assert np.isnan(since["2022-06-15"])
    assert since["2022-06-17"] == pytest.approx(published["2022-06-16"] - published["2022-06-15"])


@pytest.mark.slow
def test_a_row_of_odds_has_the_same_bits_whatever_comes_after(real: Panel) -> None:
    """A product of matrices may round by the number of its rows, so days of several stretches are cut in the midst of them."""
    rng = np.random.default_rng(7)
    odds = {name: catalogue()[name](real) for name in ("cut_odds_second", "rate_entropy_second", "expected_change_6m")}
    for row in rng.choice(np.arange(800, 9000), 12, replace=False):
        short = real.as_of(real.sessions[row])
        for name, whole in odds.items():
            assert catalogue()[name](short).to_numpy()[-1:].tobytes() == whole.to_numpy()[row : row + 1].tobytes()


def test_futures_are_not_read_before_a_lag_lets_them_be_known(data_dir: Path) -> None:
    inputs = read_experiment(RUSSELL, ["inputs.futures.lag=2"]).inputs
    late = load_panel(str(data_dir), inputs, market="Russell 2000", exchange="XNYS")
    assert catalogue()["cut_odds_next"](late)[:"2023-09-15"].isna().all()
