"""Range variance: the variance of a session by its high and low, a more precise estimate than by closes."""

import numpy as np
import pandas as pd

from features.panel.volatility import SESSIONS_A_YEAR
from forecast.engines.arrays import Float
from forecast.target.sample import Sample, once

SCALE_HALFLIFE = 1000  # sessions: some four years, in which the share of a day's variance that falls outside trading hardly changes
RANGE_VARIANCE = 0.41  # of a session's squared range over its mean squared (Parkinson 1980): a fifth of that of a squared return
SQUARE_VARIANCE = 2.0  # the same of a squared return, where returns are normal
LEAST_VOL = 1e-6  # of a session, where prices have stood still
LEAST = 60  # sessions with a range before there is any variance
NO_RANGES = "highs and lows are not known, squared returns stand in for them"  # the note of a fit


@once
def range_variance(sample: Sample, halflife: float) -> Float:
    """Variance of a session as known at each close, (n,): exponentially weighted ranges, scaled to the returns from close to close.

    NaN before LEAST ranges, and all along where there are none. A session without a range counts its squared return.
    """
    count = np.cumsum(np.isfinite(sample.ranges[1:]))
    if not len(count) or count[-1] < LEAST:
        return np.full(len(sample), np.nan)
    return measured_variance(sample, halflife) * np.r_[np.nan, np.where(count < LEAST, np.nan, 1.0)]


@once
def measured_variance(sample: Sample, halflife: float) -> Float:
    """As `range_variance`, but from the second session on: squared returns stand in for missing ranges. At least LEAST_VOL squared."""
    return np.maximum(weighted(session_measure(sample), halflife), LEAST_VOL**2)


def has_ranges(sample: Sample) -> bool:
    """Whether most sessions of the last year have a high and a low."""
    return bool(np.isfinite(sample.ranges[-SESSIONS_A_YEAR:]).mean() >= 0.5)


@once
def session_measure(sample: Sample) -> Float:
    """Variance of each session alone, (n,): its range, scaled to the returns from close to close on the data up to it.

    The squared return of a session without a range; NaN for the first session.
    """
    squared = np.r_[np.nan, sample.returns**2]
    both = np.isfinite(sample.ranges) & np.isfinite(squared)
    ranges = np.where(both, sample.ranges, np.nan)
    level = weighted(ranges, SCALE_HALFLIFE)
    scale = np.divide(weighted(np.where(both, squared, np.nan), SCALE_HALFLIFE), level, out=np.full_like(level, np.nan), where=level > 0)
    return np.where(both & np.isfinite(scale), ranges * scale, squared)


def weighted(values: Float, halflife: float) -> Float:
    """Exponentially weighted mean of the values up to each session, NaN among them left out; NaN before the first."""
    return pd.Series(values).ewm(halflife=halflife, ignore_na=True).mean().to_numpy("float64")
