"""Picture of the monitor: the gambler's capital by day of settlement, and the share that sets of outcomes must leave out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forecast.backtest.verification.calibration_monitor import ALARM, LEFT_OUT
from forecast.report.plots.style import (
    ACCENT,
    BROKEN,
    DASHED,
    DOTTED,
    GRID,
    INK,
    SOLID,
    canvas,
    check_picture,
    few_dates,
    heading,
    is_narrow,
    wrapped,
    write,
)

STYLES = [(colour, dash) for dash in (SOLID, DASHED, DOTTED, BROKEN) for colour in (INK, ACCENT)]  # of the questions that are named


def draw_monitor(monitors: Mapping[str, Mapping[str, Any]], path: Path) -> Path:
    """The monitors in metrics.json of a run as a PNG or SVG; the questions with the highest e-values are named. InputError for the path."""
    with canvas(8.0, 5.6) as figure:
        paint(figure, monitors)
    return write(figure, check_picture(path))


def paint(figure: Any, monitors: Mapping[str, Mapping[str, Any]]) -> None:
    """The capital of each question's gambler over what the adapted sets leave out; the questions with the highest e-values are named."""
    heading(figure, "Is it calibrated? Capital of a gambler who bets against the forecasts")
    shown = sorted((label for label in monitors if monitors[label]["known"]), key=lambda label: -max(monitors[label]["e_values"]))
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for place, label in reversed(list(enumerate(shown))):
        days = np.array(monitors[label]["known"], dtype="datetime64[D]")
        look: dict[str, Any] = {"where": "post", "color": GRID, "linewidth": 0.9}
        if place < len(STYLES):
            look |= {"color": STYLES[place][0], "linestyle": STYLES[place][1], "linewidth": 1.5, "label": label}
        top.step(days, np.maximum(monitors[label]["e_values"], 1e-4), **look)
        below.step(days, monitors[label]["left_out"], **{key: value for key, value in look.items() if key != "label"})
    _top(top)
    _below(figure, below)
    few_dates(figure, below)
    if shown:
        handles, labels = top.get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside lower left", fontsize=8, ncols=1 if is_narrow(figure) else 2)


def _top(axes: Any) -> None:
    axes.set_yscale("log")
    axes.axhline(1 / ALARM, color=INK, linewidth=1.0, linestyle="--")
    axes.axhline(1, color=INK, linewidth=0.6)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.01), max(high, 20 / ALARM))
    axes.annotate(
        f"alarm at {1 / ALARM:.0f}",
        (1, 1 / ALARM),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        xytext=(0, 2),
        textcoords="offset points",
        fontsize=8,
    )
    axes.set_ylabel("e-value (log scale)")


def _below(figure: Any, axes: Any) -> None:
    axes.axhline(LEFT_OUT, color=INK, linewidth=0.6)
    axes.set_ylabel("left out by sets")
    axes.set_xlabel(wrapped(figure, "day of settlement; below the line, sets must be wider than forecast to be right nine times in ten"))
