"""Linear recursions of one state along the sessions, forwards and backwards.

Four sessions are worked out from nothing while the state before them is still on its way, and moved by it at once: a loop in which each
session waits for the last takes three times as long.
"""

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True, error_model="numpy")
def accumulate(values: Float, carry: float, begin: int, end: int) -> None:
    """values[t] += carry values[t - 1] for t = begin ... end - 1, in place; begin >= 1."""
    square = carry * carry
    fourth, state, t = square * square, values[begin - 1], begin
    while t + 4 <= end:
        first, third = values[t], values[t + 2]
        two, last = carry * first + values[t + 1], carry * third + values[t + 3]
        middle = square * state + two
        values[t], values[t + 1], values[t + 2] = carry * state + first, middle, carry * middle + third
        state = fourth * state + (square * two + last)
        values[t + 3] = state
        t += 4
    while t < end:
        state = carry * state + values[t]
        values[t] = state
        t += 1


@njit(cache=True, nogil=True, error_model="numpy")
def accumulate_back(values: Float, carry: float, begin: int, end: int) -> None:
    """values[t] += carry values[t + 1] for t = end - 1 ... begin, in place; end < len(values)."""
    square = carry * carry
    fourth, state, t = square * square, values[end], end - 1
    while t - 3 >= begin:
        first, third = values[t], values[t - 2]
        two, last = carry * first + values[t - 1], carry * third + values[t - 3]
        middle = square * state + two
        values[t], values[t - 1], values[t - 2] = carry * state + first, middle, carry * middle + third
        state = fourth * state + (square * two + last)
        values[t - 3] = state
        t -= 4
    while t >= begin:
        state = carry * state + values[t]
        values[t] = state
        t -= 1
