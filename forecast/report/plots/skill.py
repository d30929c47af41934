"""Picture of skill through time: the Brier score that a forecast has saved over others, with the band of luck."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.report.plots.style import BOX, FAINT, INK, LINES, SOLID, few_dates, heading, is_narrow, wrapped


def paint(figure: Any, title: str, dates: np.ndarray, gains: Mapping[str, Float], luck: Float, names: Mapping[str, str]) -> None:
    """A line a reference: the sum of its Brier scores so far less that of the forecast's; rising is better than the reference.

    `luck` (n,) is half the width of the band in which the line over climatology would lie nine times in ten without skill; NaN if unknown.
    """
    heading(figure, title)
    axes = figure.add_subplot()
    axes.fill_between(dates, -luck, luck, color=BOX, edgecolor=FAINT, linewidth=0.8, step="post", label="luck alone over climatology, 90 %")
    axes.axhline(0, color=FAINT, linewidth=1.0)
    for reference, gain in gains.items():
        colour, dash = LINES.get(reference, (INK, SOLID))
        axes.step(dates, gain, where="post", color=colour, linestyle=dash, linewidth=1.7, label=f"over {names[reference]}")
    axes.set_ylabel(wrapped(figure, "Brier score saved so far"))
    axes.set_xlim(dates[0], dates[-1])
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower left", ncols=1 if is_narrow(figure) else 4, fontsize=8.5)
    few_dates(figure, axes)
