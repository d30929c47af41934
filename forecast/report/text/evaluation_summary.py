"""All questions of an evaluation: what the forecasts were worth in words, then their skill and their calibration, a row a question."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forecast.backtest.forecaster_names import POOL
from forecast.backtest.verification.calibration_monitor import ALARM
from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.evaluation.monitor_status import MonitorStatus
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.text.cells import number
from forecast.report.text.console import show_notes
from forecast.report.text.reference_headings import explain, full_names, references, skill_headings, worded_table
from forecast.target.question import barrier_words

SIGNIFICANT = 0.05
SKILL_COLUMNS = {
    "skill": "share of the reference's Brier score that the forecast saves; 1 would be all of it",
    "base rate": "what followed past surges at a barrier as far in their own volatility",
    "climatology": "how often each outcome came before, however far the barrier",
    "t": "the mean gain in standard errors, of Diebold and Mariano over the horizon",
    "shown": "whether t is {min_t:g} or more over climatology and over the base rate",
    "surges": "settled surge sessions; episodes are groups of them that do not overlap",
}
CALIBRATION_COLUMNS = {
    "Brier score": "squared error of the probabilities, summed over outcomes; 0 is perfect",
    "independent rows": "how many independent surges the gain over climatology is worth",
    "miscalibration": "what recalibration would save; * of an outcome beyond chance at 5 %",
    "among the best": f"no other is surely better, in the {1 - CONFIDENCE_SIZE:.0%} model confidence set".replace("%", " %"),
    "intervals hold": "how often it came, in groups of like probability, but for chance",
    "monitor": f"capital of a gambler against the forecasts, from 1; ! it came to {1 / ALARM:.0f}: alarm",
}


def show_verdict(screen: Console, evaluations: Mapping[str, QuestionEvaluation]) -> None:
    """What the settled forecasts were worth, in words."""
    for line in tally_of_evaluations(evaluations.values()):
        screen.print(Text(line, style="bold"))


def show_summary(screen: Console, evaluations: Mapping[str, QuestionEvaluation]) -> None:
    """Two tables with a row a question, of one forecaster and its rivals, and a line a column."""
    first = next(iter(evaluations.values()), None)
    if first is None:
        return
    over = references(first)
    screen.print(_skill(evaluations, over, "the pool" if first.judged == POOL else first.judged))
    explain(screen, {name: meaning.format(min_t=first.min_t) for name, meaning in SKILL_COLUMNS.items()})
    show_notes(screen, full_names(over))
    screen.print()
    screen.print(_calibration(evaluations))
    explain(screen, CALIBRATION_COLUMNS)


def _skill(evaluations: Mapping[str, QuestionEvaluation], over: Sequence[str], who: str) -> Table:
    headings = ("question", "sessions\nahead", "surges", "episodes", *skill_headings(over), "shown")
    table = worded_table(f"What {_genitive(who)} settled forecasts were worth", *headings, wrap=(0,))
    for one in evaluations.values():
        cells = [str(one.sessions), str(one.episodes)]
        if one.judged in one.forecasters:
            each = one.forecasters[one.judged].over
            for name in over:
                cells += [number(each[name].skill, "+.3f"), number(each[name].diebold_mariano.t, "+.1f")] if name in each else ["", ""]
            cells.append("yes" if one.demonstrated else "no")
        else:
            cells += [""] * (2 * len(over) + 1)
        table.add_row(*_names(one), *cells)
    return table


def _names(one: QuestionEvaluation) -> tuple[str, str]:
    """The barrier in words, and the horizon."""
    return escape(barrier_words(one.question.barrier, one.question.size)), str(one.question.horizon)


def _calibration(evaluations: Mapping[str, QuestionEvaluation]) -> Table:
    headings = ("Brier\nscore", "independent\nrows", "miscalibration", "among\nthe best", "intervals\nhold", "monitor")
    table = worded_table("How well calibrated they were", "question", "sessions\nahead", *headings, wrap=(0,))
    for one in evaluations.values():
        if one.judged not in one.forecasters:
            table.add_row(*_names(one), *[""] * len(headings))
            continue
        pool = one.forecasters[one.judged]
        beyond = any(part.miscalibration_p < SIGNIFICANT for part in one.reliability.values())
        table.add_row(
            *_names(one),
            f"{pool.scores['brier']:.4f}",
            number(one.effective, ".0f"),
            f"{pool.miscalibration:.4f}{'*' if beyond else ' '}",
            "" if pool.set_p is None else "yes" if pool.set_p > CONFIDENCE_SIZE else "no",
            f"{one.inside} of {len(one.coverage)}" if one.coverage else "",
            _capital(one.monitor),
        )
    return table


def _capital(monitor: MonitorStatus | None) -> str:
    if monitor is None:
        return ""
    form = ".2f" if monitor.e_value < 100 else ".0f" if monitor.e_value < 1e4 else ".0e"  # as wide as the table has room for
    return f"{monitor.e_value:{form}}{'!' if monitor.alarm else ' '}"


def _genitive(who: str) -> str:
    return f"{who}'" if who.endswith("s") else f"{who}'s"
