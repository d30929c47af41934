"""Scenarios: the same surge with drivers at other values."""

from forecast.report.html.number_format import MISSING, listed, number, percent, percents, shown_value
from forecast.report.html.page_elements import MissingPartError, PageTable, Section
from forecast.report.html.report_data import ReportData
from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.scenario_table import scenario_name
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.feature_words import feature_title

KEY, TITLE = "scenarios", "Scenarios"
FIRST = PRINT_ORDER[0]  # the outcome of the sentence
LEAST = 0.0005  # a move that rounds to a tenth of a point


def section(data: ReportData) -> Section:
    """The main question under each scenario of the experiment: by how much they move it, and the tables behind."""
    answer, main, _ = data.forecast()
    if not answer.scenarios:
        why = "The experiment states no scenario; [scenarios] is where it would."
        raise MissingPartError("No scenario could be answered; the notes below say why." if data.experiment.scenarios else why)
    again = sorted({name for one in answer.scenarios for name in one.components})
    text = (
        largest_move(answer, main),
        f"Only components that see the drivers are asked again ({listed(again)}); the others, the weights and the calibration stay.",
    )
    return Section(KEY, TITLE, text, tables=(_probabilities(answer, main), _assumptions(answer)))


def largest_move(answer: Answer, main: QuestionAnswer) -> str:
    """By how much the scenarios move `continue`, and which of them most."""
    moves = {scenario_name(one): one.probabilities[main.question][FIRST] - main.probabilities[FIRST] for one in answer.scenarios}
    name = max(moves, key=lambda each: abs(moves[each]))
    if abs(moves[name]) < LEAST:
        return f"No scenario moves {FIRST} by a tenth of a point from {percent(main.probabilities[FIRST], 1)}."
    most, to = number(100 * abs(moves[name]), ".1f"), percent(main.probabilities[FIRST] + moves[name], 1)
    return (
        f"No scenario moves {FIRST} by more than {most} points; the largest move is that of {name}, from "
        f"{percent(main.probabilities[FIRST], 1)} to {to}."
    )


def _probabilities(answer: Answer, main: QuestionAnswer) -> PageTable:
    rows = [("as things stand", *percents(main.probabilities, 1))]
    for one in answer.scenarios:
        p = one.probabilities[main.question]
        moves = (number(100 * (p[name] - main.probabilities[name]), "+.1f") for name in PRINT_ORDER)
        rows.append((scenario_name(one), *(f"{cell} ({move})" for cell, move in zip(percents(p, 1), moves, strict=True))))
    return PageTable("The probabilities, and how many points each moves", ("scenario", *PRINT_ORDER), tuple(rows))


def _assumptions(answer: Answer) -> PageTable:
    rows = [
        (
            scenario_name(one),
            feature_title(driver.feature),
            shown_value(driver.feature, driver.value),
            MISSING if driver.today is None else shown_value(driver.feature, driver.today),
            percent(driver.percentile),
            listed(driver.seen_by),
        )
        for one in answer.scenarios
        for driver in one.drivers
    ]
    return PageTable("What each states", ("scenario", "driver", "value", "today", "percentile", "seen by"), tuple(rows))
