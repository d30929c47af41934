"""Paths whose innovations are drawn from the residuals of a fit: what EWMA, GARCH, range, HEAVY and HAR components share.

Source: filtered historical simulation, Barone-Adesi, Giannopoulos and Vosper (1999).
"""

from collections.abc import Sized
from functools import cached_property, lru_cache

import numpy as np

from forecast.engines.arrays import Float, FloatState, Int
from forecast.engines.passage.parameter_draws import DRAWS
from forecast.models.component import refuse_drawn
from forecast.models.path_simulation import AutocorrelatedPaths


class ResampledPaths(AutocorrelatedPaths):
    """Fitted state with the `residuals` (n,) of its fit, sorted rising, and laws `drawn` at other parameters."""

    residuals: FloatState
    drawn: Sized

    def __post_init__(self) -> None:
        refuse_residuals(self.residuals)
        refuse_drawn(len(self.drawn))

    def bootstrap(self, law: int) -> Float:
        """The residuals of a drawn law by its number, (n,): as many drawn with replacement, sorted again."""
        return np.asarray(self._bootstraps[law % DRAWS])

    @cached_property
    def _bootstraps(self) -> Float:
        return np.asarray(self.residuals[_bootstrap_places(len(self.residuals))])


@lru_cache(maxsize=2)  # the components of a fit share it
def _bootstrap_places(count: int) -> Int:
    """Places of `count` residuals drawn with replacement, rising, one sample for each drawn law, (DRAWS, n); always the same ones.

    Without sorting: n uniform numbers in their order are the sums of n of n + 1 exponential ones over the sum of all.
    """
    sums = np.random.default_rng(DRAWS).standard_exponential((DRAWS, count + 1)).cumsum(axis=1)
    places = np.minimum((sums[:, :-1] * (count / sums[:, -1:])).astype(np.int64), count - 1)
    places.flags.writeable = False
    return places


def standard_residuals(scaled: Float) -> Float:
    """Residuals (n,) sorted rising and brought to mean 0 and variance 1, so that the drift of a law is its mean return."""
    return np.sort((scaled - scaled.mean()) / scaled.std())


def refuse_residuals(residuals: Float) -> None:
    """ValueError unless they are (n,), at least one, sorted rising."""
    if residuals.ndim != 1 or not len(residuals) or (np.diff(residuals) < 0).any():
        raise ValueError(f"residuals must be (n,), at least one, sorted rising, got shape {residuals.shape}")
