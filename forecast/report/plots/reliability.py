"""Reliability diagrams of the three outcomes of one question: frequencies over probabilities, with the band that chance allows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forecast.backtest.verification.reliability import ReliabilityDiagram
from forecast.report.plots.style import BOX, FAINT, INK, OUTCOME_COLOURS, canvas, heading, is_narrow, write

INCHES = (9.6, 4.4)
ROOM = 0.03  # of the range, around what is shown
BARS = 24  # over the whole range of probabilities
TALLEST = 0.16  # of the panel, of the histogram


def draw(title: str, curves: Mapping[str, ReliabilityDiagram], path: Path) -> Path:
    """Draws a panel an outcome to a PNG or SVG file."""
    with canvas(*INCHES) as figure:
        paint(figure, title, curves)
    return write(figure, path)


def paint(figure: Any, title: str, curves: Mapping[str, ReliabilityDiagram]) -> None:
    """A panel an outcome: the CORP curve, the band of a calibrated forecast with the same overlaps, and at the bottom a histogram.

    Panels share their range and stand side by side, or one below the other on a narrow figure. ValueError for no outcome.
    """
    if not curves:
        raise ValueError("curves must hold at least one outcome to draw, got none")
    heading(figure, title)
    low, high = _range(curves)
    shape = (len(curves), 1) if is_narrow(figure) else (1, len(curves))
    panels = figure.subplots(*shape, squeeze=False).ravel()
    for place, ((outcome, one), axes) in enumerate(zip(curves.items(), panels, strict=True)):
        _curve(axes, one, low, high, OUTCOME_COLOURS[outcome])
        _bars(axes, one, low, high, OUTCOME_COLOURS[outcome])
        axes.set_title(outcome)
        if place == 0 or is_narrow(figure):
            axes.set_ylabel("came, %")
        axes.set_xlabel("forecast, %")
    _legend(figure, next(iter(curves)))


def _range(curves: Mapping[str, ReliabilityDiagram]) -> tuple[float, float]:
    every = np.concatenate([part for one in curves.values() for part in (one.probabilities, one.frequencies, one.low, one.high)])
    return float(every.min()) - ROOM, float(every.max()) + ROOM


def _curve(axes: Any, one: ReliabilityDiagram, low: float, high: float, colour: str) -> None:
    axes.fill_between(one.probabilities, one.low, one.high, color=BOX, edgecolor=FAINT, linewidth=0.6)
    axes.plot([low, high], [low, high], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    marker = "o" if len(one.probabilities) == 1 else None  # a line of one point is not seen
    axes.plot(one.probabilities, one.frequencies, color=colour, linewidth=1.8, marker=marker)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(_every_quarter())
        axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    axes.grid(visible=True)
    axes.set_axisbelow(True)


def _bars(axes: Any, one: ReliabilityDiagram, low: float, high: float, colour: str) -> None:
    """How many forecasts lie where, as a share of the fullest bar."""
    counts, edges = np.histogram(one.probabilities, bins=np.linspace(low, high, BARS + 1), weights=one.rows)
    axes.stairs(low + TALLEST * (high - low) * counts / counts.max(), edges, baseline=low, fill=True, color=colour, alpha=0.45, zorder=1)


def _every_quarter() -> Any:
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(0.25)


def _legend(figure: Any, outcome: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colour = OUTCOME_COLOURS[outcome]
    handles = [
        Line2D([], [], color=colour, linewidth=1.8, label="how often it came"),
        Patch(facecolor=BOX, edgecolor=FAINT, label="a calibrated forecast, nine in ten"),
        Patch(facecolor=colour, alpha=0.45, label="where forecasts lie"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=1 if is_narrow(figure) else 3, fontsize=8)
