"""Extend: the features of a few more sessions, from the stretch of the panel that they reach back to."""

from dataclasses import replace

import numpy as np

from features.feature import Feature, FeatureMatrix, catalogue, feature_matrix, framed
from features.panel import Panel

TOLERANCE = 1e-9  # of a rolling sum begun later, relative to the value or, where larger, to its column's standard deviation
REVISED = 1e-6  # the last row differs by more, relatively: its past is not what it was
SPANS = (64, 512)  # sessions; features of like reach share a stretch of the panel


def extend(matrix: FeatureMatrix, panel: Panel) -> FeatureMatrix:
    """`matrix` with a row for each session that `panel` has beyond it: the same as all its features of the whole panel.

    Rows before stay as they are. Further ones agree with a computation of everything within TOLERANCE; to the bit for a feature
    that reaches back over all history, or sums nothing. Everything is computed anew where other inputs are there than
    before, or the last row of `matrix` is not what the panel says now. ValueError if its sessions are not the panel's first.
    """
    frame, count = matrix.frame, len(matrix.frame)
    if not frame.index.equals(panel.sessions[:count]):
        raise ValueError(f"the first {count} sessions of the panel must be those of the matrix; compute feature_matrix(panel) instead")
    items = catalogue()
    names = [name for name in items if name in frame.columns or name in matrix.off]
    off = {name: lacking for name in names if (lacking := items[name].missing(panel))}
    if not count or off != matrix.off:
        return feature_matrix(panel, names)
    rows = _rows_from(count - 1, [items[str(name)] for name in frame.columns], panel)
    if not np.allclose(rows[0], frame.iloc[-1], rtol=REVISED, atol=0, equal_nan=True):
        return feature_matrix(panel, names)
    values = np.empty((len(frame.columns), len(panel.sessions)))
    values[:, :count] = frame.to_numpy("float64", copy=False).T
    values[:, count:] = rows[1:].T
    return FeatureMatrix(framed(values, panel.sessions, list(frame.columns)), off)


def _rows_from(first: int, items: list[Feature], panel: Panel) -> np.ndarray:
    """Values of `items` from row `first` of the panel on, (n, k)."""
    fresh = len(panel.sessions) - first
    stretches: dict[int, Panel] = {}
    columns = []
    for item in items:
        start = _start(item, first)
        if start not in stretches:
            stretches[start] = replace(panel, frame=panel.frame.iloc[start:]) if start else panel
        columns.append(item.values(stretches[start])[-fresh:])
    return np.column_stack(columns) if columns else np.empty((fresh, 0))


def _start(item: Feature, first: int) -> int:
    """Row of the panel from which `item` is computed to be right from row `first` on."""
    if item.reach is None:
        return 0
    span = next((span for span in SPANS if span >= item.reach), item.reach)
    return max(first + 1 - span, 0)
