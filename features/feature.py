"""@feature, the catalogue of every decorated builder, and the feature matrix."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from features.panel import Panel
from features.series import INPUTS, Series

Build = Callable[[Panel], pd.Series]


@dataclass(frozen=True)
class Feature:
    """One measured idea: a function of the panel that at row t uses rows up to t only.

    `window` is the history it needs to be known, in sessions, its own included; `unit` the unit of its values; `family`
    the builder file it lives in; `instead` are inputs that may stand for `inputs`. `story` is what is told of a high value: 1 that
    the surge goes on, -1 that it ends, 0 neither.
    """

    name: str
    family: str
    inputs: tuple[Series, ...]
    instead: tuple[Series, ...]
    window: int
    unit: str
    story: int
    doc: str
    build: Build

    def __call__(self, panel: Panel) -> pd.Series:
        return self.build(panel).rename(self.name)

    @property
    def summary(self) -> str:
        """The first paragraph of its documentation, on one line."""
        return " ".join(self.doc.split("\n\n")[0].split())

    @property
    def sign(self) -> str:
        """What a value of either sign, or a high one, means."""
        return self._told("Sign")

    @property
    def source(self) -> str:
        """Where the idea comes from."""
        return self._told("Source")

    def _told(self, heading: str) -> str:
        """The sentence after `heading:`; nothing if there is none."""
        text = " ".join(self.doc.split())
        _, found, rest = text.partition(f"{heading}: ")
        for other in ("Sign: ", "Source: ", " NaN "):
            rest = rest.partition(other)[0]
        return rest.strip() if found else ""

    def missing(self, panel: Panel) -> tuple[str, ...]:
        """Names of the inputs that `panel` does not have; none where it has what may stand for them."""
        if self.instead and all(series in panel for series in self.instead):
            return ()
        return tuple(series.name for series in self.inputs if series not in panel)


_catalogue: dict[str, Feature] = {}


def feature(
    *,
    inputs: Sequence[Series],
    window: int,
    unit: str,
    story: Literal[-1, 0, 1] = 0,
    name: str | None = None,
    instead: Sequence[Series] = (),
) -> Callable[[Build], Feature]:
    """Decorator: enters a builder into the catalogue under its own name. ValueError if the name is taken."""

    def enter(build: Build) -> Feature:
        label = name or build.__name__
        family = build.__module__.rsplit(".", 1)[-1]
        if label in _catalogue:
            raise ValueError(f"feature {label!r} is already defined in {_catalogue[label].family}")
        made = Feature(label, family, tuple(inputs), tuple(instead), window, unit, story, (build.__doc__ or "").strip(), build)
        _catalogue[label] = made
        return made

    return enter


@cache
def _import_builders() -> None:
    package = importlib.import_module("features.builders")
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"features.builders.{module}")


def catalogue() -> dict[str, Feature]:
    """Every feature by name, in the order family, then place in the file."""
    _import_builders()
    return dict(_catalogue)


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
    chosen = catalogue() if names is None else {name: catalogue()[name] for name in names}
    off = {name: lacking for name, item in chosen.items() if (lacking := item.missing(panel))}
    columns = {name: item(panel) for name, item in chosen.items() if name not in off}
    frame = pd.DataFrame(columns, index=panel.sessions)
    return FeatureMatrix(frame.astype("float64").replace([np.inf, -np.inf], np.nan), off)
