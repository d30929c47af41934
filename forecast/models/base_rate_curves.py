"""First-passage curves: how often a set of paths has met a barrier, by its distance and by the session."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.first_hits import weigh_first_hits
from forecast.models.surge_base_rate import CURVES, LEVELS, STEPS

WIDTH = 0.1  # of the smoothing, in log distance: the standard error of a log volatility that is a mean of some fifty squared returns


def passage_curves(moves: Float, weights: Float) -> Float:
    """Weighted shares of the paths that have met each of LEVELS by each session, smoothed over the log of the level.

    For any two levels and sessions the shares are coherent: as each path meets a nearer level no later, its event by the later session
    holds that by the earlier one, and smoothing and interpolation average levels alone.

    Parameters
    ----------
    moves : numpy.ndarray of shape (m, h)
        Log moves from the start, in volatilities of a session. NaN meets nothing.
    weights : numpy.ndarray of shape (m,)
        Of the paths, > 0.

    Returns
    -------
    numpy.ndarray of shape (4, levels, h)
        Lower side first, upper side first, lower side at all, and upper side at all; zero without a path.
    """
    from scipy.ndimage import gaussian_filter1d  # of a fit only

    counts = np.zeros((CURVES, len(LEVELS), moves.shape[1]))
    if len(moves):
        weigh_first_hits(np.ascontiguousarray(moves), weights / weights.sum(), LEVELS, counts)
    return np.asarray(gaussian_filter1d(np.cumsum(counts, axis=2), WIDTH * STEPS / np.log(2), axis=1, mode="nearest"))
