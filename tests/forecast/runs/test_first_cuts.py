"""First cuts by rule, and what came before them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from forecast.models.climatology import frequencies
from forecast.runs.answer.first_cuts import AFTER_CUT, WINDOW, before_first_cuts, cuts_by_rule, first_cuts
from forecast.target.outcome import OUTCOMES
from forecast.target.sample import Sample
from forecast.target.surge import SurgeRule, episode_numbers

RULE = SurgeRule(min_z=1.0, min_return=0.01)  # of the simulated sample


def test_first_cuts_are_those_that_opened_the_easing_cycles_since_1994() -> None:
    # Board of Governors, "Open Market Operations": the first reduction after each series of increases, or long hold
    cycles = ["1995-07-06", "1998-09-29", "2001-01-03", "2007-09-18", "2019-07-31", "2024-09-18"]
    assert [f"{day:%Y-%m-%d}" for day in first_cuts(pd.Timestamp("2025-12-31"))] == cycles


def test_a_cut_that_is_ahead_is_not_known() -> None:
    assert first_cuts(pd.Timestamp("2024-07-16"))[-1] == pd.Timestamp("2019-07-31")
    assert first_cuts(pd.Timestamp("2024-09-17"))[-1] == pd.Timestamp("2019-07-31")
    assert first_cuts(pd.Timestamp("2024-09-18"))[-1] == pd.Timestamp("2024-09-18")


def test_a_cut_within_a_year_of_another_is_no_first_one_and_meetings_without_a_change_do_not_matter() -> None:
    days = pd.to_datetime(["2000-01-03", "2000-02-01", "2000-03-01", "2001-01-31", "2001-06-01", "2002-06-01"])
    record = list(zip(days, [6.0, 5.5, 5.5, 5.25, 5.5, 5.25], strict=True))
    assert cuts_by_rule(record) == [days[1], days[5]]
    assert cuts_by_rule([pair for pair in record if pair[0] != days[2]]) == [days[1], days[5]]


def test_each_episode_before_a_cut_is_told_from_its_first_surge(sample: Sample) -> None:
    row = int(sample.rows[40])
    cut = pd.Timestamp(sample.sessions[row])
    report = before_first_cuts(sample, RULE, [cut])
    inside = sample.rows[(sample.rows >= row - WINDOW) & (sample.rows < row)]
    _, first = np.unique(episode_numbers(inside, 21), return_index=True)
    assert [move.session for move in report.moves] == [str(sample.sessions[place]) for place in inside[first]]
    for move, place in zip(report.moves, inside[first], strict=True):
        surge = int(np.flatnonzero(sample.rows == place)[0])
        assert move.kind == "surge"
        assert move.log_return == pytest.approx(sample.surge_return[surge])
        assert move.sessions_to_cut == row - place
        assert move.to_cut == pytest.approx(np.log(sample.close[row] / sample.close[place]))
        assert move.followed["63"] == pytest.approx(np.log(sample.close[place + 63] / sample.close[place]))
        assert move.after_cut["252"] == pytest.approx(np.log(sample.close[row + 252] / sample.close[row]))
        assert list(move.outcomes.values()) == [OUTCOMES[code] for code in sample.outcomes[surge]]


def test_without_a_surge_the_largest_move_stands_in(sample: Sample) -> None:
    blank = dataclasses.replace(sample, rows=sample.rows[:0], outcomes=sample.outcomes[:0], barriers=sample.barriers[:0])
    row = 800
    report = before_first_cuts(blank, RULE, [pd.Timestamp(sample.sessions[row])])
    moves = np.log(sample.close[row - WINDOW : row] / sample.close[row - WINDOW - 5 : row - 5])
    assert [move.kind for move in report.moves] == ["largest move"]
    assert report.moves[0].session == str(sample.sessions[row - WINDOW + int(moves.argmax())])
    assert report.moves[0].log_return == pytest.approx(moves.max())


def test_a_cut_has_one_vote_however_many_surges_came_before_it(sample: Sample) -> None:
    cuts = [pd.Timestamp(sample.sessions[row]) for row in (600, 1000, 1500)]
    report = before_first_cuts(sample, RULE, cuts)
    label = sample.questions[0].label
    by_cut = [[move.outcomes[label] for move in report.moves if move.cut == f"{cut:%Y-%m-%d}"] for cut in cuts]
    assert max(map(len, by_cut)) > 1  # else one vote a cut would be one a move
    expected = {name: np.mean([outcomes.count(name) / len(outcomes) for outcomes in by_cut]) for name in OUTCOMES}
    assert report.frequencies[label] == pytest.approx(expected)
    assert report.voters[label] == 3
    assert list(report.climatology[label].values()) == pytest.approx(frequencies(sample)[0].tolist())


def test_what_is_not_over_is_not_told(sample: Sample) -> None:
    row = 1000
    cut = pd.Timestamp(sample.sessions[row])
    early = before_first_cuts(sample.up_to(row + 10), RULE, [cut])
    late = before_first_cuts(sample, RULE, [cut])
    assert early.cuts == late.cuts
    assert all(move.after_cut == {str(ahead): None for ahead in AFTER_CUT} for move in early.moves)
    for then, now in zip(early.moves, late.moves, strict=True):
        assert then.to_cut == now.to_cut
        assert all(value is None or value == now.followed[ahead] for ahead, value in then.followed.items())
    assert before_first_cuts(sample.up_to(row - 1), RULE, [cut]).cuts == []
    nothing = before_first_cuts(sample, RULE, [pd.Timestamp(sample.sessions[50])])  # half a year before it is not in the history
    assert nothing.moves == []
    assert set(nothing.frequencies.values()) == {None}
