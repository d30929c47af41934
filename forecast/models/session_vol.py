"""Volatility of a session as known at its close, and what is measured in it."""

import numpy as np

from features.panel.volatility import ewma_std
from forecast.engines.arrays import Float, Int
from forecast.models.range_variance import LEAST_VOL, measured_variance, range_variance
from forecast.target.sample import Sample, once

VOL_HALFLIFE = 23  # sessions; the half-life of RiskMetrics' 0.97
BLENDED = (11, 23, 63)  # sessions: two weeks, a month, a quarter; what a month ahead is drawn from in most volatility models


@once
def session_vol(sample: Sample) -> Float:
    """Volatility of a session as known at its close, (n,), the surge included: its turbulence lasts into the month ahead.

    By the sessions' ranges where there are any, over half as long, as they are more precise; else by closes.
    """
    by_range = np.sqrt(range_variance(sample, VOL_HALFLIFE / 2))
    return np.maximum(np.where(np.isfinite(by_range), by_range, closes_vol(sample, VOL_HALFLIFE)), LEAST_VOL)


@once
def blended_vol(sample: Sample) -> Float:
    """Volatility of a session over the weeks ahead as known at each close, (n,), the surge included: the mean of log volatilities.

    By the sessions' ranges where highs and lows are known, else by closes. NaN in the first session.
    """
    logs = [np.log(measured_variance(sample, halflife)) / 2 for halflife in BLENDED]
    return np.asarray(np.exp(np.mean(logs, axis=0)))


def vol_rank(sample: Sample, surges: Int | None = None) -> Float:
    """Share of the sessions up to each surge's whose `session_vol` was lower than at its close, (m,), in [0, 1).

    Known at the close: later sessions change nothing.
    surges : numbers of the surges asked about, (m,); default all.
    """
    vol = session_vol(sample)
    places, which = np.unique(np.arange(len(sample.rows)) if surges is None else surges, return_inverse=True)
    ranks = [np.mean(vol[: row + 1][np.isfinite(vol[: row + 1])] < vol[row]) for row in sample.rows[places]]
    return np.array(ranks, dtype=np.float64)[which]


@once
def closes_vol(sample: Sample, halflife: int) -> Float:
    """Exponentially weighted volatility of closes, (n,), at least LEAST_VOL; NaN in the first two sessions."""
    return np.maximum(ewma_std(np.r_[np.nan, sample.returns].tobytes(), halflife), LEAST_VOL)
