"""Scenarios of an experiment file: drivers at values of their own, [scenarios.<name>] with a feature a line."""

from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_serializer, model_validator

from features.catalogue import catalogue
from features.errors import did_you_mean

WAYS = ("add", "percentile")


class ScenarioValue(BaseModel):
    """Where a scenario puts a driver: at a value in its unit, at today's value plus `add`, or at a `percentile` of its own past.

    In TOML: `4.5`, `{ add = -0.5 }` or `{ percentile = 0.9 }`.
    """

    model_config = ConfigDict(frozen=True)
    way: Literal["value", "add", "percentile"]
    amount: float

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if _is_number(value):
            return {"way": "value", "amount": float(value)}
        if isinstance(value, dict) and len(value) == 1:
            way, amount = next(iter(value.items()))
            if way in WAYS and _is_number(amount) and (way == "add" or 0 <= amount <= 1):
                return {"way": way, "amount": float(amount)}
        raise ValueError(f"must be a number, {{ add = number }} or {{ percentile = 0 to 1 }}, got {value!r}")

    @model_serializer
    def _written(self) -> float | dict[str, float]:
        return self.amount if self.way == "value" else {self.way: self.amount}

    def value(self, history: pd.Series) -> float:
        """The driver's value under the scenario; NaN where today's value, or the past that a percentile is of, is not known but needed.

        history : (n,) the driver's own values up to today, which is the last; NaN = not known.
        """
        if self.way == "value":
            return self.amount
        if self.way == "add":
            return float(history.iloc[-1]) + self.amount
        values = history.dropna()
        return float(np.quantile(values, self.amount)) if len(values) else np.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _existing(drivers: Mapping[str, ScenarioValue]) -> Mapping[str, ScenarioValue]:
    if not drivers:
        raise ValueError("states no driver; give it a feature and a value, or leave it out")
    features = catalogue()
    for name in drivers:
        if name not in features:
            raise ValueError(f"no feature {name!r}{did_you_mean(name, features, otherwise='`python -m forecast drivers` lists them')}")
    return drivers


ScenarioName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Scenario = Annotated[dict[str, ScenarioValue], AfterValidator(_existing)]
