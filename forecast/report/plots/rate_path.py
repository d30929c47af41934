"""Picture of published rate odds of which summary measures alone are known: the change expected, and the odds of a cut of late."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.report.plots.style import ACCENT, DASHED, FAINT, INK, MUTED, SOLID, heading, is_narrow


def paint(
    figure: Any, title: str, changes: Mapping[int, float], dates: np.ndarray, odds: Mapping[str, Float], surge: np.datetime64 | None
) -> None:
    """Left, the change of the target expected by months ahead, percentage points; right, odds of a cut by session, 0 to 1.

    `changes` are by months, at least one; `odds` (n,) by name, NaN = not known; the session `surge` is marked.
    """
    heading(figure, title)
    left, right = figure.subplots(2, 1) if is_narrow(figure) else figure.subplots(1, 2)
    months, values = [0, *changes], [0.0, *changes.values()]
    left.plot(months, values, color=INK, marker="o", linewidth=1.6)
    for month, value in changes.items():
        left.annotate(
            f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"),
            (month, value),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
        )
    left.axhline(0, color=FAINT, linewidth=0.8)
    left.set_xticks(months, ["now", *(f"{month} months" for month in changes)])
    left.set_title("Change of the target expected, points", fontsize=9.5)
    left.margins(x=0.1, y=0.25)
    for place, (name, series) in enumerate(odds.items()):
        right.plot(dates, 100 * series, color=ACCENT if place else INK, linestyle=DASHED if place else SOLID, linewidth=1.6, label=name)
    if surge is not None:
        beside = {"xytext": (-4, 0), "textcoords": "offset points", "ha": "right", "fontsize": 8, "color": MUTED}
        right.axvline(surge, color=MUTED, linewidth=1.2)
        right.annotate("surge", (surge, 3), **beside)
    right.set_ylim(0, 104)
    right.set_title("Odds of a lower target, percent", fontsize=9.5)
    right.legend(fontsize=8, loc="lower left")
    _dates(right)


def _dates(axes: Any) -> None:
    import matplotlib.dates

    shown: Any = matplotlib.dates
    locator = shown.AutoDateLocator(minticks=2, maxticks=5)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(shown.ConciseDateFormatter(locator))
