"""The day of a decision: the convention of each day, against the effective days on record and the effective rate itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.panel import fomc
from features.panel.calendar import day
from features.rates.decision_day import DecisionDay, decision_day_on
from features.rates.fedwatch import odds
from features.rates.history import odds_history
from tests.features import futures


def changes_of_record() -> list[tuple[pd.Timestamp, float, float]]:
    """Day of each decision that moved the target, and the middle of the range before and after it."""
    held = [each for each in fomc.meetings() if each.cancelled is None and np.isfinite(each.upper)]
    middles = [(each.lower + each.upper) / 2 for each in held]
    return [(each.day, old, new) for each, old, new in zip(held[1:], middles[:-1], middles[1:], strict=True) if old != new]


def test_the_convention_agrees_with_the_effective_days_on_record(data_dir: Path) -> None:
    """From 2003 to 2016 the record dates each change on its decision, and those of 2015 and 2016 held from the next day, see below."""
    record = set(pd.read_csv(data_dir / "fed_target_changes.csv.gz", parse_dates=["Date"])["Date"])
    days = [on for on, *_ in changes_of_record() if (on < day("2003-01-01") or on >= day("2017-01-01")) and on <= max(record)]
    assert len(days) == 96
    assert {on + pd.Timedelta(days=decision_day_on(on).lag) for on in days} <= record


def test_the_effective_rate_of_a_decision_s_day_is_the_old_one(data_dir: Path) -> None:
    """Share of the change that the rate of the day shows, against the day before and the day after: nothing at the median of 25 changes."""
    rates = pd.read_csv(data_dir / "fred_daily.csv.gz", parse_dates=["Date"]).set_index("Date")["DFF"].dropna()
    days = [on for on, *_ in changes_of_record() if day("2015-01-01") <= on <= rates.index[-1]]
    before, on, after = (rates.reindex([each + pd.Timedelta(days=lead) for each in days]).to_numpy() for lead in (-1, 0, 1))
    assert len(days) == 25
    assert np.nanmedian((on - before) / (after - before)) == pytest.approx(0, abs=1e-9)


def test_a_day_has_the_convention_in_force_then_for_the_meetings_of_the_next_year() -> None:
    assert decision_day_on(day("2002-12-31")) is DecisionDay.AFTER
    assert decision_day_on(day("2003-01-01")) is DecisionDay.BEFORE
    on = day("2002-12-30")
    steps = futures.boundaries(on, fomc.meetings_ahead(on, day("2003-02-28")), [-0.25])
    prices = futures.curve(on, 1.25, steps, months=3, past=False, decision_day=DecisionDay.AFTER)
    answer = odds(on, prices)
    assert answer.decision_day is DecisionDay.AFTER
    assert answer.moves[0].move == pytest.approx(-25, abs=1e-7)


@pytest.mark.parametrize("convention", DecisionDay)
def test_a_history_takes_the_convention_of_each_day_or_the_one_named(convention: DecisionDay) -> None:
    """A tenth of a point lower after each meeting ahead, priced by one convention: two fifths of a cut by it, and by no other."""
    for on in (day("2002-09-03"), day("2018-09-04")):
        steps = futures.boundaries(on, fomc.meetings_ahead(on, day(f"{on.year + 1}-09-01")), [-0.1] * 8)
        prices = np.array([list(futures.curve(on, 4.0, steps, months=12, past=False, decision_day=convention).values())])
        by_name = odds_history(pd.DatetimeIndex([on]), prices, decision_day=convention)["p_cut_next"].iloc[0]
        assert by_name == pytest.approx(0.4, abs=1e-9)
        default = odds_history(pd.DatetimeIndex([on]), prices)["p_cut_next"].iloc[0]
        assert (default == pytest.approx(0.4, abs=1e-9)) == (decision_day_on(on) is convention)


def test_a_change_over_a_horizon_on_the_day_of_a_meeting_out_of_reach_is_not_known() -> None:
    """Twelve months from 2018-07-31 lies the meeting of 2019-07-31, whose rate begins in August."""
    on = pd.DatetimeIndex([day("2018-07-31")])
    assert np.isnan(odds_history(on, np.full((1, 13), 98.0))["change_12m"].iloc[0])
    assert odds_history(on, np.full((1, 14), 98.0))["change_12m"].iloc[0] == pytest.approx(0, abs=1e-9)
