"""Catalogue: every decorated feature by name, the feature matrix, and its rows for a few more sessions."""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pandas as pd

from features.panel.panel import Panel
from features.panel.registry import Feature, registered
from features.panel.series import INPUTS, Series

__all__ = ["FeatureMatrix", "UnmovedRows", "catalogue", "extend", "families", "feature_matrix", "known_inputs"]


@cache
def _import_builders() -> None:
    package = importlib.import_module("features.builders")
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"features.builders.{name}")


def catalogue() -> dict[str, Feature]:
    """Every feature by name.

    Returns
    -------
    dict of str to Feature
        By family, then by place in the file.
    """
    _import_builders()
    return dict(sorted(registered().items(), key=lambda entry: entry[1].family))  # stable; builders may import one another


def families() -> dict[str, str]:
    """Every family of features by name.

    Returns
    -------
    dict of str to str
        The docstring of its file, in the order of the catalogue.
    """
    documented = {item.family: sys.modules[item.build.__module__].__doc__ or "" for item in catalogue().values()}
    return {family: _without_name(doc) for family, doc in documented.items()}


def _without_name(doc: str) -> str:
    """A module's docstring without the name before its first colon, a line for each paragraph."""
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in doc.strip().split("\n\n"))
    return text.partition(": ")[2] or text


def known_inputs() -> dict[str, Series]:
    """Every series that an experiment may name.

    Returns
    -------
    dict of str to Series
        INPUTS, and the series that builders declare.
    """
    declared = {series.name: series for item in catalogue().values() for series in (*item.inputs, *item.instead)}
    return INPUTS | declared


@dataclass(frozen=True)
class FeatureMatrix:
    """The features of a panel.

    Parameters
    ----------
    frame : DataFrame, shape (n_sessions, n_features)
        Values by session; NaN where not known.
    off : dict of str to tuple of str
        The features that are off, with the inputs that they lack.
    """

    frame: pd.DataFrame
    off: dict[str, tuple[str, ...]]

    def of(self, names: Collection[str]) -> "FeatureMatrix":
        """Some of the features, in their order here.

        Parameters
        ----------
        names : collection of str
            Others are left out.

        Returns
        -------
        FeatureMatrix
        """
        columns = [name for name in self.frame.columns if name in names]
        return FeatureMatrix(self.frame[columns], {name: lacking for name, lacking in self.off.items() if name in names})


def feature_matrix(panel: Panel, names: Sequence[str] | None = None) -> FeatureMatrix:
    """The features of a panel.

    Parameters
    ----------
    panel : Panel
        The inputs as they were known at each session's close.
    names : sequence of str, optional
        Features to compute, by default all; an unknown one raises KeyError.

    Returns
    -------
    FeatureMatrix
        Infinities become NaN; features without their inputs are off.
    """
    items = catalogue()
    chosen = items if names is None else {name: items[name] for name in names}
    off = {name: lacking for name, item in chosen.items() if (lacking := item.missing(panel))}
    on = [name for name in chosen if name not in off]
    values = np.empty((len(on), len(panel.sessions)))
    for place, name in enumerate(on):
        values[place] = chosen[name].values(panel)
    return FeatureMatrix(framed(values, panel.sessions, on), off)


def framed(values: np.ndarray, sessions: pd.DatetimeIndex, names: "list[str] | pd.Index[str]") -> pd.DataFrame:
    """`values` (n_features, n_sessions) as a frame without a copy: each feature stays contiguous, which is quick to lengthen."""
    return pd.DataFrame(values.T, index=sessions, columns=names, copy=False)


TOLERANCE = 1e-9  # of a rolling sum begun later, relative to the value or, where larger, to its column's standard deviation
REVISED = 1e-6  # relative difference of the last row beyond which the data before it were revised
SPANS = (64, 512)  # sessions; features of like reach share a stretch of the panel


class UnmovedRows:
    """Values on the last sessions of the features that some inputs do not enter: one for all panels that differ in those inputs alone.

    Parameters
    ----------
    moving : collection of str
        Names of those inputs.
    """

    def __init__(self, moving: Collection[str]) -> None:
        self.moving, self._rows = frozenset(moving), dict[str, np.ndarray]()

    def rows(self, item: Feature, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """What is computed of a feature, or was for another such panel where none of the inputs that move enters it.

        Parameters
        ----------
        item : Feature
            The feature.
        compute : callable
            Gives its values on the last sessions of a panel.

        Returns
        -------
        numpy.ndarray of shape (n,)
        """
        if any(series.name in self.moving for series in (*item.inputs, *item.instead)):
            return compute()
        if item.name not in self._rows:
            self._rows[item.name] = compute()
        return self._rows[item.name]


def extend(matrix: FeatureMatrix, panel: Panel, unmoved: UnmovedRows | None = None) -> FeatureMatrix:
    """Adds the sessions that a panel has beyond a matrix of its features.

    Parameters
    ----------
    matrix : FeatureMatrix
        Features of the panel's first sessions.
    panel : Panel
        The same panel with further sessions.
    unmoved : UnmovedRows, optional
        Shared by the panels that have the same sessions and differ in the inputs that it names alone.

    Returns
    -------
    FeatureMatrix
        The rows of `matrix`, and new ones that agree with `feature_matrix(panel)` within TOLERANCE; to the bit for one that reaches back
        over all history, or sums nothing. Where the panel has other inputs than before, or its last row was revised, everything is computed
        anew.

    Raises
    ------
    ValueError
        If the matrix's sessions are not the panel's first.
    """
    frame, count = matrix.frame, len(matrix.frame)
    if not frame.index.equals(panel.sessions[:count]):
        raise ValueError(f"the first {count} sessions of the panel must be those of the matrix; compute feature_matrix(panel) instead")
    items = catalogue()
    names = [name for name in items if name in frame.columns or name in matrix.off]
    off = {name: lacking for name in names if (lacking := items[name].missing(panel))}
    if not count or off != matrix.off:
        return feature_matrix(panel, names)
    rows = _rows_from(count - 1, [items[str(name)] for name in frame.columns], panel, unmoved or UnmovedRows(()))
    if not np.allclose(rows[0], frame.iloc[-1], rtol=REVISED, atol=0, equal_nan=True):
        return feature_matrix(panel, names)
    values = np.empty((len(frame.columns), len(panel.sessions)))
    values[:, :count] = frame.to_numpy("float64", copy=False).T
    values[:, count:] = rows[1:].T
    return FeatureMatrix(framed(values, panel.sessions, frame.columns), off)


def _rows_from(first: int, items: list[Feature], panel: Panel, unmoved: UnmovedRows) -> np.ndarray:
    """Values of `items` from row `first` of the panel on, (n, k)."""
    fresh = len(panel.sessions) - first
    stretches: dict[int, Panel] = {}

    def rows(item: Feature) -> np.ndarray:
        start = _start(item, first)
        if start not in stretches:
            stretches[start] = replace(panel, frame=panel.frame.iloc[start:]) if start else panel
        return item.values(stretches[start])[-fresh:].copy()

    columns = [unmoved.rows(item, partial(rows, item)) for item in items]
    return np.column_stack(columns) if columns else np.empty((fresh, 0))


def _start(item: Feature, first: int) -> int:
    """Row of the panel at which to begin, so that `item` is right from row `first` on."""
    if item.reach is None:
        return 0
    span = next((span for span in SPANS if span >= item.reach), item.reach)
    return max(first + 1 - span, 0)
