"""Paths of a GJR-GARCH recursion with resampled residuals: what EWMA and GARCH components share.

Source: filtered historical simulation, Barone-Adesi, Giannopoulos and Vosper (1999).
"""

import numpy as np

from forecast.arrays import Float, FloatState
from forecast.component import FitError, shares, state
from forecast.kernels.garch import gjr_variance
from forecast.kernels.paths import garch_passage
from forecast.sample import Sample

MIN_RETURNS = 250
BURN_IN = 60  # sessions whose residuals still bear the start of the recursion


@state
class FilteredPaths:
    """Recursion and residuals of one market; log returns, a session's unit. `first` is the variance it starts from."""

    drift: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    first: float
    residuals: FloatState

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        """First-passage probabilities of the surge at the sample's last session, (n_questions, 3)."""
        variance = gjr_variance(sample.returns - self.drift, self.omega, self.alpha, self.gamma, self.beta, self.first)
        recursion = (self.drift, self.omega, self.alpha, self.gamma, self.beta, variance[-1])
        counts = garch_passage(np.uint64(key), paths, *recursion, self.residuals, sample.barriers[-1], sample.horizons)
        return shares(counts)


def usable_returns(sample: Sample) -> Float:
    """The sample's returns; FitError when they are too few, or constant."""
    returns = sample.returns
    if len(returns) < MIN_RETURNS:
        raise FitError(f"{sample.market}: {len(returns)} returns, fewer than the {MIN_RETURNS} needed")
    if not returns.std() > 1e-8:
        raise FitError(f"{sample.market}: prices do not move")
    return returns


def filtered_paths(returns: Float, *, drift: float, omega: float, alpha: float, gamma: float, beta: float, first: float) -> FilteredPaths:
    """The recursion with its standardised residuals, sorted and brought to mean 0 and variance 1, so that `drift` is the drift."""
    shocks = returns - drift
    scaled = (shocks / np.sqrt(gjr_variance(shocks, omega, alpha, gamma, beta, first)[:-1]))[BURN_IN:]
    residuals = np.sort((scaled - scaled.mean()) / scaled.std())
    return FilteredPaths(drift=drift, omega=omega, alpha=alpha, gamma=gamma, beta=beta, first=first, residuals=residuals)
