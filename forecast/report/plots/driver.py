"""A driver through a surge, small enough to stand in a line of text."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.report.plots.style import ACCENT, FAINT, INK, LOOK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INCHES, DOTS = (2.6, 0.6), 100  # 260 by 60 pixels
BAND = (0.1, 0.9)
ROOM = 0.15  # of the height, above and below, so that the band's edges and the dots are seen
BEFORE = 60  # sessions shown before the last surge


def driver_figure(history: pd.Series, shown_from: int, surges: Sequence[int]) -> "Figure":
    """The line of `history` from row `shown_from` on, over the 10 to 90 % band and the median of its whole past; surges are dots.

    `history` is (n,) by session, NaN = not known, at least one of the shown values known; `surges` are rows.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    values = history.to_numpy("float64")
    rows = np.arange(shown_from, len(values))
    marked = np.array([row for row in surges if row >= shown_from], dtype=int)
    low, middle, high = np.nanquantile(values, (BAND[0], 0.5, BAND[1]))
    bottom, top = min(low, np.nanmin(values[rows])), max(high, np.nanmax(values[rows]))
    room = ROOM * (top - bottom or 1.0)
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=INCHES, dpi=DOTS)
        axis = figure.add_axes((0.01, 0.06, 0.98, 0.88))
        axis.axhspan(low, high, color=FAINT, alpha=0.35, linewidth=0)
        axis.axhline(middle, color="white", linewidth=0.8)
        axis.plot(rows, values[rows], color=INK, linewidth=1.2)
        axis.plot(marked, values[marked], linestyle="none", marker="o", markersize=3.0, color=ACCENT)
        axis.set_xlim(rows[0] - 1, rows[-1] + 1)
        axis.set_ylim(bottom - room, top + room)
        axis.set_axis_off()
    return figure


def save(figure: "Figure", path: Path) -> None:
    """The picture as PNG, the same bytes for the same picture."""
    figure.savefig(path, metadata={"Software": None})
