"""Random numbers as a function of (key, path, draw): the same whatever the order or the number of threads.

SplitMix64 (Steele, Lea and Flood 2014) as a counter: a path's stream starts at a hash of key and path, and each hash of the
stream gives two draws of 32 bits, its low half and then its high half.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_UNIT = 2.0**-32


@njit(cache=True, nogil=True)
def hashed(z: np.uint64) -> np.uint64:
    """The SplitMix64 finaliser: a bijection on 64 bits that leaves no visible order."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def stream(key: np.uint64, path: int) -> np.uint64:
    """Start of the stream of one path."""
    return hashed(key + hashed(np.uint64(path) * _STEP + _STEP))


@njit(cache=True, nogil=True)
def bits(start: np.uint64, number: int) -> np.uint64:
    """Hash number `number` of a stream: 64 bits, which hold the draws 2 `number` and 2 `number` + 1."""
    return hashed(start + np.uint64(number + 1) * _STEP)


@njit(cache=True, nogil=True)
def low(word: np.uint64) -> np.uint64:
    """The first draw of a hash, an integer below 2^32."""
    return word & _LOW


@njit(cache=True, nogil=True)
def high(word: np.uint64) -> np.uint64:
    """The second draw of a hash, an integer below 2^32."""
    return word >> _HALF


@njit(cache=True, nogil=True)
def below(half: np.uint64, count: np.uint64) -> np.uint64:
    """An integer in [0, count) from a draw; each of them is met to within count / 2^32 of its share."""
    return (half * count) >> _HALF


@njit(cache=True, nogil=True)
def unit(half: np.uint64) -> float:
    """A number in (0, 1) from a draw, a multiple of 2^-32 and a half; 1 - unit is the mirrored draw, exactly."""
    return (np.float64(half) + 0.5) * _UNIT


@njit(cache=True, nogil=True)
def uniform(start: np.uint64, draw: int) -> float:
    """Draw number `draw` of a stream, in (0, 1)."""
    word = bits(start, draw // 2)
    return unit(low(word) if draw % 2 == 0 else high(word))


@njit(cache=True, nogil=True)
def chosen(u: float, cumulative: Float, row: int) -> int:
    """The place whose interval of the cumulative probabilities of a row of (m, k) holds u."""
    place = 0
    while place < cumulative.shape[1] - 1 and u > cumulative[row, place]:
        place += 1
    return place
