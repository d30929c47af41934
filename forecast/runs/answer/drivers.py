"""Drivers: the features of one session, each against its own history."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.catalogue import catalogue


class Driver(BaseModel):
    """A feature on one session: value, its share of own history at or below it, change over the surge's window, and its meaning.

    `sign` is what a value of either sign, or a high one, means; `story` what is told of a high value: 1 that a surge goes on,
    -1 that it ends, 0 neither. `tilt` is what it adds to the forecast's log odds, towards continue and away from reverse, for the
    main question: the logistic's own, times its weight in the pool and the slope of the calibration. None where the fit is not at
    hand, its family is off, or the pool in force is not log-linear.
    """

    model_config = ConfigDict(frozen=True)
    feature: str
    family: str
    unit: str
    value: float
    percentile: float
    change: float | None
    sign: str
    story: int
    tilt: float | None


def describe_drivers(frame: pd.DataFrame, window: int, tilts: Mapping[str, float] | None = None) -> list[Driver]:
    """Every feature known on the last session of `frame`, in the order of its columns.

    frame : (n_sessions, n_features), NaN = not known.   window : sessions of the change.   tilts : by feature; None for no fit.
    """
    known = catalogue()
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
                family=known[name].family,
                unit=known[name].unit,
                value=value,
                percentile=float((history.dropna() <= value).mean()),
                change=value - before if np.isfinite(before) else None,
                sign=known[name].sign,
                story=known[name].story,
                tilt=None if tilts is None else tilts.get(name),
            )
        )
    return drivers


def rank_drivers(drivers: Sequence[Driver]) -> list[Driver]:
    """Those that tilt the odds most, or stand most apart from their own history, first."""
    return sorted(drivers, key=lambda driver: (-abs(driver.tilt or 0.0), -abs(driver.percentile - 0.5), driver.feature))
