"""Resampling: how sure a skill is, from episodes drawn in blocks; and how many independent episodes the forecasts are worth."""

from dataclasses import dataclass

import numpy as np

from forecast.backtest.verification.scores import average
from forecast.engines.arrays import Float, Int

LEVEL = 0.9
DRAWS = 2000  # the ends of a 90 % interval then rest on 100 draws each
SEED = 2


@dataclass(frozen=True)
class Interval:
    """Of LEVEL; NaN where there are fewer than three episodes, of which nothing can be told."""

    low: float
    high: float


class EpisodeBootstrap:
    """Skills of many forecasters over one reference, resampled together.

    Blocks of whole episodes are drawn, so rows of one episode stay together, and neighbours too: `block` episodes in a row, by
    default the cube root of their number (Hall, Horowitz and Jing 1995), around the end to the beginning, so that each episode is
    drawn as often as any other. Source: Künsch (1989), circular as in Politis and Romano (1992).
    """

    def __init__(self, episodes: Int, *, draws: int = DRAWS, seed: int = SEED, block: int | None = None) -> None:
        """episodes : (n,) number of each row's episode, rising. block : episodes, >= 1, else ValueError."""
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

    def skill(self, loss: Float, reference: Float) -> Interval:
        """Interval of 1 - mean loss over the reference's; losses (n,), in the order of the episodes. Ends are percentiles."""
        if self.count < 3:
            return Interval(np.nan, np.nan)
        ours, theirs = (self._times @ np.bincount(self._place, weights=part) for part in (loss, reference))
        if not (theirs > 0).all():
            return Interval(np.nan, np.nan)
        low, high = np.quantile(1 - ours / theirs, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        return Interval(float(low), float(high))


def effective_number(values: Float, *, lags: int) -> float:
    """How many independent rows tell as much of the mean of `values` (n,) as these do, at most n.

    n times the variance of a row over the long-run variance, Newey-West over `lags` rows. NaN where the values hardly differ.
    Source: Thiébaux and Zwiers (1984).
    """
    error = average(values, lags=lags).error
    if not error > 0:
        return np.nan
    return float(min(values.var() / error**2, len(values)))
