"""HAR paths: the variance of the weeks ahead by one regression over many markets, with the error that its forecasts have had.

Sources: Corsi (2009); relative to a slow level and pooled over markets as in Bollerslev, Hood, Huss and Pedersen (2018).
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from forecast.engines.arrays import Float, FloatState
from forecast.engines.passage import GarchPathLaw, UncertainVarianceLaw
from forecast.engines.passage.parameter_draws import standard_normals
from forecast.models.component import FitError, options, refuse_shapes, state
from forecast.models.drift import premium_drift
from forecast.models.garch_paths import other_normals
from forecast.models.range_variance import NO_RANGES, has_ranges
from forecast.models.resampled_paths import ResampledPaths
from forecast.models.sample_key import SamplesKey
from forecast.models.variance_regression import COLUMNS, HORIZONS, MONTH, fit_variance_regression, log_variances
from forecast.models.yearly_samples import samples_before_year
from forecast.target.sample import Sample

REVERSION = 0.5 ** (1 / 21)  # a session: the variance of tomorrow gives way to that of the quarter within a month or so
LEAST = 0.1  # of the month's: neither end of the path of variance is below


@state
class FittedHar(ResampledPaths):
    """Regression, drift and residuals.

    Parameters
    ----------
    coefficients : numpy.ndarray of shape (3, 14)
        Of the variance regression, at its horizons.
    dispersion : numpy.ndarray of shape (3,)
        Standard deviation of the log of the variance about its forecast, at the same horizons.
    drift : float
        Log return of a session.
    residuals : numpy.ndarray
        Of all markets, sorted, of variance 1.
    drawn : numpy.ndarray of shape (d, 2)
        Other drifts, and factors of the variance, that are as likely.
    """

    coefficients: FloatState
    dispersion: FloatState
    drift: float
    residuals: FloatState
    drawn: FloatState
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        ahead = len(HORIZONS)
        refuse_shapes(
            coefficients=(self.coefficients, (ahead, COLUMNS)),
            dispersion=(self.dispersion, (ahead,)),
            drawn=(self.drawn, (len(self.drawn), 2)),
        )
        if not (self.dispersion >= 0).all():
            raise ValueError(f"dispersion must be at least 0, got {self.dispersion.tolist()}")

    def uncorrelated_law(self, sample: Sample) -> UncertainVarianceLaw:
        """The law at the estimates."""
        return self._law(self._variances(sample), self.drift, self.residuals)

    def uncorrelated_laws(self, sample: Sample) -> list[UncertainVarianceLaw]:
        """At the drawn drifts and variances, each with its own bootstrap of the residuals."""
        variances = self._variances(sample)
        return [self._law(variances * factor, drift, self.bootstrap(number)) for number, (drift, factor) in enumerate(self.drawn.tolist())]

    def _variances(self, sample: Sample) -> Float:
        """Mean variance of a session over each of the HORIZONS, (3,)."""
        variances = np.exp(log_variances(sample, self.coefficients) + self.dispersion**2 / 2)
        if not (np.isfinite(variances) & (variances > 0)).all():
            raise FitError(f"{sample.market}: variance by regression of {variances.tolist()}")
        return np.asarray(variances)

    def _law(self, variances: Float, drift: float, residuals: Float) -> UncertainVarianceLaw:
        first, last = path_ends(variances)
        path = GarchPathLaw(drift, last * (1 - REVERSION), 0.0, 0.0, REVERSION, first, residuals)
        return UncertainVarianceLaw(path, drift, float(self.dispersion[MONTH]))


@options
class HarPaths:
    """Paths of a variance that the regression forecasts over a week, a month and a quarter, times a lognormal factor of each path.

    The spread of the factor is that of settled variances about their forecasts; residuals are those of every market, the drift is the
    market's mean return drawn to a premium. It is fitted anew each January, on the data published when the year began.
    """

    fitted: ClassVar = FittedHar
    kind: ClassVar = "ranges"

    def fit(self, samples: Sequence[Sample]) -> FittedHar:
        """On every session of all markets."""
        target, markets = samples[0], samples_before_year(samples)
        try:
            regression = fit_variance_regression(SamplesKey(markets))
        except ValueError as problem:
            raise FitError(f"{target.market}: {problem}") from None
        drift, error = premium_drift(target.returns)
        drifts = drift + error * standard_normals(1)[:, 0]
        return FittedHar(
            coefficients=regression.coefficients,
            dispersion=regression.dispersion,
            drift=drift,
            residuals=regression.residuals,
            drawn=np.column_stack([drifts, np.exp(regression.error * other_normals(1)[:, 0])]),
            notes=() if has_ranges(target) else (f"har: {NO_RANGES}",),
        )


def path_ends(variances: Float) -> tuple[float, float]:
    """Variance of the first session and of one far ahead, so that the path between has the mean variances (3,) over HORIZONS.

    The mean over the month is met exactly, those over the week and the quarter as nearly as can be, by their relative errors.
    """
    share = np.array([np.mean(REVERSION ** np.arange(horizon)) for horizon in HORIZONS])  # of the first session in each mean
    month, weight = float(variances[MONTH]), share / share[MONTH]
    slope, miss = (1 - weight) / variances, 1 - weight * month / variances
    most = month * (1 - share[MONTH] * LEAST) / (1 - share[MONTH])
    last = float(np.clip(slope @ miss / (slope @ slope), LEAST * month, most))
    return (month - (1 - float(share[MONTH])) * last) / float(share[MONTH]), last
