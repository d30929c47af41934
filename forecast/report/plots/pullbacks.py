"""Picture of falls by size and horizon: the forecast with its interval as bars, and the base rate."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.report.plots.style import INK, MUTED, OUTCOME_COLOURS, PAPER, heading, is_narrow

NARROW_COLUMNS = 2


def paint(
    figure: Any,
    title: str,
    sizes: tuple[str, ...],
    forecast: Mapping[int, tuple[float, ...]],
    interval: Mapping[int, tuple[tuple[float, float], ...]],
    base_rate: Mapping[int, tuple[float, ...]],
    *,
    level: float,
) -> None:
    """A panel a horizon (sessions), a bar a size; shares by horizon are in the order of `sizes`, NaN where it is not asked."""
    heading(figure, title)
    columns = min(len(forecast), NARROW_COLUMNS if is_narrow(figure) else len(forecast))
    rows = -(-len(forecast) // columns)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    colour, places = OUTCOME_COLOURS["reverse"], np.arange(len(sizes))
    for axes, (horizon, shares) in zip(panels, forecast.items(), strict=False):
        low, high = np.array(interval[horizon]).T
        axes.bar(places, shares, width=0.7, color=colour, alpha=0.55, zorder=2, label="forecast")
        axes.vlines(places, low, high, color=colour, linewidth=2.2, zorder=3, label=f"its {level:.0%} interval")
        marks = {"marker": "D", "linestyle": "none", "color": MUTED, "markerfacecolor": PAPER, "markersize": 6, "markeredgewidth": 1.4}
        axes.plot(places, base_rate[horizon], label="base rate", zorder=4, clip_on=False, **marks)
        for place, share, top in zip(places, shares, high, strict=True):
            if np.isfinite(share):
                axes.annotate(f"{100 * share:.0f}", (place, top), (0, 2), textcoords="offset points", ha="center", color=INK, fontsize=8.5)
        axes.set_title(f"{horizon} sessions")
        axes.set_xticks(places, sizes)
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        axes.grid(visible=True, axis="y")
        axes.set_axisbelow(True)
        axes.tick_params(axis="x", length=0)
    for axes in panels[len(forecast) :]:
        axes.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=1 if is_narrow(figure) else 3, fontsize=8.5)
