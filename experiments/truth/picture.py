"""The picture of the truth test: error and log score less the truth's, by the years of history."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.truth.page import GOAL
from experiments.truth.study import EQUAL, INFORMED, NO_DRIVER, AccuracyRow
from forecast.backtest.forecaster_names import POOL
from forecast.report.plots.style import CATEGORIES, INK, canvas, write

MARKERS = "osD^vP*X"
GREY = "#8A8A8A"


def draw(rows: Sequence[AccuracyRow], path: Path, *, markets: int) -> None:
    """Writes the picture: two panels, a line a forecaster with bars of one standard error over markets."""
    with canvas(10, 5.0) as figure:
        left, right = figure.subplots(1, 2)
        _panel(left, rows, "Mean absolute error of the probabilities", lambda row: (100 * row.error, 100 * row.error_se))
        left.axhline(100 * GOAL, color=INK, linewidth=0.9, linestyle=":", label="asked of the pool")
        left.set_ylabel("hundredths")
        left.set_ylim(bottom=0)
        _panel(right, rows, "Expected log score less the truth's", lambda row: (1000 * row.excess, 1000 * row.excess_se))
        right.set_yscale("log")
        right.set_ylabel("thousandths")
        right.yaxis.set_major_formatter("{x:g}")
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=4)
        figure.suptitle(
            f"{markets} simulated markets whose probabilities are known; bars: standard error over markets", fontsize=9, x=0.01, ha="left"
        )
    write(figure, path)


def _panel(axis: Any, rows: Sequence[AccuracyRow], title: str, of: Callable[[AccuracyRow], tuple[float, float]]) -> None:
    lengths = list(dict.fromkeys(row.length for row in rows))
    names = [name for name in dict.fromkeys(row.name for row in rows) if name not in (EQUAL, INFORMED)]  # lines enough
    for number, name in enumerate(names):
        middle, error = (np.array(part) for part in zip(*(of(row) for row in rows if row.name == name), strict=True))
        look = _look(name, number)
        shift = 1 + 0.012 * (number - len(names) / 2)  # so that bars do not cover each other
        axis.errorbar(np.array(lengths) * shift, middle, yerr=np.nan_to_num(error), label=name, capsize=1.5, elinewidth=0.8, **look)
    axis.set_xscale("log")
    axis.set_xticks(lengths, [f"{length:g}" for length in lengths])
    axis.minorticks_off()
    axis.set_xlabel("years of history")
    axis.set_title(title)
    axis.grid(axis="y", alpha=0.4)


def _look(name: str, number: int) -> dict[str, Any]:
    if name == POOL:
        return {"color": INK, "marker": "o", "linewidth": 2.4, "markersize": 5, "zorder": 5}
    if name == NO_DRIVER:
        return {"color": GREY, "linestyle": "--", "linewidth": 1.4}
    return {"color": (*CATEGORIES, "#999933")[number % 7], "marker": MARKERS[number % len(MARKERS)], "linewidth": 1.1, "markersize": 4}
