"""Sums over many numbers in a fixed order, several at a time: number t is added to lane t modulo LANES, the lanes at last.

The compiler may not reorder a sum, so that results are the same on every machine; a loop over one total waits for each addition.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit

LANES, _FEW = 128, 8


@njit(cache=True, nogil=True, error_model="numpy")
def total(values: Float) -> float:
    """Sum of (n,)."""
    lanes, out = np.zeros((1, LANES)), np.empty(1)
    lane = lanes[0]
    for begin in range(0, len(values), LANES):
        part = values[begin : min(begin + LANES, len(values))]
        for j in range(len(part)):
            lane[j] += part[j]
    add_lanes(lanes, out)
    return out[0]


@njit(cache=True, nogil=True, error_model="numpy")
def dot(one: Float, other: Float) -> float:
    """Sum of the products of (n,) and (n,)."""
    lanes, out = np.zeros((1, LANES)), np.empty(1)
    lane = lanes[0]
    for begin in range(0, len(one), LANES):
        end = min(begin + LANES, len(one))
        left, right = one[begin:end], other[begin:end]
        for j in range(len(left)):
            lane[j] += left[j] * right[j]
    add_lanes(lanes, out)
    return out[0]


@njit(cache=True, nogil=True, error_model="numpy")
def add_lanes(lanes: Float, out: Float) -> None:
    """The sum of each row of lanes (m, LANES), into out (m,); the lanes are lost."""
    for row in range(len(lanes)):
        lane, half = lanes[row], LANES
        while half > _FEW:
            half //= 2
            for j in range(half):
                lane[j] += lane[half + j]
        out[row] = 0.0
        for j in range(_FEW):
            out[row] += lane[j]
