"""The components. MODELS is the whole registry: a new component is one file here and one line below."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from pydantic import ValidationError

from forecast.component import Component
from forecast.models.climatology import Climatology
from forecast.models.ewma import Ewma
from forecast.models.garch import Garch
from forecast.models.logistic import Logistic
from forecast.models.regime import Regime

MODELS: dict[str, type[Component]] = {
    "climatology": Climatology,
    "ewma": Ewma,
    "garch": Garch,
    "regime": Regime,
    "logistic": Logistic,
}


def options_of(component: Component | type[Component]) -> list[str]:
    """The names of a component's options."""
    return [field.name for field in fields(cast(Any, component))]


def build(name: str, options: Mapping[str, Any]) -> Component:
    """The component `name` with its options; ValueError names the option, the rule and the value."""
    try:
        return MODELS[name](**options)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0])
        if first["type"] != "unexpected_keyword_argument":
            raise ValueError(f"{name}.{option}: {first['msg'].lower()}, got {first['input']!r}") from None
        near = difflib.get_close_matches(option, options_of(MODELS[name]), n=1)
        raise ValueError(f"unknown key {f'{name}.{option}'!r}" + (f"; did you mean {near[0]!r}?" if near else "")) from None
