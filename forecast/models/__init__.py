"""The components. MODELS is the whole registry: a new component is one file and one line."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from pydantic import ValidationError

from features.errors import validation_line
from forecast.models.analogs import Analogs
from forecast.models.climatology import Climatology
from forecast.models.component import Component
from forecast.models.ewma import EwmaPaths
from forecast.models.garch import GarchPaths
from forecast.models.heavy import HeavyPaths
from forecast.models.logistic import Logistic
from forecast.models.msgarch import MSGarchPaths
from forecast.models.range import RangePaths
from forecast.models.regime import RegimePaths
from forecast.models.shared import Shared

__all__ = ["MODELS", "build", "learns_from_choice", "options_of"]

MODELS: dict[str, type[Component]] = {
    "climatology": Climatology,
    "ewma": EwmaPaths,
    "range": RangePaths,
    "heavy": HeavyPaths,
    "garch": GarchPaths,
    "regime": RegimePaths,
    "msgarch": MSGarchPaths,
    "shared": Shared,
    "logistic": Logistic,
    "analogs": Analogs,
}


def learns_from_choice(name: str) -> bool:
    """Whether the component learns from the families of features that `[features]` chooses: its class says so in an attribute."""
    return bool(getattr(MODELS[name], "learns_from_choice", False))


def options_of(component: Component | type[Component]) -> list[str]:
    """The names of a component's options."""
    return [field.name for field in fields(cast(Any, component))]


def build(name: str, options: Mapping[str, Any]) -> Component:
    """The component `name` with its options; ValueError names the option, the rule and the value."""
    try:
        return MODELS[name](**options)
    except ValidationError as error:
        raise ValueError(validation_line(error, MODELS[name], table=name)) from None
