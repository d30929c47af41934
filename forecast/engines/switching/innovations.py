"""Standardised innovations, mean 0 and variance 1: normal, Student's t and Hansen's (1994) skewed t.

Hansen's law is that of Fernandez and Steel (1998), standardised, with skewness xi = sqrt((1 + lambda) / (1 - lambda)).
`nu` > 2 degrees of freedom, inf for the normal; `lambda` in (-1, 1), 0 for symmetry, below 0 for a longer left tail.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import special

from forecast.engines.arrays import Float
from forecast.engines.kernels.innovation_shapes import fill_shape
from forecast.engines.kernels.quantile_table import node_chances
from forecast.engines.kernels.variance_recursions import CONSTANT, SHAPE, A, B


@lru_cache(maxsize=16)  # regimes that share a shape
def shape_constants(nu: float, skew: float) -> Float:
    """Constants of a density and their derivatives by nu and lambda, (SHAPE,), read-only, as the kernels take them.

    ValueError for nu <= 2 or a lambda that is not between -1 and 1; NaN gives NaN.
    """
    if nu <= 2 or abs(skew) >= 1:
        raise ValueError(f"nu must be > 2, inf for the normal, and lambda between -1 and 1, got {nu} and {skew}")
    out = np.empty(SHAPE)
    fill_shape(nu, skew, out)
    out.flags.writeable = False
    return out


@lru_cache(maxsize=256)  # the laws of a fit, each with its drawn ones, are simulated for every surge until the next fit
def size_table(nu: float) -> Float:
    """Quantiles of the absolute value of a symmetric innovation, read-only, as `kernels.quantile_table` looks them up."""
    rarer = node_chances() / 2
    sizes = -special.ndtri(rarer) if np.isinf(nu) else -special.stdtrit(nu, rarer) * np.sqrt((nu - 2) / nu)
    sizes.flags.writeable = False
    return np.asarray(sizes)


def cdf(z: Float | float, nu: float, skew: float) -> Float:
    """Distribution function."""
    if np.isinf(nu):
        return np.asarray(special.ndtr(z))
    y, width = _two_pieces(z, nu, skew)
    below = special.stdtr(nu, y / width * np.sqrt(nu / (nu - 2)))
    return np.asarray(np.where(y > 0, (1 + skew) * below - skew, (1 - skew) * below))


def pdf(z: Float | float, nu: float, skew: float) -> Float:
    """Density."""
    if np.isinf(nu):
        return _normal_density(z)
    shape = shape_constants(nu, skew)
    y, width = _two_pieces(z, nu, skew)
    return np.asarray(np.exp(shape[CONSTANT] - (nu + 1) / 2 * np.log1p((y / width) ** 2 / (nu - 2))))


def ppf(level: float, nu: float, skew: float) -> float:
    """Quantile."""
    if np.isinf(nu):
        return float(special.ndtri(level))
    shape, scale = shape_constants(nu, skew), np.sqrt((nu - 2) / nu)
    left = (1 - skew) / 2
    if level < left:
        y = (1 - skew) * scale * special.stdtrit(nu, level / (1 - skew))
    else:
        y = (1 + skew) * scale * special.stdtrit(nu, (level + skew) / (1 + skew))
    return float((y - shape[A]) / shape[B])


def mean_below(z: Float | float, nu: float, skew: float) -> Float:
    """Integral of x f(x) from -inf to z, for the expected shortfall."""
    if np.isinf(nu):
        return -_normal_density(z)
    shape = shape_constants(nu, skew)
    first, _ = _piece_moments(z, nu, skew)
    return np.asarray((first - shape[A] * cdf(z, nu, skew)) / shape[B])


def below_zero(nu: float, skew: float) -> float:
    """E[z^2 1{z < 0}], 1/2 where the law is symmetric."""
    if skew == 0:
        return 0.5
    shape = shape_constants(nu, skew)
    first, second = _piece_moments(0.0, nu, skew)
    return float((second - 2 * shape[A] * first + shape[A] ** 2 * cdf(0.0, nu, skew)) / shape[B] ** 2)


def _normal_density(z: Float | float) -> Float:
    """Standard normal density; an import of scipy.stats would take a third of a second."""
    return np.asarray(np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi))


def _piece_moments(z: Float | float, nu: float, skew: float) -> tuple[Float, Float]:
    """Integrals of y f and y^2 f up to z, where y = b z + a is a t of variance one, 1 - lambda wide below 0 and 1 + lambda above."""
    y, width = _two_pieces(z, nu, skew)
    scale = np.sqrt((nu - 2) / nu)
    x = y / width / scale
    below, above = np.minimum(x, 0.0), np.maximum(x, 0.0)
    left, right = 1 - skew, 1 + skew
    first = scale * (left**2 * _t_moment(below, nu, 1) + right**2 * (_t_moment(above, nu, 1) - _t_moment(0.0, nu, 1)))
    second = scale**2 * (left**3 * _t_moment(below, nu, 2) + right**3 * (_t_moment(above, nu, 2) - _t_moment(0.0, nu, 2)))
    return first, second


def _t_moment(x: Float | float, nu: float, power: int) -> Float:
    """Integral of u t(u), or of u^2 t(u), from -inf to x, for Student's t."""
    log_c = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(math.pi * nu)
    slope = nu * np.exp(log_c - (nu - 1) / 2 * np.log1p(np.square(x) / nu))
    if power == 1:
        return np.asarray(-slope / (nu - 1))
    return np.asarray((nu * special.stdtr(nu, x) - x * slope) / (nu - 2))


def _two_pieces(z: Float | float, nu: float, skew: float) -> tuple[Float, Float]:
    shape = shape_constants(nu, skew)
    y = shape[B] * np.asarray(z, dtype=np.float64) + shape[A]
    return y, np.where(y > 0, 1 + skew, 1 - skew)
