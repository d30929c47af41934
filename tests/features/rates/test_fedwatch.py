"""Rate odds: published tables, prices that are exact by construction, and every mistake in one line."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.files.table import read_table
from features.panel import fomc
from features.panel.calendar import day
from features.panel.fomc import Meeting, meetings_ahead
from features.rates.contracts import past_is_free
from features.rates.decision_day import DecisionDay
from features.rates.distribution import Distribution, distributions
from features.rates.fedwatch import Odds, odds
from features.rates.strip import StripRule
from features.sources import fedwatch as published
from tests.features import futures

# The oracles' page, "Rate-cut odds from fed funds futures": prices and tables as CME and pyfedwatch published them, to 0.1 point.
SEPTEMBER_2022 = {"2022-09": 97.4475, "2022-10": 96.94, "2022-11": 96.43, "2022-12": 96.235, "2023-01": 96.115}
MARCH_2023 = dict(
    zip(
        [str(month) for month in pd.period_range("2023-03", periods=14, freq="M")],
        [95.3375, 95.1, 94.855, 94.775, 94.73, 94.75, 94.78, 94.835, 94.97, 95.06, 95.13, 95.3, 95.365, 95.485],
        strict=True,
    )
)
POINT = 0.05  # a figure printed to 0.1 point


def percent(after: Distribution, moves: list[float]) -> list[float]:
    """Probability in percent of each move from the range in force, basis points."""
    return [100 * after.probability(after.current + move) for move in moves]


def test_the_month_before_gives_the_start_on_2015_09_16() -> None:
    for rule in StripRule:
        answer = odds("2015-09-16", {"2015-08": 99.8675, "2015-09": 99.805}, rule=rule, decision_day=DecisionDay.AFTER)
        assert answer.moves[0].end == pytest.approx(0.26643, abs=5e-6)
        assert answer.distributions[0].p_hike == pytest.approx(0.536, abs=5e-4)


def test_the_exchange_s_own_sheet_of_2022_09_12_is_reproduced() -> None:
    answer = odds("2022-09-12", SEPTEMBER_2022, rule=StripRule.CME, decision_day=DecisionDay.AFTER)
    september, november, _ = answer.moves
    assert (september.start, september.end) == (pytest.approx(2.2987, abs=1e-4), pytest.approx(3.06, abs=1e-9))
    assert (november.start, november.end) == (pytest.approx(3.06, abs=1e-9), pytest.approx(3.5876, abs=5e-5))
    assert percent(answer.distributions[0], [75, 100]) == pytest.approx([95.5, 4.5], abs=POINT)
    alone = distributions([november.meeting.day], np.array([november.move]), current=0.0, width=25.0)[0]
    assert percent(alone, [50, 75]) == pytest.approx([88.97, 11.03], abs=0.005)


def test_the_past_month_moves_the_odds_of_2022_09_12_as_pyfedwatch_has_them() -> None:
    prices = {"2022-08": 97.6675, **SEPTEMBER_2022}
    answer = odds("2022-09-12", prices, rule=StripRule.PYFEDWATCH, decision_day=DecisionDay.AFTER)
    assert percent(answer.distributions[0], [50, 75]) == pytest.approx([9.0, 91.0], abs=POINT)
    alone = distributions([answer.moves[1].meeting.day], np.array([answer.moves[1].move]), current=0.0, width=25.0)[0]
    assert percent(alone, [50]) == pytest.approx([84.5], abs=POINT)


@pytest.mark.parametrize(
    ("meeting", "first", "table"),
    [
        ("2023-03-22", 25, [59.8, 40.2]),
        ("2023-05-03", 50, [57.4, 41.0, 1.6]),
        ("2023-06-14", 50, [31.0, 48.5, 19.7, 0.7]),
        ("2023-07-26", 25, [3.1, 32.8, 45.7, 17.8, 0.7]),
        ("2024-03-20", -100, [0.2, 2.7, 11.8, 25.0, 29.4, 20.4, 8.3, 1.9, 0.2, 0.0]),
    ],
)
def test_the_table_of_2023_03_10_is_reproduced(meeting: str, first: int, table: list[float]) -> None:
    answer = odds("2023-03-10", MARCH_2023, rule=StripRule.PYFEDWATCH, decision_day=DecisionDay.AFTER)
    after = next(each for each in answer.distributions if each.meeting == day(meeting))
    assert (answer.lower, answer.upper) == (4.5, 4.75)
    assert percent(after, [first + 25 * step for step in range(len(table))]) == pytest.approx(table, abs=POINT + 1e-9)


# CME's own table of the close of 2026-07-14, from its lowest listed range on; the first four rows are on the oracles' page as well.
JULY_2026 = dict(
    zip(
        [str(month) for month in pd.period_range("2026-07", periods=13, freq="M")],
        [96.36875, 96.2825, 96.2175, 96.1325, 96.0725, 96.0, 95.965, 95.9275, 95.8975, 95.8675, 95.85, 95.855, 95.8625],
        strict=True,
    )
)
TABLE_OF_JULY_2026 = {
    "2026-07-29": [63.1, 36.9],
    "2026-09-16": [26.9, 51.9, 21.2],
    "2026-10-28": [19.7, 45.3, 29.4, 5.6],
    "2026-12-09": [11.7, 34.9, 35.9, 15.3, 2.3],
    "2027-01-27": [9.7, 30.9, 35.7, 18.8, 4.5, 0.4],
    "2027-03-17": [7.4, 25.9, 34.6, 22.8, 7.9, 1.4, 0.1],
    "2027-04-28": [6.8, 24.5, 33.9, 23.7, 9.0, 1.9, 0.2],
}


def test_the_exchange_s_own_table_of_2026_07_14_is_reproduced_by_default() -> None:
    answer = odds("2026-07-14", JULY_2026, target=(3.5, 3.75))
    assert (answer.rule, answer.decision_day) == (StripRule.PYFEDWATCH, DecisionDay.BEFORE)
    for after, (meeting, table) in zip(answer.distributions, TABLE_OF_JULY_2026.items(), strict=False):
        assert after.meeting == day(meeting)
        assert percent(after, [25 * step for step in range(len(table))]) == pytest.approx(table, abs=POINT)


def test_with_the_day_after_the_decision_the_table_of_2026_07_14_is_missed() -> None:
    answer = odds("2026-07-14", JULY_2026, target=(3.5, 3.75), decision_day=DecisionDay.AFTER)
    for after, table in zip(answer.distributions, TABLE_OF_JULY_2026.values(), strict=False):
        apart = np.array(percent(after, [25 * step for step in range(len(table))])) - table
        assert 0.24 < np.abs(apart).max() < 1.45  # the oracles' page: 0.25 to 1.4


def test_meetings_without_a_free_month_after_them_are_flagged() -> None:
    """July 2027 is the last contract and has a meeting: from the month after, as the table does, neither June's nor July's rate can be had."""
    moves = odds("2026-07-14", JULY_2026, target=(3.5, 3.75)).moves
    assert [move.flags for move in moves[:-2]] == [()] * 7
    end = "no anchor after it: the contracts end with 2027-07, before a month without a meeting, so the rate after it rests on the price of"
    assert moves[-2].flags == (f"{end} 2027-06 alone, 21 of 30 days",)
    assert moves[-1].flags[-1] == f"{end} 2027-07 alone, 3 of 31 days"
    august = odds("2026-07-14", {**JULY_2026, "2027-08": 95.87}, target=(3.5, 3.75))
    assert all(move.flags == () for move in august.moves)


def test_july_2023_settled_with_the_old_rate_on_the_day_of_the_decision() -> None:
    """The effective rate was 5.08 to the 26th and 5.33 from the 27th; the contract settled at 94.88."""
    prices = {"2023-07": 94.88, "2023-08": 100 - 5.33}
    move = odds("2023-07-03", prices).moves[0]
    assert (move.start, move.end) == (pytest.approx(5.08, abs=5e-4), pytest.approx(5.33))
    assert move.move == pytest.approx(25, abs=0.05)
    after = odds("2023-07-03", prices, decision_day=DecisionDay.AFTER).moves[0]
    assert after.move == pytest.approx(26, abs=0.05)  # 31 / 6 times 5.04 basis points


def test_the_published_history_has_the_cut_of_september_2024_for_certain(data_dir: Path) -> None:
    history = published.load(data_dir / "fedwatch_2023_2024.csv.gz")
    before, on = history[day("2024-07-09")][0], history[day("2024-07-16")][0]
    assert before.meeting == on.meeting == day("2024-09-18")
    # press report of 2024-07-16: a quarter point 93.3 %, half a point 6.7 %
    assert on.p_cut >= 0.93
    assert percent(on, [-25, -50]) == pytest.approx([93.3, 6.7], abs=2)  # ours is of the close
    assert on.p_cut - before.p_cut > 0.2  # core prices fell on 11 July
    assert on.mean_change < before.mean_change
    assert on.entropy < before.entropy


def test_published_probabilities_that_do_not_sum_to_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    rows = "2024-07-16,2024-09-18,500,525,{}\n2024-07-16,2024-09-18,525,550,{}\n"
    path.write_text("Date,meeting,lo_bp,hi_bp,prob\n" + rows.format(0.5, 0.4))
    with pytest.raises(InputError, match=r"^history.csv: .* 2024-07-16 for the meeting of 2024-09-18 sum to 0.9, not 1; give every range"):
        published.load(path)
    path.write_text("Date,meeting,lo_bp,hi_bp,prob\n" + rows.format(93, 7))
    with pytest.raises(InputError, match=r"^history.csv: probability 93 .* must lie between 0 and 1; divide percentages by 100$"):
        published.load(path)
    path.write_text("Date,meeting,lo_bp,hi_bp,prob\n" + rows.format(0.9, 0.1))
    assert published.load(path)[day("2024-07-16")][0].p_cut == 0.9
    with pytest.raises(InputError, match=r"^history.csv: has no rows of 2024-07-17; ask for a --date that it has$"):
        published.load(path, day("2024-07-17"))


half_steps = st.integers(-6, 6)
chances = st.floats(0.02, 0.98)
days_of_record = st.dates(pd.Timestamp("1994-02-01").date(), pd.Timestamp("2026-05-31").date()).map(day)


def recovered(answer: Odds, points: list[tuple[int, float]]) -> None:
    """The moves and the distribution, against the product of two-point laws counted level by level."""
    expected = np.array([25 * (low + chance) for low, chance in points])
    moves = np.array([move.move for move in answer.moves])
    assert moves == pytest.approx(expected, abs=1e-7)  # basis points: 1e-9 percent
    law = {0: 1.0}
    for after, (low, chance) in zip(answer.distributions, points, strict=True):
        later: dict[int, float] = {}
        for level, mass in law.items():
            later[level + low] = later.get(level + low, 0.0) + mass * (1 - chance)
            later[level + low + 1] = later.get(level + low + 1, 0.0) + mass * chance
        law = later
        assert percent(after, [25 * level for level in law]) == pytest.approx([100 * mass for mass in law.values()], abs=1e-6)
        assert after.p_cut == pytest.approx(sum(mass for level, mass in law.items() if level < 0), abs=1e-8)
        assert after.p_hike == pytest.approx(sum(mass for level, mass in law.items() if level > 0), abs=1e-8)
        assert after.p_cut + after.p_hike + after.p_unchanged == pytest.approx(1, abs=1e-9)
        assert after.mean_change == pytest.approx(sum(25 * level * mass for level, mass in law.items()), abs=1e-6)


@pytest.mark.parametrize("rule", StripRule)
@given(on=days_of_record, months=st.integers(2, 13), data=st.data())
@settings(max_examples=20)
def test_prices_of_a_known_law_give_the_law_back(rule: StripRule, on: pd.Timestamp, months: int, data: st.DataObject) -> None:
    """Two-point moves at every meeting, each contract at its exact expectation, emergency decisions of the running month before them."""
    convention = data.draw(st.sampled_from(DecisionDay))
    last = (on.to_period("M") + months).start_time.as_unit("ns") - pd.Timedelta(days=1 + convention.lag)
    ahead = meetings_ahead(on, last)
    points = [data.draw(st.tuples(half_steps, chances)) for _ in ahead]
    steps = futures.boundaries(on, ahead, [0.25 * (low + chance) for low, chance in points])
    prices = futures.curve(on, 10.0, steps, months=months, past=data.draw(st.booleans()), decision_day=convention)
    try:
        answer = odds(on, prices, rule=rule, target=(5.0, 5.25), decision_day=convention)
    except InputError as error:
        assert re.search("leave the rate .* open|there is no meeting", str(error))  # noqa: PT017
        return
    if not any("not settled" in flag for move in answer.moves for flag in move.flags):
        recovered(answer, points)


@pytest.mark.parametrize("rule", StripRule)
@given(first=st.tuples(half_steps, chances), second=st.tuples(half_steps, chances), days=st.tuples(st.integers(1, 12), st.integers(13, 30)))
def test_two_meetings_in_a_month_between_two_free_months_are_told_apart(
    rule: StripRule, first: tuple[int, float], second: tuple[int, float], days: tuple[int, int]
) -> None:
    on = day("2019-08-15")  # July of 2019 had a meeting, August none
    ahead = tuple(Meeting(day(f"2019-09-{place:02d}"), scheduled=True) for place in days)
    steps = futures.boundaries(on, ahead, [0.25 * sum(point) for point in (first, second)])
    answer = odds(on, futures.curve(on, 3.0, steps, months=3, past=False), rule=rule, meetings=ahead)
    recovered(answer, [first, second])


@pytest.mark.parametrize("rule", [StripRule.CME, StripRule.PYFEDWATCH])
def test_two_meetings_in_the_last_month_share_the_move_and_are_flagged(rule: StripRule) -> None:
    on = day("2019-08-15")
    ahead = tuple(Meeting(day(f"2019-09-{place}"), scheduled=True) for place in (10, 20))
    steps = futures.boundaries(on, ahead, [-0.25, -0.25])
    answer = odds(on, futures.curve(on, 2.0, steps, months=2, past=False), rule=rule, meetings=ahead)
    assert [move.move for move in answer.moves] == pytest.approx([-25, -25], abs=1e-9)
    assert all(move.flags == ("not settled by prices: 2 decisions in 2019-09",) for move in answer.moves if "ill" not in move.flags[0])
    assert all("not settled by prices: 2 decisions in 2019-09" in move.flags for move in answer.moves)


def test_a_decision_of_the_running_month_is_no_meeting_ahead_and_its_move_settles_the_rest() -> None:
    """On 2020-03-10 March held the cut of the 3rd and the meeting of the 18th: one price, and the first move is known."""
    on = day("2020-03-10")
    ahead = meetings_ahead(on, day("2020-05-31"))
    assert [meeting.day for meeting in ahead] == [day("2020-03-18"), day("2020-04-29")]
    steps = futures.boundaries(on, ahead, [-0.6, -0.1])
    assert steps[0] == (day("2020-03-03"), -0.5)
    for rule in StripRule:
        answer = odds(on, futures.curve(on, 1.58, steps, months=3, past=False), rule=rule)
        assert [move.move for move in answer.moves] == pytest.approx([-60, -10], abs=1e-7)
        assert answer.rate == pytest.approx(1.08, abs=1e-9)
        assert answer.offset == pytest.approx(-4.5, abs=1e-7)  # the range was 1.00 to 1.25


def test_a_meeting_in_the_last_days_of_the_last_month_is_flagged_with_its_amplification() -> None:
    """30 January 2019 with January the last contract: one day in 31 tells, so rounding counts at least 31 times."""
    on = day("2018-12-27")  # December's meeting was on the 19th
    ahead = meetings_ahead(on, day("2019-01-30"))
    steps = futures.boundaries(on, ahead, [-0.25])
    answer = odds(on, futures.curve(on, 2.4, steps, months=2, past=False))
    assert answer.moves[0].move == pytest.approx(-25, abs=1e-7)
    assert answer.moves[0].amplification > 31
    assert answer.moves[0].error == pytest.approx(answer.moves[0].amplification * 100 * 0.005 / 12**0.5)
    assert (
        answer.moves[0]
        .flags[0]
        .startswith("ill-conditioned: 1 of 31 days of 2019-01 are left after it, rounding of one price counts 35 times")
    )
    later = odds(on, futures.curve(on, 2.4, [*steps], months=3, past=False))  # February has no meeting
    assert later.moves[0].flags == ()
    assert later.moves[0].amplification < 2


def test_a_decision_on_the_last_day_of_a_month_is_told_by_the_next_month() -> None:
    """31 January 2024: January's contract has the old rate on every day, and says nothing of it."""
    on = day("2023-12-27")
    steps = futures.boundaries(on, meetings_ahead(on, day("2024-02-29")), [-0.25])
    prices = futures.curve(on, 5.33, steps, months=3, past=False)
    assert prices["2024-01"] == pytest.approx(100 - 5.33)
    for rule in StripRule:
        move = odds(on, prices, rule=rule).moves[0]
        assert (move.move, move.flags) == (pytest.approx(-25, abs=1e-7), ())
    with pytest.raises(InputError, match=r"no meeting between it and 2024-01-31, the end .*, whose rate begins before 2024-02-01; add"):
        odds(on, {month: prices[month] for month in ("2023-12", "2024-01")})
    assert odds(on, prices, decision_day=DecisionDay.AFTER).moves[0].meeting.day == day("2024-01-31")


@pytest.mark.slow
def test_the_error_of_a_move_is_that_of_rounded_prices() -> None:
    """Simulated: exact prices rounded to their ticks many times over, the paths shifted evenly within a tick."""
    on = day("2023-03-10")
    ahead = meetings_ahead(on, day("2023-08-31"))
    rng = np.random.default_rng(1)
    for rule in StripRule:
        errors = []
        for _ in range(150):
            steps = futures.boundaries(on, ahead, list(rng.uniform(-0.5, 0.5, len(ahead))))
            exact = futures.curve(on, 4.5 + rng.uniform(0, 0.25), steps, months=6, past=False)
            ticks = [0.0025, *([0.005] * 5)]
            rounded = {month: np.round(price / tick) * tick for (month, price), tick in zip(exact.items(), ticks, strict=True)}
            answer = odds(on, rounded, rule=rule)
            errors.append([move.move - 100 * step for move, (_, step) in zip(answer.moves, steps, strict=True)])
        measured = np.std(errors, axis=0)
        # a standard deviation from 150 draws errs by 6 %; four times that, as there are 12 of them
        assert measured == pytest.approx([move.error for move in answer.moves], rel=0.23)


def test_least_squares_with_the_effective_rate_moves_towards_it() -> None:
    without = odds("2023-03-10", MARCH_2023, rule=StripRule.LEAST_SQUARES)
    above = odds("2023-03-10", MARCH_2023, rule=StripRule.LEAST_SQUARES, effr=without.rate + 0.05)
    assert without.rate < above.rate < without.rate + 0.05
    assert above.offset == pytest.approx(without.offset + 5)


def test_least_squares_errs_no_more_than_the_other_rules() -> None:
    errors = {rule: [move.error for move in odds("2023-03-10", MARCH_2023, rule=rule).moves] for rule in StripRule}
    for rule in (StripRule.CME, StripRule.PYFEDWATCH):
        assert (np.array(errors[StripRule.LEAST_SQUARES]) <= np.array(errors[rule]) + 1e-9).all()  # Gauss and Markov


def test_the_range_between_methods_holds_each_method() -> None:
    answer = [odds("2022-09-12", {"2022-08": 97.6675, **SEPTEMBER_2022}, rule=rule, target=(3.0, 3.25)) for rule in StripRule]
    for place in range(len(answer[0].moves)):
        low, high = answer[0].moves[place].between
        cuts = [each.distributions[place].p_cut for each in answer]
        assert (low, high) == (min(cuts), max(cuts))


@given(st.lists(st.floats(-200, 200), min_size=1, max_size=9))
def test_a_distribution_has_the_mean_of_its_moves(moves: list[float]) -> None:
    answer = distributions([day("2023-03-22")] * len(moves), np.array(moves), current=450.0, width=25.0)
    for place, each in enumerate(answer):
        assert each.mean_change == pytest.approx(sum(moves[: place + 1]), abs=1e-9)
        assert -1e-12 <= each.entropy <= np.log(len(each.lower)) + 1e-12


@pytest.mark.parametrize(
    ("move", "expected"), [(35, {25: 0.6, 50: 0.4}), (-35, {-25: 0.6, -50: 0.4}), (-5, {0: 0.8, -25: 0.2}), (0, {0: 1.0})]
)
def test_a_move_is_split_between_its_neighbouring_quarters(move: float, expected: dict[float, float]) -> None:
    answer = distributions([day("2023-03-22")], np.array([float(move)]), current=450.0, width=25.0)[0]
    assert {step: answer.probability(450 + step) for step in expected} == pytest.approx(expected)


def test_the_past_month_counts_only_when_it_is_free_of_decisions() -> None:
    assert not past_is_free(day("2023-03-10"))  # 1 February
    assert past_is_free(day("2022-09-12"))
    with_it = odds("2023-03-10", {"2023-02": 99.0, **MARCH_2023})
    assert with_it.moves[0].start == odds("2023-03-10", MARCH_2023).moves[0].start


@pytest.mark.parametrize(
    ("on", "prices", "line"),
    [
        (
            "2022-09-12",
            {**SEPTEMBER_2022, "2022-11": 4.0},
            "contract 2022-11: price 4 is not between 50 and 105; a price is 100 less the rate",
        ),
        (
            "2022-09-12",
            {**SEPTEMBER_2022, "2022-11": np.nan},
            "contract 2022-11: price nan is not between 50 and 105; a price is 100 less the rate",
        ),
        (
            "2022-09-12",
            {**SEPTEMBER_2022, "2022-11": "x"},
            "contract 2022-11: price 'x' is no number; write 100 less the rate, such as 95.25",
        ),
        ("2022-09-12", {**SEPTEMBER_2022, "soon": 96.0}, "contract month 'soon': is no month; write YYYY-MM"),
        ("2022-09-12", {**SEPTEMBER_2022, pd.Timestamp("2022-11-02"): 96.0}, "contract 2022-11: stands twice; keep one price"),
        (
            "2022-09-12",
            {month: price for month, price in SEPTEMBER_2022.items() if month != "2022-10"},
            "contract 2022-10: has no price, and it lies before 2023-01; add it or leave out the months after it",
        ),
        (
            "2022-09-12",
            {"2022-09": 97.4475},
            "prices for 2022-09-12: needs two contracts or more from 2022-09 on, got 2022-09; add later months",
        ),
        ("2023-03-02", SEPTEMBER_2022, "prices for 2023-03-02: needs two contracts or more from 2023-03 on, got none; add later months"),
        (
            "2022-09-22",
            {"2022-09": 97.4475, "2022-10": 96.94},
            "--date 2022-09-22: there is no meeting between it and 2022-10-31, the end of the last contract; add later contracts",
        ),
        (
            "2022-11-01",
            {"2022-11": 96.43, "2022-12": 96.235},
            "prices for 2022-11-01: leave the rate about 2022-11-02 open, since every month near it has a meeting; "
            "add 2022-10 or months after 2022-12",
        ),
        ("2022-02-30", SEPTEMBER_2022, "--date 2022-02-30: is no date; write YYYY-MM-DD"),
        (
            "1987-01-05",
            SEPTEMBER_2022,
            "FOMC calendar: 1987-01-05 lies outside 1988-01-28 to 2033-01-26, the days that it covers; ask for a day inside",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(on: str, prices: dict[str, float], line: str) -> None:
    with pytest.raises(InputError) as raised:
        odds(on, prices, rule=StripRule.CME)
    assert str(raised.value) == line


def test_a_range_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"^--range 475-450: must be percent, the lower bound first; write it as 4.50-4.75$"):
        odds("2022-09-12", SEPTEMBER_2022, target=(475.0, 450.0))


def test_days_beyond_the_record_of_the_target_are_left_out_of_the_measures(tmp_path: Path) -> None:
    after = fomc.recorded_target_until() + pd.Timedelta(days=3)
    rows = [("2026-06-18", "2026-07-29"), (f"{after:%Y-%m-%d}", f"{after + pd.Timedelta(days=40):%Y-%m-%d}")]
    lines = "".join(f"{day},{meeting},350,375,1.0\n" for day, meeting in rows)
    (tmp_path / "odds.csv").write_text("Date,meeting,lo_bp,hi_bp,prob\n" + lines)
    assert [f"{day:%Y-%m-%d}" for day in published.measures(read_table(tmp_path / "odds.csv"), tmp_path / "odds.csv").index] == [
        "2026-06-18"
    ]


@pytest.mark.parametrize("month", ["3/1/2023", "Mar-23", "202303", "2023-13"])
def test_a_month_in_another_form_is_named(month: str) -> None:
    with pytest.raises(InputError, match=f"contract month '{month}': is no month; write YYYY-MM"):
        odds("2023-03-10", {month: 95.3, "2023-04": 95.1})
