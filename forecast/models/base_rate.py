"""Base rate: how often past surges continued, stalled or reversed at a barrier as far in their own volatility."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import betaincinv

from forecast.engines.arrays import Flags, Float, FloatState, Int
from forecast.engines.probabilities import Prediction
from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets
from forecast.models.base_rate_curves import (
    CONTINUE_CURVE,
    CURVES,
    FALL_CURVE,
    LEVELS,
    REVERSE_CURVE,
    RISE_CURVE,
    at_levels,
    passage_curves,
)
from forecast.models.climatology import dirichlet_spread
from forecast.models.component import refuse_shapes, state
from forecast.models.own_volatility import settled_moves, vol_at
from forecast.target.outcome import OUTCOMES
from forecast.target.sample import Sample
from forecast.target.surge import episode_count

MONTH = 21  # sessions that a surge is weighed over; one span for every question, for weights that hung on it would not be coherent
PRIOR_EPISODES = 50.0  # that the companions are worth: p (1 - p) / 0.065^2, as far as frequencies differ between them (docs/explanation)
CASE = 0.5  # of each outcome, added so that none is impossible (Jeffreys)
ROUNDING = 6  # digits of a stored share


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


def stack_base_rates(rates: Sequence[BaseRates]) -> BaseRates:
    """Base rates along a new first axis."""
    return BaseRates(*(np.stack(part) for part in zip(*rates, strict=True)))


def beta_bounds(frequencies: Float, evidence: Float, level: float) -> Float:
    """Low and high of the central interval of Beta probabilities about `frequencies` (..., 3), (..., 2, 3); 0 of what cannot come."""
    cases, possible = np.asarray(evidence) + CASE * len(OUTCOMES), frequencies > 0
    middle = np.where(possible, frequencies, 0.5)
    ends = (betaincinv(middle * cases, (1 - middle) * cases, end) for end in ((1 - level) / 2, (1 + level) / 2))
    low, high = (np.where(possible, end, 0.0) for end in ends)
    return np.stack([np.minimum(low, frequencies), np.maximum(high, frequencies)], axis=-2)


@state
class FittedBaseRate:
    """What followed the companions' surges; that of the target's own is worked out of each sample.

    Parameters
    ----------
    curves : numpy.ndarray of shape (4, levels, h)
        First-passage curves of the companions' settled surges, h the longest horizon asked.
    episodes : float
        Independent months that they cover.
    """

    curves: FloatState
    episodes: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_shapes(curves=(self.curves, (CURVES, len(LEVELS), self.curves.shape[-1] if self.curves.ndim else 0)))
        if not ((self.curves >= 0).all() and (self.curves <= 1).all()) or self.episodes < 0:
            raise ValueError("curves must be shares, and episodes at least 0")

    def rates(self, sample: Sample) -> BaseRates:
        """Base rates of the surge at the sample's last session, of every question of the sample.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.

        Returns
        -------
        BaseRates
            Coherent over barriers and horizons. Without any settled surge a third each, of a fall one to two, with no evidence.
        """
        return self.rates_of(sample, sample.barriers[-1], sample.horizons, sample.falls)

    def rates_of(self, sample: Sample, barriers: Float, horizons: Int, falls: Flags) -> BaseRates:
        """Base rates of the surge at the sample's last session at any barriers over any horizons.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        barriers : numpy.ndarray of shape (q,)
            Log moves > 0.
        horizons : numpy.ndarray of shape (q,)
            Sessions, 1 to the longest that the sample asks.
        falls : numpy.ndarray of bool of shape (q,)
            Which have no upper barrier: a fall, whatever came first.

        Returns
        -------
        BaseRates

        Raises
        ------
        ValueError
            For a horizon that is longer than any that the model was fitted for.
        """
        shares, evidence = self._shares(sample, barriers, horizons)
        reverse = np.where(falls, shares[FALL_CURVE], shares[REVERSE_CURVE])
        rise = np.where(falls, 0.0, shares[CONTINUE_CURVE])
        return BaseRates(np.stack([reverse, 1 - reverse - rise, rise], axis=-1), evidence)

    def rates_beyond(self, sample: Sample, barriers: Float, horizons: Int, side: Literal["fall", "rise", "both"]) -> BaseRates:
        """As `rates_of`, of barriers that are all below the surge's close, all above it, or on both sides.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        barriers, horizons : numpy.ndarray of shape (q,)
            As for `rates_of`.
        side : {"fall", "rise", "both"}
            Of a rise, whatever came first, the outcomes are stall and continue.

        Returns
        -------
        BaseRates

        Raises
        ------
        ValueError
            As `rates_of`.
        """
        if side != "rise":
            return self.rates_of(sample, barriers, horizons, np.full(len(barriers), side == "fall"))
        shares, evidence = self._shares(sample, barriers, horizons)
        rise = shares[RISE_CURVE]
        return BaseRates(np.stack([np.zeros_like(rise), 1 - rise, rise], axis=-1), evidence)

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """Stands in for a component that fails."""
        rates = self.rates(sample)
        return Prediction.exact(rates.frequencies, dirichlet_spread(rates.frequencies, rates.evidence + CASE * len(OUTCOMES)))

    def _shares(self, sample: Sample, barriers: Float, horizons: Int) -> tuple[Float, Float]:
        """Shares of the curves (4, q), the target's own drawn to the companions', and the evidence (q,)."""
        longest = int(sample.horizons.max())
        if max(int(horizons.max()), longest) > self.curves.shape[-1]:
            raise ValueError(f"horizons must be at most {self.curves.shape[-1]}, the longest that was asked when the model was fitted")
        own, rows = own_curves(sample, longest)
        levels = barriers / vol_at(sample, np.array([len(sample) - 1]))
        months, prior = _episodes(rows, np.array([min(MONTH, longest)]))[0], self._prior(1.0)
        mixed = months * at_levels(own, levels, horizons) + prior * at_levels(self.curves, levels, horizons)
        evidence = _episodes(rows, horizons) + self._prior(np.minimum(MONTH / horizons, 1.0))
        return (mixed + CASE) / (months + prior + CASE * len(OUTCOMES)), np.asarray(evidence)

    def _prior(self, share: Float | float) -> Float:
        """Episodes that the companions' frequencies are worth, of which a horizon leaves a `share`: no more than there are."""
        cover = np.asarray(self.episodes * share, dtype=np.float64)
        return PRIOR_EPISODES * cover / (PRIOR_EPISODES + cover)


def own_curves(sample: Sample, longest: int) -> tuple[Float, Int]:
    """First-passage curves of the target's surges that are settled over the `longest` horizon, and the rows of these."""
    rows, moves = settled_moves(sample, longest)
    spans = Spans(sample.sessions, rows + 1, rows + min(MONTH, longest))
    return passage_curves(moves, uniqueness_of_markets([spans])[0]), rows


def fit_base_rate(samples: Sequence[Sample]) -> FittedBaseRate:
    """Count what followed the companions' surges.

    A surge counts once the longest horizon asked is over, whatever the question, and shares its weight with those that overlap with
    its month, of its market or another: so weights hang on no question, and the frequencies of any two are coherent.

    Parameters
    ----------
    samples : sequence of Sample
        The target market, then the companions to learn from, up to what was known.

    Returns
    -------
    FittedBaseRate
    """
    longest = int(samples[0].horizons.max())
    settled = [settled_moves(sample, longest) for sample in samples[1:]]
    spans = [Spans(sample.sessions, rows + 1, rows + min(MONTH, longest)) for sample, (rows, _) in zip(samples[1:], settled, strict=True)]
    weights = np.concatenate([np.zeros(0), *uniqueness_of_markets(spans)])
    moves = np.concatenate([np.zeros((0, longest)), *(moves for _, moves in settled)])
    return FittedBaseRate(curves=np.round(passage_curves(moves, weights), ROUNDING), episodes=float(weights.sum()))


def _episodes(rows: Int, horizons: Int) -> Float:
    """How many episodes surges at `rows` are, by horizon, (q,)."""
    counts = {int(horizon): episode_count(rows, int(horizon)) for horizon in np.unique(horizons)}
    return np.array([counts[int(horizon)] for horizon in horizons], dtype=np.float64)
