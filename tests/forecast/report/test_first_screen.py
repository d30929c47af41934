"""The first screen: what it says of a case that is open, of one that is decided, and how wide and long it is."""

import io

import pytest
from rich.console import Console

from forecast.report.text.answer_table import show_answer
from forecast.report.text.first_screen import show_first_screen
from forecast.runs.answer.answer import Answer
from forecast.runs.repredict import written_answer
from tests.reports import run_of


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """That of a run with every input, whose last session is a surge."""
    written = written_answer(run_of("whole", tmp_path_factory))
    assert written is not None
    return written


def shown(answer: Answer) -> list[str]:
    screen = Console(width=100, file=io.StringIO(), record=True)
    show_first_screen(screen, answer)
    return [line.rstrip() for line in screen.export_text().splitlines()]


def in_one_line(answer: Answer) -> str:
    return " ".join(" ".join(shown(answer)).split())


def changed(answer: Answer, surge: dict[str, object] | None = None, main: dict[str, object] | None = None, **changes: object) -> Answer:
    """The answer with other values of its surge, of its main question and of itself."""
    first, *others = answer.questions
    parts = {"surge": answer.surge.model_copy(update=surge or {}), "questions": [first.model_copy(update=main or {}), *others]}
    return answer.model_copy(update=parts | changes)


def test_the_outcomes_stand_in_their_order_each_with_the_level_that_decides_and_the_forecast_before_the_base_rate(answer: Answer) -> None:
    main = {"barrier": 0.0546, "known": "2024-08-14"}
    head, *rows = shown(changed(answer, {"close": 2263.67, "made_of_returns": False}, main))[1:5]
    assert head.startswith("By 14 August 2024, which comes first?")
    assert head.index("forecast") < head.index("base rate")
    assert [row.split()[0] for row in rows] == ["continue", "stall", "reverse"]
    assert "a close above 2,391 (+5.6 %)" in rows[0]  # 2263.67 exp(0.0546)
    assert "neither" in rows[1]
    assert "a close below 2,143 (-5.3 %)" in rows[2]
    for row, name in zip(rows, ("continue", "stall", "reverse"), strict=True):
        forecast, base = (f"{100 * p[name]:.0f} %" for p in (answer.questions[0].probabilities, answer.questions[0].base_rate))
        assert row.index(f" {forecast}") < row.rindex(f" {base}")


def test_a_portfolio_of_returns_has_no_levels(answer: Answer) -> None:
    rows = shown(changed(answer, {"close": 2263.67, "made_of_returns": True}, {"barrier": 0.0546}))
    assert any("a close 5.6 % above the surge's" in row for row in rows)
    assert not any("2,391" in row for row in rows)


def test_a_case_that_is_decided_leads_with_what_happened_and_with_today(answer: Answer) -> None:
    main = {"met": "reverse", "met_on": "2024-07-17", "met_after": 1}
    lines = shown(changed(answer, {"close": 2000.0, "made_of_returns": False}, main, is_surge_today=False, last_close=2050.0))
    assert lines[1] == "It reversed on 17 July 2024, the next session."
    assert "at 2,050, +2.5 %" in lines[2]
    later = shown(changed(answer, main={"met": None, "met_on": None, "outcome": "stall", "known": "2024-08-14"}))
    assert later[1] == "It stalled: neither barrier was met by 14 August 2024."


def test_trust_names_the_t_the_episodes_and_a_neighbour_that_has_earned_it(answer: Answer) -> None:
    other = answer.questions[1].model_copy(update={"barrier_kind": "fixed", "size": 0.05, "horizon": 21, "skill_t": 4.31})
    unproven = {"demonstrated": False, "skill_t": 0.5, "skill_over": "base_rate", "skill_episodes": 54, "neighbour": other.question}
    first = answer.questions[0].model_copy(update=unproven)
    text = in_one_line(answer.model_copy(update={"questions": [first, other]}))
    assert "unproven on this question (t 0.5 against the base rate, 54 episodes); shown at 5 % in 21 sessions (t 4.3)." in text
    proven = first.model_copy(update={"demonstrated": True, "skill_t": 2.0, "neighbour": None})
    text = in_one_line(answer.model_copy(update={"questions": [proven, other]}))
    assert "skill is demonstrated on this question (t 2.0 against the base rate, 54 episodes)." in text


def test_the_base_rate_is_said_as_frequencies(answer: Answer) -> None:
    main = {"base_episodes": 180, "base_rate": {"reverse": 0.2, "stall": 0.6, "continue": 0.2}}
    text = in_one_line(changed(answer, main=main))
    assert "of 180 past episodes like it, 36 continued, 108 stalled, 36 reversed." in text
    odd = {"base_episodes": 28, "base_rate": {"reverse": 0.34, "stall": 0.46, "continue": 0.20}}  # 9.52, 12.88 and 5.6
    assert "of 28 past episodes like it, 6 continued, 13 stalled, 9 reversed." in in_one_line(changed(answer, main=odd))
    assert "no surge is settled yet" in in_one_line(changed(answer, main={"base_episodes": 0}))


def test_it_takes_at_most_25_lines_of_100_columns_with_the_longest_names_and_the_rest_is_under_full(answer: Answer) -> None:
    long = changed(answer, series="S" * 180, notes=[f"a note of many words, number {number}, " * 9 for number in range(30)])
    screens = {}
    for full in (False, True):
        screen = Console(width=100, file=io.StringIO(), record=True)
        show_answer(screen, long, notes=["further"], full=full)
        screens[full] = screen.export_text().splitlines()
        assert max(map(len, screens[full])) <= 100
    assert len(screens[False]) <= 25 - 4  # the command adds the run, the history, the report and MLflow
    assert any("Sensitivity" in line for line in screens[True])
    assert not any("Sensitivity" in line for line in screens[False])
