"""Picture of drivers: where each stands in its own history, and where it stood before the surge began."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.report.plots.style import FAINT, GRID, INK, MUTED, PAPER, heading, is_narrow

DOT: dict[str, Any] = {"marker": "o", "markersize": 6, "color": INK, "markeredgewidth": 1.3}
LETTERS, ON_PHONE = 54, 27  # of a name on one line


def paint(figure: Any, title: str, names: Sequence[str], now: Sequence[float], before: Sequence[float | None]) -> None:
    """A row a driver, the first at the top: a dot at its percentile now, a line from the one `before` the surge; None if not known."""
    heading(figure, title)
    axes = figure.add_subplot()
    places = np.arange(len(names))[::-1]
    axes.axvspan(0.1, 0.9, color=GRID, alpha=0.4, linewidth=0, zorder=0)
    axes.axvline(0.5, color=FAINT, linewidth=0.8, zorder=1)
    for place, late, early in zip(places, now, before, strict=True):
        if early is not None:
            axes.plot([early, late], [place, place], color=MUTED, linewidth=1.2, zorder=2)
            axes.plot([early], [place], marker="|", color=MUTED, markersize=8, markeredgewidth=1.4, zorder=3)
        extreme = not 0.1 <= late <= 0.9
        axes.plot([late], [place], markerfacecolor=INK if extreme else PAPER, **DOT, zorder=4, clip_on=False)
    axes.set_yticks(
        places, [textwrap.fill(name, ON_PHONE if is_narrow(figure) else LETTERS) for name in names], fontsize=8, linespacing=0.95
    )
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(-0.025, 1.025)
    axes.set_xticks([0, 0.1, 0.5, 0.9, 1], ["0", "10", "50", "90", "100 %"] if not is_narrow(figure) else ["0", "10", "50", "90", ""])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("percentile of its own history")
    _legend(figure)


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], **DOT, linestyle="none", label="now, among its outer tenths"),
        Line2D([], [], **DOT, linestyle="none", markerfacecolor=PAPER, label="now, else"),
        Line2D([], [], linestyle="none", marker="|", markersize=8, markeredgewidth=1.4, color=MUTED, label="before the surge"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=1 if is_narrow(figure) else 3, fontsize=8.5)
