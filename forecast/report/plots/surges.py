"""Picture of a surge in its history: the index with every surge marked, and the moves over the surge's window with this one's place."""

from typing import Any

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.report.plots.style import ACCENT, FAINT, GRID, INK, MUTED, PAPER, few_dates, heading, is_narrow
from forecast.report.plots.thinning import extremes, greatest, lasts

POINTS, ON_PHONE = 700, 330  # of a line, about one a pixel and a half


def paint(
    figure: Any,
    title: str,
    dates: np.ndarray,
    close: Float,
    moves: Float,
    surges: Int,
    *,
    place: int | None,
    window: int,
    least: float,
    name: str,
) -> None:
    """Above, the index on a log scale; below, its log moves over `window` sessions, least to greatest of neighbours, surges as dots.

    `surges` are rows; `place` is the row of the surge that is forecast, which gets the `name`, or None; nothing below `least` is a surge.
    """
    heading(figure, title)
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    most = ON_PHONE if is_narrow(figure) else POINTS
    shown = lasts(len(dates), most)
    top.plot(dates[shown], close[shown], color=INK, linewidth=1.0, zorder=2)
    _log_scale(top, close)
    top.set_ylabel("index, log scale")
    ends = 100 * extremes(moves, most)
    below.fill_between(dates[shown], ends[:, 0], ends[:, 1], color=FAINT, linewidth=0.4, zorder=2)
    dots = greatest(moves, surges, most)
    below.plot(dates[dots], 100 * moves[dots], linestyle="none", marker="o", markersize=3, color=ACCENT, markeredgewidth=0, zorder=3)
    below.axhline(100 * least, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    below.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
    below.set_ylabel(f"{window}-session log return, %")
    for axes, values in ((top, close), (below, 100 * moves)):
        axes.grid(visible=True, axis="y")
        axes.set_axisbelow(True)
        if place is not None:
            _mark(axes, dates[place], values[place])
    if place is not None:
        _name(below, dates, place, 100 * moves, name)
    below.set_xlim(dates[0], dates[-1] + (dates[-1] - dates[0]) // 40)
    few_dates(figure, below)
    _legend(figure, place is not None, len(surges))


def _log_scale(axes: Any, close: Float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_yscale("log")
    wide = float(np.log10(close.max() / close.min()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if wide > 0.5 else (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{level:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")))
    axes.yaxis.set_minor_locator(NullLocator())


def _mark(axes: Any, day: np.datetime64, level: float) -> None:
    axes.plot([day], [level], marker="D", markersize=7, color=INK, markeredgecolor=PAPER, markeredgewidth=1.0, zorder=5)


def _name(axes: Any, dates: np.ndarray, place: int, moves: Float, name: str) -> None:
    """The surge's name beside its mark, on the side that has room, with a line to it."""
    low, high = float(np.nanmin(moves)), float(np.nanmax(moves))
    late = place > len(dates) / 2
    axes.set_ylim(low - 0.05 * (high - low), high + 0.32 * (high - low))
    axes.annotate(
        name,
        (dates[place], moves[place]),
        xytext=(0.99 if late else 0.01, 0.985),
        textcoords="axes fraction",
        ha="right" if late else "left",
        va="top",
        fontsize=8.5,
        color=INK,
        fontweight="bold",
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 4},
        zorder=6,
    )


def _legend(figure: Any, forecast: bool, count: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Line2D([], [], linestyle="none", marker="o", markersize=4, color=ACCENT, label=f"surge sessions ({count})")]
    if forecast:
        handles.append(Line2D([], [], linestyle="none", marker="D", markersize=6, color=INK, label="the one asked about"))
    handles.append(Line2D([], [], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), label="least return of a surge"))
    handles.append(Patch(color=FAINT, ec=GRID, label="all returns"))
    figure.legend(handles=handles, loc="outside lower left", ncols=2 if is_narrow(figure) else 4, fontsize=8)
