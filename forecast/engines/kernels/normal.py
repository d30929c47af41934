"""Normal law: density, distribution function and quantile of one number."""

import math

from numba import njit

_ROOT_2 = math.sqrt(2.0)
_DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)
# fmt: off
# numerators and denominators, highest power first: the centre, the shoulders and the tails
_CENTRE_TOP = (
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
    13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665,
)
_CENTRE_BOTTOM = (
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
    5394.196021424751, 687.1870074920579, 42.31333070160091, 1.0,
)
_SHOULDER_TOP = (
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
)
_SHOULDER_BOTTOM = (
    1.0507500716444169e-09, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1.0,
)
_TAIL_TOP = (
    2.0103343992922881e-07, 2.7115555687434876e-05, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
)
_TAIL_BOTTOM = (
    2.0442631033899397e-15, 1.421511758316446e-07, 1.8463183175100548e-05, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1.0,
)
# fmt: on


@njit(cache=True, nogil=True)
def density(x: float) -> float:
    """Standard normal density."""
    return _DENSITY_AT_0 * math.exp(-0.5 * x * x)


@njit(cache=True, nogil=True)
def cdf(x: float) -> float:
    """Standard normal distribution function, to full relative precision in the lower tail."""
    return 0.5 * math.erfc(-x / _ROOT_2)


@njit(cache=True, nogil=True)
def _ratio(r: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    over, under = top[0], bottom[0]
    for power in range(1, len(top)):
        over, under = over * r + top[power], under * r + bottom[power]
    return over / under


@njit(cache=True, nogil=True)
def quantile(u: float) -> float:
    """Standard normal quantile of u in (0, 1), relative error about 1e-15; that of 1 - u is its negative.

    Source: Wichura (1988), algorithm AS 241, PPND16.
    """
    centred = u - 0.5
    if abs(centred) <= 0.425:
        return centred * _ratio(0.180625 - centred * centred, _CENTRE_TOP, _CENTRE_BOTTOM)
    r = math.sqrt(-math.log(u if centred < 0.0 else 1.0 - u))
    size = _ratio(r - 1.6, _SHOULDER_TOP, _SHOULDER_BOTTOM) if r <= 5.0 else _ratio(r - 5.0, _TAIL_TOP, _TAIL_BOTTOM)
    return -size if centred < 0.0 else size
