"""Picture of analogs: the index after the past surges nearest to the present one, at the scale of the present volatility."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.arrays import Float
from forecast.outcome import moves_after
from forecast.past import session_vol
from forecast.plots.style import COLOURS, FAINT, INK, canvas, write

if TYPE_CHECKING:
    from forecast.answers.analog_report import AnalogReport, AnalogStudy
    from forecast.sample import Sample

BEFORE, AFTER = 15, 63  # sessions shown of each path
OUTCOME_COLOURS = {"continue": COLOURS[0], "stall": "#8A8A8A", "reverse": COLOURS[1], None: FAINT}
APART = 0.030  # least distance of two labels, as a share of the axis


def paths(sample: "Sample", rows: np.ndarray) -> Float:
    """Log moves about each row's close, (n, BEFORE + 1 + AFTER), in units of that close's session volatility; NaN where not known."""
    offsets = rows[:, None] - np.arange(BEFORE, -1, -1)
    before = np.where(offsets >= 0, np.log(sample.close[np.maximum(offsets, 0)] / sample.close[rows][:, None]), np.nan)
    moves = np.hstack([before, moves_after(sample.close, rows, AFTER)])
    return np.asarray(moves / session_vol(sample)[rows][:, None])


def draw(study: "AnalogStudy", path: Path) -> Path:
    """Draws the study to a PNG or SVG file, whose ending and folder are good, and gives its path."""
    report, seen = study.report, study.seen
    places = np.searchsorted(seen.sessions, np.array([analog.session for analog in report.analogs], dtype="datetime64[D]"))
    today = int(seen.rows[-1])
    scale = 100 * session_vol(seen)[today]
    with canvas(8.6, 5.2) as figure:
        axes = figure.add_subplot()
        ahead = np.arange(-BEFORE, AFTER + 1)
        past = scale * paths(seen, places)
        _barriers(axes, report)
        _past(axes, ahead, past, report)
        now = 100 * np.log(study.dataset.sample.close[max(today - BEFORE, 0) : today + AFTER + 1] / seen.close[today])
        axes.plot(np.arange(len(now)) - min(BEFORE, today), now, color=INK, linewidth=2.6, zorder=6)
        axes.plot([0], [0], marker="o", color=INK, markersize=6, zorder=7)
        _frame(axes, past, now, report)
        write(figure, path)
    return path


def _past(axes: Any, ahead: np.ndarray, past: Float, report: "AnalogReport") -> None:
    """A line an analog, the stronger the more votes, named at its end; and their median."""
    main = report.questions[0].question
    most = max(analog.weight for analog in report.analogs)
    ends = []
    for line, analog in zip(past, report.analogs, strict=True):
        colour = OUTCOME_COLOURS[analog.outcomes[main]]
        axes.plot(ahead, line, color=colour, linewidth=0.8 + 1.2 * analog.weight / most, alpha=0.85, zorder=3)
        last = int(np.flatnonzero(np.isfinite(line))[-1])
        ends.append((int(ahead[last]), float(line[last]), analog.session, colour))
    median = np.nanmedian(past, axis=0)
    axes.plot(ahead[BEFORE:], median[BEFORE:], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), zorder=5)
    low, high = _limits(past, report)
    for (offset, level, session, colour), shown in zip(ends, _spread([end[1] for end in ends], APART * (high - low)), strict=True):
        axes.annotate(
            session,
            (offset, level),
            xytext=(AFTER + 3, shown),
            fontsize=7.5,
            color=colour,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 1},
        )


def _barriers(axes: Any, report: "AnalogReport") -> None:
    """The barriers of the main question as the edges of a box that ends with its horizon."""
    from matplotlib.patheffects import withStroke

    question = report.questions[0]
    level = 100 * question.barrier
    for sign, name, side in ((1, "continue", "bottom"), (-1, "reverse", "top")):
        colour = OUTCOME_COLOURS[name]
        axes.plot([0, question.horizon], [sign * level] * 2, color=colour, linewidth=2.2, zorder=4, solid_capstyle="butt")
        axes.annotate(
            f"{name} at {sign * level:+.1f} %".replace("-", "\N{MINUS SIGN}"),
            (0.8, sign * level),
            xytext=(0, 4 * sign),
            textcoords="offset points",
            color=colour,
            fontsize=8,
            va=side,
            zorder=8,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],  # legible over the lines, which stay visible
        )
    axes.fill_between([0, question.horizon], -level, level, color="#F3F3F3", linewidth=0, zorder=0)
    axes.plot([question.horizon] * 2, [-level, level], color=FAINT, linewidth=1, zorder=1)


def _limits(past: Float, report: "AnalogReport") -> tuple[float, float]:
    """What the axis shows: all paths and both barriers, and a little more."""
    level = 100 * report.questions[0].barrier
    low, high = min(float(np.nanmin(past)), -level), max(float(np.nanmax(past)), level)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _frame(axes: Any, past: Float, now: Float, report: "AnalogReport") -> None:
    from matplotlib.lines import Line2D

    low, high = _limits(past, report)
    axes.set_ylim(min(low, float(now.min()) - 1), max(high, float(now.max()) + 1))
    axes.set_xlim(-BEFORE, AFTER)
    axes.set_xticks([-BEFORE, 0, 5, 21, 42, 63])
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
    axes.set_xlabel("sessions after the surge")
    axes.set_ylabel("log move from the surge's close, percent")
    title = f"{report.series}: {report.surge.session} and the {len(report.analogs)} past surges nearest to it"
    axes.set_title(title, pad=22, parse_math=False)
    told = "each path scaled to the present volatility; named by the day of the surge, coloured by its outcome"
    axes.text(0, 1.025, told, transform=axes.transAxes, fontsize=8, color="#555555")
    handles = [
        Line2D([], [], color=INK, linewidth=2.6, label=report.surge.session),
        Line2D([], [], color=INK, linewidth=1.6, linestyle=(0, (4, 2)), label="median of the past"),
        *(Line2D([], [], color=OUTCOME_COLOURS[name], linewidth=1.6, label=name) for name in ("continue", "stall", "reverse")),
    ]
    axes.legend(handles=handles, loc="upper left", fontsize=8)


def _spread(levels: list[float], apart: float) -> list[float]:
    """The levels moved up or down as little as keeps neighbours `apart`, in the order given."""
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
