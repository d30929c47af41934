"""Whether the answer hangs on how the question is put."""

from functools import partial

from forecast.report.html.number_format import number, percents
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import sensitivity as picture
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.sensitivity import lean, of_two_barriers, sensitivity_grid
from forecast.target.question import barrier_words

KEY, TITLE = "sensitivity", "Does it hang on the definition?"


def section(data: ReportData) -> Section:
    """All questions of two barriers by barrier and horizon."""
    answer, _, _ = data.forecast()
    questions = of_two_barriers(answer.questions)
    if len(questions) < 2:
        raise MissingPartError("One question was asked, so nothing can be compared; [sensitivity] of the experiment asks a grid.")
    grid = sensitivity_grid(questions)
    leans = [lean(question.probabilities) for question in questions]
    up, down = sum(value > 0 for value in leans), sum(value < 0 for value in leans)
    text = (
        f"Of {len(leans)} questions of the same surge, {up} lean to continue and {down} to reverse: continue less reverse goes from "
        f"{number(100 * min(leans), '+.0f')} to {number(100 * max(leans), '+.0f')} points.",
        grid.caution,
    )
    rows = len(grid.barriers)
    alt = f"Two heat maps by barrier and sessions ahead: how far each forecast leans, and the skill of each. {' '.join(text)}"
    drawn = Picture(KEY, alt, partial(picture.paint, grid=grid), 1.5 + 0.42 * rows, 2.2 + 0.84 * rows)
    return Section(KEY, TITLE, text, drawn, (_table(questions),))


def _table(questions: list[QuestionAnswer]) -> PageTable:
    rows = [
        (
            f"{barrier_words(one.barrier_kind, one.size)}, {one.horizon} sessions",
            *percents(one.probabilities),
            *percents(one.base_rate),
            number(one.skill, "+.3f"),
            number(one.skill_t, "+.1f"),
        )
        for one in questions
    ]
    head = ("question", *PRINT_ORDER, *(f"base rate: {name}" for name in PRINT_ORDER), "skill", "t")
    return PageTable("Every question", head, tuple(rows))
