"""Constants of the density of Hansen's (1994) skewed t, Student's t (lambda = 0) and the normal (nu = inf), and their derivatives."""

import math

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.variance_recursions import (
    A_LAMBDA,
    A_NU,
    B_LAMBDA,
    B_NU,
    CONSTANT,
    CONSTANT_LAMBDA,
    CONSTANT_NU,
    LAMBDA,
    NU,
    A,
    B,
)


@njit(cache=True, nogil=True, error_model="numpy")
def digamma(x: float) -> float:
    """Derivative of the log of the gamma function at x > 0, to 1e-15 (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18)."""
    below = 0.0
    while x < 10.0:
        below += 1.0 / x
        x += 1.0
    rare = 1.0 / (x * x)
    series = 1 / 12 - rare * (1 / 120 - rare * (1 / 252 - rare * (1 / 240 - rare * (1 / 132 - rare * (691 / 32760 - rare / 12)))))
    return np.log(x) - 0.5 / x - rare * series - below


@njit(cache=True, nogil=True, error_model="numpy")
def fill_shape(nu: float, skew: float, out: Float) -> None:
    """The constants of one law, into (SHAPE,)."""
    for place in range(len(out)):
        out[place] = 0.0
    out[NU], out[LAMBDA], out[B] = nu, skew, 1.0
    if np.isinf(nu):
        return
    log_c = math.lgamma(0.5 * (nu + 1.0)) - math.lgamma(0.5 * nu) - 0.5 * np.log(np.pi * (nu - 2.0))
    log_c_nu = 0.5 * (digamma(0.5 * (nu + 1.0)) - digamma(0.5 * nu) - 1.0 / (nu - 2.0))
    ratio = 4.0 * np.exp(log_c) * (nu - 2.0) / (nu - 1.0)  # a = lambda * ratio
    ratio_nu = ratio * (log_c_nu + 1.0 / (nu - 2.0) - 1.0 / (nu - 1.0))
    a = skew * ratio
    b = np.sqrt(1.0 + 3.0 * skew * skew - a * a)
    b_nu, b_skew = -a * skew * ratio_nu / b, (3.0 * skew - a * ratio) / b
    out[A], out[A_NU], out[A_LAMBDA] = a, skew * ratio_nu, ratio
    out[B], out[B_NU], out[B_LAMBDA] = b, b_nu, b_skew
    out[CONSTANT], out[CONSTANT_NU], out[CONSTANT_LAMBDA] = np.log(b) + log_c, b_nu / b + log_c_nu, b_skew / b
