"""Picture of the answer: the three probabilities with their intervals, and beside each the base rate."""

from collections.abc import Mapping
from typing import Any

from forecast.report.plots.style import GRID, INK, MUTED, OUTCOME_COLOURS, OUTCOME_TEXT, PAPER, heading, is_narrow
from forecast.target.outcome import OUTCOMES

APART = 0.2  # between the two marks of an outcome and its middle
STRONG: dict[str, Any] = {"fontsize": 10, "fontweight": "bold", "color": INK}
PALE: dict[str, Any] = {"fontsize": 8.5, "color": MUTED}
EDGE = 0.2  # nearer to an end of the axis than this, a figure is not centred on its mark


def paint(
    figure: Any,
    title: str,
    forecast: Mapping[str, float],
    interval: Mapping[str, tuple[float, float]],
    base_rate: Mapping[str, float],
    base_interval: Mapping[str, tuple[float, float]],
    *,
    level: float,
) -> None:
    """A row an outcome, continue at the top: the forecast with its interval, and below it the base rate with its own."""
    heading(figure, title)
    axes = figure.add_subplot()
    for place, outcome in enumerate(OUTCOMES):  # reverse at the bottom
        axes.axhspan(place - 0.42, place + 0.42, color=GRID, alpha=0.35, linewidth=0, zorder=0)
        _forecast(axes, place + APART, outcome, forecast[outcome], interval[outcome])
        _base_rate(axes, place - APART, base_rate[outcome], base_interval[outcome])
    axes.set_yticks(range(len(OUTCOMES)), OUTCOMES, fontsize=10, fontweight="bold")
    for label, outcome in zip(axes.get_yticklabels(), OUTCOMES, strict=True):
        label.set_color(OUTCOME_TEXT[outcome])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(OUTCOMES) - 0.4)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    axes.set_axisbelow(True)
    _legend(figure, level)


def _forecast(axes: Any, height: float, outcome: str, value: float, bounds: tuple[float, float]) -> None:
    colour = OUTCOME_COLOURS[outcome]
    axes.hlines(height, *bounds, color=colour, linewidth=6.5, alpha=0.45, zorder=2)
    axes.plot([value], [height], marker="o", color=colour, markersize=8.5, markeredgecolor=PAPER, zorder=4)
    low, high = bounds
    label = f"{100 * value:.0f} %  [{100 * low:.0f}, {100 * high:.0f}]"
    side = "left" if value < EDGE else "right" if value > 1 - EDGE else "center"
    axes.annotate(label, (value, height), xytext=(0, 6), textcoords="offset points", ha=side, va="bottom", zorder=6, **STRONG)


def _base_rate(axes: Any, height: float, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
    axes.hlines(height, low, high, color=MUTED, linewidth=3.0, alpha=0.35, zorder=2)
    axes.plot([value], [height], marker="D", color=MUTED, markerfacecolor=PAPER, markersize=7, markeredgewidth=1.4, zorder=4)
    side, end, shift = ("right", low, -9) if value > 1 - EDGE else ("left", high, 9)
    label = f"{100 * value:.0f} %"
    axes.annotate(label, (end, height), xytext=(shift, 0), textcoords="offset points", ha=side, va="center_baseline", zorder=6, **PALE)


def _legend(figure: Any, level: float) -> None:
    from matplotlib.lines import Line2D

    dot = Line2D([], [], color=OUTCOME_COLOURS["continue"], marker="o", linewidth=5, alpha=0.6, label=f"forecast, {level:.0%} interval")
    diamond = Line2D([], [], color=MUTED, marker="D", linestyle="none", markerfacecolor=PAPER, label="base rate")
    figure.legend(handles=[dot, diamond], loc="outside lower left", ncols=1 if is_narrow(figure) else 2, fontsize=8.5)
