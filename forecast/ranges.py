"""Ranges: the variance of a session by highs and lows, which say more of it than closes do."""

import numpy as np
import pandas as pd

from forecast.arrays import Float
from forecast.sample import Sample

SCALE_HALFLIFE = 1000  # sessions: some four years, in which the share of a day's variance that falls outside trading hardly changes
LEAST = 60  # sessions with a range before any variance is told


def range_variance(sample: Sample, halflife: float) -> Float:
    """Variance of a session as known at each close, (n,): exponentially weighted ranges, scaled to the returns from close to close.

    NaN before LEAST ranges are known, and all along where there are none. A session without a range counts its squared return.
    """
    squared = np.r_[np.nan, sample.returns**2]
    ranges = sample.ranges
    both = np.isfinite(ranges) & np.isfinite(squared)
    if both.sum() < LEAST:
        return np.full(len(sample), np.nan)
    scale = _weighted(np.where(both, squared, np.nan), SCALE_HALFLIFE) / _weighted(np.where(both, ranges, np.nan), SCALE_HALFLIFE)
    return _weighted(np.where(both, ranges * scale, squared), halflife) * np.where(np.cumsum(both) < LEAST, np.nan, 1.0)


def _weighted(values: Float, halflife: float) -> Float:
    """Exponentially weighted mean of what is known up to each session; NaN before anything is."""
    return np.asarray(pd.Series(values).ewm(halflife=halflife, ignore_na=True).mean().to_numpy("float64"))
