"""PathLaw of the sessions ahead: a Markov-switching GARCH with parametric innovations."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.engines.arrays import Float, Int, as_floats
from forecast.engines.kernels.msgarch_paths import msgarch_paths
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, LAMBDA, NU, SHAPE, TARCH
from forecast.engines.passage.first_passage import PathLaw
from forecast.engines.switching.innovations import size_table

ROUNDING = 1e-12  # of alpha + gamma, a difference and a sum


@dataclass(frozen=True)
class MSGarchPathLaw(PathLaw):
    """Markov-switching GARCH: the regime moves by `transitions`, and every regime's recursion by the common shock.

    Parameters
    ----------
    opening : (k,) array
        Probabilities of the first session's regime.
    transitions : (k, k) array
        Transition probabilities, row = from.
    kinds : (k,) array of int
        GARCH, TARCH or EGARCH, as in `forecast.engines.kernels.variance_recursions`.
    coefficients : (k, 4) array
        omega, alpha, gamma and beta of each regime.
    shapes : (k, 11) array
        Constants of the innovations' laws, as `forecast.engines.switching.innovations.shape_constants` gives them.
    states : (k,) array
        States of the recursions at the first session.
    drift, ar : float
        Mean equation: the mean, and the coefficient of the previous return's deviation from it.
    deviation : float
        Deviation of the last log return from the drift.

    Raises
    ------
    ValueError
        If the shapes do not agree, a number is not finite or out of its range (nu <= 2, |lambda| >= 1, a negative variance or coefficient
        of GARCH or TARCH), or probabilities do not sum to 1 within 1e-9.
    """

    opening: Float
    transitions: Float
    kinds: Int
    coefficients: Float
    shapes: Float
    states: Float
    drift: float
    ar: float
    deviation: float

    def __post_init__(self) -> None:
        k = np.size(self.opening)
        shapes = {"opening": (k,), "transitions": (k, k), "kinds": (k,), "coefficients": (k, 4), "shapes": (k, SHAPE), "states": (k,)}
        for name, shape in shapes.items():
            array = as_floats(getattr(self, name), name)
            if not k or array.shape != shape:
                raise ValueError(f"{name} of {k} regimes must be of shape {shape}, got {array.shape}")
            if not np.isfinite((array[:, 1:] if name == "shapes" else array).sum()):  # nu is inf for the normal
                raise ValueError(f"{name} of a switching GARCH must be finite, got {array.tolist()}")
            object.__setattr__(self, name, array.astype(np.int64) if name == "kinds" else array)
        if not np.isfinite((self.drift, self.ar, self.deviation)).all():
            raise ValueError(f"drift, ar and deviation must be finite, got {(self.drift, self.ar, self.deviation)}")
        for name, probabilities in (("opening", self.opening), ("transitions", self.transitions)):
            if not ((probabilities >= 0).all() and (np.abs(probabilities.sum(axis=-1) - 1) <= 1e-9).all()):
                raise ValueError(f"{name} must be probabilities that sum to 1, got {probabilities.tolist()}")
        self._refuse_domain()

    def _refuse_domain(self) -> None:
        """ValueError where a number is outside the range in which the law has a density and variances above zero."""
        if not set(self.kinds.tolist()) <= {GARCH, TARCH, EGARCH}:
            raise ValueError(f"kinds must be of {GARCH}, {TARCH} and {EGARCH}, got {self.kinds.tolist()}")
        nu, skew = self.shapes[:, NU], self.shapes[:, LAMBDA]
        if not ((nu > 2).all() and (np.abs(skew) < 1).all()):
            raise ValueError(f"nu must be > 2, inf for the normal, and lambda between -1 and 1, got {nu.tolist()} and {skew.tolist()}")
        plain = self.kinds != EGARCH
        omega, alpha, gamma, beta = self.coefficients[plain].T
        if not (min(omega.min(initial=0), alpha.min(initial=0), beta.min(initial=0), (alpha + gamma).min(initial=0)) >= -ROUNDING):
            raise ValueError(f"omega, alpha, alpha + gamma and beta must be >= 0, got {self.coefficients[plain].tolist()}")
        if not (self.states[plain] >= 0).all():
            raise ValueError(f"states of GARCH and TARCH must be >= 0, got {self.states[plain].tolist()}")

    @cached_property
    def _chain(self) -> Float:
        """Cumulative probabilities of the transitions and, in the last row, of the first session's regime, (k + 1, k)."""
        return np.cumsum(np.vstack([self.transitions, self.opening]), axis=1)

    @cached_property
    def _tables(self) -> Float:
        """Quantiles of each regime's innovations, (k, nodes)."""
        return np.stack([size_table(nu) for nu in self.shapes[:, NU].tolist()])

    def fill(self, key: int, first: int, moves: Float) -> None:
        recursions = self.kinds, self.coefficients, self.shapes, self._tables, self.states
        msgarch_paths(np.uint64(key), first, self._chain, *recursions, self.drift, self.ar, self.deviation, moves)
