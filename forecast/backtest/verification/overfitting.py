"""BacktestOverfitting: how often the best of several variants in one half of the history is below the median in the other."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecast.engines.arrays import Float, Int

BLOCKS = 16  # Bailey, Borwein, Lopez de Prado and Zhu (2017), section 3: 12,870 ways to halve the history
LEAST_EPISODES = 4  # two in each half


@dataclass(frozen=True)
class BacktestOverfitting:
    """What a choice by search over one history is worth, over the c ways to halve it.

    Parameters
    ----------
    probability : float
        Of backtest overfitting: the share of halvings in which the variant chosen on one half has a logit <= 0 on the other.
    logits : numpy.ndarray of shape (c,)
        Of the relative rank of the chosen variant among all on the other half; > 0 is above the median.
    chosen : numpy.ndarray of int of shape (c,)
        Variant with the least mean loss on the first half.
    seen, unseen : numpy.ndarray of shape (c,)
        Its mean loss there and on the other half.
    slope : float
        Of `unseen` on `seen` by least squares; 1 where a low loss lasts, 0 where it says nothing. NaN where `seen` never varies.
    """

    probability: float
    logits: Float
    chosen: Int
    seen: Float
    unseen: Float
    slope: float

    @property
    def degradation(self) -> float:
        """By how much the chosen variant's mean loss is higher on the half it was not chosen on."""
        return float((self.unseen - self.seen).mean())


def backtest_overfitting(losses: Float, episodes: Int, *, blocks: int = BLOCKS) -> BacktestOverfitting:
    """Combinatorially symmetric cross-validation of the choice of the variant with the least mean loss.

    Ranks of equal losses are averaged, so that variants that do not differ are at the median.

    Parameters
    ----------
    losses : numpy.ndarray of shape (n, m)
        Of m >= 2 variants on n dates in the order of time, finite.
    episodes : numpy.ndarray of int of shape (n,)
        Number of each date's episode, not falling. The history is cut between episodes only, so that no outcome has a part in both
        halves.
    blocks : int, default 16
        Stretches that halves are made of, even, of as many episodes each, give or take one; fewer where episodes are.

    Returns
    -------
    BacktestOverfitting

    Raises
    ------
    ValueError
        For losses that are not finite, fewer than two variants or fewer than four episodes.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu (2017), The probability of backtest overfitting, J. Comput. Finance 20(4).
    """
    _checked(losses, episodes, blocks)
    _, number = np.unique(episodes, return_inverse=True)
    count = int(number.max()) + 1
    cut = min(blocks, count - count % 2)
    block = number * cut // count
    sums = np.stack([losses[block == one].sum(axis=0) for one in range(cut)])
    dates = np.bincount(block, minlength=cut)
    first = np.zeros((len(ways := list(combinations(range(cut), cut // 2))), cut))
    np.put_along_axis(first, np.array(ways), 1.0, axis=1)
    one, other = first @ sums / (first @ dates)[:, None], (1 - first) @ sums / ((1 - first) @ dates)[:, None]
    chosen = one.argmin(axis=1)
    rows = np.arange(len(ways))
    seen, unseen = one[rows, chosen], other[rows, chosen]
    worse, equal = (other > unseen[:, None]).sum(axis=1), (other == unseen[:, None]).sum(axis=1)
    rank = worse + (equal + 1) / 2  # 1 is the worst, m the best
    share = rank / (losses.shape[1] + 1)
    logits = np.log(share / (1 - share))
    return BacktestOverfitting(float((logits <= 0).mean()), logits, chosen, seen, unseen, _slope(seen, unseen))


def _slope(seen: Float, unseen: Float) -> float:
    off = seen - seen.mean()
    square = float(off @ off)
    return float(off @ unseen) / square if square > 0 else float("nan")


def _checked(losses: Float, episodes: Int, blocks: int) -> None:
    if losses.ndim != 2 or losses.shape[1] < 2:
        raise ValueError(f"losses must be (n, m) of at least two variants, got shape {losses.shape}")
    if not np.isfinite(losses).all():
        raise ValueError("losses must be finite: every variant has to be scored on every date")
    if episodes.shape != losses.shape[:1] or (np.diff(episodes) < 0).any():
        raise ValueError(f"episodes must be ({len(losses)},) and not fall, got shape {episodes.shape}")
    if blocks < 4 or blocks % 2:
        raise ValueError(f"blocks must be even and >= 4, got {blocks}")
    if len(np.unique(episodes)) < LEAST_EPISODES:
        raise ValueError(f"episodes must be at least {LEAST_EPISODES}, got {len(np.unique(episodes))}")
