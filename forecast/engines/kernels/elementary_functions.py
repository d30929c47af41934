"""exp and log of whole arrays, in plain arithmetic that the compiler does several numbers at a time: several times the library's speed.

Source: Cody and Waite (1980), Software Manual for the Elementary Functions, for the reductions of the argument.
"""

import math

import numpy as np
from numpy.typing import NDArray

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit

Bits = NDArray[np.uint64]

DEEPEST = -460.0  # exponent below which `exponentiate` takes this one: a density that is as good as none
_LOG2_E, _LOG_2_HIGH, _LOG_2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TAYLOR = tuple(1 / math.factorial(degree) for degree in range(13, -1, -1))
_ROUNDER = 1.5 * 2.0**52
_ROOT_HALF = np.uint64(0x3FE6A09E667F3BCD)  # bits of sqrt(1 / 2), the least mantissa
_ONE, _SHIFT = np.uint64(0x3FF0000000000000), np.uint64(52)
_ROOT_HALF_BITS, _ONE_BITS = 0x3FE6A09E667F3BCD, 0x3FF0000000000000
_FOLDS = 6  # of mantissas, each a factor of up to 2 and down to 1 / sqrt(2): 64 of them stay far from overflow
_INTEGER, _INTEGER_BIAS = np.uint64(0x4330000000000000), 2.0**52 + 1023.0  # bits that make a double of a whole number
_ATANH = tuple(2 / degree for degree in range(21, 1, -2))  # of s^21 ... s^3 in log((1 + s) / (1 - s)), |s| < 0.172


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def exponentiate(values: Float) -> None:
    """exp of non-positive values (n,), in place, to 3e-16; of those below DEEPEST, that of DEEPEST.

    exp(x) = 2^m exp(r) with r in +-log(2) / 2 by its Taylor series. Adding ROUNDER leaves m in the lowest bits.
    """
    powers = np.empty(len(values))
    bits = powers.view(np.int64)
    for t in range(len(values)):
        values[t] = values[t] if values[t] > DEEPEST else DEEPEST
        powers[t] = values[t] * _LOG2_E + _ROUNDER
    for t in range(len(values)):
        bits[t] = (bits[t] << 52) + (1023 << 52)
    for t in range(len(values)):
        m = (values[t] * _LOG2_E + _ROUNDER) - _ROUNDER
        r = (values[t] - m * _LOG_2_HIGH) - m * _LOG_2_LOW
        series = _TAYLOR[0]
        for coefficient in _TAYLOR[1:]:
            series = series * r + coefficient
        values[t] = powers[t] * series


@njit(cache=True, nogil=True, error_model="numpy")
def take_logarithms(values: Float) -> None:
    """log of positive, normal, finite values (n,), in place, to 3e-16 of it or of one; anything else gives any finite number.

    log(x) = e log(2) + log(m) with m in sqrt(1/2) ... sqrt(2), and log(m) = 2 artanh((m - 1) / (m + 1)) by its series.
    """
    exponents = np.empty(len(values))
    _split(values.view(np.uint64), exponents.view(np.uint64))
    for t in range(len(values)):
        e = exponents[t] - _INTEGER_BIAS
        s = (values[t] - 1.0) / (values[t] + 1.0)
        square = s * s
        series = _ATANH[0]
        for coefficient in _ATANH[1:]:
            series = series * square + coefficient
        values[t] = e * _LOG_2_HIGH + (2.0 * s + (s * square * series + e * _LOG_2_LOW))


@njit(cache=True, nogil=True, error_model="numpy")
def log_product(values: Float, spare: Float) -> float:
    """Sum of the logs of positive numbers (n,) between 1e-70 and 1e70, to as many digits as numbers added; `spare` (n,) is written to.

    Numbers are multiplied, four at first, then their mantissas, and a logarithm taken of a few products.
    """
    n = len(values) // 4
    _multiply(values[:n], values[n : 2 * n], values[2 * n : 3 * n], values[3 * n : 4 * n], spare)
    for place in range(4 * n, len(values)):
        spare[n + place - 4 * n] = values[place]
    n += len(values) - 4 * n
    exponents, out = 0, 0.0
    bits = spare.view(np.int64)
    for t in range(n):
        exponent = (bits[t] + (_ONE_BITS - _ROOT_HALF_BITS)) >> 52
        exponents += exponent - 1023
        bits[t] = bits[t] - (exponent << 52) + _ONE_BITS
    folds = 0
    while n > 1 and folds < _FOLDS:
        half = n // 2
        rest = n - half
        for t in range(half):
            spare[t] *= spare[rest + t]
        n, folds = rest, folds + 1
    for t in range(n):
        out += np.log(spare[t])
    return out + exponents * np.log(2.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _multiply(one: Float, two: Float, three: Float, four: Float, out: Float) -> None:
    """Products of four numbers."""
    for t in range(len(one)):
        out[t] = (one[t] * two[t]) * (three[t] * four[t])


@njit(cache=True, nogil=True, error_model="numpy")
def _split(bits: Bits, exponents: Bits) -> None:
    """Bits of doubles (n,) become those of their mantissas, and `exponents` those of the exponents as doubles, INTEGER_BIAS too high."""
    for t in range(len(bits)):
        exponent = (bits[t] + (_ONE - _ROOT_HALF)) >> _SHIFT
        exponents[t] = exponent | _INTEGER
        bits[t] = bits[t] - (exponent << _SHIFT) + _ONE
