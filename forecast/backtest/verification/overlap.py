"""Overlap: outcomes as they would be if a forecast were calibrated, together as far as their horizons share days."""

import numpy as np
from scipy.stats import norm

from forecast.engines.arrays import Float

DAY = np.timedelta64(1, "D")


def calibrated_events(probabilities: Float, dates: np.ndarray, known: np.ndarray, *, draws: int, seed: int) -> Float:
    """Events of 0 and 1 that come with the probabilities forecast, (draws, n).

    probabilities : (n,).   dates, known : (n,) datetime64, the days of each forecast and of its outcome, known > dates.

    An event comes where the move of one random walk over the row's own days, standardised, is below the quantile of its
    probability. Each row is therefore calibrated exactly, and two rows are correlated as their horizons overlap: by the share of
    days in common. The outcomes of one episode go together, those of two, whose horizons do not touch, are independent, and an
    episode that lasts longer than a horizon is not taken for a single event. What decides is which barrier is met first, mostly
    early in the horizon, so that true outcomes of a day's distance go together somewhat less: bands are, if anything, wide. Of
    simulated true forecasts of 120 rows in 15 episodes, 7 % were outside a band of 90 %, and a test of calibration at 10 % called
    10 % of them wrong; with independent rows it would have been 18 and 36 %.
    """
    if not len(probabilities):
        return np.zeros((draws, 0))
    first = dates.min()
    start = ((dates - first) / DAY).astype(np.int64)
    end = ((known - first) / DAY).astype(np.int64)
    if (end <= start).any():
        raise ValueError("known must be later than dates in every row")
    ticks, place = np.unique(np.concatenate([start, end]), return_inverse=True)  # the walk is needed on these days only
    gaps = np.sqrt(np.diff(ticks, prepend=ticks[0]))
    walk = np.cumsum(np.random.default_rng(seed).standard_normal((draws, len(ticks))) * gaps, axis=1)
    begun, ended = np.split(place, 2)
    moves = (walk[:, ended] - walk[:, begun]) / np.sqrt(end - start)
    return np.asarray(moves < norm.ppf(probabilities), dtype=np.float64)
