"""Screen: an answer and its record as tables for a person, at most 100 columns wide."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.backtest.verification import CLIMATOLOGY, POOL
from forecast.report.text.analog_tables import analogs_table
from forecast.report.text.console import WIDTH, show_notes
from forecast.report.text.scenario_table import scenario_table, stated
from forecast.report.text.sensitivity_table import show_sensitivity
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.demonstrated_skill import FORECAST
from forecast.runs.answer.drivers import Driver
from forecast.target.outcome import OUTCOMES

DRIVERS_SHOWN = 10


def show_answer(screen: Console, answer: Answer, scores: dict[str, Any] | None = None) -> None:
    """The surge, the main question in full, all questions side by side, the drivers and, with `scores`, the skill on the main one."""
    main = answer.questions[0]
    screen.rule(Text(answer.series, style="bold"))
    screen.print(_surge_lines(answer))
    show_notes(screen, answer.notes)
    screen.print(_probabilities(main))
    screen.print(Text(_what_happened(main)))
    show_sensitivity(screen, answer.questions)
    screen.print(_drivers(answer.drivers))
    if answer.geometry:
        tilts = ", ".join(f"{name} {tilt:+.3f}" for name, tilt in answer.geometry.items())
        screen.print(Text(f"Tilts of the question itself: {tilts}."))
    if answer.analogs:
        screen.print(analogs_table(answer.analogs, main.question))
    if answer.scenarios:
        _show_scenarios(screen, answer)
    if scores:
        show_skill(screen, main.question, scores[main.question])


def _show_scenarios(screen: Console, answer: Answer) -> None:
    """The main question under each scenario, then what each states."""
    main = answer.questions[0]
    title = f"Scenarios, {main.horizon} sessions, barrier ±{main.barrier:.4f}: the same surge with other drivers"
    screen.print(scenario_table(title, main.probabilities, answer.scenarios, main.question, WIDTH - 10))
    show_notes(screen, [stated(scenario) for scenario in answer.scenarios])


def _surge_lines(answer: Answer) -> Text:
    lines = [answer.surge.sentence]
    if not answer.is_surge_today:
        lines.append(f"{answer.as_of}, the last session known, is no surge; this is the last one, forecast as of its own close.")
    lines.append(f"Episode {answer.questions[0].episode} of this index; models trained to {answer.trained_to}.")
    return Text("\n".join(lines))


def _probabilities(question: QuestionAnswer) -> Table:
    """What is read first in bold; the forecast, where it has not earned that, dimmer below climatology."""
    standing = question.headline.standing
    table = Table(
        title=f"{standing[0].upper()}{standing[1:]}.\n{question.horizon} sessions, barrier ±{question.barrier:.4f} (log): {question.asks}",
        title_justify="left",
        box=SIMPLE_HEAD,
        width=WIDTH - 10,
    )
    table.add_column("")
    for outcome in OUTCOMES:
        table.add_column(outcome, justify="right")
    first, second = ("bold", "") if question.demonstrated else ("dim", "bold")
    forecast = [
        (f"{FORECAST} [dim]with its {question.level:.0%} interval[/]", [_with_interval(question, outcome) for outcome in OUTCOMES], first),
        ("  Monte-Carlo s.e.", [f"{question.mc_error[outcome]:.1%}" for outcome in OUTCOMES], "dim"),
        ("  not calibrated", [f"{question.uncalibrated[outcome]:.1%}" for outcome in OUTCOMES], "dim"),
    ]
    climatology = [(CLIMATOLOGY, [f"{question.climatology[outcome]:.1%}" for outcome in OUTCOMES], second)]
    rows = [*forecast, *climatology] if question.demonstrated else [*climatology, *forecast]
    for name, cells, style in rows:
        table.add_row(name, *cells, style=style, end_section=name == rows[-1][0])
    for name, probabilities in question.components.items():
        table.add_row(
            f"  {name} (weight {question.weights[name]:.2f})", *(f"{probabilities[outcome]:.1%}" for outcome in OUTCOMES), style="dim"
        )
    return table


def _with_interval(question: QuestionAnswer, outcome: str) -> str:
    """61.3 % [52, 70]; whole per cents, for the interval is known no better."""
    low, high = question.interval[outcome]
    return f"[bold]{question.probabilities[outcome]:.1%}[/] \\[{100 * low:.0f}, {100 * high:.0f}]"


def _what_happened(question: QuestionAnswer) -> str:
    rests = f"Climatology rests on {question.settled} settled surges in {question.settled_episodes} independent episodes."
    return f"{rests}\n{question.became}\n"


def _drivers(drivers: list[Driver]) -> Table:
    """The first drivers; the tilt only where the fit that forecast the surge is at hand."""
    shown = drivers[:DRIVERS_SHOWN]
    tilted = any(driver.tilt is not None for driver in shown)
    what = "tilt: what the logistic adds to the forecast's log odds of continue against reverse" if tilted else "most unusual values first"
    table = Table(title=f"Drivers, {len(shown)} of {len(drivers)}; {what}", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("feature", "value", "unit", "percentile", "change in surge", *(["tilt"] if tilted else [])):
        table.add_column(heading, justify="left" if heading in ("feature", "unit") else "right", no_wrap=heading == "feature")
    for driver in shown:
        change = "" if driver.change is None else f"{driver.change:+.3g}"
        tilt = [] if not tilted else ["" if driver.tilt is None else f"{driver.tilt:+.3f}"]
        table.add_row(driver.feature, f"{driver.value:.3g}", driver.unit, f"{driver.percentile:.0%}", change, *tilt)
    return table


def show_skill(screen: Console, label: str, found: dict[str, Any]) -> None:
    """The walk-forward scores of one question; a positive skill is better than the reference."""
    title = f"Walk-forward, {label}: {found['sessions']} surge sessions, {found['episodes']} independent episodes"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("", "Brier", "RPS", "log", "Brier skill", "t", "log skill", "t", "Brier vs EWMA", "t"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    for name, row in found["models"].items():
        cells = [f"{row[score]:.4f}" for score in ("brier", "rps", "log")]
        for score, reference in (("brier", CLIMATOLOGY), ("log", CLIMATOLOGY), ("brier", "ewma")):
            cells += [_number(row.get(f"{score}_skill_vs_{reference}"), "+.4f"), _number(row.get(f"{score}_t_vs_{reference}"), "+.2f")]
        table.add_row(name, *cells, style="bold" if name == POOL else None)
    screen.print(table)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
