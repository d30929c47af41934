"""Picture of analogs: the index after the past surges nearest to the present one, at the scale of the present volatility."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.models.own_volatility import vol_at
from forecast.report.plots.style import (
    BOX,
    FAINT,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    OUTCOME_TEXT,
    canvas,
    draw_barrier,
    heading,
    is_narrow,
    write,
)
from forecast.target.outcome import future_moves

if TYPE_CHECKING:
    from forecast.runs.answer.analog_report import AnalogOdds, AnalogStudy
    from forecast.runs.answer.analogs import Analog
    from forecast.runs.answer.answer import QuestionAnswer
    from forecast.target.sample import Sample

BEFORE, AFTER = 15, 63  # sessions shown of each path
APART = 0.030  # least distance of two labels, as a share of the axis
SUBTITLE = "each path scaled to the present volatility;\nnamed by the day of the surge, coloured by its outcome"


@dataclass(frozen=True)
class AnalogPaths:
    """Values of the picture: `past` is (n, BEFORE + 1 + AFTER) log moves about the close of each analog, percent, NaN if not known.

    `now` is (k,) the same of the surge itself, as far as it is known, from `start` sessions on, which is not positive. An outcome that
    is not settled is None; `barrier` is a log move.
    """

    series: str
    session: str
    names: tuple[str, ...]
    weights: tuple[float, ...]
    outcomes: tuple[str | None, ...]
    past: Float
    now: Float
    start: int
    barrier: float
    horizon: int


def analog_paths(sample: "Sample", row: int, analogs: "Sequence[Analog]", main: "AnalogOdds | QuestionAnswer", series: str) -> AnalogPaths:
    """The paths after `analogs`, at least one, as known at the close of the surge's `row`, and the path after the surge itself."""
    seen = sample.up_to(row)
    places = np.searchsorted(seen.sessions, np.array([analog.session for analog in analogs], dtype="datetime64[D]"))
    first = max(row - BEFORE, 0)
    return AnalogPaths(
        series=series,
        session=str(seen.sessions[row]),
        names=tuple(analog.session for analog in analogs),
        weights=tuple(analog.weight for analog in analogs),
        outcomes=tuple(analog.outcomes[main.question] for analog in analogs),
        past=100 * vol_at(seen, np.array([row])) * moves_about(seen, places),
        now=100 * np.log(sample.close[first : row + AFTER + 1] / seen.close[row]),
        start=first - row,
        barrier=main.barrier,
        horizon=main.horizon,
    )


def moves_about(sample: "Sample", rows: np.ndarray) -> Float:
    """Log moves about each row's close, (n, BEFORE + 1 + AFTER), in their own volatility; NaN if not known."""
    offsets = rows[:, None] - np.arange(BEFORE, -1, -1)
    before = np.where(offsets >= 0, np.log(sample.close[np.maximum(offsets, 0)] / sample.close[rows][:, None]), np.nan)
    moves = np.hstack([before, future_moves(sample.close, rows, AFTER)])
    return np.asarray(moves / vol_at(sample, rows)[:, None])


def draw(study: "AnalogStudy", path: Path) -> Path:
    """Draws the study to a PNG or SVG file, whose ending and folder `check_picture` has checked."""
    report, main, row = study.report, study.report.questions[0], int(study.seen.rows[-1])
    with canvas(8.6, 5.2) as figure:
        paint(figure, analog_paths(study.dataset.sample, row, report.analogs, main, report.series))
    return write(figure, path)


def paint(figure: Any, paths: AnalogPaths) -> None:
    """The analogs on `figure`."""
    axes = figure.add_subplot()
    _barriers(axes, paths, is_narrow(figure))
    _past(axes, paths, is_narrow(figure))
    axes.plot(paths.start + np.arange(len(paths.now)), paths.now, color=INK, linewidth=2.6, zorder=6)
    axes.plot([0], [0], marker="o", color=INK, markersize=6, zorder=7)
    heading(figure, f"{paths.series}: {paths.session} and the {len(paths.names)} past surges nearest to it")
    _frame(figure, axes, paths)


def _past(axes: Any, paths: AnalogPaths, narrow: bool) -> None:
    """A line an analog, the stronger the more votes, named at its end; and their median."""
    most, ahead = max(paths.weights), np.arange(-BEFORE, AFTER + 1)
    ends = []
    for line, name, weight, outcome in zip(paths.past, paths.names, paths.weights, paths.outcomes, strict=True):
        colour = OUTCOME_COLOURS.get(outcome or "", FAINT)
        axes.plot(ahead, line, color=colour, linewidth=0.8 + 1.2 * weight / most, alpha=0.85, zorder=3)
        last = int(np.flatnonzero(np.isfinite(line))[-1])
        ends.append((int(ahead[last]), float(line[last]), name, colour, OUTCOME_TEXT.get(outcome or "", MUTED)))
    median = _median(paths.past)
    axes.plot(ahead[BEFORE:], median[BEFORE:], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), zorder=5)
    low, high = _limits(paths)
    apart = APART * (1.5 if narrow else 1.0) * (high - low)
    for (offset, level, name, colour, text), shown in zip(ends, _spread([end[1] for end in ends], apart), strict=True):
        axes.annotate(
            name,
            (offset, level),
            xytext=(AFTER + 3, shown),
            fontsize=7.5,
            color=text,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 1},
        )


def _median(past: Float) -> Float:
    """(k,) by session; NaN if no path is known there."""
    finite = np.isfinite(past).any(axis=0)
    median = np.full(past.shape[1], np.nan)
    median[finite] = np.nanmedian(past[:, finite], axis=0)
    return median


def _barriers(axes: Any, paths: AnalogPaths, narrow: bool) -> None:
    """The barriers of the main question as the edges of a box that ends with its horizon."""
    level, horizon = 100 * paths.barrier, paths.horizon
    for sign, name in ((1, "continue"), (-1, "reverse")):
        label = "" if narrow else f"{name} at {sign * level:+.1f} %"  # on a phone the legend must do
        draw_barrier(
            axes, name, sign * level, horizon, label, at=(-0.8 * sign, 0), zorder=4, fontsize=8, ha="right" if sign > 0 else "left"
        )  # where paths leave room
    axes.fill_between([0, horizon], -level, level, color=BOX, linewidth=0, zorder=0)
    axes.plot([horizon] * 2, [-level, level], color=FAINT, linewidth=1, zorder=1)


def _limits(paths: AnalogPaths) -> tuple[float, float]:
    """Range of the axis: all paths and both barriers, and a little more."""
    level = 100 * paths.barrier
    low, high = min(float(np.nanmin(paths.past)), -level), max(float(np.nanmax(paths.past)), level)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _frame(figure: Any, axes: Any, paths: AnalogPaths) -> None:
    from matplotlib.lines import Line2D

    low, high = _limits(paths)
    axes.set_ylim(min(low, float(paths.now.min()) - 1), max(high, float(paths.now.max()) + 1))
    axes.set_xlim(-BEFORE, AFTER)
    axes.set_xticks([-BEFORE, 0, 5, 21, 42, 63])
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
    axes.set_xlabel("sessions after the surge")
    axes.set_ylabel("log move from the surge's close, percent")
    subtitle, size = (SUBTITLE, 7.5) if is_narrow(figure) else (SUBTITLE.replace("\n", " "), 8)
    axes.set_title(subtitle, fontsize=size, fontweight="normal", color=MUTED)
    handles = [
        Line2D([], [], color=INK, linewidth=2.6, label=paths.session),
        Line2D([], [], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), label="median of the past"),
        *(Line2D([], [], color=OUTCOME_COLOURS[name], linewidth=1.6, label=name) for name in ("continue", "stall", "reverse")),
    ]
    if is_narrow(figure):
        figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8)
    else:
        axes.legend(handles=handles, loc="upper left", fontsize=8)


def _spread(levels: list[float], apart: float) -> list[float]:
    """The levels, in their order, moved as little as possible so that neighbours are `apart`."""
    order = np.argsort(levels, kind="stable")
    shown = np.array(levels, dtype=np.float64)[order]
    for _ in range(200):
        short = apart - np.diff(shown)
        if not (short > 1e-9 * apart).any():
            break
        push = np.maximum(short, 0) / 2
        shown[:-1] -= push
        shown[1:] += push
    back = np.empty(len(shown))
    back[order] = shown
    return [float(level) for level in back]
