"""Picture of scenarios: the probabilities of each beside those of the forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.report.plots.style import FAINT, MUTED, OUTCOME_COLOURS, OUTCOME_TEXT, halo, heading, is_narrow
from forecast.target.outcome import OUTCOMES

LEAST_SPAN = 0.04  # of an axis, so that what hardly moves is seen to hardly move


def paint(figure: Any, title: str, forecast: Mapping[str, float], scenarios: Mapping[str, Mapping[str, float]]) -> None:
    """A panel an outcome, a row a scenario: its probability, and a line to that of the forecast; all axes have one length."""
    heading(figure, title)
    narrow = is_narrow(figure)
    panels = figure.subplots(3, 1, sharey=True) if narrow else figure.subplots(1, 3, sharey=True)
    span = max(LEAST_SPAN, 1.9 * max(abs(p[name] - forecast[name]) for p in scenarios.values() for name in OUTCOMES))
    places = np.arange(len(scenarios))[::-1]
    for axes, outcome in zip(panels, reversed(OUTCOMES), strict=True):
        middle = forecast[outcome]
        axes.axvline(middle, color=MUTED, linewidth=1.2, linestyle=(0, (4, 2)))
        for place, p in zip(places, scenarios.values(), strict=True):
            axes.plot([middle, p[outcome]], [place, place], color=FAINT, linewidth=2.0)
            axes.plot([p[outcome]], [place], marker="o", color=OUTCOME_COLOURS[outcome], markersize=7)
            _figure(axes, p[outcome], float(place))
        axes.set_title(f"{outcome}: {100 * middle:.1f} % today", color=OUTCOME_TEXT[outcome], fontsize=9.5)
        axes.set_xlim(middle - 0.65 * span, middle + 0.65 * span)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}" if span > 0.06 else f"{100 * value:.1f}")
        axes.set_ylim(-0.5, len(scenarios) - 0.3)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=4)
    for axes in panels if narrow else panels[:1]:
        axes.set_yticks(places, [wrapped_name(name) for name in scenarios], fontsize=8.5)


def _figure(axes: Any, value: float, place: float) -> None:
    style = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "fontsize": 8, "path_effects": halo(3)}
    axes.annotate(f"{100 * value:.1f} %", (value, place), **style)


def wrapped_name(name: str) -> str:
    """A scenario's name on lines that fit beside a panel."""
    import textwrap

    return "\n".join(textwrap.wrap(name.replace("_", " "), 14)) or name
