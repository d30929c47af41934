"""Shares of surges that something followed, their difference between two states, and intervals of both.

A surge counts by its uniqueness (Lopez de Prado 2018), so that the days of one episode, in one market or in twenty, count about once.
Errors are clustered by blocks of dates (Liang and Zeger 1986) in the Wilson interval of a share, with the number of cases that its
variance is worth (Korn and Graubard 1998), and in the difference by Zou and Donner (2008), who carry the correlation of the two over. In
simulated markets in which the state means nothing, intervals at 90 % exclude nil in about a tenth of the cases; those that take
uniqueness for the whole truth do in a fiftieth, because markets and overlapping months are not quite one. A bootstrap of blocks agrees
with the formula, which needs no seed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets

BLOCK = 3  # horizons in a block of dates: what overlaps falls into one block or two


@dataclass(frozen=True)
class Spread:
    """Shares (k,) among the surges in one state.

    Parameters
    ----------
    episodes : float
        Independent ones: the sum of the weights.
    shares, low, high : numpy.ndarray of shape (k,)
    pulls : numpy.ndarray of shape (blocks, k)
        What each block adds to the error of a share; the sum of squares is its variance.
    quantile : float
        Of the t with as many degrees as there are equal blocks, less one.
    degrees : float
        These.
    """

    episodes: float
    shares: Float
    low: Float
    high: Float
    pulls: Float
    quantile: float
    degrees: float


@dataclass(frozen=True)
class SpreadBetween:
    """Shares (k,) in the first state less those in the second, their interval, and the p value of no difference."""

    difference: Float
    low: Float
    high: Float
    p: Float


def independent_weights(session: np.ndarray, horizon: int) -> tuple[Float, Int]:
    """Uniqueness of each surge among all, (n,), in (0, 1], and the number of its block of dates, from 0.

    Parameters
    ----------
    session : numpy.ndarray of shape (n,), datetime64[D]
        Days of the surges, of all markets; counted in weekdays.
    horizon : int
        Sessions ahead that each depends on.

    Returns
    -------
    tuple of numpy.ndarray
    """
    if not len(session):
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    day = np.busday_count(np.datetime64("1900-01-01"), session)  # before it, below nil
    calendar = np.arange(day.min(), day.max() + horizon + 1)
    place = day - calendar[0]
    spans = Spans(calendar.astype("datetime64[D]"), place + 1, place + horizon)
    block = day // (BLOCK * horizon)
    return uniqueness_of_markets([spans])[0], block - block.min()


def spread_of(followed: Flags, weight: Float, block: Int, blocks: int, level: float) -> Spread:
    """The shares of what followed the surges in one state.

    Parameters
    ----------
    followed : numpy.ndarray of shape (n, k), bool
        Whether each thing followed each surge; n >= 1.
    weight : numpy.ndarray of shape (n,)
        > 0.
    block : numpy.ndarray of shape (n,), int
        From 0 to `blocks` - 1.
    blocks : int
    level : float
        Of the intervals, in (0, 1).

    Returns
    -------
    Spread
    """
    total = float(weight.sum())
    shares = np.minimum(weight @ followed / total, 1.0)  # sums of the same weights in another order differ in the last bit
    mass = np.bincount(block, weights=weight, minlength=blocks)
    error = weight[:, None] * (followed - shares) / total
    filled = np.count_nonzero(mass)
    scale = (filled / (filled - 1)) ** 0.5 if filled > 1 else 0.0
    pulls = scale * np.stack([np.bincount(block, weights=column, minlength=blocks) for column in error.T], axis=1)
    degrees = max(total**2 / float((mass**2).sum()) - 1, 1.0)
    quantile = float(stdtrit(degrees, (1 + level) / 2))
    variance = (pulls**2).sum(axis=0)
    binomial = shares * (1 - shares)
    cases = np.where(variance > 0, binomial / np.where(variance > 0, variance, 1.0), total)
    low, high = wilson(shares, np.clip(cases, 1.0, len(weight)), quantile)
    return Spread(total, shares, low, high, np.asarray(pulls, dtype=np.float64), quantile, degrees)


def wilson(shares: Float, cases: Float, quantile: float) -> tuple[Float, Float]:
    """Ends of the interval of Wilson (1927) of shares among so many independent cases, (k,)."""
    shift = quantile**2 / cases
    centre = (shares + shift / 2) / (1 + shift)
    half = quantile / (1 + shift) * np.sqrt(shares * (1 - shares) / cases + shift / (4 * cases))
    return np.clip(np.minimum(centre - half, shares), 0.0, 1.0), np.clip(np.maximum(centre + half, shares), 0.0, 1.0)


def between(first: Spread, second: Spread) -> SpreadBetween:
    """The shares of `first` less those of `second`, over the same blocks.

    Parameters
    ----------
    first, second : Spread

    Returns
    -------
    SpreadBetween
        `p` is that of the level at which the interval would just reach nil, on the smaller number of degrees.
    """
    difference = first.shares - second.shares
    scale = np.sqrt((first.pulls**2).sum(axis=0) * (second.pulls**2).sum(axis=0))
    alike = np.where(scale > 0, (first.pulls * second.pulls).sum(axis=0) / np.where(scale > 0, scale, 1.0), 0.0).clip(-1, 1)
    down = _joint(first.shares - first.low, second.high - second.shares, alike)
    up = _joint(first.high - first.shares, second.shares - second.low, alike)
    toward = np.where(difference > 0, down, up)
    fewer = first if first.degrees < second.degrees else second
    ratio = np.abs(difference) / np.maximum(toward, 1e-12) * fewer.quantile
    return SpreadBetween(difference, difference - down, difference + up, 2 * stdtr(fewer.degrees, -ratio))


def _joint(one: Float, other: Float, alike: Float) -> Float:
    return np.asarray(np.sqrt(np.maximum(one**2 + other**2 - 2 * alike * one * other, 0.0)))


def holm(p: Float, error: float) -> Flags:
    """Which of the differences stand when all are judged together, by Holm (1979): at most one luck among all in `error` of the cases.

    Parameters
    ----------
    p : numpy.ndarray of shape (m,)
    error : float
        In (0, 1).

    Returns
    -------
    numpy.ndarray of shape (m,), bool
    """
    order = np.argsort(p, kind="stable")
    passes = p[order] <= error / np.arange(len(p), 0, -1)
    stand = np.zeros(len(p), dtype=bool)
    stand[order] = np.logical_and.accumulate(passes)
    return stand
