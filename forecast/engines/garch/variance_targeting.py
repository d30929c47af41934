"""Variance targeting: the omegas are scaled so that the law's variance is the sample's (Engle and Mezrich 1996)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.coordinate_maps import FARTHEST
from forecast.engines.switching.coordinates import Coordinates

STEP = 1e-6  # of the differences of the implied variance
HELD = 0.05  # of the target, where the first omega is held before it is scaled


@dataclass(frozen=True)
class TargetedCoordinates:
    """The `base` coordinates without the first, the first regime's omega, which the `target` variance determines, the square of their unit.

    `implied` gives the variance that natural parameters (p,) imply, in proportion to their omegas.
    """

    base: Coordinates
    implied: Callable[[Float], float]
    target: float

    @property
    def names(self) -> tuple[str, ...]:
        return self.base.names

    @cached_property
    def omegas(self) -> Int:
        """Places of the omegas among the names."""
        return np.flatnonzero([name.startswith("omega") for name in self.names])

    @property
    def size(self) -> int:
        return self.base.size - 1

    def natural(self, x: Float) -> tuple[Float, Float]:
        theta = self._scaled(x)
        slopes = [(self._scaled(x + step) - self._scaled(x - step)) / (2 * STEP) for step in STEP * np.eye(len(x))]
        return theta, np.stack(slopes, axis=1) if slopes else np.zeros((len(theta), 0))

    def free(self, theta: Float) -> Float:
        scaled = theta.copy()
        scaled[self.omegas] *= HELD * self.target / theta[self.omegas[0]]
        return self.base.free(scaled)[1:]

    def at_bound(self, x: Float) -> Flags:
        return self.base.at_bound(np.r_[np.log(HELD), x])[1:]

    @cached_property
    def logits(self) -> Flags:
        return self.at_bound(np.full(self.size, FARTHEST))

    def held(self, theta: Float) -> tuple[str, ...]:
        return self.base.held(theta)

    def _scaled(self, x: Float) -> Float:
        theta = self.base.natural(np.r_[np.log(HELD), x])[0]
        theta[self.omegas] *= self.target / self.implied(theta)
        return theta
