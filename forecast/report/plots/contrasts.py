"""Picture of contrasts: the difference between two states, of continuing or of a fall, with its interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.report.plots.style import DOTTED, INK, MUTED, OUTCOME_COLOURS, SOLID, heading, is_narrow, wrapped
from forecast.runs.contrasts.answer import EXCLUDES_NIL, FALL, StateContrast

CAPTION = "points that more continue (blue) or fall (orange); full dot: nil is excluded; dotted line: too few to tell"


def paint(figure: Any, title: str, contrasts: Sequence[StateContrast]) -> None:
    """A row a contrast; a dotted line where nothing can be told, a full dot where the interval excludes nil."""
    heading(figure, title)
    axes = figure.subplots()
    places = np.arange(len(contrasts))[::-1]
    axes.axvline(0, color=MUTED, linewidth=1.0)
    for place, one in zip(places, contrasts, strict=True):
        if one.difference is None or one.interval is None:
            continue
        low, high = one.interval[one.measured]
        hue = OUTCOME_COLOURS["reverse" if one.measured == FALL else "continue"]
        dash = DOTTED if one.verdict == "too few to tell" else SOLID
        axes.plot([100 * low, 100 * high], [place, place], color=hue, linewidth=2.2, linestyle=dash, solid_capstyle="butt")
        face = hue if one.verdict in EXCLUDES_NIL else figure.get_facecolor()
        axes.plot([100 * one.difference[one.measured]], [place], marker="o", markersize=7, color=hue, markerfacecolor=face)
        if is_narrow(figure):
            style = {"xytext": (0, 7), "textcoords": "offset points", "fontsize": 8}
            axes.annotate(_label(one), (0.0, place), xycoords=("axes fraction", "data"), color=INK, **style)
    axes.set_ylim(-0.6, len(contrasts) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.set_yticks(places, ["" if is_narrow(figure) else _label(one) for one in contrasts], fontsize=8.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.0f}".replace("-", "\N{MINUS SIGN}") if value else "0")
    figure.supxlabel(wrapped(figure, CAPTION), fontsize=9)


def _label(one: StateContrast) -> str:
    return f"{one.first.name} less {one.second.name}"
