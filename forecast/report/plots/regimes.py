"""Picture of regimes through time: the probability of each on every session, given the returns up to it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.report.plots.style import ACCENT, FAINT, INK, MIDDLE, PALE, TINTS, few_dates, heading, is_narrow
from forecast.report.plots.thinning import lasts, means

POINTS, ON_PHONE = 420, 220  # runs of sessions whose mean is drawn
ORDERED = {  # from the calmest to the wildest
    1: (PALE,),
    2: (PALE, ACCENT),
    3: TINTS,
}


def paint(figure: Any, title: str, spans: Sequence[tuple[str, np.ndarray, Float]], names: Sequence[str]) -> None:
    """A panel a span of time: its name, dates (n,) and probabilities (n, k), stacked, the calmest of the k regimes at the bottom."""
    heading(figure, title)
    colours = ORDERED.get(len(names)) or (PALE, FAINT, MIDDLE, ACCENT, *[INK] * len(names))[: len(names)]
    panels = figure.subplots(len(spans), 1, squeeze=False)[:, 0]
    for axes, (name, dates, probabilities) in zip(panels, spans, strict=True):
        most = ON_PHONE if is_narrow(figure) else POINTS
        drawn = axes.stackplot(dates[lasts(len(dates), most)], means(probabilities, most).T, colors=colours, linewidth=0)
        axes.set_title(name, fontsize=9, fontweight="normal")
        axes.set_xlim(dates[0], dates[-1])
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.5, 1], ["0", "50", "100 %"])
        few_dates(figure, axes)
    figure.legend(drawn, names, loc="outside lower left", ncols=1 if is_narrow(figure) else len(names), fontsize=8.5)
