"""Standardise: a value against its own history, as a z-score or a percentile rank of the values known by then."""

from itertools import pairwise

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.releases import Releases

ENOUGH = 0.75  # share of a window that must be known


def min_periods(window: int) -> int:
    """How many of the values of a window must be known."""
    return int(window * ENOUGH)


def z_score(values: pd.Series, window: int, *, least: int | None = None) -> pd.Series:
    """Distance of each value (n,) from the mean of the last `window`, its own included, in their standard deviations.

    NaN before `least` values, by default three quarters of the window, and where they do not move.
    """
    rolling = values.rolling(window, min_periods=least or min_periods(window))
    mean, deviation = rolling.mean().to_numpy(), rolling.std().to_numpy()
    return pd.Series((values.to_numpy("float64") - mean) / np.where(deviation > 0, deviation, np.nan), index=values.index)


def z_score_among(now: pd.Series, released: Releases, window: int) -> pd.Series:
    """Distance of `now` (n_sessions,) from the mean of the last `window` values released by then, in their standard deviations.

    NaN until three quarters of the window were released, and where the last release is too old.
    """
    mean, deviation = (released.onto(pd.DatetimeIndex(now.index), each) for each in _mean_and_deviation(released, window))
    return (now - mean) / deviation


@memoise
def _mean_and_deviation(released: Releases, window: int) -> tuple[pd.Series, pd.Series]:
    """Of the last `window` values up to each; NaN until three quarters of them are there."""
    rolling = released.observed.rolling(window, min_periods=min_periods(window))
    return rolling.mean(), rolling.std()


def percentile_rank(now: pd.Series, released: Releases, window: int) -> pd.Series:
    """Share, 0 to 1, of the last `window` values released by then that are at or below `now` (n_sessions,).

    NaN where `now` is NaN, and until three quarters of the window were released.
    """
    observed = released.observed.to_numpy("float64")
    count = released.known.to_numpy().searchsorted(now.index.to_numpy(), side="right")
    values, out = now.to_numpy("float64"), np.full(len(now), np.nan)
    edges = [*np.flatnonzero(np.diff(count, prepend=-1) > 0).tolist(), len(count)]
    for first, after in pairwise(edges):  # sessions between two releases have one history
        past = np.sort(observed[max(0, count[first] - window) : count[first]])
        if len(past) >= min_periods(window):
            out[first:after] = past.searchsorted(values[first:after], side="right") / len(past)
    return pd.Series(np.where(np.isnan(values), np.nan, out), index=now.index)
