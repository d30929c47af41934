"""Autocorrelation of an index's daily returns, as known at each close. With it a month's variance is not the sum of its sessions'.

Small caps, and portfolios whose members trade seldom, had a first autocorrelation of 0.3 for decades; large indices have had none, or one a
little below zero, since 2000 (Lo and MacKinlay 1988). It changes slowly, so the past few years tell what the next month will have.
"""

import numpy as np
import pandas as pd

from forecast.engines.arrays import Float
from forecast.models.range_variance import measured_variance
from forecast.models.session_vol import VOL_HALFLIFE
from forecast.target.sample import Sample, once

MEMORY = 504  # sessions: half-life of the weights, two years; 1450 sessions' worth of evidence, an error of 0.026
PRIOR_SD = 0.1  # of the autocorrelation about zero
CLIP = 4.0  # standard deviations at which a return is clipped, so that no crash decides by itself
LARGEST = 0.5  # of either sign


@once
def autocorrelation(sample: Sample) -> Float:
    """Autocorrelation of neighbouring sessions' returns as known at each close, and its standard error, (n, 2).

    Returns are divided by the volatility known before them and weighted exponentially. A normal prior draws the estimate to zero.
    """
    vol = np.sqrt(measured_variance(sample, VOL_HALFLIFE))
    z = np.clip(np.r_[np.nan, sample.returns] / np.r_[np.nan, vol[:-1]], -CLIP, CLIP)
    square, product = _averages(z**2), _averages(z * np.r_[np.nan, z[:-1]])
    raw = np.divide(product, square, out=np.zeros_like(square), where=square > 0)
    variance = 1 / np.maximum(_effective_sessions(len(z)), 1.0)
    shrunk = np.clip(raw * PRIOR_SD**2 / (PRIOR_SD**2 + variance), -LARGEST, LARGEST)
    return np.column_stack([shrunk, np.sqrt(1 / (1 / PRIOR_SD**2 + 1 / variance))])


def _averages(values: Float) -> Float:
    """Exponentially weighted means, (n,); 0 before the first value."""
    return pd.Series(values).ewm(halflife=MEMORY, ignore_na=True).mean().fillna(0.0).to_numpy("float64")


def _effective_sessions(count: int) -> Float:
    """How many equally weighted sessions the weighted ones up to each of `count` closes are worth, (count,) (Kish 1965)."""
    decay, sessions = 0.5 ** (1 / MEMORY), np.arange(count)
    return np.asarray((1 - decay**sessions) ** 2 / (1 - decay ** (2.0 * np.maximum(sessions, 1))) * (1 + decay) / (1 - decay))
