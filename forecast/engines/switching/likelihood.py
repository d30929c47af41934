"""Likelihood: what a climb and the standard errors ask of a model, and its slope and curvature in the optimiser's coordinates."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from forecast.engines.arrays import Flags, Float
from forecast.engines.switching.coordinates import ParameterBlock

WALL = 1e10  # minus the mean log-likelihood where there is none
FLATTEST = 1e-3  # least curvature of the mean log-likelihood that a first guess of the Hessian is given
STEEPEST = 1e8  # and greatest: beyond it the inverse of a wild Hessian is no longer positive definite in doubles
STEP = 1e-4  # of the differences of the score, in coordinates of unit scale

Objective = Callable[[Float], tuple[float, Float]]


class Likelihood(Protocol):
    """A log-likelihood of natural parameters, with any log prior added."""

    @property
    def coordinates(self) -> ParameterBlock: ...

    @property
    def scored(self) -> int:
        """Sessions."""
        ...

    def theta(self, law: Any) -> Float:
        """Natural parameters (p,) of a law."""
        ...

    def law(self, theta: Float) -> Any:
        """The law of natural parameters."""
        ...

    def value_and_score(self, theta: Float) -> tuple[float, Float]:
        """Log-likelihood and its derivatives by theta, (p,)."""
        ...

    def value_and_slope(self, x: Float) -> tuple[float, Float]:
        """Log-likelihood at coordinates and its derivatives by them, (size,); the value is NaN where any is not finite."""
        ...

    def contributions(self, theta: Float) -> Float:
        """Log-likelihood of each session, (n,), without the prior."""
        ...


def slope_by_coordinates(likelihood: Likelihood, x: Float) -> tuple[float, Float]:
    """`value_and_slope` by the score and the Jacobian."""
    theta, jacobian = likelihood.coordinates.natural(x)
    value, score = likelihood.value_and_score(theta)
    slope = jacobian.T @ score
    return (value if np.isfinite(slope).all() else math.nan), slope


def negative_mean(likelihood: Likelihood) -> Objective:
    """Minus the mean log-likelihood as a function of the coordinates, with its gradient; WALL where it is not finite."""

    scored = likelihood.scored

    def objective(x: Float) -> tuple[float, Float]:
        value, slope = likelihood.value_and_slope(x)
        if not math.isfinite(value):
            return WALL, np.zeros_like(x)
        return -value / scored, slope / -scored

    return objective


def inverse_hessian(objective: Objective, x: Float, slope: Float, free: Flags) -> Float:
    """A positive definite inverse of the Hessian of `objective` at `x`, where its slope is known, by forward differences.

    Of the coordinates that are `free` (size,), as if the others stood still; these have nought. Directions in which the objective is flat
    or bends downward are given the curvature FLATTEST or more, so that no step is wild.
    """
    chosen = np.flatnonzero(free)
    bend, stepped = np.empty((len(chosen), len(chosen))), x.copy()
    for row, place in enumerate(chosen.tolist()):
        stepped[place] = x[place] + STEP
        bend[row] = objective(stepped)[1][chosen]
        stepped[place] = x[place]
    bend = (bend - slope[chosen]) / STEP
    if not np.isfinite(bend).all():
        return np.eye(len(x))
    values, vectors = np.linalg.eigh((bend + bend.T) / 2)
    inverse = (vectors / np.minimum(np.maximum(np.abs(values), FLATTEST), STEEPEST)) @ vectors.T
    if len(chosen) == len(x):
        return np.asarray(inverse)
    out = np.zeros((len(x), len(x)))
    out[np.ix_(chosen, chosen)] = inverse
    return out
