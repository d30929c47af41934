"""The list of components, MODELS: a new component is one file and one line here."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

import numpy as np
from pydantic import ValidationError

from features.errors import validation_line
from forecast.engines.arrays import Float
from forecast.models.analogs import Analogs
from forecast.models.climatology import Climatology
from forecast.models.component import Component
from forecast.models.ewma import EwmaPaths
from forecast.models.garch import GarchPaths
from forecast.models.har import HarPaths
from forecast.models.heavy import HeavyPaths
from forecast.models.logistic import Logistic
from forecast.models.msgarch import MSGarchPaths
from forecast.models.range import RangePaths
from forecast.models.regime import RegimePaths
from forecast.models.shared import Shared

MODELS: dict[str, type[Component]] = {
    "climatology": Climatology,
    "ewma": EwmaPaths,
    "range": RangePaths,
    "heavy": HeavyPaths,
    "har": HarPaths,
    "garch": GarchPaths,
    "regime": RegimePaths,
    "msgarch": MSGarchPaths,
    "shared": Shared,
    "logistic": Logistic,
    "analogs": Analogs,
}


DEFAULT = ("har", "ewma", "garch", "msgarch", "logistic", "analogs")
"""What an experiment has that names no components: the others added nothing to these on other markets (docs/skill.md)."""


def prior_weights(names: Sequence[str]) -> Float:
    """Weights of a pool before any evidence: every kind of component has as much, and within a kind every component.

    Parameters
    ----------
    names : sequence of str
        Keys of MODELS. A class says its kind in the attribute `kind`; one without it is of its own.

    Returns
    -------
    numpy.ndarray of shape (k,)
        Summing to 1.
    """
    kinds = [getattr(MODELS[name], "kind", name) for name in names]
    return np.array([1 / len(set(kinds)) / kinds.count(kind) for kind in kinds])


def learns_from_choice(name: str) -> bool:
    """Whether a component learns from the families of features that `[features]` chooses.

    Parameters
    ----------
    name : str
        A key of MODELS; KeyError otherwise.

    Returns
    -------
    bool
        What its class says in the attribute `learns_from_choice`, False without one.
    """
    return bool(getattr(MODELS[name], "learns_from_choice", False))


def options_of(component: Component | type[Component]) -> list[str]:
    """The names of a component's options.

    Parameters
    ----------
    component : Component or its class

    Returns
    -------
    list of str
        In the order of the class's fields.
    """
    return [field.name for field in fields(cast(Any, component))]


def build(name: str, options: Mapping[str, Any]) -> Component:
    """A component with its options.

    Parameters
    ----------
    name : str
        A key of MODELS; KeyError otherwise.
    options : mapping
        Values by the name of the option; the others keep their defaults.

    Returns
    -------
    Component
        Not fitted yet.

    Raises
    ------
    ValueError
        For an unknown option or a value out of its domain: names the option, the rule and the value.
    """
    try:
        return MODELS[name](**options)
    except ValidationError as error:
        raise ValueError(validation_line(error, MODELS[name], table=name)) from None
