"""Bootstrap of skill over blocks of episodes, and the effective sample size of rows that overlap."""

from dataclasses import dataclass

import numpy as np

from forecast.backtest.verification.scores import newey_west_mean
from forecast.engines.arrays import Float, Int

LEVEL = 0.9
DRAWS = 2000  # the ends of a 90 % interval then rest on 100 draws each
SEED = 2


@dataclass(frozen=True)
class SkillInterval:
    """A 90 % interval of skill.

    Parameters
    ----------
    low, high : float
        NaN for fewer than three episodes.
    """

    low: float
    high: float


class EpisodeBootstrap:
    """Circular block bootstrap of skill, with whole episodes as units, the same draws for every forecaster.

    Rows of one episode stay together, and neighbouring episodes too. Blocks reach around the end to the beginning, so that each episode
    is drawn as often as any other.

    Parameters
    ----------
    episodes : numpy.ndarray of int of shape (n,)
        Number of each row's episode, rising.
    draws : int, default 2000
        Bootstrap samples.
    seed : int, default 2
        Of the bootstrap.
    block : int, optional
        Episodes of a block, >= 1; default the cube root of their number (Hall, Horowitz and Jing 1995).

    Raises
    ------
    ValueError
        For a block below 1.

    References
    ----------
    Künsch (1989), The jackknife and the bootstrap for general stationary observations, Ann. Stat. 17.
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.
    """

    def __init__(self, episodes: Int, *, draws: int = DRAWS, seed: int = SEED, block: int | None = None) -> None:
        _, self._place = np.unique(episodes, return_inverse=True)
        count = self.count = int(self._place[-1]) + 1 if len(episodes) else 0
        self.block = block if block is not None else max(1, round(count ** (1 / 3)))
        if self.block < 1:
            raise ValueError(f"block must be >= 1 episode, got {block}")
        if count:
            blocks = -(-count // self.block)
            starts = np.random.default_rng(seed).integers(0, count, (draws, blocks))
            drawn = (starts[:, :, None] + np.arange(self.block)).reshape(draws, -1)[:, :count] % count
            times = np.zeros((draws, count))
            np.add.at(times, (np.arange(draws)[:, None], drawn), 1.0)
            self._times = times

    def skill(self, loss: Float, reference: Float) -> SkillInterval:
        """Percentile interval of the skill of one forecaster.

        Parameters
        ----------
        loss, reference : numpy.ndarray of shape (n,)
            Losses of the forecaster and of the reference, in the order of the episodes.

        Returns
        -------
        SkillInterval
            Of 1 - mean loss / mean loss of the reference.
        """
        if self.count < 3:
            return SkillInterval(np.nan, np.nan)
        ours, theirs = (self._times @ np.bincount(self._place, weights=part) for part in (loss, reference))
        if not (theirs > 0).all():
            return SkillInterval(np.nan, np.nan)
        low, high = np.quantile(1 - ours / theirs, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        return SkillInterval(float(low), float(high))


def effective_sample_size(values: Float, *, lags: int) -> float:
    """Number of independent rows that would say as much of a mean: n times the variance of a row over the long-run variance.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
        In the order of time.
    lags : int
        Rows over which values may be correlated (Newey-West).

    Returns
    -------
    float
        At most n; NaN where the values hardly differ.

    References
    ----------
    Thiébaux and Zwiers (1984), The interpretation and estimation of effective sample size, J. Clim. Appl. Meteorol. 23.
    """
    error = newey_west_mean(values, lags=lags).error
    if not error > 0:
        return np.nan
    return float(min(values.var() / error**2, len(values)))
