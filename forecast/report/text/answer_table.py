"""The answer of a run and its skill, as tables of at most 100 columns."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.backtest.verification import CLIMATOLOGY, POOL
from forecast.report.sentences import PRINT_ORDER, TILT, not_a_surge_today, question_tilts
from forecast.report.text.analog_tables import analogs_table
from forecast.report.text.cells import number, percents
from forecast.report.text.console import WIDTH, plain_table, show_first_notes, show_notes
from forecast.report.text.contrasts_table import show_contrasts
from forecast.report.text.first_screen import show_first_screen
from forecast.report.text.pullback_table import show_pullbacks
from forecast.report.text.scenario_table import scenario_assumptions, scenario_table
from forecast.report.text.sensitivity_table import show_sensitivity
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.drivers import Driver
from forecast.runs.answer.feature_words import feature_change, feature_title, feature_value

DRIVERS_SHOWN = 10
MORE = "Every question, component, driver, analog and scenario: --full, --format json, and the report."


def show_answer(
    screen: Console, answer: Answer, scores: dict[str, Any] | None = None, *, notes: Sequence[str] = (), full: bool = False
) -> None:
    """The first screen; if `full`, then the main question in full, all questions, drivers and, with `scores`, the skill on the main one.

    Last the answer's notes and the further `notes`, a few of them or, if `full`, all.
    """
    show_first_screen(screen, answer)
    if full:
        _show_rest(screen, answer, scores)
    show_first_notes(screen, [*answer.notes, *notes], full=full)
    if not full:
        screen.print(Text(MORE, style="dim"))


def _show_rest(screen: Console, answer: Answer, scores: dict[str, Any] | None) -> None:
    """Everything that the first screen has no room for."""
    main = answer.questions[0]
    screen.rule(Text(answer.series, style="bold"))
    screen.print(_surge_lines(answer))
    screen.print(_probabilities(main))
    base = f"Climatology rests on {main.settled} settled surges in {main.settled_episodes} independent episodes."
    screen.print(Text(f"{base}\n{main.outcome_sentence}\n"))
    show_sensitivity(screen, answer.questions)
    show_pullbacks(screen, answer.questions, answer.drawdowns)
    screen.print(_drivers(answer.drivers))
    if answer.geometry:
        screen.print(Text(question_tilts(answer.geometry)))
    if answer.analogs:
        screen.print(analogs_table(answer.analogs, main.question))
    if answer.scenarios:
        title = f"Scenarios, {main.horizon} sessions, barrier ±{main.barrier:.4f}: the same surge with other drivers"
        screen.print(scenario_table(title, main.probabilities, answer.scenarios, main.question))
        show_notes(screen, [scenario_assumptions(scenario) for scenario in answer.scenarios])
    if answer.contrasts:
        show_contrasts(screen, answer.contrasts)
    if scores:
        show_skill(screen, main.question, scores[main.question])


def _surge_lines(answer: Answer) -> Text:
    lines = [answer.surge.sentence]
    if not answer.is_surge_today:
        lines.append(not_a_surge_today(answer.as_of, answer.surge.session))
    lines.append(f"Episode {answer.questions[0].episode} of this index; models trained to {answer.trained_to}.")
    return Text("\n".join(lines))


def _probabilities(question: QuestionAnswer) -> Table:
    """The forecast, the base rate, climatology, and the components."""
    standing = question.headline.standing
    title = f"{standing[0].upper()}{standing[1:]}.\n{question.horizon} sessions, barrier ±{question.barrier:.4f} (log): {question.asks}"
    wide = range(len(PRINT_ORDER) + 1)
    table = plain_table(title, ("", *PRINT_ORDER), wrap=wide, padding=(0, 1), width=WIDTH - 10)
    rows = [
        (
            f"forecast [dim]with its {question.level:.0%} interval[/]",
            [_with_interval(question, outcome) for outcome in PRINT_ORDER],
            "bold",
        ),
        ("  Monte-Carlo s.e.", percents(question.mc_error), "dim"),
        ("  not calibrated", percents(question.uncalibrated), "dim"),
        ("base rate", percents(question.base_rate), ""),
        (CLIMATOLOGY, percents(question.climatology), "dim"),
    ]
    for name, cells, style in rows:
        table.add_row(name, *cells, style=style, end_section=name == rows[-1][0])
    for name, probabilities in question.components.items():
        table.add_row(f"  {name} (weight {question.weights[name]:.2f})", *percents(probabilities), style="dim")
    return table


def _with_interval(question: QuestionAnswer, outcome: str) -> str:
    """61.3 % [52, 70]; whole per cents, for the interval is known no better."""
    low, high = question.interval[outcome]
    return f"[bold]{question.probabilities[outcome]:.1%}[/] \\[{100 * low:.0f}, {100 * high:.0f}]"


def _drivers(drivers: list[Driver]) -> Table:
    """The first drivers; the tilt only if the fit that forecast the surge is at hand."""
    shown = drivers[:DRIVERS_SHOWN]
    tilted = any(driver.tilt is not None for driver in shown)
    order = f"tilt: {TILT}" if tilted else "most unusual values first"
    headings = ("feature", "value", "percentile", "change in surge", *(["tilt"] if tilted else []))
    title = f"Drivers, {len(shown)} of {len(drivers)}; {order}"
    table = plain_table(title, headings, left=(0, 2), wrap=range(1, len(headings)))
    for driver in shown:
        name, value = driver.feature, driver.value
        change = "" if driver.change is None else feature_change(name, value, driver.change)
        tilt = [] if not tilted else [number(driver.tilt, "+.3f")]
        table.add_row(feature_title(name), feature_value(name, value), f"{driver.percentile:.0%}", change, *tilt)
    return table


def show_skill(screen: Console, label: str, scores: dict[str, Any]) -> None:
    """The walk-forward scores of one question; a positive skill is better than the reference."""
    title = f"Walk-forward, {label}: {scores['sessions']} surge sessions, {scores['episodes']} independent episodes; t: Diebold-Mariano"
    headings = ("", "Brier", "RPS", "log", "Brier skill", "t", "log skill", "t", "Brier vs EWMA", "t")
    table = plain_table(title, headings, wrap=range(1, len(headings)))
    for name, row in scores["models"].items():
        cells = [f"{row[score]:.4f}" for score in ("brier", "rps", "log")]
        for score, reference in (("brier", CLIMATOLOGY), ("log", CLIMATOLOGY), ("brier", "ewma")):
            cells += [number(row.get(f"{score}_skill_vs_{reference}"), "+.4f"), number(row.get(f"{score}_t_vs_{reference}"), "+.2f")]
        table.add_row(name, *cells, style="bold" if name == POOL else None)
    screen.print(table)
