"""The grid of questions as two tables: probabilities, and the skill of each."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.backtest.verification import CLIMATOLOGY
from forecast.report.text.console import plain_table
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.demonstrated_skill import FORECAST
from forecast.runs.answer.sensitivity import SensitivityGrid, barrier_label, of_two_barriers, sensitivity_grid
from forecast.target.outcome import OUTCOMES

ABREAST = 5  # horizons side by side in 100 columns
MARK = "*"


def show_sensitivity(screen: Console, questions: Sequence[QuestionAnswer]) -> None:
    """Probabilities of every question of two barriers, then skill with t; nothing for a single one."""
    if len(of_two_barriers(questions)) < 2:
        return
    layout = sensitivity_grid(questions)
    what = "/".join(reversed(OUTCOMES))
    abreast = [layout.horizons[first : first + ABREAST] for first in range(0, len(layout.horizons), ABREAST)]
    screen.print(Text(f"Sensitivity to the question, by barrier and sessions: {what}, percent.", style="italic"))
    for horizons in abreast:
        screen.print(_table(layout, horizons, _probabilities))
    screen.print(
        Text(
            f"{MARK} skill demonstrated, t against climatology at least {layout.min_t:g}: the forecast, and below it climatology.\n"
            "Without the mark climatology comes first, and the forecast below it.\n"
        )
    )
    screen.print(Text("Walk-forward Brier skill over climatology, and its t (Diebold-Mariano).", style="italic"))
    for horizons in abreast:
        screen.print(_table(layout, horizons, _skill))
    screen.print(Text(layout.caution + "\n"))


def _table(layout: SensitivityGrid, horizons: Sequence[int], cell: Callable[[QuestionAnswer], Text]) -> Table:
    table = plain_table(None, ("barrier", *map(str, horizons)))
    for barrier in layout.barriers:
        answers = [layout.cells.get((barrier, horizon)) for horizon in horizons]
        table.add_row(barrier_label(*barrier), *(Text("") if answer is None else cell(answer) for answer in answers))
    return table


def _probabilities(answer: QuestionAnswer) -> Text:
    """The headline, and below it, dimmer, the other."""
    shares = {FORECAST: _shares(answer.probabilities), CLIMATOLOGY: _shares(answer.climatology)}
    first = shares.pop(answer.headline.of)
    (other,) = shares.values()
    mark, style = (MARK, "bold") if answer.demonstrated else (" ", "")
    return Text(first + mark, style=style).append(f"\n{other} ", style="not bold dim")


def _shares(probabilities: dict[str, float]) -> str:
    return "/".join(f"{100 * probabilities[outcome]:2.0f}" for outcome in reversed(OUTCOMES))


def _skill(answer: QuestionAnswer) -> Text:
    if answer.skill is None:
        return Text("not known ", style="dim")
    t = "" if answer.skill_t is None else f" {answer.skill_t:+5.1f}"
    return Text(f"{answer.skill:+.3f}{t}" + (MARK if answer.demonstrated else " "), style="bold" if answer.demonstrated else "dim")
