"""Pool: the components' probabilities combined by weights, and the Monte-Carlo error of that."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.probabilities import finite_logs


def pooled(probabilities: Float, weights: Float) -> Float:
    """Log-linear pool, (..., 3): p proportional to the product over components of p_k ** w_k.

    It is externally Bayesian, which the linear pool is not.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (..., n_components, 3)
        All > 0, but of an outcome that cannot come, which has 0 in every component and in the pool.
    weights : numpy.ndarray of shape (..., n_components)
        At least 0, summing to 1.

    References
    ----------
    Genest and Zidek (1986), Combining probability distributions: a critique and an annotated bibliography, Stat. Sci. 1.
    """
    logs = np.einsum("...k,...kc->...c", weights, finite_logs(probabilities))
    odds = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def linear_pool(probabilities: Float, weights: Float) -> Float:
    """Linear pool, (..., 3): the weighted mean of the components, for the same arguments. Source: Stone (1961)."""
    return np.asarray(np.einsum("...k,...kc->...c", weights, probabilities))


def pooled_error(probabilities: Float, errors: Float, weights: Float) -> Float:
    """Monte-Carlo standard error of the pooled probabilities, (..., 3), from those of the components, same shape as theirs.

    First order, d p_j = p_j sum_k w_k sum_c (1{c = j} - p_c) d p_kc / p_kc. The three errors of one component give their own
    covariances, because its three probabilities sum to 1. Those of different components are added as if they went together,
    which paths of one key nearly do: exact for a single component that simulates, an upper bound for several.
    """
    probabilities, errors, weights = (np.ascontiguousarray(part) for part in (probabilities, errors, weights))  # sums have one order
    pool = pooled(probabilities, weights)[..., None, :]
    slopes = np.swapaxes(pool, -1, -2) * (np.eye(3) - pool)  # (..., j, c)
    moves = slopes[..., None, :, :] / np.where(probabilities > 0, probabilities, 1.0)[..., None, :]  # (..., k, j, c)
    variance = np.einsum("...kjc,...kcd,...kjd->...kj", moves, _covariances(errors), moves)
    return np.asarray(np.einsum("...k,...kj->...j", weights, np.sqrt(np.maximum(variance, 0.0))))


def _covariances(errors: Float) -> Float:
    """Covariances (..., 3, 3) of three numbers that sum to a constant, from their standard errors (..., 3)."""
    square = errors**2
    other = square.sum(axis=-1)[..., None, None] - square[..., :, None] - square[..., None, :]  # of the third number
    return np.where(np.eye(3, dtype=bool), square[..., None], (other - square[..., :, None] - square[..., None, :]) / 2)
