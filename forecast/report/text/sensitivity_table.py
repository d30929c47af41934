"""The grid of questions as two tables: probabilities, and the skill of each."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.console import plain_table
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.sensitivity import SensitivityGrid, of_two_barriers, sensitivity_grid
from forecast.target.question import barrier_words

ABREAST = 5  # horizons side by side in 100 columns
MARK = "*"


def show_sensitivity(screen: Console, questions: Sequence[QuestionAnswer]) -> None:
    """Probabilities of every question of two barriers, then skill with t; nothing for a single one."""
    if len(of_two_barriers(questions)) < 2:
        return
    layout = sensitivity_grid(questions)
    what = "/".join(PRINT_ORDER)
    abreast = [layout.horizons[first : first + ABREAST] for first in range(0, len(layout.horizons), ABREAST)]
    screen.print(Text(f"Sensitivity to the question, by barrier and sessions: {what}, percent.", style="italic"))
    for horizons in abreast:
        screen.print(_table(layout, horizons, _probabilities))
    screen.print(
        Text(
            "The forecast, and below it the base rate: what followed past surges at a barrier as far.\n"
            f"{MARK} skill demonstrated, t against the base rate and against climatology at least {layout.min_t:g}.\n"
        )
    )
    screen.print(
        Text("Walk-forward Brier skill over base rate or climatology, the harder to beat, and its t (Diebold-Mariano).", style="italic")
    )
    for horizons in abreast:
        screen.print(_table(layout, horizons, _skill))
    screen.print(Text(layout.caution + "\n"))


def _table(layout: SensitivityGrid, horizons: Sequence[int], cell: Callable[[QuestionAnswer], Text]) -> Table:
    table = plain_table(None, ("barrier", *map(str, horizons)))
    for barrier in layout.barriers:
        answers = [layout.cells.get((barrier, horizon)) for horizon in horizons]
        table.add_row(barrier_words(*barrier), *(Text("") if answer is None else cell(answer) for answer in answers))
    return table


def _probabilities(answer: QuestionAnswer) -> Text:
    """The forecast, and below it, dimmer, the base rate."""
    mark, style = (MARK, "bold") if answer.demonstrated else (" ", "")
    return Text(_shares(answer.probabilities) + mark, style=style).append(f"\n{_shares(answer.base_rate)} ", style="not bold dim")


def _shares(probabilities: dict[str, float]) -> str:
    return "/".join(f"{100 * probabilities[outcome]:2.0f}" for outcome in PRINT_ORDER)


def _skill(answer: QuestionAnswer) -> Text:
    if answer.skill is None:
        return Text("not known ", style="dim")
    t = "" if answer.skill_t is None else f" {answer.skill_t:+5.1f}"
    return Text(f"{answer.skill:+.3f}{t}" + (MARK if answer.demonstrated else " "), style="bold" if answer.demonstrated else "dim")
