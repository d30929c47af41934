"""Range paths: today's volatility is that of the sessions' highs and lows."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from forecast.engines.arrays import Float, FloatState
from forecast.engines.passage import GarchPathLaw
from forecast.models.component import FitError, options, refuse_shapes, state
from forecast.models.estimation_sample import on_estimation_sample
from forecast.models.garch_paths import drawn_drifts, other_normals, usable_returns
from forecast.models.range_variance import LEAST, NO_RANGES, RANGE_VARIANCE, has_ranges, measured_variance
from forecast.models.resampled_paths import ResampledPaths, standard_residuals
from forecast.target.sample import Sample


@state
class FittedRange(ResampledPaths):
    """Decay of the weights, drift and residuals of the average of ranges.

    Parameters
    ----------
    drift : float
        Log return of a session.
    inflation : float
        Variance of the residuals before they were standardised.
    residuals : numpy.ndarray
        Sorted, of variance 1.
    drawn : numpy.ndarray of shape (d, 2)
        Other drifts, and factors of today's variance, that are as likely.
    """

    decay: float
    drift: float
    inflation: float
    residuals: FloatState
    drawn: FloatState
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_shapes(drawn=(self.drawn, (len(self.drawn), 2)))
        if not 0 < self.decay < 1:
            raise ValueError(f"decay must lie between 0 and 1, got {self.decay}")

    def uncorrelated_law(self, sample: Sample) -> GarchPathLaw:
        """The law of today's variance."""
        return self._law(self._today(sample), self.drift, self.residuals)

    def uncorrelated_laws(self, sample: Sample) -> list[GarchPathLaw]:
        """At the drawn drifts and variances of today, each with its own bootstrap of the residuals."""
        today = self._today(sample)
        return [self._law(today * factor, drift, self.bootstrap(number)) for number, (drift, factor) in enumerate(self.drawn.tolist())]

    def _today(self, sample: Sample) -> float:
        variance = self.inflation * float(measured_variance(sample, halflife(self.decay))[-1])
        if not 0 < variance < np.inf:
            raise FitError(f"{sample.market}: variance by range of {variance:g}")
        return variance

    def _law(self, variance: float, drift: float, residuals: Float) -> GarchPathLaw:
        return GarchPathLaw(drift, 0.0, 1 - self.decay, 0.0, self.decay, variance, residuals)


@options
class RangePaths:
    """Exponentially weighted variance by range (Parkinson 1980) today; along each path it goes on with squared returns.

    A range is worth five squared returns as an estimate of a session's variance, so a shorter memory than that of `ewma` suffices: 0.94 is
    RiskMetrics' choice for a day ahead (Technical Document 1996, 5.3). There is nothing to fit but the residuals and their scale.
    """

    fitted: ClassVar = FittedRange
    kind: ClassVar = "ranges"
    decay: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.94

    @on_estimation_sample
    def fit(self, samples: Sequence[Sample]) -> FittedRange:
        """Squared returns take the place of ranges that are missing, and a note says so."""
        sample = samples[0]
        returns = usable_returns(sample)
        drift = float(returns.mean())
        before = measured_variance(sample, halflife(self.decay))[:-1]
        scaled = ((returns - drift) / np.sqrt(before))[LEAST:]
        scaled = scaled[np.isfinite(scaled)]
        residuals = standard_residuals(scaled)
        notes = () if has_ranges(sample) else (f"range: {NO_RANGES}",)
        unsure = (RANGE_VARIANCE * (1 - self.decay) / (1 + self.decay)) ** 0.5
        drawn = np.column_stack([drawn_drifts(returns, drift), np.exp(unsure * other_normals(1)[:, 0])])
        return FittedRange(decay=self.decay, drift=drift, inflation=float(scaled.var()), residuals=residuals, drawn=drawn, notes=notes)


def halflife(decay: float) -> float:
    """Sessions in which a weight falls to a half."""
    return float(np.log(0.5) / np.log(decay))
