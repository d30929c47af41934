"""Falls by size and horizon, and the largest fall from the best close, as tables of at most 100 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.report.text.console import plain_table
from forecast.report.text.sensitivity_table import ABREAST, MARK
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.drawdowns import Drawdown, FallRange
from forecast.runs.answer.pullbacks import FALLS, PullbackGrid, fall_label, pullback_grid


def show_pullbacks(screen: Console, questions: Sequence[QuestionAnswer], drawdowns: Sequence[Drawdown]) -> None:
    """How likely a close is that far below the surge's, then the largest fall on the way; nothing where no fall is asked."""
    grid = pullback_grid(questions)
    if grid is None:
        return
    screen.print(Text("A close that far below the surge's, whatever came first, by size and sessions: percent.", style="italic"))
    for first in range(0, len(grid.horizons), ABREAST):
        screen.print(_falls(grid, grid.horizons[first : first + ABREAST]))
    level = next(iter(grid.cells.values())).level
    screen.print(Text(f"The forecast with its {level:.0%} interval, and the base rate below it. {MARK} skill is demonstrated.\n"))
    if drawdowns:
        screen.print(_drawdowns(drawdowns))


def _falls(grid: PullbackGrid, horizons: Sequence[int]) -> Table:
    table = plain_table(None, ("fall of", *map(str, horizons)))
    for size in grid.sizes:
        answers = [grid.cells.get((size, horizon)) for horizon in horizons]
        table.add_row(fall_label(size), *(Text("") if answer is None else _cell(answer) for answer in answers))
    return table


def _cell(answer: QuestionAnswer) -> Text:
    low, high = (100 * end for end in answer.interval[FALLS])
    mark = MARK if answer.demonstrated else " "
    text = Text(f"{100 * answer.probabilities[FALLS]:.0f} [{low:.0f}, {high:.0f}]{mark}", style="bold" if answer.demonstrated else "")
    return text.append(f"\n{100 * answer.base_rate[FALLS]:.0f} ", style="not bold dim")


def _drawdowns(drawdowns: Sequence[Drawdown]) -> Table:
    """A row a horizon: the paths ahead, and past surges."""
    title = "Largest fall from the best close on the way, percent: median [90 %]"
    table = plain_table(title, ("within", "paths ahead", "after past surges", "surges", "episodes"))
    for one in drawdowns:
        past = (_range(one.past), str(one.surges), str(one.episodes))
        table.add_row(f"{one.horizon} sessions", _range(one.ahead), *past)
    return table


def _range(fall: FallRange | None) -> str:
    return "" if fall is None else f"{100 * fall.median:.1f} [{100 * fall.low:.1f}, {100 * fall.high:.1f}]"
