"""Random numbers as a function of (key, path, draw): the same whatever the order or the number of threads.

SplitMix64 (Steele, Lea and Flood 2014) as a counter: a path's stream starts at a hash of key and path.
"""

import numpy as np
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


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
def uniform(start: np.uint64, draw: int) -> float:
    """Draw number `draw` of a stream, in (0, 1)."""
    bits = hashed(start + np.uint64(draw + 1) * _STEP)
    return (np.float64(bits >> np.uint64(11)) + 0.5) * _UNIT
