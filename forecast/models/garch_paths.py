"""Paths of a GJR-GARCH recursion with resampled residuals: what EWMA and GARCH components share."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Float, FloatState
from forecast.engines.kernels.variance_recursions import GARCH, regime_states
from forecast.engines.passage import GarchPathLaw
from forecast.engines.passage.parameter_draws import RECENT, standard_normals
from forecast.models.component import FitError, state
from forecast.models.resampled_paths import ResampledPaths, standard_residuals
from forecast.target.sample import Sample

MIN_RETURNS = 250
BURN_IN = 60  # sessions whose residuals still depend on the start of the recursion


class Recursion(NamedTuple):
    """The recursion h' = omega + (alpha + gamma 1{e < 0}) e^2 + beta h, and the variance of the first session."""

    omega: float
    alpha: float
    gamma: float
    beta: float
    first: float

    def variances(self, shocks: Float) -> Float:
        """Conditional variance of each shock (n,) and of the one after the last, (n + 1,)."""
        return regime_states(shocks, np.array([GARCH]), np.array([self[:4]]), np.array([self.first]))[:, 0]


@state
class FilteredPaths(ResampledPaths):
    """Recursion and residuals; log returns, a session's unit.

    Parameters
    ----------
    drawn : tuple of (float, Recursion)
        Other drifts and recursions that are as likely.
    """

    drift: float
    recursion: Recursion
    residuals: FloatState
    drawn: tuple[tuple[float, Recursion], ...] = ()
    notes: tuple[str, ...] = ()

    def uncorrelated_law(self, sample: Sample) -> GarchPathLaw:
        """The law at the estimates."""
        return _ahead(sample.returns, self.drift, self.recursion, self.residuals)

    def uncorrelated_laws(self, sample: Sample) -> list[GarchPathLaw]:
        """At the drawn drifts and recursions, each with its own bootstrap of the residuals."""
        returns = sample.returns[-RECENT:]
        return [_ahead(returns, *drawn, self.bootstrap(number)) for number, drawn in enumerate(self.drawn)]


def _ahead(returns: Float, drift: float, recursion: Recursion, residuals: Float) -> GarchPathLaw:
    """The sessions after `returns` (n,)."""
    variance = recursion.variances(returns - drift)[-1]
    if not 0 < variance < np.inf:
        raise FitError(f"conditional variance of {variance:g}")
    return GarchPathLaw(drift, *recursion[:-1], variance, residuals)


def drawn_drifts(returns: Float, drift: float, share: float = 1.0) -> Float:
    """`drift` moved by the standard error of the mean of `returns` (n,), (DRAWS,); it takes the first normal of each draw.

    share : drift over sample mean, where the drift is shrunk.
    """
    return np.asarray(drift + share * float(returns.std()) / len(returns) ** 0.5 * standard_normals(1)[:, 0])


def other_normals(parameters: int) -> Float:
    """Normals for parameters other than the drift, (DRAWS, parameters), independent of the drift's."""
    return standard_normals(1 + parameters)[:, 1:]


def usable_returns(sample: Sample) -> Float:
    """The sample's returns; FitError when they are too few, or constant."""
    returns = sample.returns
    if len(returns) < MIN_RETURNS:
        raise FitError(f"{sample.market}: {len(returns)} returns, fewer than the {MIN_RETURNS} needed")
    if not returns.std() > 1e-8:
        raise FitError(f"{sample.market}: prices do not move")
    return returns


def filtered_paths(
    returns: Float, drift: float, recursion: Recursion, drawn: Sequence[tuple[float, Recursion]] = (), notes: tuple[str, ...] = ()
) -> FilteredPaths:
    """The recursion with the residuals of `returns` (n,), sorted and brought to mean 0 and variance 1, so that `drift` is the drift."""
    shocks = returns - drift
    scaled = (shocks / np.sqrt(recursion.variances(shocks)[:-1]))[BURN_IN:]
    return FilteredPaths(drift=drift, recursion=recursion, residuals=standard_residuals(scaled), drawn=tuple(drawn), notes=notes)
