"""Base rates of one surge: how often past surges met a barrier as far in their own volatility, at any distance over any horizon."""

from typing import Literal, NamedTuple

import numpy as np
from scipy.special import betaincinv

from forecast.engines.arrays import Flags, Float, FloatState, Int
from forecast.models.component import refuse_shapes, state
from forecast.target.outcome import OUTCOMES
from forecast.target.surge import episode_count

MONTH = 21  # sessions that a surge is weighed over; one span for every question, for weights that hung on it would not be coherent
PRIOR_EPISODES = 50.0  # that the companions are worth: p (1 - p) / 0.065^2, as far as frequencies differ between them (docs/explanation)
CASE = 0.5  # of each outcome, added so that none is impossible (Jeffreys)
STEPS = 8  # levels an octave, each 9 % beyond the one before
LEVELS = 2.0 ** (np.arange(-3 * STEPS, 6 * STEPS + 1) / STEPS)  # in volatilities of a session: from what is met at once to what never is
REVERSE_CURVE, CONTINUE_CURVE, FALL_CURVE, RISE_CURVE = range(4)
CURVES = 4


class BaseRates(NamedTuple):
    """Base rates of some questions.

    Parameters
    ----------
    frequencies : numpy.ndarray of shape (..., q, 3)
        Of reverse, stall and continue; > 0, rows summing to 1, and 0 for continue of a fall.
    evidence : numpy.ndarray of shape (..., q)
        Independent episodes that they are worth.
    """

    frequencies: Float
    evidence: Float

    def bounds(self, level: float) -> Float:
        """Low and high of the central interval of each frequency, (..., q, 2, 3), which hold it: Beta, of its cases."""
        return beta_bounds(self.frequencies, self.evidence[..., None], level)


def beta_bounds(frequencies: Float, evidence: Float, level: float) -> Float:
    """Low and high of the central interval of Beta probabilities about `frequencies` (..., 3), (..., 2, 3); 0 of what cannot come."""
    cases, possible = np.asarray(evidence) + CASE * len(OUTCOMES), frequencies > 0
    middle = np.where(possible, frequencies, 0.5)
    ends = (betaincinv(middle * cases, (1 - middle) * cases, end) for end in ((1 - level) / 2, (1 + level) / 2))
    low, high = (np.where(possible, end, 0.0) for end in ends)
    return np.stack([np.minimum(low, frequencies), np.maximum(high, frequencies)], axis=-2)


@state
class SurgeBaseRate:
    """What followed past surges, drawn about one surge.

    Parameters
    ----------
    own : numpy.ndarray of shape (4, levels, h)
        First-passage curves of the target's surges that were settled by then, as `passage_curves` gives them.
    companions : numpy.ndarray of shape (4, levels, >= h)
        Those of the companions' surges.
    episodes : float
        Independent months that the companions' cover.
    rows : tuple of int
        Sessions of the target's settled surges, rising.
    vol : float
        Volatility of a session as known at the surge's close.
    """

    own: FloatState
    companions: FloatState
    episodes: float
    rows: tuple[int, ...]
    vol: float

    def __post_init__(self) -> None:
        for name, curves in (("own", self.own), ("companions", self.companions)):
            refuse_shapes(**{name: (curves, (CURVES, len(LEVELS), curves.shape[-1] if curves.ndim else 0))})
        if self.own.shape[-1] > self.companions.shape[-1]:
            raise ValueError(f"horizons must be at most {self.companions.shape[-1]}, the longest that was asked when the model was fitted")
        if self.episodes < 0 or self.vol < 0:
            raise ValueError(f"episodes and vol must be at least 0, got {self.episodes:g} and {self.vol:g}")

    def rates(self, barriers: Float, horizons: Int, falls: Flags) -> BaseRates:
        """Base rates at any barriers over any horizons.

        Parameters
        ----------
        barriers : numpy.ndarray of shape (q,)
            Log moves > 0.
        horizons : numpy.ndarray of shape (q,)
            Sessions, 1 to h.
        falls : numpy.ndarray of bool of shape (q,)
            Which have no upper barrier: a fall, whatever came first.

        Returns
        -------
        BaseRates
            Coherent over barriers and horizons. Without any settled surge a third each, of a fall one to two, with no evidence.

        Raises
        ------
        ValueError
            For a horizon that is longer than any that the model was fitted for.
        """
        shares, evidence = self._shares(barriers, horizons)
        reverse = np.where(falls, shares[FALL_CURVE], shares[REVERSE_CURVE])
        rise = np.where(falls, 0.0, shares[CONTINUE_CURVE])
        return BaseRates(np.stack([reverse, 1 - reverse - rise, rise], axis=-1), evidence)

    def rates_beyond(self, barriers: Float, horizons: Int, side: Literal["fall", "rise", "both"]) -> BaseRates:
        """As `rates`, of barriers that are all below the surge's close, all above it, or on both sides.

        Parameters
        ----------
        barriers, horizons : numpy.ndarray of shape (q,)
            As for `rates`.
        side : {"fall", "rise", "both"}
            Of a rise, whatever came first, the outcomes are stall and continue.

        Returns
        -------
        BaseRates

        Raises
        ------
        ValueError
            As `rates`.
        """
        if side != "rise":
            return self.rates(barriers, horizons, np.full(len(barriers), side == "fall"))
        shares, evidence = self._shares(barriers, horizons)
        rise = shares[RISE_CURVE]
        return BaseRates(np.stack([np.zeros_like(rise), 1 - rise, rise], axis=-1), evidence)

    def _shares(self, barriers: Float, horizons: Int) -> tuple[Float, Float]:
        """Shares of the curves (4, q), the target's own drawn to the companions', and the evidence (q,)."""
        longest = self.own.shape[-1]
        if int(horizons.max()) > longest:
            raise ValueError(f"horizons must be at most {longest}, the longest that was asked when the model was fitted")
        levels, rows = barriers / self.vol, np.array(self.rows, dtype=np.int64)
        months, prior = _episodes(rows, np.array([min(MONTH, longest)]))[0], self._prior(1.0)
        mixed = months * at_levels(self.own, levels, horizons) + prior * at_levels(self.companions, levels, horizons)
        evidence = _episodes(rows, horizons) + self._prior(np.minimum(MONTH / horizons, 1.0))
        return (mixed + CASE) / (months + prior + CASE * len(OUTCOMES)), np.asarray(evidence)

    def _prior(self, share: Float | float) -> Float:
        """Episodes that the companions' frequencies are worth, of which a horizon leaves a `share`: no more than there are."""
        cover = np.asarray(self.episodes * share, dtype=np.float64)
        return PRIOR_EPISODES * cover / (PRIOR_EPISODES + cover)


def at_levels(curves: Float, levels: Float, horizons: Int) -> Float:
    """The shares at any levels and horizons, linear in the log of the level between two of LEVELS; beyond them, those of the outermost.

    Parameters
    ----------
    curves : numpy.ndarray of shape (4, levels, h)
        As `passage_curves` gives them.
    levels : numpy.ndarray of shape (q,)
        In volatilities of a session, > 0.
    horizons : numpy.ndarray of shape (q,)
        Sessions, 1 to h.

    Returns
    -------
    numpy.ndarray of shape (4, q)
    """
    place = np.clip((np.log2(levels) - np.log2(LEVELS[0])) * STEPS, 0.0, len(LEVELS) - 1.0)
    below = np.minimum(place.astype(np.int64), len(LEVELS) - 2)
    share = place - below
    return np.asarray((1 - share) * curves[:, below, horizons - 1] + share * curves[:, below + 1, horizons - 1])


def _episodes(rows: Int, horizons: Int) -> Float:
    """How many episodes surges at `rows` are, by horizon, (q,)."""
    counts = {int(horizon): episode_count(rows, int(horizon)) for horizon in np.unique(horizons)}
    return np.array([counts[int(horizon)] for horizon in horizons], dtype=np.float64)
