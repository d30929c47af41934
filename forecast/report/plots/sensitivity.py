"""Picture of the grid of questions: how far each leans to continue, and the skill of each."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.engines.arrays import Float
from forecast.report.plots.style import (
    FAINT,
    INK,
    ON_TILES,
    canvas,
    check_picture,
    density_colours,
    ink_on,
    is_narrow,
    lean_colours,
    wrapped,
    write,
)
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.sensitivity import SensitivityGrid, lean, of_two_barriers, sensitivity_grid
from forecast.target.question import barrier_words

WIDEST_LEAN, WIDEST_T = 0.5, 4.0  # at the ends of the colours; beyond them the figure in the cell tells


def draw(questions: Sequence[QuestionAnswer], path: Path) -> Path:
    """Draws the questions to a PNG or SVG file; InputError for a path that cannot be written, and for a single question."""
    check_picture(path)
    if len(of_two_barriers(questions)) < 2:
        raise InputError(f"--picture {path}: one question has no sensitivity to show; ask more in [sensitivity] or outcome.also")
    grid = sensitivity_grid(questions)
    width, height = 2.4 + 1.5 * len(grid.horizons), 1.9 + 0.42 * len(grid.barriers)
    with canvas(max(width, 7.2), height) as figure:
        paint(figure, grid)
    return write(figure, path)


def paint(figure: Any, grid: SensitivityGrid) -> None:
    """P(continue) less P(reverse) in points, and the skill over climatology or base rate, by its t; demonstrated skill is framed."""
    abreast = (2, 1) if is_narrow(figure) else (1, 2)
    first, second = figure.subplots(*abreast, sharey=True)
    _panel(first, grid, lambda answer: (lean(answer.probabilities) / WIDEST_LEAN + 1) / 2, _leans, lean_colours())
    first.set_title("Continue less reverse, points")
    _panel(
        second, grid, lambda answer: np.nan if answer.skill_t is None else max(answer.skill_t, 0.0) / WIDEST_T, _worth, density_colours()
    )
    second.set_title("Skill, and its t")
    for axes in (first, second) if is_narrow(figure) else (first,):
        axes.set_yticks(np.arange(len(grid.barriers)), [barrier_words(*barrier) for barrier in grid.barriers])
    first.invert_yaxis()
    framed = f"framed: demonstrated, t at least {grid.min_t:g}, on {grid.demonstrated} of {len(grid.cells)} questions"
    caption = f"skill is over climatology or the base rate, the harder to beat; {framed}"
    figure.supxlabel(wrapped(figure, caption), fontsize=9)


def _panel(
    axes: Any, grid: SensitivityGrid, value: Callable[[QuestionAnswer], float], label: Callable[[QuestionAnswer], str], hues: Any
) -> None:
    """A cell a question: colour of `hues` by `value`, 0 to 1, and figures; grey if it is not known, blank if the question was not asked."""
    from matplotlib.patches import Rectangle

    colours: Float = np.full((len(grid.barriers), len(grid.horizons)), np.nan)
    for (barrier, horizon), answer in grid.cells.items():
        row, column = grid.barriers.index(barrier), grid.horizons.index(horizon)
        colours[row, column] = shade = value(answer)
        style = {
            "color": ink_on(hues(shade)) if np.isfinite(shade) else INK,
            "fontweight": "bold" if answer.demonstrated else "normal",
        }
        axes.text(column, row, label(answer), ha="center", va="center", fontsize=8, zorder=4, **style)
        if answer.demonstrated:
            axes.add_patch(Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, fill=False, edgecolor=ON_TILES, linewidth=1.4, zorder=3))
        elif not np.isfinite(shade):
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=FAINT, alpha=0.4, linewidth=0, zorder=1))
    edges = np.arange(len(grid.horizons) + 1) - 0.5, np.arange(len(grid.barriers) + 1) - 0.5
    axes.pcolormesh(*edges, np.ma.masked_invalid(colours), cmap=hues, vmin=0, vmax=1, edgecolors="white", linewidth=1.2, zorder=2)
    axes.set_xticks(np.arange(len(grid.horizons)), grid.horizons)
    axes.set_xlabel("sessions ahead")
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _leans(answer: QuestionAnswer) -> str:
    points = round(100 * lean(answer.probabilities))
    return _signed(f"{points:+d}") if points else "0"


def _worth(answer: QuestionAnswer) -> str:
    if answer.skill is None:
        return "not known"
    return _signed(f"{answer.skill:+.3f}" + ("" if answer.skill_t is None else f"\nt {answer.skill_t:+.1f}"))


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
