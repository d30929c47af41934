"""Contrast: what became of surges with a high value of a feature, against those with a low one. A description, and no test of skill."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.target.outcome import CONTINUE, REVERSE

MIN_EPISODES = 3  # of which a variance between them can be told


@dataclass(frozen=True)
class Contrast:
    """Mean of (continued - reversed) above the median less that at or below it, in [-2, 2], and its t value.

    `t` is NaN where the surges do not differ. sessions, episodes : how many the figures rest on.
    """

    difference: float
    t: float
    sessions: int
    episodes: int


def contrast(values: Float, outcomes: Int, numbers: Int) -> Contrast | None:
    """The contrast over settled surges; None where the value is known in too few episodes, or is the same in all.

    values : (m,), NaN = not known.   outcomes : (m,) in 0, 1, 2.   numbers : (m,) of the episodes.
    The t value is that of a regression on the indicator of a high value with errors clustered by episode (Liang and Zeger 1986,
    with the factor G / (G - 1) (n - 1) / (n - 2)), since surges of one episode share what follows.
    """
    known = np.isfinite(values)
    values, numbers = values[known], numbers[known]
    count, groups = len(values), len(np.unique(numbers))
    if groups < MIN_EPISODES:
        return None
    high = values > np.median(values)
    if not high.any():
        return None
    followed = np.where(outcomes[known] == CONTINUE, 1.0, np.where(outcomes[known] == REVERSE, -1.0, 0.0))
    above, below = followed[high].mean(), followed[~high].mean()
    pull = np.where(high, (followed - above) / high.sum(), -(followed - below) / (~high).sum())
    by_episode = np.bincount(np.unique(numbers, return_inverse=True)[1], weights=pull)
    variance = (by_episode**2).sum() * groups / (groups - 1) * (count - 1) / (count - 2)
    difference = float(above - below)
    return Contrast(difference, difference / variance**0.5 if variance > 0 else np.nan, count, groups)
