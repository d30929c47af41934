"""Picture of what forecasts are worth: the value by the price of protection, and the Murphy diagram."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.report.plots.style import FAINT, INK, LINES, SOLID, heading, is_narrow

LOWEST = -0.4  # of a value that is shown: what is far below nought is for nobody
NAMES = {"pool": "forecast"}  # of lines that the style knows by another name

Curves = Mapping[str, Float]


def paint(figure: Any, title: str, ratios: Float, curves: Mapping[str, tuple[Curves, Curves]], names: Mapping[str, str]) -> None:
    """A column an event: above, the values (m,) by `ratios` (m,) of cost to loss, a line a forecaster, and below the mean regrets."""
    heading(figure, title)
    count = len(curves)
    if is_narrow(figure):
        panels = figure.subplots(2 * count, 1, squeeze=False).reshape(count, 2)
    else:
        panels = figure.subplots(2, count, sharey="row", sharex=True, squeeze=False).T
    last = _last(ratios, curves)
    for place, ((event, (values, regrets)), (top, below)) in enumerate(zip(curves.items(), panels, strict=True)):
        top.axhline(0, color=FAINT, linewidth=1.0)
        top.set_title(event, fontsize=9.5)
        _lines(top, ratios, {name: np.where(value < LOWEST, np.nan, value) for name, value in values.items()}, names)
        _lines(below, ratios, regrets, names)
        top.set_ylim(LOWEST, max(0.1, *(float(np.nanmax(value)) for value in values.values())) + 0.05)
        top.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}".replace("-", "\N{MINUS SIGN}"))
        for axes in (top, below):
            axes.set_xlim(0, last)
            axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
            axes.grid(visible=True, axis="y")
            axes.set_axisbelow(True)
        if place == 0 or is_narrow(figure):
            top.set_ylabel("value, %")
            below.set_ylabel("regret")
        below.set_xlabel("price of protection, % of the loss")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2 if is_narrow(figure) else len(labels), fontsize=8.5)


def _lines(axes: Any, ratios: Float, curves: Curves, names: Mapping[str, str]) -> None:
    for name, curve in curves.items():
        colour, dash = LINES.get(NAMES.get(name, name), (INK, SOLID))
        forecast = name in NAMES
        axes.plot(
            ratios, curve, color=colour, linestyle=dash, linewidth=2.4 if forecast else 1.5, zorder=4 if forecast else 3, label=names[name]
        )


def _last(ratios: Float, curves: Mapping[str, tuple[Curves, Curves]]) -> float:
    """The price beyond which no forecaster has anything to save, and a little more."""
    above = [ratios[value > 0].max(initial=0.0) for values, _ in curves.values() for value in values.values()]
    return min(1.0, max([0.3, *above]) + 0.15)
