"""Reliability diagrams of the three outcomes of one question: frequencies over probabilities, with the band that chance allows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forecast.backtest.verification.reliability import ReliabilityDiagram
from forecast.report.plots.style import FAINT, INK, OUTCOME_COLOURS, canvas, heading, is_narrow, write

INCHES = (9.6, 4.4)
ROOM = 0.03  # of the range, around what is shown
BARS = 24  # over the whole range of probabilities


def draw(title: str, curves: Mapping[str, ReliabilityDiagram], path: Path) -> Path:
    """Draws a panel an outcome to a PNG or SVG file."""
    with canvas(*INCHES) as figure:
        paint(figure, title, curves)
        return write(figure, path)


def paint(figure: Any, title: str, curves: Mapping[str, ReliabilityDiagram]) -> None:
    """A panel an outcome: the CORP curve, the band of a calibrated forecast with the same overlaps, and a histogram.

    Panels share their range and stand side by side, or one below the other on a narrow figure. ValueError for no outcome.
    """
    if not curves:
        raise ValueError("curves must hold at least one outcome to draw, got none")
    heading(figure, title)
    low, high = _range(curves)
    if is_narrow(figure):
        panels = figure.subplots(2 * len(curves), 1, squeeze=False, gridspec_kw={"height_ratios": [5, 1] * len(curves)}).reshape(-1, 2)
    else:
        panels = figure.subplots(2, len(curves), sharex=True, squeeze=False, gridspec_kw={"height_ratios": [5, 1]}).T
    for place, ((outcome, one), (top, bottom)) in enumerate(zip(curves.items(), panels, strict=True)):
        _curve(top, one, low, high, OUTCOME_COLOURS[outcome])
        top.set_title(outcome)
        _bars(bottom, one, low, high, OUTCOME_COLOURS[outcome])
        if place == 0 or is_narrow(figure):
            top.set_ylabel("frequency")
            bottom.set_ylabel("rows")
        bottom.set_xlabel("probability forecast")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, fontsize=8, handlelength=1.4)


def _range(curves: Mapping[str, ReliabilityDiagram]) -> tuple[float, float]:
    every = np.concatenate([part for one in curves.values() for part in (one.probabilities, one.frequencies, one.low, one.high)])
    return float(every.min()) - ROOM, float(every.max()) + ROOM


def _curve(axis: Any, one: ReliabilityDiagram, low: float, high: float, colour: str) -> None:
    axis.fill_between(one.probabilities, one.low, one.high, color=FAINT, alpha=0.45, linewidth=0, label="calibrated: 90 %")
    axis.plot([low, high], [low, high], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    marker = "o" if len(one.probabilities) == 1 else None  # a line of one point is not seen
    axis.plot(one.probabilities, one.frequencies, color=colour, linewidth=1.6, marker=marker, label="frequency")
    axis.set_xlim(low, high)
    axis.set_ylim(low, high)
    axis.grid(visible=True)


def _bars(axis: Any, one: ReliabilityDiagram, low: float, high: float, colour: str) -> None:
    axis.set_xlim(low, high)
    axis.hist(one.probabilities, bins=np.linspace(low, high, BARS + 1).tolist(), weights=one.rows, color=colour, alpha=0.6)
    axis.yaxis.set_major_locator(_few())


def _few() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(2, integer=True)
