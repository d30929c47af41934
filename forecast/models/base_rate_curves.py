"""First-passage curves: how often a set of paths has met a barrier, by its distance and by the session."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.first_hits import weigh_first_hits
from forecast.models.surge_base_rate import CURVES, LEVELS, STEPS

WIDTH = 0.1  # of the smoothing, in log distance: the standard error of a log volatility that is a mean of some fifty squared returns
TRUNCATED = 4.0  # standard deviations at which the kernel ends


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
    counts = np.zeros((CURVES, len(LEVELS), moves.shape[1]))
    if len(moves):
        weigh_first_hits(np.ascontiguousarray(moves), weights / weights.sum(), LEVELS, counts)
    return smoothed(np.cumsum(counts, axis=2), WIDTH * STEPS / np.log(2))


def smoothed(curves: Float, width: float) -> Float:
    """Curves (4, levels, h) smoothed over the levels by a Gaussian kernel, to the bits of scipy's `gaussian_filter1d`.

    Without its module, which would take a twentieth of a second to import in every command that forecasts.

    Parameters
    ----------
    curves : numpy.ndarray of shape (4, levels, h)
        Beyond the outermost levels they are taken to stay as there.
    width : float
        Standard deviation of the kernel, in levels.

    Returns
    -------
    numpy.ndarray of shape (4, levels, h)
    """
    reach = int(TRUNCATED * width + 0.5)
    kernel = np.exp(-0.5 / width**2 * np.arange(-reach, reach + 1) ** 2)
    kernel /= kernel.sum()
    count, wide = curves.shape[1], np.pad(curves, ((0, 0), (reach, reach), (0, 0)), mode="edge")
    out = wide[:, reach : reach + count] * kernel[reach]
    for away in range(reach, 0, -1):
        out += (wide[:, reach - away : reach - away + count] + wide[:, reach + away : reach + away + count]) * kernel[reach - away]
    return out
