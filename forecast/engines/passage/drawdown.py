"""Drawdown: how far a path falls from its best close so far."""

import numpy as np

from forecast.engines.arrays import Float, Int


def largest_falls(moves: Float, horizons: Int) -> Float:
    """Largest fall from the best close so far, the start among them, within each horizon.

    Parameters
    ----------
    moves : (n, h) array
        Log moves of n paths from their start; NaN makes everything after it NaN.
    horizons : (q,) array of int
        Sessions, 1 to h.

    Returns
    -------
    (n, q) array
        Shares of that best close, in [0, 1), which never fall with the horizon.
    """
    best = np.maximum.accumulate(np.maximum(moves, 0.0), axis=1)
    depth = np.minimum.accumulate(moves - best, axis=1)
    return np.asarray(0.0 - np.expm1(depth[:, horizons - 1]))


def weighted_quantiles(values: Float, weights: Float, shares: Float) -> Float:
    """The least value (k,) at or below which at least each of `shares` (k,) of the weight lies; values, weights : (n,), n >= 1."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    places = np.searchsorted(below, np.asarray(shares) * below[-1] * (1 - 1e-12))  # a rounding of the sum is no share
    return np.asarray(values[order][np.minimum(places, len(values) - 1)])
