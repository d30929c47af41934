"""Picture of the answer: the three probabilities with their intervals, and climatology; the one to read first is drawn first."""

from collections.abc import Mapping
from typing import Any

from forecast.report.plots.style import GRID, INK, MUTED, OUTCOME_COLOURS, OUTCOME_TEXT, PAPER, heading, is_narrow
from forecast.target.outcome import OUTCOMES

APART = 0.2  # between the two marks of an outcome and its middle
PALE = 0.5  # of what comes second
EDGE = 0.2  # nearer to an end of the axis than this, a figure is not centred on its mark


def paint(
    figure: Any,
    title: str,
    forecast: Mapping[str, float],
    interval: Mapping[str, tuple[float, float]],
    climatology: Mapping[str, float],
    *,
    level: float,
    first: str,
) -> None:
    """A row an outcome, continue at the top: the forecast with its interval, and climatology; `first` names the one above, drawn strong."""
    heading(figure, title)
    axes = figure.add_subplot()
    leads = first == "forecast"
    for place, outcome in enumerate(OUTCOMES):  # reverse at the bottom
        axes.axhspan(place - 0.42, place + 0.42, color=GRID, alpha=0.35, linewidth=0, zorder=0)
        _forecast(axes, place + (APART if leads else -APART), outcome, forecast[outcome], interval[outcome], strong=leads)
        _climatology(axes, place + (-APART if leads else APART), climatology[outcome], strong=not leads)
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
    _legend(figure, level, leads)


def _forecast(axes: Any, height: float, outcome: str, value: float, bounds: tuple[float, float], *, strong: bool) -> None:
    colour, alpha = OUTCOME_COLOURS[outcome], 1.0 if strong else PALE
    axes.hlines(height, *bounds, color=colour, linewidth=6.5, alpha=0.45 * alpha, zorder=2)
    axes.plot([value], [height], marker="o", color=colour, markersize=8.5 if strong else 7, markeredgecolor=PAPER, zorder=4)
    low, high = bounds
    label = f"{100 * value:.0f} %  [{100 * low:.0f}, {100 * high:.0f}]"
    side = "left" if value < EDGE else "right" if value > 1 - EDGE else "center"
    axes.annotate(label, (value, height), xytext=(0, 6), textcoords="offset points", ha=side, va="bottom", zorder=6, **_letters(strong))


def _climatology(axes: Any, height: float, value: float, *, strong: bool) -> None:
    size, fill = (8.5, MUTED) if strong else (7, PAPER)
    axes.plot([value], [height], marker="D", color=MUTED, markerfacecolor=fill, markersize=size, markeredgewidth=1.4, zorder=4)
    side, shift = ("right", -9) if value > 1 - EDGE else ("left", 9)
    label, style = f"{100 * value:.0f} %", _letters(strong)
    axes.annotate(label, (value, height), xytext=(shift, 0), textcoords="offset points", ha=side, va="center_baseline", zorder=6, **style)


def _letters(strong: bool) -> dict[str, Any]:
    if strong:
        return {"fontsize": 10, "fontweight": "bold", "color": INK}
    return {"fontsize": 8.5, "color": MUTED}


def _legend(figure: Any, level: float, leads: bool) -> None:
    from matplotlib.lines import Line2D

    dot = Line2D([], [], color=OUTCOME_COLOURS["continue"], marker="o", linewidth=5, alpha=0.6, label=f"forecast, {level:.0%} interval")
    diamond = Line2D([], [], color=MUTED, marker="D", linestyle="none", markerfacecolor=PAPER if leads else MUTED, label="climatology")
    handles = [dot, diamond] if leads else [diamond, dot]
    figure.legend(handles=handles, loc="outside lower left", ncols=1 if is_narrow(figure) else 2, fontsize=8.5)
