"""Drivers: the features of one surge, each against its own history."""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict

from features.feature import catalogue
from forecast.dataset import Dataset


class Driver(BaseModel):
    """A feature at the surge: value, its share of own history below, change over the surge, and what it adds to the pool's log odds.

    `tilt` is towards continue and away from reverse, for the main question: the pool's weight times the logistic's own.
    None where the fit is not at hand, or its family is off.
    """

    model_config = ConfigDict(frozen=True)
    feature: str
    family: str
    unit: str
    value: float
    percentile: float
    change: float | None
    tilt: float | None


def describe_drivers(dataset: Dataset, window: int, place: int, tilts: Mapping[str, float] | None) -> list[Driver]:
    """Every feature known at the surge number `place`, those that tilt the odds most, or stand most apart, first."""
    row = int(dataset.sample.rows[place])
    frame = dataset.features.frame.iloc[: row + 1]
    known = catalogue()
    drivers = []
    for name in frame.columns:
        history = frame[name]
        value = float(history.iloc[-1])
        if not np.isfinite(value):
            continue
        before = float(history.iloc[-1 - window]) if row >= window else np.nan
        drivers.append(
            Driver(
                feature=name,
                family=known[name].family,
                unit=known[name].unit,
                value=value,
                percentile=float((history.dropna() <= value).mean()),
                change=value - before if np.isfinite(before) else None,
                tilt=None if tilts is None else tilts.get(name),
            )
        )
    return sorted(drivers, key=lambda driver: (-abs(driver.tilt or 0.0), -abs(driver.percentile - 0.5), driver.feature))
