"""Covariance of the parameters at the top of the likelihood."""

import numpy as np

from forecast.engines.arrays import Flags, Float
from forecast.engines.switching.likelihood import STEP, Likelihood, negative_mean

LOOSEST = 1.0  # standard deviation of a coordinate that the likelihood says nothing of: a factor of e, or odds of e


def covariance(likelihood: Likelihood, x: Float, *, sandwich: bool) -> Float:
    """Covariance of the natural parameters at coordinates `x`, (p, p); NaN for those at a bound, or not identified.

    The Hessian is that of the analytic score, by central differences; `sandwich` is robust to a wrong law (White 1982),
    its middle the outer product of each session's score.
    """
    _, jacobian = likelihood.coordinates.natural(x)
    inside = ~likelihood.coordinates.at_bound(x)
    hessian = _information(likelihood, x, inside)
    out = np.full((len(jacobian), len(jacobian)), np.nan)
    try:
        inner = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return out
    if sandwich:
        steps = STEP * np.eye(len(x))[inside]
        each = np.array([_each(likelihood, x + step) - _each(likelihood, x - step) for step in steps]) / (2 * STEP)
        inner = inner @ (each @ each.T) @ inner
    size = np.abs(jacobian)
    held = size[:, ~inside].max(axis=1, initial=0.0) >= size[:, inside].max(axis=1, initial=0.0)
    spread = jacobian[:, inside] @ inner @ jacobian[:, inside].T
    out[np.ix_(~held, ~held)] = spread[np.ix_(~held, ~held)]
    return out


def spread_root(likelihood: Likelihood, x: Float) -> Float:
    """A root R, (size, size), of the covariance R R' of the coordinates about the top `x`, by the Hessian; zero for those at a bound.

    A coordinate is a logarithm, a logit or a mean in units of its own scale; a normal prior of standard deviation LOOSEST about
    the estimate keeps those that the likelihood hardly sees from running to a bound. NaN where the slope is not finite.
    """
    inside = ~likelihood.coordinates.at_bound(x)
    hessian, root = _information(likelihood, x, inside), np.zeros((len(x), len(x)))
    if not np.isfinite(hessian).all():
        return np.full_like(root, np.nan)
    values, vectors = np.linalg.eigh(hessian)
    precision = np.maximum(values, 0.0) + LOOSEST**-2
    root[np.ix_(inside, inside)] = vectors / np.sqrt(precision)
    return root


def _information(likelihood: Likelihood, x: Float, inside: Flags) -> Float:
    """Minus the Hessian of the log-likelihood in the coordinates `inside` their bounds, by central differences of the score."""
    steps, slope = STEP * np.eye(len(x))[inside], negative_mean(likelihood)
    bend = np.array([slope(x + step)[1][inside] - slope(x - step)[1][inside] for step in steps]).reshape(len(steps), len(steps))
    return np.asarray(likelihood.scored * (bend + bend.T) / (4 * STEP))


def _each(likelihood: Likelihood, x: Float) -> Float:
    """Log-likelihood of each session, (n,)."""
    return likelihood.contributions(likelihood.coordinates.natural(x)[0])
