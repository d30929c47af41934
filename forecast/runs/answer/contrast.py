"""Contrast of outcomes after surges with a high and with a low value of a feature: a description, and no test of skill."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.target.outcome import CONTINUE, REVERSE

MIN_EPISODES = 3  # for a variance between them


@dataclass(frozen=True)
class Contrast:
    """Mean of (continued - reversed) above the median of the feature less the mean at or below it, in [-2, 2].

    `t` is NaN if all surges have one outcome; `sessions` and `episodes` are the numbers of cases.
    """

    difference: float
    t: float
    sessions: int
    episodes: int


def contrast(values: Float, outcomes: Int, numbers: Int) -> Contrast | None:
    """The contrast over settled surges (m,); None if the value is known in too few episodes, or is the same in all.

    NaN in `values` is not known; `numbers` are those of the episodes. The t value is that of a regression on the indicator of a high value
    with errors clustered by episode (Liang and Zeger 1986, with the factor G / (G - 1) (n - 1) / (n - 2)).
    """
    finite = np.isfinite(values)
    values, numbers = values[finite], numbers[finite]
    count, groups = len(values), len(np.unique(numbers))
    if groups < MIN_EPISODES:
        return None
    high = values > np.median(values)
    if not high.any():
        return None
    followed = np.where(outcomes[finite] == CONTINUE, 1.0, np.where(outcomes[finite] == REVERSE, -1.0, 0.0))
    above, below = followed[high].mean(), followed[~high].mean()
    pull = np.where(high, (followed - above) / high.sum(), -(followed - below) / (~high).sum())
    by_episode = np.bincount(np.unique(numbers, return_inverse=True)[1], weights=pull)
    variance = (by_episode**2).sum() * groups / (groups - 1) * (count - 1) / (count - 2)
    difference = float(above - below)
    return Contrast(difference, difference / variance**0.5 if variance > 0 else np.nan, count, groups)
