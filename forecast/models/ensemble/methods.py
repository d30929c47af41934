"""Methods of combining components, and which of them is in force by what is settled."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.models.ensemble.episode_weights import Evidence
from forecast.models.ensemble.pool import linear_pool, pooled, pooled_error
from forecast.models.ensemble.weights import best_single, log_linear_weights, outcome_probabilities, stacking_weights
from forecast.models.rules import PoolRule

METHODS = ("learned", "equal", "best", "stacking")  # log-linear with learned weights, with equal ones, one component; linear
LINEAR = ("stacking",)
STAND_IN = "base_rate"  # no method: no model was fitted by then, and the base rate stands in the forecast's place


def method_weights(components: Float, evidence: Evidence, rule: PoolRule, prior: Float) -> tuple[Float, tuple[str, ...]]:
    """Weights of each method, (4, q, n_components), from resolved forecasts (n, n_components, q, 3); and notes.

    prior : (n_components,), what learned weights are held by.
    """
    learned, learned_converged = log_linear_weights(components, evidence, rule, prior)
    stacking, stacking_converged = stacking_weights(components, evidence, rule, prior)
    weights = np.stack([learned, np.full_like(learned, 1 / learned.shape[1]), best_single(components, evidence), stacking])
    failures = [name for name, converged in (("learned", learned_converged), ("stacking", stacking_converged)) if not converged]
    return weights, tuple(f"pool: some {name} weights were not found and stay at those they are shrunk to" for name in failures)


def combined(components: Float, weights: Float, method: str) -> Float:
    """The combination of each question, (..., q, 3), from (..., n_components, q, 3) and weights (..., q, n_components)."""
    by_question = np.swapaxes(components, -3, -2)
    return linear_pool(by_question, weights) if method in LINEAR else pooled(by_question, weights)


def combined_error(components: Float, errors: Float, weights: Float, method: str) -> Float:
    """Monte-Carlo standard error, (..., 3), of the combination of components (..., n_components, 3), as `pooled_error` has it."""
    return linear_pool(errors, weights) if method in LINEAR else pooled_error(components, errors, weights)


def best_method(probabilities: Float, evidence: Evidence, rule: PoolRule) -> str:
    """The method to use now, by the resolved forecasts of each, (n, 4, q, 3).

    It is the learned log-linear pool unless the log score of a rival has been better by `margin` standard errors; of several such,
    the best. Differences are averaged over questions and summed over episodes of the longest horizon, which are independent; under
    no difference the sum over the root of the sum of squares is about standard normal, and with e episodes never beyond the root
    of e, so that few prove nothing (Efron 1969).
    """
    loss = -np.log(outcome_probabilities(probabilities, evidence))
    share = evidence.cases / evidence.cases.shape[1]
    better = np.einsum("nmq,nq->mn", loss[:, :1] - loss, share)
    if not share.any():
        return METHODS[0]
    sums = np.stack([np.bincount(evidence.streaks, weights=row) for row in better])
    spread = np.sqrt((sums**2).sum(axis=1))
    t = np.divide(sums.sum(axis=1), spread, out=np.zeros(len(METHODS)), where=spread > 0)
    score = np.where((t >= rule.margin) & (t > 0), sums.sum(axis=1), 0.0)
    return METHODS[int(score.argmax())]
