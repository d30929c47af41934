"""Catalogue: every decorated feature by name, the feature matrix, and its rows for a few more sessions."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from features.panel.feature import Feature, registered
from features.panel.panel import Panel
from features.panel.series import INPUTS, Series


@cache
def _import_builders() -> None:
    package = importlib.import_module("features.builders")
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"features.builders.{module}")


def catalogue() -> dict[str, Feature]:
    """Every feature by name, in the order family, then place in the file."""
    _import_builders()
    return dict(sorted(registered().items(), key=lambda entry: entry[1].family))  # stable; builders may import one another


def families() -> dict[str, str]:
    """Every family by name, with what its file says of itself, in the order of the catalogue."""
    documented = {item.family: sys.modules[item.build.__module__].__doc__ or "" for item in catalogue().values()}
    return {family: _said_of_itself(doc) for family, doc in documented.items()}


def _said_of_itself(doc: str) -> str:
    """A module's documentation without the module's name before the first colon, a line a paragraph."""
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in doc.strip().split("\n\n"))
    return text.partition(": ")[2] or text


def known_inputs() -> dict[str, Series]:
    """Every series that an experiment may name: the catalogue of inputs and what builders declare for themselves."""
    declared = {series.name: series for item in catalogue().values() for series in (*item.inputs, *item.instead)}
    return INPUTS | declared


@dataclass(frozen=True)
class FeatureMatrix:
    """`frame` (n_sessions, n_features), NaN = not known; `off` maps each feature switched off to the inputs it lacks."""

    frame: pd.DataFrame
    off: dict[str, tuple[str, ...]]


def feature_matrix(panel: Panel, names: Sequence[str] | None = None) -> FeatureMatrix:
    """All features of `panel`, or those named; infinities become NaN; features without their inputs are listed as off."""
    items = catalogue()
    chosen = items if names is None else {name: items[name] for name in names}
    off = {name: lacking for name, item in chosen.items() if (lacking := item.missing(panel))}
    on = [name for name in chosen if name not in off]
    values = np.empty((len(on), len(panel.sessions)))
    for place, name in enumerate(on):
        values[place] = chosen[name].values(panel)
    return FeatureMatrix(framed(values, panel.sessions, on), off)


def framed(values: np.ndarray, sessions: pd.DatetimeIndex, names: Sequence[str]) -> pd.DataFrame:
    """`values` (n_features, n_sessions) as a frame that holds them as they lie, a feature in one piece, which is quick to lengthen."""
    return pd.DataFrame(values.T, index=sessions, columns=list(names), copy=False)


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
