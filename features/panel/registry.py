"""Registry of features: `@feature` enters a function of the panel, with its inputs, window, unit and sources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from features.panel.display_unit import USUAL, DisplayUnit
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.series import Series

Build = Callable[[Panel], pd.Series]


@dataclass(frozen=True)
class Feature:
    """One measured idea: a function of the panel whose row t uses rows up to t only.

    Parameters
    ----------
    name : str
        Name of the column in the feature matrix.
    family : str
        The file of `features/builders` that it stands in.
    inputs : tuple of Series
        Inputs without which it is off.
    instead : tuple of Series
        Inputs that replace `inputs` where all of them are there.
    window : int
        Sessions of history that a value needs, its own included.
    unit : str
        Unit of the values.
    title : str
        Its name in words.
    display : DisplayUnit
        How people see a value.
    story : int
        What a high value is said to mean: 1 that the surge goes on, -1 that it ends, 0 neither.
    doc : str
        The builder's docstring.
    build : callable
        Takes a `Panel` and returns a Series by session.
    reach : int or None
        Sessions of the panel that a row depends on, its own included; None is all before it. Values of `panel.releases` do not
        count: they come whole with any stretch of sessions.
    """

    name: str
    family: str
    inputs: tuple[Series, ...]
    instead: tuple[Series, ...]
    window: int
    unit: str
    title: str
    display: DisplayUnit
    story: int
    doc: str
    build: Build
    reach: int | None

    def __call__(self, panel: Panel) -> pd.Series:
        return _built(panel, self.build).rename(self.name)

    def values(self, panel: Panel) -> np.ndarray:
        """The feature's column.

        Parameters
        ----------
        panel : Panel
            The inputs as they were known at each session's close.

        Returns
        -------
        ndarray, shape (n_sessions,)
            NaN where the value is not known, or not finite.
        """
        column = _built(panel, self.build)
        if not column.index.equals(panel.sessions):
            column = column.reindex(panel.sessions)
        values = column.to_numpy("float64")
        return np.where(np.isfinite(values), values, np.nan)

    @property
    def summary(self) -> str:
        """The first paragraph of its documentation, on one line."""
        return " ".join(self.doc.split("\n\n")[0].split())

    @property
    def sign(self) -> str:
        """What a value of either sign, or a high one, means."""
        return self._section("Sign")

    @property
    def source(self) -> str:
        """Where the idea comes from."""
        return self._section("Source")

    def _section(self, heading: str) -> str:
        """The text after `heading:`, up to the next heading or the sentence on NaN; "" without the heading."""
        text = " ".join(self.doc.split()).partition(f"{heading}: ")[2]
        for other in ("Sign: ", "Source: ", " NaN "):
            text = text.partition(other)[0]
        text = text.strip(" ,;")
        return text if text.endswith(".") or not text else f"{text}."

    def missing(self, panel: Panel) -> tuple[str, ...]:
        """Names of the inputs that the panel lacks.

        Parameters
        ----------
        panel : Panel
            The inputs that are there.

        Returns
        -------
        tuple of str
            Empty where the feature can be computed, from its inputs or from those that replace them.
        """
        if self.instead and all(series in panel for series in self.instead):
            return ()
        return tuple(series.name for series in self.inputs if series not in panel)


@memoise  # features may call other features
def _built(panel: Panel, build: Build) -> pd.Series:
    return build(panel)


AS_WINDOW = 0  # reach of a feature that does not state one

_catalogue: dict[str, Feature] = {}


def feature(
    *,
    inputs: Sequence[Series],
    window: int,
    unit: str,
    title: str,
    display: DisplayUnit | None = None,
    story: Literal[-1, 0, 1] = 0,
    name: str | None = None,
    instead: Sequence[Series] = (),
    reach: int | None = AS_WINDOW,
) -> Callable[[Build], Feature]:
    """Decorator: enters a builder, a function of the panel, into the catalogue.

    Parameters
    ----------
    inputs : sequence of Series
        Inputs without which the feature is off.
    window : int
        Sessions of history that a value needs, its own included.
    unit : str
        Unit of the values.
    title : str
        Its name in words, as people see it.
    display : DisplayUnit, optional
        How people see a value; by default what is usual for the unit.
    story : {-1, 0, 1}, default 0
        What a high value is said to mean: 1 that the surge goes on, -1 that it ends.
    name : str, optional
        By default the builder's own.
    instead : sequence of Series, optional
        Inputs that replace `inputs` where all of them are there.
    reach : int or None, optional
        Sessions that a value depends on. The default, `window`, is right for differences and full rolling windows; more where a value is
        known before its window is full; None for what never forgets, such as an exponentially weighted mean.

    Returns
    -------
    callable
        Turns the builder into a `Feature`.

    Raises
    ------
    ValueError
        If the name is taken, and for a unit that nothing is usual for without `display`.
    """

    def enter(build: Build) -> Feature:
        label = name or build.__name__
        family = build.__module__.rsplit(".", 1)[-1]
        if label in _catalogue:
            raise ValueError(f"feature {label!r} is already defined in {_catalogue[label].family}")
        seen = display or USUAL.get(unit)
        if seen is None:
            raise ValueError(f"feature {label!r}: no display is usual for the unit {unit!r}; state `display`, or one of {', '.join(USUAL)}")
        back = window if reach == AS_WINDOW else reach
        text = (build.__doc__ or "").strip()
        item = Feature(label, family, tuple(inputs), tuple(instead), window, unit, title, seen, story, text, build, back)
        _catalogue[label] = item
        return item

    return enter


def registered() -> dict[str, Feature]:
    """Every feature entered so far, by name."""
    return dict(_catalogue)
