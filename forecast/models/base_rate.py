"""Base rate: how often past surges continued, stalled or reversed at a barrier as far in their own volatility."""

from collections.abc import Sequence

import numpy as np

from forecast.engines.arrays import Float, FloatState, Int
from forecast.engines.probabilities import Prediction
from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets
from forecast.models.base_rate_curves import passage_curves
from forecast.models.climatology import dirichlet_spread
from forecast.models.component import refuse_shapes, state
from forecast.models.own_volatility import settled_moves, vol_at
from forecast.models.surge_base_rate import CASE, CURVES, LEVELS, MONTH, BaseRates, SurgeBaseRate
from forecast.target.outcome import OUTCOMES
from forecast.target.sample import Sample

ROUNDING = 6  # digits of a stored share


def stack_base_rates(rates: Sequence[BaseRates]) -> BaseRates:
    """Base rates along a new first axis."""
    return BaseRates(*(np.stack(part) for part in zip(*rates, strict=True)))


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

    def of_surge(self, sample: Sample) -> SurgeBaseRate:
        """What followed past surges, drawn about the surge at the sample's last session.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.

        Returns
        -------
        SurgeBaseRate
            Over horizons up to the longest that the sample asks.

        Raises
        ------
        ValueError
            For a horizon of the sample that is longer than any that the model was fitted for.
        """
        own, rows = own_curves(sample, int(sample.horizons.max()))
        vol = float(vol_at(sample, np.array([len(sample) - 1]))[0])
        return SurgeBaseRate(own=own, companions=self.curves, episodes=self.episodes, rows=tuple(rows.tolist()), vol=vol)

    def rates(self, sample: Sample) -> BaseRates:
        """Base rates of the surge at the sample's last session, of every question of the sample.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.

        Returns
        -------
        BaseRates
        """
        return self.of_surge(sample).rates(sample.barriers[-1], sample.horizons, sample.falls)

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """Stands in for a component that fails."""
        rates = self.rates(sample)
        return Prediction.exact(rates.frequencies, dirichlet_spread(rates.frequencies, rates.evidence + CASE * len(OUTCOMES)))


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
