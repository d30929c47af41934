"""Pullbacks in the answer: falls by size and horizon, and the largest fall from the best close on the way."""

import dataclasses
from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from forecast.backtest.verification.scores import brier
from forecast.engines.passage.drawdown import largest_falls, weighted_quantiles
from forecast.report.html.number_format import number, percent
from forecast.report.html.pullbacks import section
from forecast.report.html.report_data import ReportData
from forecast.report.text.pullback_table import show_pullbacks
from forecast.runs.answer.answer import Answer
from forecast.runs.answer.pullbacks import pullback_grid, pullback_sentence
from forecast.runs.predictions.settled import read_settled
from forecast.runs.repredict import written_answer
from forecast.target.outcome import REVERSE
from tests.reports import run_of

Factory = pytest.TempPathFactory


@pytest.fixture(scope="module")
def answer(tmp_path_factory: Factory) -> Answer:
    """Of the run that has everything, asked about falls of 2 and 5 % within 5 and 21 sessions."""
    whole = written_answer(run_of("whole", tmp_path_factory))
    assert whole is not None
    return whole


def test_the_largest_fall_is_from_the_best_close_so_far_the_start_among_them() -> None:
    closes = np.array([[110.0, 99.0, 120.0, 90.0], [95.0, 96.0, 90.0, 100.0], [101.0, 102.0, 103.0, 104.0]])
    expected = [[0.0, 0.1, 0.1, 0.25], [0.05, 0.05, 0.1, 0.1], [0.0] * 4]  # by hand, from 100
    falls = largest_falls(np.log(closes / 100), np.arange(1, closes.shape[1] + 1))
    np.testing.assert_allclose(falls, expected, rtol=0, atol=1e-12)
    assert not np.signbit(falls).any()


@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=40))
def test_it_is_no_less_than_the_deepest_fall_below_the_start_and_never_shrinks(steps: list[float]) -> None:
    path = np.cumsum(steps)
    falls = largest_falls(path[None], np.arange(1, len(path) + 1))[0]
    assert (np.diff(falls) >= 0).all()
    assert falls[-1] >= -np.expm1(min(path.min(), 0.0)) - 1e-12


def test_a_weighted_quantile_is_the_least_value_with_as_much_weight_below() -> None:
    values, weights = np.array([3.0, 1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0, 7.0])
    np.testing.assert_array_equal(weighted_quantiles(values, weights, np.array([0.05, 0.1, 0.3, 0.5, 0.95])), [1, 1, 3, 4, 4])


def test_the_sentence_has_every_size_by_the_horizon_and_none_where_none_is_asked(answer: Answer) -> None:
    grid = pullback_grid(answer.questions)
    assert grid is not None
    near, deep = (round(100 * grid.cells[size, 21].probabilities["reverse"]) for size in (0.02, 0.05))
    base = " / ".join(f"{100 * grid.cells[size, 21].base_rate['reverse']:.0f}" for size in (0.02, 0.05))
    said = f"A fall of 2 / 5 % at some close within 21 sessions: {near} / {deep} % (base rate {base} %)"
    assert pullback_sentence(answer.questions, 21) == said
    assert pullback_sentence(answer.questions, 20) is None
    assert pullback_grid(answer.questions[:1]) is None


def test_the_answer_to_a_fall_says_falls_or_does_not(answer: Answer) -> None:
    one = next(one for one in answer.questions if one.question == "fall_0.05_h21")
    assert "Does a close fall by 5 % or more within 21 sessions? " in one.sentence
    assert "does not" in one.sentence
    assert "continue" not in one.sentence
    assert one.probabilities["continue"] == one.climatology["continue"] == 0
    came = one.model_copy(update={"outcome": "reverse"})
    assert came.outcome_sentence == f"The outcome, settled on {one.known}: falls."
    met = one.model_copy(update={"met": "reverse", "met_on": one.known})
    assert met.outcome_sentence == f"Already decided: it fell as far on {one.known} (settled on {one.known})."


def test_the_largest_falls_grow_with_the_horizon_and_stand_beside_those_after_past_surges(answer: Answer) -> None:
    assert [one.horizon for one in answer.drawdowns] == [5, 21]
    near, far = answer.drawdowns
    for one in (near, far):
        assert one.ahead is not None
        assert one.past is not None
        assert one.ahead.low <= one.ahead.median <= one.ahead.high
        assert one.surges >= one.episodes > 0
    assert near.ahead is not None
    assert far.ahead is not None
    assert near.ahead.median < far.ahead.median


def test_the_median_of_the_largest_falls_is_that_of_the_paths_by_the_weights(tmp_path_factory: Factory, answer: Answer) -> None:
    data = ReportData.of(run_of("whole", tmp_path_factory))
    sample = data.sample.up_to(int(np.searchsorted(data.sample.sessions, np.datetime64(answer.surge.session))))
    after = [
        largest_falls(np.log(sample.close[row + 1 : row + 22] / sample.close[row])[None], np.array([21]))[0, 0]
        for row in sample.rows
        if row + 21 < len(sample) - 1
    ]
    far = answer.drawdowns[1]
    assert far.past is not None
    assert far.surges == len(after)
    assert far.past.median == pytest.approx(np.sort(after)[(len(after) - 1) // 2], rel=1e-9)


def test_the_tables_and_the_page_have_every_fall(tmp_path_factory: Factory, answer: Answer) -> None:
    lines = StringIO()
    show_pullbacks(Console(file=lines, width=100), answer.questions, answer.drawdowns)
    text = lines.getvalue()
    assert "fall of" in text
    assert "21 sessions" in text
    assert max(map(len, text.splitlines())) <= 100
    data = ReportData.of(run_of("whole", tmp_path_factory))
    page = section(data)
    assert page.text[0].startswith("A fall of 2 / 5 % at some close within 21 sessions: ")
    assert [len(table.rows) for table in page.tables] == [4, 4, 2]
    assert page.text[-1].startswith("Past forecasts of falls: better than the base rate on ")
    record = next(one for one in read_settled(data.run.folder) if one.question.label == "fall_0.02_h5")
    skill = (
        1 - brier(record.probabilities["pool"], record.outcomes).mean() / brier(record.probabilities["base_rate"], record.outcomes).mean()
    )
    past = dict(zip(page.tables[1].head, page.tables[1].rows[0], strict=False))
    assert past["fall"] == "2 %, 5 sessions"
    assert past["came"] == percent(float((record.outcomes == REVERSE).mean()))
    assert past["skill over the base rate"] == number(skill, "+.3f")
    assert page.picture is not None
    assert "21 sessions: 2 % " in page.picture.alt


def test_without_fitted_paths_only_past_surges_are_known(tmp_path_factory: Factory, answer: Answer) -> None:
    data = ReportData.of(run_of("whole", tmp_path_factory))
    gone = [one.model_copy(update={"ahead": None}) for one in answer.drawdowns]
    page = section(dataclasses.replace(data, answer=answer.model_copy(update={"drawdowns": gone})))
    assert "is known of past surges only" in " ".join(page.text)
