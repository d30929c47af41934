"""Descent: a quasi-Newton search that says where it wants values and slopes, and is fed with them.

Bounded coordinates are logits: one that runs to its bound would creep there a unit a step, and is put there at once where that is lower.
A step ends at the strong Wolfe conditions. Source: Nocedal and Wright (2006), Numerical Optimization, algorithms 3.5, 3.6 and 6.1.
"""

import math
from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Flags, Float
from forecast.engines.kernels.quasi_newton import farthest_leaving, learn, way_down

BOUND = 30.0  # coordinate that stands for a bound
LEAVING = 4.0  # coordinate beyond which a bound is tried: a share of one in 55
AGAIN = 3.0  # units after which it is tried again
FAR = 8.0  # coordinate beyond which one that is leaving is put to its bound at the end
INWARD = 1e-4  # slope of the mean by a share that is held at its bound, beyond which it is let go
DECREASE, CURVATURE, ROUNDING = 1e-4, 0.9, 1e-14  # of a step's end
MOST_TRIES, LONGEST = 30, 20.0  # of lengths of a step; of coordinates


class _Place(NamedTuple):
    """A length along a step's way, the value there, and its slope along the way."""

    length: float
    value: float
    descent: float


class Descent:
    """A search for the least value from `x` (p,) in the coordinates that are `free`, of which `logits` may run to a bound.

    `curvature` (p, p) is a first guess of the inverse Hessian, the identity by default. Ends after `iterations` steps, or where no slope is
    above `tolerance`.
    """

    def __init__(self, x: Float, free: Flags, logits: Flags, curvature: Float | None, *, iterations: int, tolerance: float) -> None:
        self.x, self.trial, self.under_way = x, x, True
        self.value, self.slope, self.steps = math.inf, np.zeros(len(x)), 0
        self.steepest = 0.0  # slope in any coordinate at the least point so far
        self.curvature = np.eye(len(x)) if curvature is None else (curvature + curvature.T) / 2
        self._free, self._logits = None if free.all() else free, logits & free
        if self._free is not None:
            self.curvature *= np.outer(free, free)
        self._iterations, self._tolerance = iterations, tolerance
        self._way, self._tried = np.empty(len(x)), np.zeros(len(x))
        self._holding = -1  # a logit whose bound is tried
        self._first: _Place | None = None  # of a step that is searched for

    @property
    def promise(self) -> float:
        """How much lower the next step would end, were the function a parabola with this curvature."""
        return math.inf if self._first is None else -self._first.descent / 2

    def advance(self, value: float, slope: Float) -> None:
        """Take the value and the slope (p,) at `trial`, and move on to the next."""
        if self._free is not None:
            slope = np.where(self._free, slope, 0.0)
        if self._holding >= 0:
            if value < self.value:
                self._drop(self._holding)
                self._move(value, slope)
        elif self._first is None:
            self._move(value, slope)
        else:
            descent = float(slope @ self._way)
            if not self._ended(value, descent):
                self.under_way = self._tries < MOST_TRIES
                self.trial = self.x + self._length * self._way
                return
            learn(self.curvature, self.trial - self.x, slope - self.slope)
            self._move(value, slope)
            self.steps += 1
        self._go_on()

    def let_go(self) -> bool:
        """At the end, move logits that were put at a bound and want to come back inside; whether there was one. Each goes back once."""
        inward = (self._tried > 0) & (np.abs(self.x) >= BOUND) & (self.slope * np.sign(self.x) > INWARD * math.exp(-BOUND))
        if not inward.any():
            return False
        self.trial = np.where(inward, np.sign(self.x) * LEAVING, self.x)
        self._tried[inward], self._first, self._holding, self.under_way = -np.inf, None, -1, True
        self._logits = self._logits & ~inward
        return True

    def _move(self, value: float, slope: Float) -> None:
        """The trial point becomes the point."""
        self.x, self.value, self.slope = self.trial, value, slope

    def _go_on(self) -> None:
        """Set the first trial from a new point, or end."""
        descent, self.steepest, widest, farthest = way_down(self.curvature, self.slope, self.x, self._way)
        over = self.steepest <= self._tolerance
        self._holding = self._leaving(over) if farthest > LEAVING else -1
        if self.steps >= self._iterations or (over and self._holding < 0):
            self.under_way = False
            return
        if self._holding >= 0:
            self._tried[self._holding] = abs(self.x[self._holding])
            self.trial = self.x.copy()
            self.trial[self._holding] = math.copysign(BOUND, self.x[self._holding])
            return
        if not descent < 0.0:
            self.curvature = np.eye(len(self.x))
            descent, _, widest, _ = way_down(self.curvature, self.slope, self.x, self._way)
        self.under_way = descent < 0.0
        self._length = min(1.0, LONGEST / max(widest, LONGEST / 2))
        self._first = self._low = _Place(0.0, self.value, descent)
        self._high: _Place | None = None
        self._tries = 0
        self.trial = self.x + self._length * self._way

    def _leaving(self, over: bool) -> int:
        """The logit that is farthest on its way to a bound, of those whose bound is to be tried, -1 where there is none."""
        least = np.maximum(FAR, self._tried) if over else np.maximum(LEAVING, self._tried + AGAIN)
        return int(farthest_leaving(self.x, self.slope, self._logits, least, BOUND))

    def _ended(self, value: float, descent: float) -> bool:
        """Whether the search along the way ends at this length; if not, the next length is set."""
        here, first, low, high = _Place(self._length, value, descent), self._first, self._low, self._high
        assert first is not None
        self._tries += 1
        slack = ROUNDING * abs(first.value)
        falls = value <= first.value + DECREASE * here.length * first.descent + slack
        if falls and abs(descent) <= -CURVATURE * first.descent:
            return True
        if not falls or value > low.value + slack:
            high = here
        else:
            if descent * (1.0 if high is None else high.length - low.length) >= 0.0:
                high = low
            low = here
        self._low, self._high = low, high
        self._length = 4.0 * here.length if high is None else low.length + _least_of_cubic(low, high) * (high.length - low.length)
        return False

    def _drop(self, j: int) -> None:
        """The inverse Hessian of the other coordinates while this one stands still; its own becomes one."""
        own = self.curvature[j].copy()
        if own[j] > 0.0:
            self.curvature -= np.outer(own, own) / own[j]
        self.curvature[j] = self.curvature[:, j] = 0.0
        self.curvature[j, j] = 1.0


def _least_of_cubic(low: _Place, high: _Place) -> float:
    """Where between low, 0, and high, 1, the cubic through their values and slopes is least, 0.1 to 0.9."""
    width = high.length - low.length
    first, last = low.descent * width, high.descent * width
    bend = first + last - 3.0 * (high.value - low.value)
    square = bend * bend - first * last
    if not 0.0 < square < math.inf:
        return 0.5
    root = math.sqrt(square)
    below = last - first + 2.0 * root
    return min(max((bend - first + root) / below, 0.1), 0.9) if below != 0.0 else 0.5
