"""Pool: the components combined, by weights learned on resolved forecasts and shrunk to equal."""

import numpy as np
from scipy.optimize import minimize

from forecast.arrays import Float, Int


def pooled(probabilities: Float, weights: Float) -> Float:
    """Log-linear pool, (..., 3): p proportional to the product over components of p_k ** w_k.

    probabilities : (..., n_components, 3), all > 0.   weights : (..., n_components) >= 0, summing to 1.
    Source: Genest and Zidek (1986); it is externally Bayesian, which the linear pool is not.
    """
    logs = np.einsum("...k,...kc->...c", weights, np.log(probabilities))
    odds = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def combined(components: Float, weights: Float) -> Float:
    """The pool of each question, (..., q, 3), from (..., n_components, q, 3) and weights (..., q, n_components)."""
    return pooled(np.swapaxes(components, -3, -2), weights)


def pooled_error(probabilities: Float, errors: Float, weights: Float) -> Float:
    """Monte-Carlo standard error of the pooled probabilities, (..., 3), from those of the components, same shape as theirs.

    First order, d p_j = p_j sum_k w_k sum_c (1{c = j} - p_c) d p_kc / p_kc. The three errors of one component give their own
    covariances, because its three probabilities sum to 1. Those of different components are added as if they went together,
    which paths of one key nearly do: exact for a single component that simulates, an upper bound for several.
    """
    probabilities, errors, weights = (np.ascontiguousarray(part) for part in (probabilities, errors, weights))  # sums have one order
    pool = pooled(probabilities, weights)[..., None, :]
    slopes = np.swapaxes(pool, -1, -2) * (np.eye(3) - pool)  # (..., j, c)
    moves = slopes[..., None, :, :] / probabilities[..., None, :]  # (..., k, j, c)
    variance = np.einsum("...kjc,...kcd,...kjd->...kj", moves, _covariances(errors), moves)
    return np.asarray(np.einsum("...k,...kj->...j", weights, np.sqrt(np.maximum(variance, 0.0))))


def _covariances(errors: Float) -> Float:
    """Covariances (..., 3, 3) of three numbers that sum to a constant, from their standard errors (..., 3)."""
    square = errors**2
    other = square.sum(axis=-1)[..., None, None] - square[..., :, None] - square[..., None, :]  # of the third number
    return np.where(np.eye(3, dtype=bool), square[..., None], (other - square[..., :, None] - square[..., None, :]) / 2)


def learn_weights(probabilities: Float, outcomes: Int, *, episodes: int, prior_episodes: float) -> Float:
    """Weights that make the resolved forecasts likeliest, shrunk to equal; (n_components,).

    probabilities : (n, n_components, 3) as they were given.   outcomes : (n,) in 0, 1, 2.
    episodes : how many independent episodes the rows come from; they count as so many cases.
    prior_episodes : strength of the Dirichlet prior centred on equal weights, which with nothing resolved is all there is.
    """
    components = probabilities.shape[1]
    equal = np.full(components, 1 / components)
    if not len(outcomes) or components == 1:
        return equal
    case = np.full(len(outcomes), episodes / len(outcomes))
    logs = np.log(probabilities)

    def loss(scores: Float) -> tuple[float, Float]:
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        mixed = np.einsum("k,nkc->nc", weights, logs)
        top = mixed.max(axis=1, keepdims=True)
        log_total = (top + np.log(np.exp(mixed - top).sum(axis=1, keepdims=True)))[:, 0]
        rows = np.arange(len(outcomes))
        value = case @ (log_total - mixed[rows, outcomes]) - prior_episodes * float(np.log(weights).mean())
        pool = np.exp(mixed - log_total[:, None])
        slope = np.einsum("n,nc,nkc->k", case, pool, logs) - case @ logs[rows, :, outcomes]
        return value, weights * (slope - weights @ slope) - prior_episodes * (1 / components - weights)

    found = minimize(loss, np.zeros(components), jac=True, method="L-BFGS-B").x
    weights = np.exp(found - found.max())
    return np.asarray(weights / weights.sum())
