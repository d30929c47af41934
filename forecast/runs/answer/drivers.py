"""Drivers: the features of one session, each compared with its own history."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from features.catalogue import catalogue
from forecast.runs.answer.plain_values import finite_or_none
from forecast.runs.field_rules import Finite, Share, Text


class Driver(BaseModel):
    """A feature on one session.

    `percentile` is the share of its history at or below the value, `change` is over the surge's window, `sign` says what a high value
    means. `story` is what the literature says of a high value: 1 the surge continues, -1 it ends, 0 neither. `tilt` is what the feature
    adds to the log odds of continue over reverse on the main question: the logistic's own tilt times its weight in the pool and the slope
    of the calibration; None without the fit, for a family that is off, and for a pool that is not log-linear.
    """

    model_config = ConfigDict(frozen=True)
    feature: Text
    family: Text
    unit: Text
    value: Finite
    percentile: Share
    change: Finite | None
    sign: Text
    story: Annotated[int, Field(ge=-1, le=1)]
    tilt: Finite | None


def describe_drivers(frame: pd.DataFrame, window: int, tilts: Mapping[str, float] | None = None) -> list[Driver]:
    """Each feature with a value on the last session of `frame` (n_sessions, n_features), in the order of its columns."""
    features = catalogue()
    drivers = []
    for name in frame.columns:
        history = frame[name]
        value = float(history.iloc[-1])
        if not np.isfinite(value):
            continue
        before = float(history.iloc[-1 - window]) if len(frame) > window else np.nan
        drivers.append(
            Driver(
                feature=name,
                family=features[name].family,
                unit=features[name].unit,
                value=value,
                percentile=float((history.dropna() <= value).mean()),
                change=finite_or_none(value - before),
                sign=features[name].sign,
                story=features[name].story,
                tilt=None if tilts is None else tilts.get(name),
            )
        )
    return drivers


def rank_drivers(drivers: Sequence[Driver]) -> list[Driver]:
    """The drivers that tilt the odds most, and then those farthest from their own median, first."""
    return sorted(drivers, key=lambda driver: (-abs(driver.tilt or 0.0), -abs(driver.percentile - 0.5), driver.feature))
