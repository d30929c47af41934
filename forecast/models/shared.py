"""Shared model: whether a barrier is met is learned from many markets; which of the two is met follows from a drift."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy.special import expit

from features.panel.volatility import SESSIONS_A_YEAR
from forecast.engines.arrays import Float
from forecast.engines.probabilities import Prediction
from forecast.models.barrier_hit import FittedBarrierHit, fit_barrier_hit
from forecast.models.component import FitError, options, state
from forecast.models.drift import premium_drift
from forecast.models.range_variance import LEAST_VOL
from forecast.models.sample_key import SamplesKey
from forecast.models.yearly_samples import samples_before_year
from forecast.target.sample import Sample

STRONGEST = 0.6  # log odds that a drift may give


@state
class FittedShared:
    """The model of whether a barrier is hit, and the drift that says which one.

    Parameters
    ----------
    drift, drift_error : float
        Log return of a session, and its standard error.
    """

    barrier_hit: FittedBarrierHit
    drift: float
    drift_error: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.drift_error < 0:
            raise ValueError(f"drift_error must be at least 0, got {self.drift_error}")

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """The spread is that of the log odds that a barrier is met, and of those that it is the upper one, to first order."""
        odds, error = self.barrier_hit.log_odds(sample)
        slope = self.odds_per_drift(sample)
        met, up = expit(odds), expit(np.clip(self.drift * slope, -STRONGEST, STRONGEST))
        met_error, up_error = met * (1 - met) * error, met * up * (1 - up) * self.drift_error * slope
        up, up_error = np.where(sample.falls, 0.0, up), np.where(sample.falls, 0.0, up_error)
        spread = [np.hypot((1 - up) * met_error, up_error), met_error, np.hypot(up * met_error, up_error)]
        return Prediction.exact(np.column_stack([met * (1 - up), 1 - met, met * up]), np.column_stack(spread))

    def odds_per_drift(self, sample: Sample) -> Float:
        """Log odds that the barrier met is the upper one, per unit of drift, (q,): 2 b / s^2 of a Brownian motion, s that of a year."""
        variance = max(float(np.var(sample.returns[-SESSIONS_A_YEAR:])), LEAST_VOL**2)
        return np.asarray(2 * sample.barriers[-1] / variance)


@options
class Shared:
    """One logistic model of whether a barrier is met, for the surges of every market at once.

    A plain walk at the volatility of the last weeks is its prior; distance, the term structure of volatility, the surge's size and
    momentum correct it, with a departure of each market's own (partial pooling). Surges whose horizons overlap, of one market or of
    several, share their weight. The direction is that of a drift: the market's mean return drawn to a premium, since directions
    learned on more than half a century of portfolios did not carry over to later ones (docs/skill.md). A fall has one barrier only, which
    is met or not.
    It is fitted anew each January, on the data published when the year began.
    """

    fitted: ClassVar = FittedShared
    kind: ClassVar = "outcomes"
    prior_sd: Annotated[float, Field(strict=True, gt=0, le=100)] = 0.5
    market_sd: Annotated[float, Field(strict=True, gt=0, le=100)] = 0.5
    evidence: Annotated[float, Field(strict=True, gt=0, le=1000)] = 4.0

    def fit(self, samples: Sequence[Sample]) -> FittedShared:
        target, markets = samples[0], samples_before_year(samples)
        if not any(len(sample.rows) for sample in markets):
            raise FitError(f"{target.market}: no surge before the year of {target.sessions[-1]}")
        barrier_hit = _barrier_hit(SamplesKey(markets), self.prior_sd, self.market_sd, self.evidence)
        drift, error = premium_drift(target.returns)
        return FittedShared(barrier_hit=barrier_hit, drift=drift, drift_error=error)


@lru_cache(maxsize=4)  # the refits of a year share it
def _barrier_hit(markets: SamplesKey, prior_sd: float, market_sd: float, evidence: float) -> FittedBarrierHit:
    return fit_barrier_hit(markets.samples, prior_sd=prior_sd, market_sd=market_sd, evidence=evidence)
