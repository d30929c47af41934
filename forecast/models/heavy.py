"""HEAVY paths: a GJR driven by the session's range instead of its squared return, about a level that moves slowly.

Source: the HEAVY model of Shephard and Sheppard (2010), with the asymmetry of Glosten, Jagannathan and Runkle (1993) and, for the level,
the two speeds of Engle and Lee (1999): a variance that can only revert to the mean of its sample mistakes each new era for a shock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, softmax

from forecast.engines.arrays import Float, FloatState
from forecast.engines.kernels.heavy_variance import heavy_variances
from forecast.engines.passage import GarchPathLaw
from forecast.engines.passage.parameter_draws import RECENT
from forecast.models.component import FitError, options, refuse_shapes, state
from forecast.models.estimation_sample import on_estimation_sample
from forecast.models.garch_paths import BURN_IN, MIN_RETURNS, drawn_drifts, other_normals, usable_returns
from forecast.models.range_variance import LEAST_VOL, NO_RANGES, session_measure, weighted
from forecast.models.resampled_paths import ResampledPaths, standard_residuals
from forecast.target.sample import Sample, once

TAILS = 8.0  # degrees of freedom of the t that the likelihood takes for the law of a session: what daily stock indices usually have
LEVEL_HALFLIFE = 252  # sessions: the level is that of the past year or two
USUAL = np.array([3.9, np.log(0.07 / 0.85), np.log(0.08 / 0.85), 0.0])  # coordinates of persistence 0.98, alpha 0.07, gamma 0.16, beta 0.83
LOOSE = np.array([1.0, 0.7, 0.7, 0.5])  # standard deviations of the normal prior about them: a factor of two either way


@dataclass(frozen=True)
class Coefficients:
    """Of the recursion in `kernels.heavy_variance`; omega is a share of the level."""

    omega: float
    alpha: float
    gamma: float
    beta: float

    @classmethod
    def of(cls, coordinates: Float) -> "Coefficients":
        """coordinates : logit of the persistence; log shares of alpha and gamma / 2 in it over beta's; log of the mean that the variance
        reverts to, over the level."""
        persistence = float(expit(coordinates[0]))
        news, fall, memory = (persistence * softmax(np.array([coordinates[1], coordinates[2], 0.0]))).tolist()
        return cls(float(np.exp(coordinates[3])) * (1 - persistence), news, 2 * fall, memory)

    def variances(self, measure: Float, shocks: Float, level: Float) -> Float:
        """Of each session and the one after the last, (n + 1,). measure, shocks, level : (n,), the second less the drift."""
        fell = (shocks < 0).astype(np.float64)
        return heavy_variances(measure, fell, level, self.omega, self.alpha, self.gamma, self.beta)


@state
class FittedHeavy(ResampledPaths):
    """Drift, recursion and residuals of the HEAVY model.

    Parameters
    ----------
    drift : float
        Log return of a session.
    coefficients : numpy.ndarray of shape (4,)
        omega, alpha, gamma, beta.
    inflation : float
        Variance of the residuals before they were standardised.
    residuals : numpy.ndarray
        Sorted, of variance 1.
    drawn : numpy.ndarray of shape (d, 5)
        Drifts and coefficients that are as likely.
    """

    drift: float
    coefficients: FloatState
    inflation: float
    residuals: FloatState
    drawn: FloatState
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_shapes(coefficients=(self.coefficients, (4,)), drawn=(self.drawn, (len(self.drawn), 5)))

    def uncorrelated_law(self, sample: Sample) -> GarchPathLaw:
        """The law at the estimates."""
        return self._law(sample, self.drift, self.coefficients, self.residuals)

    def uncorrelated_laws(self, sample: Sample) -> list[GarchPathLaw]:
        """At the drawn drifts and coefficients, each with its own bootstrap of the residuals."""
        return [self._law(sample, row[0], row[1:], self.bootstrap(number)) for number, row in enumerate(self.drawn)]

    def _law(self, sample: Sample, drift: float, coefficients: Float, residuals: Float) -> GarchPathLaw:
        recursion = Coefficients(*coefficients.tolist())
        measure, level = session_measure(sample)[1:], sample_level(sample)[1:]
        shocks = sample.returns[-RECENT:] - drift
        variance = self.inflation * float(recursion.variances(measure[-RECENT:], shocks, level[-RECENT:])[-1])
        if not 0 < variance < np.inf:
            raise FitError(f"{sample.market}: conditional variance of {variance:g}")
        omega = self.inflation * recursion.omega * float(level[-1])
        return GarchPathLaw(float(drift), omega, recursion.alpha, recursion.gamma, recursion.beta, variance, residuals)


@options
class HeavyPaths:
    """Fitted by penalised quasi-likelihood on the sessions since there are highs and lows; the drift is the mean of all returns."""

    fitted: ClassVar = FittedHeavy
    kind: ClassVar = "ranges"

    @on_estimation_sample
    def fit(self, samples: Sequence[Sample]) -> FittedHeavy:
        """Squared returns take the place of ranges that are missing, and a note says so."""
        sample = samples[0]
        returns = usable_returns(sample)
        measured = np.isfinite(sample.ranges[1:])
        start = int(measured.argmax()) if measured.any() else len(measured)
        notes: tuple[str, ...] = ()
        if len(measured) - start < MIN_RETURNS or measured[start:].mean() < 0.5:
            start, notes = 0, (f"heavy: {NO_RANGES}",)
        drift = float(returns.mean())
        shocks, measure = (returns - drift)[start:], session_measure(sample)[1:][start:]
        level = slow_level(measure)
        mode, root = _mode(shocks, measure, level)
        best = Coefficients.of(mode)
        scaled = (shocks / np.sqrt(best.variances(measure, shocks, level)[:-1]))[BURN_IN:]
        moved = [Coefficients.of(mode + root @ normal) for normal in other_normals(len(mode))]
        return FittedHeavy(
            drift=drift,
            coefficients=_row(best),
            inflation=float(scaled.var()),
            residuals=standard_residuals(scaled),
            drawn=np.column_stack([drawn_drifts(returns, drift), np.stack([_row(one) for one in moved])]),
            notes=notes,
        )


def _row(one: Coefficients) -> Float:
    return np.array([one.omega, one.alpha, one.gamma, one.beta])


def slow_level(measure: Float) -> Float:
    """Exponentially weighted mean of the measure (n,) with LEVEL_HALFLIFE, as known at each close; at least LEAST_VOL squared."""
    return np.maximum(weighted(measure, LEVEL_HALFLIFE), LEAST_VOL**2)


@once
def sample_level(sample: Sample) -> Float:
    """`slow_level` of the sample's sessions, (n,); NaN for the first."""
    return np.r_[np.nan, slow_level(session_measure(sample)[1:])]


def _mode(shocks: Float, measure: Float, level: Float) -> tuple[Float, Float]:
    """Coordinates at the mode (4,), and a root of their covariance, from the inverse Hessian of the optimiser."""
    from scipy.optimize import minimize

    def loss(coordinates: Float) -> float:
        h = Coefficients.of(coordinates).variances(measure, shocks, level)[:-1]
        fit = 0.5 * np.log(h) + (TAILS + 1) / 2 * np.log1p(shocks**2 / ((TAILS - 2) * h))
        return float(fit[BURN_IN:].sum() + 0.5 * (((coordinates - USUAL) / LOOSE) ** 2).sum())

    optimum = minimize(loss, USUAL, method="BFGS", options={"gtol": 1e-3})
    if not np.isfinite(optimum.x).all():
        raise FitError("the likelihood has no finite maximum")
    return np.asarray(optimum.x), np.linalg.cholesky(optimum.hess_inv)
