"""Distance of analogs: how far surges lie apart in their drivers, and the weight that each past one has for it."""

import numpy as np

from forecast.engines.arrays import Flags, Float, FloatState, Int
from forecast.engines.regression.scaling import CLIP
from forecast.models.component import refuse_shapes, state

MIN_EPISODES_OF_DRIVER = 10  # that must have a driver: its standard deviation then has an error of about a quarter
MIN_SHARE = 0.5  # of the drivers that two surges must share to be compared
CLOSE = 1e-12  # of the logarithm of the bandwidth


@state
class AnalogDistance:
    """Mahalanobis distance with shrunk correlations.

    Parameters
    ----------
    columns : tuple of k int
        Places of the drivers in use among all.
    centre, scale : numpy.ndarray of shape (k,)
    correlation : numpy.ndarray of shape (k, k)
    """

    columns: tuple[int, ...]
    centre: FloatState
    scale: FloatState
    correlation: FloatState

    def __post_init__(self) -> None:
        k = len(self.columns)
        refuse_shapes(centre=(self.centre, (k,)), scale=(self.scale, (k,)))
        if self.correlation.size != k * k or (k and self.correlation.shape != (k, k)):
            raise ValueError(f"correlation must be of shape {(k, k)}, got {self.correlation.shape}")

    def coordinates(self, drivers: Float, available: Float) -> Float:
        """Standardised drivers in use, (m, k), NaN where missing."""
        columns = list(self.columns)
        scaled = np.clip((drivers[:, columns] - self.centre) / self.scale, -CLIP, CLIP)
        return np.where(available[:, columns] > 0, scaled, np.nan)

    def distances(self, here: Float, there: Float) -> Float:
        """Distance of each row of `there` (m, k) from `here` (k,), both coordinates, (m,).

        Over the drivers that both have, times sqrt(k / their number); infinite where these are fewer than MIN_SHARE of k.
        """
        apart = there - here
        distance = np.full(len(there), np.inf)
        finite = np.isfinite(apart)
        _, first, group = np.unique(_patterns(finite), return_index=True, return_inverse=True)
        for number, shared in enumerate(finite[first]):
            if shared.sum() < max(MIN_SHARE * len(shared), 1):
                continue
            rows = np.flatnonzero(group == number)
            gap = apart[np.ix_(rows, np.flatnonzero(shared))]
            square = np.einsum("ij,ij->i", gap, np.linalg.solve(self.correlation[np.ix_(shared, shared)], gap.T).T)
            distance[rows] = np.sqrt(square * len(shared) / shared.sum())
        return distance


def _patterns(flags: Flags) -> Int:
    """A number for each row of flags (m, k), (m,): rows that are equal have the same."""
    if flags.shape[1] < 63:
        return np.asarray(flags @ (1 << np.arange(flags.shape[1], dtype=np.int64)))
    return np.asarray(np.unique(np.packbits(flags, axis=1), axis=0, return_inverse=True)[1].reshape(-1))


def fit_distance(drivers: Float, available: Float) -> AnalogDistance:
    """Fit on past surges, one row an episode: `drivers` (m, k), `available` (m, k) 1 or 0.

    A driver that fewer than MIN_EPISODES_OF_DRIVER have, or that does not move, is left out. Correlations are those of Ledoit and Wolf
    (2004, J. Multivariate Analysis 88), of standardised drivers, so that units do not matter; what is missing counts as the mean, which
    only draws correlations further to zero.
    """
    from sklearn.covariance import ledoit_wolf

    count = available.sum(axis=0)
    centre = (drivers * available).sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt((((drivers - centre) * available) ** 2).sum(axis=0) / np.maximum(count, 1))
    columns = np.flatnonzero((count >= MIN_EPISODES_OF_DRIVER) & (spread > 1e-9 * (1e-9 + np.abs(centre))))
    scaled = np.clip((drivers - centre)[:, columns] / spread[columns], -CLIP, CLIP) * available[:, columns]
    correlation = np.zeros((0, 0))
    if len(columns):
        covariance, _ = ledoit_wolf(scaled, assume_centered=True)
        deviation = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(deviation, deviation)
    return AnalogDistance(columns=tuple(columns.tolist()), centre=centre[columns], scale=spread[columns], correlation=correlation)


def kernel_weights(distance: Float, group: Int, neighbours: float) -> Float:
    """Weight of each past surge, (m,), summing to 1; all distances finite. `group` (m,) numbers their episodes, from 0 without a gap.

    An episode has one vote, a Gaussian kernel of its nearest surge's distance; its surges share it by their own kernels. The
    bandwidth is such that the votes are worth `neighbours` equal ones (their squared sum over their sum of squares), or
    half of the episodes where those are fewer.
    """
    nearest = np.full(group.max() + 1, np.inf)
    np.minimum.at(nearest, group, distance)
    square, floor = distance**2, float((nearest**2).min())
    precision = _precision(nearest**2 - floor, min(neighbours, max(len(nearest) / 2, 1.0)))
    vote = np.exp(-precision * (nearest**2 - floor))
    share = np.exp(-precision * (square - nearest[group] ** 2))
    within = np.bincount(group, weights=share)
    weight = vote[group] * share / within[group]
    return np.asarray(weight / weight.sum())


def effective_episodes(weight: Float, group: Int) -> float:
    """Number of equal votes of episodes, numbered `group`, that the weights (m,) are worth: squared sum over sum of squares."""
    vote = np.bincount(group, weights=weight)
    return float(vote.sum() ** 2 / (vote**2).sum())


def _precision(square: Float, votes: float) -> float:
    """Factor p for which exp(-p * square) is worth `votes` equal votes, as near as the bounds allow."""
    from scipy.optimize import brentq  # here, since `ask` needs none

    scale = float(square.mean())
    if scale <= 0:
        return 0.0

    def excess(log_factor: float) -> float:
        kernel = np.exp(-np.exp(log_factor) * square)
        return float(kernel.sum() ** 2 / (kernel @ kernel)) - votes

    low, high = np.log(1e-6 / scale), np.log(1e6 / scale)
    if excess(low) <= 0:
        return float(np.exp(low))
    return float(np.exp(high if excess(high) >= 0 else brentq(excess, low, high, xtol=CLOSE)))
