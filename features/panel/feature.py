"""@feature, the catalogue of every decorated builder, and the feature matrix."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.series import Series

Build = Callable[[Panel], pd.Series]


@dataclass(frozen=True)
class Feature:
    """One measured idea: a function of the panel that at row t uses rows up to t only.

    `window` is the history it needs to be known, in sessions, its own included; `unit` the unit of its values; `family`
    the builder file it lives in; `instead` are inputs that may stand for `inputs`. `reach` is how many sessions of the panel, its
    own included, a row hangs on; None is all before it. What `panel.releases` gives does not count: it comes whole with any
    stretch of sessions. `story` is what is told of a high value: 1 that the surge goes on, -1 that it ends, 0 neither.
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
    reach: int | None

    def __call__(self, panel: Panel) -> pd.Series:
        return _built(panel, self.build).rename(self.name)

    def values(self, panel: Panel) -> np.ndarray:
        """(n_sessions,) of `panel`; NaN where it is not known, or not finite."""
        found = _built(panel, self.build)
        if not found.index.equals(panel.sessions):
            found = found.reindex(panel.sessions)
        values = found.to_numpy("float64")
        return np.where(np.isfinite(values), values, np.nan)

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
        """The text after `heading:`, up to the next heading or what is said of NaN; nothing if there is none."""
        text = " ".join(self.doc.split())
        _, found, rest = text.partition(f"{heading}: ")
        for other in ("Sign: ", "Source: ", " NaN "):
            rest = rest.partition(other)[0]
        rest = rest.strip(" ,;")
        return rest + "." * (not rest.endswith(".")) if found and rest else ""

    def missing(self, panel: Panel) -> tuple[str, ...]:
        """Names of the inputs that `panel` does not have; none where it has what may stand for them."""
        if self.instead and all(series in panel for series in self.instead):
            return ()
        return tuple(series.name for series in self.inputs if series not in panel)


@memoise  # features that stand on other features call them
def _built(panel: Panel, build: Build) -> pd.Series:
    return build(panel)


AS_WINDOW = 0  # reach of a feature that says nothing of it

_catalogue: dict[str, Feature] = {}


def feature(
    *,
    inputs: Sequence[Series],
    window: int,
    unit: str,
    story: Literal[-1, 0, 1] = 0,
    name: str | None = None,
    instead: Sequence[Series] = (),
    reach: int | None = AS_WINDOW,
) -> Callable[[Build], Feature]:
    """Decorator: enters a builder into the catalogue under its own name. ValueError if the name is taken.

    reach : default `window`, which is right for differences and full rolling windows. More where a window is known before it is
    full; None for what never forgets, such as an exponentially weighted or an expanding mean.
    """

    def enter(build: Build) -> Feature:
        label = name or build.__name__
        family = build.__module__.rsplit(".", 1)[-1]
        if label in _catalogue:
            raise ValueError(f"feature {label!r} is already defined in {_catalogue[label].family}")
        back = window if reach == AS_WINDOW else reach
        text = (build.__doc__ or "").strip()
        made = Feature(label, family, tuple(inputs), tuple(instead), window, unit, story, text, build, back)
        _catalogue[label] = made
        return made

    return enter


def registered() -> dict[str, Feature]:
    """Every feature entered so far, by name."""
    return dict(_catalogue)
