"""Picture of the rate odds: a column a meeting, a row a target range, the range in force marked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from features.rates.distribution import STEP
from features.rates.fedwatch import Odds
from forecast.report.plots.style import ACCENT, INK, canvas, check_picture, density_colours, heading, ink_on, is_narrow, wrapped, write

SHOWN = 0.005  # the least probability that gets a row or a figure: what rounds to a percent
DASH = "\u2013"  # between two bounds
FIGURE, PATH = 0.36, 0.76  # where in its column a figure stands and the expected range is marked, so that neither hides the other
MEETINGS_ON_PHONE = 4


def grid(odds: Odds) -> tuple[np.ndarray, np.ndarray]:
    """(n_ranges,) lower bounds, basis points, ascending without gaps, and (n_ranges, n_meetings) probabilities of them."""
    shown = [lower for each in odds.distributions for lower, chance in zip(each.lower, each.probabilities, strict=True) if chance >= SHOWN]
    current = odds.distributions[0].current
    first, last = min([*shown, current]), max([*shown, current])
    lower = first + STEP * np.arange(round((last - first) / STEP) + 1)
    return lower, np.array([[each.probability(bound) for each in odds.distributions] for bound in lower])


def range_label(lower: float, width: float) -> str:
    """A target range, or a single target, in percent; bounds in basis points."""
    if width == 0:
        return f"{lower / 100:.2f}"
    return f"{lower / 100:.2f}{' to ' if lower < 0 else DASH}{(lower + width) / 100:.2f}"


def draw(odds: Odds, path: Path) -> Path:
    """Draws `odds` to a PNG or SVG file; InputError for a path that cannot be written."""
    check_picture(path)
    lower, chances = grid(odds)
    with canvas(max(5.2, 1.7 + 0.78 * chances.shape[1]), 1.9 + 0.3 * len(lower)) as figure:
        paint(figure, odds)
    return write(figure, path)


def paint(figure: Any, odds: Odds) -> None:
    """The odds on `figure`; a narrow one has only the first MEETINGS_ON_PHONE meetings."""
    if is_narrow(figure):
        odds = replace(odds, distributions=odds.distributions[:MEETINGS_ON_PHONE])
    lower, chances = grid(odds)
    columns, rows = chances.shape[1], len(lower)
    axes = figure.add_subplot()
    axes.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), chances, cmap=density_colours(), vmin=0, vmax=1, edgecolors="white", linewidth=1.2
    )
    _figures(axes, chances)
    _marks(axes, odds, lower)
    _axes(figure, axes, odds, lower)


def _figures(axes: Any, chances: np.ndarray) -> None:
    hues = density_colours()
    for (row, column), chance in np.ndenumerate(chances):
        if chance >= SHOWN:
            text, ink = f"{100 * chance:.0f}", ink_on(hues(float(chance)))
            axes.text(column + FIGURE, row + 0.48, text, ha="center", va="center", fontsize=8, color=ink)


def _marks(axes: Any, odds: Odds, lower: np.ndarray) -> None:
    """The range in force as a frame, and the mean of each distribution as a dash."""
    from matplotlib.patches import Rectangle

    first = odds.distributions[0]
    row = (first.current - lower[0]) / STEP
    axes.add_patch(Rectangle((0, row), len(odds.distributions), 1, fill=False, edgecolor=INK, linewidth=1.6, clip_on=False, zorder=3))
    expected = [(first.current + each.mean_change - lower[0]) / STEP + 0.5 for each in odds.distributions]
    places = np.arange(len(expected)) + PATH
    axes.hlines(expected, places - 0.14, places + 0.14, color="white", linewidth=4.5, zorder=3)
    axes.hlines(expected, places - 0.13, places + 0.13, color=ACCENT, linewidth=2.4, zorder=4)
    style = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "fontsize": 8, "color": INK}
    axes.annotate("in force", (len(expected), row + 0.5), annotation_clip=False, **style)


def _axes(figure: Any, axes: Any, odds: Odds, lower: np.ndarray) -> None:
    width = odds.distributions[0].width
    axes.set_yticks(np.arange(len(lower)) + 0.5, [range_label(bound, width) for bound in lower])
    labels = [f"{each.meeting.day} {each.meeting:%b}\n{each.meeting:%Y}\n{_cut(each.p_cut)}" for each in odds.distributions]
    axes.set_xticks(np.arange(len(labels)) + 0.5, labels)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_ylabel("target range, percent" if width else "target, percent")
    axes.set_xlabel(wrapped(figure, "meeting, and the odds of a range below the one in force after it; the dash is the mean"))
    heading(figure, f"Rate odds on {odds.on:%Y-%m-%d}: probability of each target range after each meeting, percent")


def _cut(chance: float) -> str:
    """A probability of a cut, never 0 or 100 when it is not."""
    if 0 < chance < SHOWN:
        return "cut <1 %"
    if 1 - SHOWN < chance < 1:
        return "cut >99 %"
    return f"cut {100 * chance:.0f} %"
