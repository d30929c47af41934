"""Layout: panels of a grid as large as the letters around them leave room for, found in one pass.

Matplotlib's constrained layout asks every panel twice how far its letters reach, which is half of the time that a picture takes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.engines.arrays import Float

PAD = 0.042  # inches around each panel and its letters, as in constrained layout
GAP = 0.02  # of the figure, between two panels
HALF_A_LABEL = 0.15  # inches: how far a figure of four digits below an axis may reach beyond it


def arrange(figure: Any) -> None:
    """Moves the panels of the figure's one grid below its title and above its legend, and these to the edges."""
    panels = [axes for axes in figure.axes if axes.get_subplotspec() is not None]
    if panels:
        top, bottom = _title_height(figure), _legend_height(figure)
        _place(panels, figure, top, bottom)


def _title_height(figure: Any) -> float:
    """Height of the texts at the top of the figure, pixels, and moves them to the edge."""
    height = 0.0
    for text in figure.texts:
        if text.get_va() == "top":
            text.set_y(1 - PAD / figure.get_figheight())
            height = max(height, text.get_window_extent().height + PAD * figure.dpi)
    return height


def _legend_height(figure: Any) -> float:
    """Height of legends and texts at the bottom of the figure, pixels; the texts stand above the legends."""
    legends = max((legend.get_window_extent().height + PAD * figure.dpi for legend in figure.legends), default=0.0)
    texts = 0.0
    for text in figure.texts:
        if text.get_va() == "bottom":
            text.set_y(legends / figure.bbox.height + PAD / figure.get_figheight())
            texts = max(texts, text.get_window_extent().height + PAD * figure.dpi)
    return legends + texts


@dataclass(frozen=True)
class _Margins:
    """Pixels that letters reach beyond the panels, by row or column: before (left or above) and after (right or below)."""

    before: Float
    after: Float

    def starts(self, whole: float, ratios: Float, pad: float, gap: float) -> tuple[Float, Float]:
        """Beginnings and lengths, in pixels from the first edge, of panels that fill `whole` in these ratios."""
        lost = self.before + self.after + 2 * pad
        room = max(whole - lost.sum() - gap * (len(ratios) - 1), 0.1 * whole)
        lengths = room * ratios / ratios.sum()
        return np.cumsum(lost + lengths + gap) - lengths - gap - self.after - pad, lengths


def _place(panels: list[Any], figure: Any, top: float, bottom: float) -> None:
    grid = panels[0].get_subplotspec().get_gridspec()
    sides = np.zeros((4, max(grid.nrows, grid.ncols)))  # left, right, above, below, by column or row
    sides[1] = HALF_A_LABEL * figure.dpi  # for figures change when a panel does
    for axes in panels:
        spot = axes.get_subplotspec()
        inner, outer = axes.get_window_extent(), axes.get_tightbbox(bbox_extra_artists=axes.texts, for_layout_only=True)
        if outer is None:  # not drawn
            continue
        row, column = spot.rowspan.start, spot.colspan.start
        reach = (inner.x0 - outer.x0, outer.x1 - inner.x1, outer.y1 - inner.y1, inner.y0 - outer.y0)
        for side, place, pixels in zip(range(4), (column, column, row, row), reach, strict=True):
            sides[side, place] = max(sides[side, place], pixels)
    width, height, pad = figure.bbox.width, figure.bbox.height, PAD * figure.dpi
    across = _Margins(sides[0, : grid.ncols], sides[1, : grid.ncols])
    down = _Margins(sides[2, : grid.nrows], sides[3, : grid.nrows])
    x, wide = across.starts(width, _ratios(grid.get_width_ratios(), grid.ncols), pad, GAP * width)
    y, high = down.starts(height - top - bottom, _ratios(grid.get_height_ratios(), grid.nrows), pad, GAP * height)
    for axes in panels:
        spot = axes.get_subplotspec()
        row, column = spot.rowspan.start, spot.colspan.start
        low = height - top - y[row] - high[row]
        axes.set_position([x[column] / width, low / height, wide[column] / width, high[row] / height])
        axes.set_in_layout(True)


def _ratios(ratios: Any, count: int) -> Float:
    return np.ones(count) if ratios is None else np.asarray(ratios, dtype=np.float64)
