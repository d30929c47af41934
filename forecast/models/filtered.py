"""Paths of a GJR-GARCH recursion with resampled residuals: what EWMA and GARCH components share.

Source: filtered historical simulation, Barone-Adesi, Giannopoulos and Vosper (1999).
"""

from typing import NamedTuple

import numpy as np

from forecast.arrays import Float, FloatState
from forecast.chances import Chances
from forecast.component import FitError, state
from forecast.kernels.msgarch import GARCH, regime_states
from forecast.laws.garch import GarchLaw
from forecast.passage import first_passage
from forecast.sample import Sample

MIN_RETURNS = 250
BURN_IN = 60  # sessions whose residuals still bear the start of the recursion


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
class FilteredPaths:
    """Recursion and residuals; log returns, a session's unit."""

    drift: float
    recursion: Recursion
    residuals: FloatState
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Chances:
        variance = self.recursion.variances(sample.returns - self.drift)[-1]
        if not 0 < variance < np.inf:
            raise FitError(f"{sample.market}: conditional variance of {variance:g}")
        ahead = GarchLaw(self.drift, *self.recursion[:-1], variance, self.residuals)
        return first_passage(ahead, sample.barriers[-1], sample.horizons, key=key, paths=paths)


def usable_returns(sample: Sample) -> Float:
    """The sample's returns; FitError when they are too few, or constant."""
    returns = sample.returns
    if len(returns) < MIN_RETURNS:
        raise FitError(f"{sample.market}: {len(returns)} returns, fewer than the {MIN_RETURNS} needed")
    if not returns.std() > 1e-8:
        raise FitError(f"{sample.market}: prices do not move")
    return returns


def filtered_paths(returns: Float, drift: float, recursion: Recursion, notes: tuple[str, ...] = ()) -> FilteredPaths:
    """The recursion with the residuals of `returns` (n,), sorted and brought to mean 0 and variance 1, so that `drift` is the drift."""
    shocks = returns - drift
    scaled = (shocks / np.sqrt(recursion.variances(shocks)[:-1]))[BURN_IN:]
    return FilteredPaths(drift=drift, recursion=recursion, residuals=np.sort((scaled - scaled.mean()) / scaled.std()), notes=notes)
