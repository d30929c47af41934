"""Weights of the components, learned on resolved forecasts and shrunk: for the log-linear pool, for the linear one, and the best single."""

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.pooling_losses import log_linear_loss, stacking_loss
from forecast.engines.probabilities import finite_logs
from forecast.engines.regression.newton import Loss, minimise
from forecast.models.ensemble.episode_weights import Evidence, Fit, fit_by_levels
from forecast.models.rules import PoolRule


def log_linear_weights(probabilities: Float, evidence: Evidence, rule: PoolRule, prior: Float) -> tuple[Float, bool]:
    """Weights that make the resolved forecasts of the log-linear pool likeliest, (q, n_components), and whether all converged.

    probabilities : (n, n_components, q, 3).   The prior is a Dirichlet worth `rule.prior_episodes`, centred on `prior` (n_components,)
    and, for a kind of barrier and then for a question, on those of the level above.
    The loss is convex in the weights, so that there is one answer.
    """
    logs = finite_logs(probabilities).transpose(0, 2, 3, 1)
    contrasts = np.ascontiguousarray(logs[:, :, 1:] - logs[:, :, :1])

    def fit(centre: Float, group: Int, cases: Float, _: int) -> tuple[Float, Flags]:
        return fit_weights(
            lambda weights: log_linear_loss(contrasts, evidence.outcomes, cases, group, weights), centre, rule.prior_episodes
        )

    return _learned(fit, evidence, prior)


def stacking_weights(probabilities: Float, evidence: Evidence, rule: PoolRule, prior: Float) -> tuple[Float, bool]:
    """The same for the linear pool. Source: Wolpert (1992) and Hall and Mitchell (2007), with the prior of the log-linear one."""
    happened = np.ascontiguousarray(outcome_probabilities(probabilities, evidence).transpose(0, 2, 1))

    def fit(centre: Float, group: Int, cases: Float, _: int) -> tuple[Float, Flags]:
        return fit_weights(lambda weights: stacking_loss(happened, cases, group, weights), centre, rule.prior_episodes)

    return _learned(fit, evidence, prior)


def best_single(probabilities: Float, evidence: Evidence) -> Float:
    """All weight on the component with the least log loss on each question so far, (q, n_components); equal where nothing is settled."""
    k = probabilities.shape[1]
    loss = -np.einsum("nkq,nq->qk", np.log(outcome_probabilities(probabilities, evidence)), evidence.cases)
    any_settled = np.asarray(evidence.cases.any(axis=0))
    return np.where(any_settled[:, None], np.eye(k)[loss.argmin(axis=1)], 1 / k)


def outcome_probabilities(probabilities: Float, evidence: Evidence) -> Float:
    """The probability given to what happened, (n, k, q), by each of (n, k, q, 3); to `reverse` where nothing is settled."""
    return np.asarray(np.take_along_axis(probabilities, evidence.outcomes[:, None, :, None], axis=3)[..., 0])


def _learned(fit: Fit, evidence: Evidence, prior: Float) -> tuple[Float, bool]:
    if len(prior) == 1 or not evidence.cases.any():
        return np.tile(prior, (evidence.cases.shape[1], 1)), True
    return fit_by_levels(fit, evidence, prior)


def fit_weights(likelihood: Loss, centre: Float, prior: float) -> tuple[Float, Flags]:
    """The weights (g, k) of least loss under Dirichlet priors about `centre` (g, k), each worth `prior` episodes."""
    pull, unit = prior * centre, np.eye(centre.shape[1])

    def loss(weights: Float) -> tuple[Float, Float, Float]:
        inside = np.asarray((weights > 0).all(axis=1))
        safe = np.where(inside[:, None], weights, centre)
        value, slope, curve = likelihood(safe)
        value = np.where(inside, value - (pull * np.log(safe)).sum(axis=1), np.inf)
        return value, slope - pull / safe, curve + (pull / safe**2)[:, :, None] * unit

    weights, converged = minimise(loss, centre, np.ones((1, centre.shape[1])))
    weights = np.maximum(weights, np.finfo(np.float64).tiny)  # next to no prior lets the last step leave the domain by a hair
    return weights / weights.sum(axis=1, keepdims=True), converged
