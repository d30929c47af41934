"""The first screen: the surge, the forecast beside its base rate, and how far to trust it, in a few lines of at most 100 columns."""

import math
import textwrap
from collections.abc import Iterator
from datetime import date

from rich.console import Console
from rich.text import Text

from forecast.models.ensemble.methods import STAND_IN
from forecast.report.answer_words import HAPPENED, base_rate_counts, day, level
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.demonstrated_skill import STANDS_IN, reference_name
from forecast.runs.answer.drivers import Driver
from forecast.runs.answer.feature_words import feature_title, feature_value
from forecast.runs.answer.pullbacks import pullback_sentence
from forecast.target.question import barrier_words

ANALOGS_SHOWN = 3
DRIVERS_SHOWN = 3
LEAST_MOVE = 0.001  # of a probability: what scenarios move by less is said to be nothing
NAME, EVENT, NUMBER, RANGE = 10, 30, 10, 12  # columns of the table


def show_first_screen(screen: Console, answer: Answer) -> None:
    """The surge, what has happened since, the main question as a table, and what is known of its worth."""
    main = answer.questions[0]
    _say(screen, _surge(answer), style="bold")
    for line in _since(answer, main):
        _say(screen, line)
    if main.method == STAND_IN:
        _say(screen, f"{STANDS_IN[0].upper()}{STANDS_IN[1:]}.", style="bold")
    for line, style in _table(answer, main):
        screen.print(Text(line, style=style), no_wrap=True, overflow="ellipsis")
    for line in (*_base_rate(main), *_falls(answer, main), _trust(answer, main), *_analogs(answer, main), *_drivers(answer, main)):
        _say(screen, line)


def _say(screen: Console, line: str, style: str = "") -> None:
    """A wrapped line."""
    screen.print(Text("\n".join(textwrap.wrap(line, screen.width, subsequent_indent="  ")), style=style))


def _surge(answer: Answer) -> str:
    surge = answer.surge
    since = f"the largest since {_month(surge.largest_since)}" if surge.largest_since else f"the largest since {surge.since[:4]}, the first"
    gain = f"{100 * surge.gain:+.1f} % in {surge.window} sessions"
    return f"{answer.series} - surge of {surge.session}: {gain} ({surge.z:.1f} sigma, {since})"


def _since(answer: Answer, main: QuestionAnswer) -> Iterator[str]:
    """What has happened since a surge that is not of today."""
    if main.met is not None:
        assert main.met_on is not None
        yield f"It {HAPPENED[main.met]} on {day(main.met_on)}, {_after(main.met_after or 1)}."
    elif main.outcome is not None:
        yield f"It {HAPPENED[main.outcome]}: neither barrier was met by {day(main.known)}."
    if not answer.is_surge_today:
        change = 100 * (answer.last_close / answer.surge.close - 1)
        at = "" if answer.surge.made_of_returns else f" at {level(answer.last_close)},"
        yield f"Today, {answer.as_of}, is no surge: the index is{at} {change:+.1f} % from the surge's close. As of then:"


def _after(sessions: int) -> str:
    return "the next session" if sessions == 1 else f"after {sessions} sessions"


def _table(answer: Answer, main: QuestionAnswer) -> Iterator[tuple[str, str]]:
    title = f"By {day(main.known)}, which comes first?"
    share = f"{main.level:.0%} range".replace("%", " %")
    whose = "stands in" if main.method == STAND_IN else "forecast"
    head = f"{title:<{NAME + EVENT + 2}}{whose:>{NUMBER}}{share:>{RANGE}}{'base rate':>{RANGE}}{share:>{RANGE}}"
    yield head, "italic"
    for name in PRINT_ORDER:
        numbers = f"{_percent(main.probabilities[name]):>{NUMBER}}{_range(main.interval[name]):>{RANGE}}"
        base = f"{_percent(main.base_rate[name]):>{RANGE}}{_range(main.base_interval[name]):>{RANGE}}"
        yield f"  {name:<{NAME}}{_event(answer, main, name):<{EVENT}}{numbers}{base}", ""


def _event(answer: Answer, main: QuestionAnswer, outcome: str) -> str:
    """The close that decides, as a level of the index, or from the surge's close where that has no meaning."""
    if outcome == "stall":
        return "neither"
    side, barrier = ("above", main.barrier) if outcome == "continue" else ("below", -main.barrier)
    if answer.surge.made_of_returns:
        return f"a close {100 * abs(math.expm1(barrier)):.1f} % {side} the surge's"
    return f"a close {side} {level(answer.surge.close * math.exp(barrier))} ({100 * math.expm1(barrier):+.1f} %)"


def _base_rate(main: QuestionAnswer) -> Iterator[str]:
    counts = base_rate_counts(main)
    yield "Base rate: no surge is settled yet that it could be counted from." if counts is None else f"Base rate: {counts}."


def _falls(answer: Answer, main: QuestionAnswer) -> Iterator[str]:
    line = pullback_sentence(answer.questions, main.horizon)
    if line is not None:
        yield f"{line}."


def _trust(answer: Answer, main: QuestionAnswer) -> str:
    if main.method == STAND_IN:
        return "Trust: this is no forecast; a surge of a later day has one."
    over = reference_name(main.skill_over)
    t = "not known" if main.skill_t is None else f"{main.skill_t:.1f} against {over}"
    if main.demonstrated:
        return f"Trust: skill is demonstrated on this question (t {t}, {main.skill_episodes} episodes)."
    neighbour = next((other for other in answer.questions if other.question == main.neighbour), None)
    nearby = "nor is it shown on any other" if neighbour is None else f"shown at {_title(neighbour)} (t {neighbour.skill_t:.1f})"
    return f"Trust: unproven on this question (t {t}, {main.skill_episodes} episodes); {nearby}."


def _title(question: QuestionAnswer) -> str:
    return f"{barrier_words(question.barrier_kind, question.size)} in {question.horizon} sessions"


def _analogs(answer: Answer, main: QuestionAnswer) -> Iterator[str]:
    """The nearest past surges, and what each did."""
    outcomes = [(analog.session, analog.outcomes.get(main.question)) for analog in answer.analogs[:ANALOGS_SHOWN]]
    nearest = [f"{_month(session, short=True)} {HAPPENED[name] if name else 'is open'}" for session, name in outcomes]
    if nearest:
        yield f"Nearest: {', '.join(nearest)}."


def _drivers(answer: Answer, main: QuestionAnswer) -> Iterator[str]:
    """The first drivers with their place in their own history, and by how much the scenarios move the forecast."""
    if not answer.drivers:
        return
    shown = "; ".join(_driver(driver) for driver in answer.drivers[:DRIVERS_SHOWN])
    moves = [abs(one.probabilities[main.question][name] - main.probabilities[name]) for one in answer.scenarios for name in PRINT_ORDER]
    most = max(moves, default=0.0)
    moved = "nothing" if most < LEAST_MOVE else f"at most {100 * most:.1f} points"
    yield f"What drives it: {shown}" + (f"; the scenarios move it by {moved}." if moves else ".")


def _driver(driver: Driver) -> str:
    value = feature_value(driver.feature, driver.value)
    return f"{feature_title(driver.feature)} {value} ({100 * driver.percentile:.0f} % of its history is lower)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _range(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return f"{100 * low:.0f}-{100 * high:.0f} %"


def _month(text: str, *, short: bool = False) -> str:
    when = date.fromisoformat(text)
    return f"{when:%b %Y}" if short else f"{when:%B %Y}"
