"""Ridge: logistic regression with an offset and a normal prior, by Newton's method."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from forecast.arrays import Float

STEPS = 50
CLOSE = 1e-9  # of a step, in log odds


def ridge_logistic(design: Float, happened: Float, weight: Float, *, offset: Float, precision: Float) -> tuple[Float, Float]:
    """Coefficients at the mode (k,), and the inverse of the curvature there (k, k), Laplace's covariance.

    design : (n, k).   happened : (n,) 0 or 1.   weight : (n,) >= 0 cases that each row counts for.   offset : (n,) log odds that
    are given.   precision : (k,) > 0 of the normal prior about zero, which makes the mode unique. With no row it is zero.
    """
    found = np.zeros(design.shape[1])
    value = _loss(design, happened, weight, offset, precision, found)
    for _ in range(STEPS):
        chance = expit(design @ found + offset)
        slope = design.T @ (weight * (chance - happened)) + precision * found
        factor = cho_factor((design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(precision))
        step = cho_solve(factor, slope)
        found, value = _shortened(design, happened, weight, offset, precision, found, step, value)
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return found, np.asarray(cho_solve(factor, np.eye(len(found))))


def _shortened(
    design: Float, happened: Float, weight: Float, offset: Float, precision: Float, found: Float, step: Float, value: float
) -> tuple[Float, float]:
    """The step, halved until the loss does not rise."""
    for _ in range(30):
        tried = found - step
        now = _loss(design, happened, weight, offset, precision, tried)
        if now <= value:
            return tried, now
        step = step / 2
    return found, value


def _loss(design: Float, happened: Float, weight: Float, offset: Float, precision: Float, found: Float) -> float:
    odds = design @ found + offset
    return float(weight @ (np.logaddexp(0.0, odds) - happened * odds) + 0.5 * precision @ found**2)
