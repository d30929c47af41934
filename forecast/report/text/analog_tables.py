"""The analogs of a surge, as tables of at most 100 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.models.analog_distance import MIN_EPISODES_OF_DRIVER
from forecast.report.sentences import PRINT_ORDER, not_a_surge_today
from forecast.report.text.console import WIDTH, plain_table, show_notes
from forecast.runs.answer.analog_report import AnalogOdds, AnalogReport
from forecast.runs.answer.analogs import FOLLOWED, Analog
from forecast.runs.answer.feature_words import feature_title, feature_value
from forecast.runs.answer.first_cuts import AFTER_CUT, WINDOW, FirstCuts
from forecast.runs.answer.first_cuts import FOLLOWED as FOLLOWED_CUT
from forecast.target.outcome import outcome_words
from forecast.target.question import FALL

SIDE_BY_SIDE = 4  # analogs whose drivers fit beside those of the surge itself


def analogs_table(analogs: Sequence[Analog], question: str) -> Table:
    """The nearest past surges; outcomes are those of the main `question`."""
    title = "Nearest past surges; outcomes at a barrier as far in their volatility; log returns after"
    table = _table(title, ("surge", "distance", "vote", "return", "sigma", "outcome", *(f"+{ahead}" for ahead in FOLLOWED)))
    for analog in analogs:
        table.add_row(
            analog.session,
            f"{analog.distance:.2f}",
            f"{analog.weight:.1%}",
            _percent(analog.log_return),
            f"{analog.z:.1f}",
            analog.outcomes[question] or "not settled",
            *(_percent(analog.followed[str(ahead)]) for ahead in FOLLOWED),
        )
    return table


def show_analogs(screen: Console, report: AnalogReport) -> None:
    """The surge, its odds, the nearest with their drivers, and the moves before first cuts."""
    screen.rule(Text(report.series, style="bold"))
    screen.print(Text(report.surge.sentence))
    if not report.is_surge_today:
        screen.print(Text(not_a_surge_today(report.as_of, report.surge.session)))
    show_notes(screen, report.notes)
    for question in report.questions:
        screen.print(_odds(question))
    main = report.questions[0]
    screen.print(analogs_table(report.analogs, main.question))
    screen.print(Text(f"An episode has one vote; {len(report.analogs)} of {main.episodes} are listed.\n"))
    screen.print(_drivers(report))
    if any(name not in report.used for name in report.drivers):
        screen.print(Text(f"* not in the distance: fewer than {MIN_EPISODES_OF_DRIVER} past episodes know it.\n"))
    _show_first_cuts(screen, report.before_first_cuts, main.question)


def _odds(question: AnalogOdds) -> Table:
    words, sign = outcome_words(question.barrier_kind), "-" if question.barrier_kind == FALL else "±"
    title = f"{question.horizon} sessions, barrier {sign}{question.barrier:.4f} (log): {question.sentence}"
    table = _table(title, ("", *words.values()))
    rows = {"analogs": question.analogs, "all surges, a barrier as far": question.unweighted, "climatology": question.climatology}
    for name, odds in rows.items():
        table.add_row(name, *(f"{odds[outcome]:.1%}" for outcome in words))
    return table


def _drivers(report: AnalogReport) -> Table:
    shown = report.analogs[:SIDE_BY_SIDE]
    table = _table("What they were like", ("driver", "now", *(analog.session for analog in shown)), wrap=(0,))
    for name, value in report.drivers.items():
        cells = [value, *(analog.drivers[name] for analog in shown)]
        used = name in report.used
        table.add_row(
            feature_title(name) + ("" if used else "*"),
            *("" if cell is None else feature_value(name, cell) for cell in cells),
            style=None if used else "dim",
        )
    return table


def _show_first_cuts(screen: Console, group: FirstCuts, question: str) -> None:
    if not group.moves:
        screen.print("No first cut of an easing cycle lies in this history with the half year before it.")
        return
    title = f"The {WINDOW} sessions before first cuts: first surge of each episode (*: none, so the largest move)"
    after = [f"+{ahead}" for ahead in FOLLOWED_CUT]
    table = _table(title, ("first cut", "surge", "move", "outcome", *after, "to cut", *(f"c+{ahead}" for ahead in AFTER_CUT)))
    for place, move in enumerate(group.moves):
        again = place > 0 and group.moves[place - 1].cut == move.cut
        table.add_row(
            "" if again else move.cut,
            move.session + ("" if move.kind == "surge" else "*"),
            _points(move.log_return),
            move.outcomes[question] or "",
            *(_points(move.followed[str(ahead)]) for ahead in FOLLOWED_CUT),
            _points(move.to_cut),
            *("" if again else _points(move.after_cut[str(ahead)]) for ahead in AFTER_CUT),
        )
    screen.print(table)
    screen.print(Text("Log returns, percent: after the surge, from it to the close of the cut's day, and after that (c+)."))
    share, voters = group.frequencies[question], group.voters[question]
    if share is not None:
        base = group.climatology[question]
        shares = ", ".join(f"{outcome} {share[outcome]:.0%} ({base[outcome]:.0%})" for outcome in PRINT_ORDER)
        screen.print(Text(f"One vote a cut, climatology in brackets: {shares}."))
        screen.print(Text(f"These are {voters} independent {'case' if voters == 1 else 'cases'}: too few to tell a rule from chance."))


def _table(title: str, headings: Sequence[str], wrap: Sequence[int] = ()) -> Table:
    return plain_table(title, headings, wrap=wrap, min_width=WIDTH - 10)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1%}"


def _points(value: float | None) -> str:
    return "" if value is None else f"{100 * value:+.1f}"
