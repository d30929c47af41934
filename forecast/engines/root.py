"""Root of a function of one number between two signs: Brent's method, as scipy's `brentq` has it, to the same bits.

scipy.optimize takes as long to import as all else of scipy, and whoever forecasts with a fitted run needs no more of it than this.
"""

from collections.abc import Callable
from math import isnan

ROUNDING = 4 * 2.0**-52  # relative, as scipy's default
STEPS = 100


def root_between(function: Callable[[float], float], low: float, high: float, *, tolerance: float) -> float:
    """The root of a function between `low` and `high`, where its signs differ.

    Parameters
    ----------
    function : callable
        Continuous, of one number.
    low, high : float
        Ends of the interval.
    tolerance : float
        How far from the root the result may be, > 0; beside it ROUNDING of the root.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Where the function has one sign at both ends, or is no number on the way.

    References
    ----------
    Brent (1973), Algorithms for Minimization Without Derivatives, chapter 4.
    """
    before, at, across = low, high, 0.0
    f_before, f_at, f_across = function(before), function(at), 0.0
    if f_before == 0:
        return before
    if isnan(f_before) or isnan(f_at) or (f_at != 0 and (f_before < 0) == (f_at < 0)):
        raise ValueError(f"the function must have other signs at {low:g} and {high:g}, got {f_before:g} and {f_at:g}")
    step_before = step = 0.0
    for _ in range(STEPS):
        if f_before != 0 and f_at != 0 and (f_before < 0) != (f_at < 0):
            across, f_across = before, f_before
            step_before = step = at - before
        if abs(f_across) < abs(f_at):
            before, at, across = at, across, at
            f_before, f_at, f_across = f_at, f_across, f_at
        least, half = (tolerance + ROUNDING * abs(at)) / 2, (across - at) / 2
        if f_at == 0 or abs(half) < least:
            return at
        if abs(step_before) > least and abs(f_at) < abs(f_before):
            guess = _guess(before, at, across, f_before, f_at, f_across)
            step_before, step = (step, guess) if 2 * abs(guess) < min(abs(step_before), 3 * abs(half) - least) else (half, half)
        else:
            step_before = step = half
        before, f_before = at, f_at
        at += step if abs(step) > least else (least if half > 0 else -least)
        f_at = function(at)
        if isnan(f_at):
            raise ValueError(f"the function must be a number between {low:g} and {high:g}, got NaN at {at:g}")
    raise ValueError(f"no root between {low:g} and {high:g} after {STEPS} steps, at {at:g} the function is {f_at:g}")


def _guess(before: float, at: float, across: float, f_before: float, f_at: float, f_across: float) -> float:
    """The step to where the line through two points, or the inverse parabola through three, is zero."""
    if before == across:
        return -f_at * (at - before) / (f_at - f_before)
    slope, slope_across = (f_before - f_at) / (before - at), (f_across - f_at) / (across - at)
    return -f_at * (f_across * slope_across - f_before * slope) / (slope_across * slope * (f_across - f_before))
