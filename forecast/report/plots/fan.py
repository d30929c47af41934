"""Picture of the paths ahead: bands of simulated moves between the two barriers, and the path since the surge, if it is known."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.report.plots.style import FAINT, INK, MIDDLE, PALE, draw_barrier, heading, is_narrow

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SINGLE = 6  # paths drawn by themselves, to show how ragged each one is


def paint(
    figure: Any,
    title: str,
    before: Float,
    bands: Float,
    singles: Float,
    since: Float,
    *,
    barrier: float,
    shares: Mapping[str, float],
) -> None:
    """Log moves from the surge's close, percent: `before` (b,) and `since` (s,) the surge, and simulated `bands` (horizon + 1, 5).

    `singles` (k, horizon + 1) are a few of the simulated moves; `shares` are those of the paths by the outcome that they meet first.
    """
    heading(figure, title)
    axes = figure.add_subplot()
    horizon = len(bands) - 1
    ahead = np.arange(horizon + 1)
    axes.fill_between(ahead, bands[:, 0], bands[:, 4], color=PALE, alpha=0.55, linewidth=0, label="nine paths in ten", zorder=1)
    axes.fill_between(ahead, bands[:, 1], bands[:, 3], color=PALE, linewidth=0, label="one in two", zorder=2)
    axes.plot(ahead, bands[:, 2], color=INK, linewidth=1.4, label="median path", zorder=4)
    for single in singles:
        axes.plot(ahead, single, color=MIDDLE, linewidth=0.6, alpha=0.8, zorder=3)
    axes.plot(np.arange(len(before)) - len(before) + 1, before, color=INK, linewidth=1.8, zorder=5)
    if len(since) > 1:
        axes.plot(np.arange(len(since)), since, color=INK, linewidth=1.8, linestyle=(0, (3, 1.5)), label="what happened since", zorder=6)
    axes.plot([0], [0], marker="o", color=INK, markersize=6, zorder=7)
    for sign, name in ((1, "continue"), (-1, "reverse")):
        level, share = sign * barrier, f"{100 * shares[name]:.0f} %"
        label = f"{name} {level:+.1f} %: {share}" if is_narrow(figure) else f"{name} at {level:+.1f} %: first in {share} of the paths"
        letters = {"fontsize": 8.5, "fontweight": "bold", "ha": "right"}
        draw_barrier(axes, name, level, horizon, label, at=(horizon, -2), zorder=6, **letters)
    _frame(axes, before, bands, since, barrier)
    figure.legend(loc="outside lower left", ncols=2 if is_narrow(figure) else 4, fontsize=8.5)


def _frame(axes: Any, before: Float, bands: Float, since: Float, barrier: float) -> None:
    horizon = len(bands) - 1
    every = np.concatenate([before, bands[:, 0], bands[:, 4], since[: horizon + 1], [-1.25 * barrier, 1.25 * barrier]])
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    axes.set_ylim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    axes.set_xlim(1 - len(before), horizon)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_xlabel("sessions from the surge")
    axes.set_ylabel("log move from its close, percent")
