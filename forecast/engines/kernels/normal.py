"""Normal law: density and distribution function of one number."""

import math

from forecast.engines.compilation import njit

_ROOT_2 = math.sqrt(2.0)
_DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)


@njit(cache=True, nogil=True)
def density(x: float) -> float:
    """Standard normal density."""
    return _DENSITY_AT_0 * math.exp(-0.5 * x * x)


@njit(cache=True, nogil=True)
def cdf(x: float) -> float:
    """Standard normal distribution function, to full relative precision in the lower tail."""
    return 0.5 * math.erfc(-x / _ROOT_2)
