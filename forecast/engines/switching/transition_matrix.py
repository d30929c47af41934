"""Transition matrices: their stationary law and its derivative, expected durations."""

import numpy as np

from forecast.engines.arrays import Float


def transition_matrix(exits: Float, k: int) -> Float:
    """Transition matrix (k, k), row = from, of the probabilities of leaving, (k (k - 1),)."""
    if k == 1:
        return np.ones((1, 1))
    flat = np.zeros(k * k)
    flat[1:].reshape(k - 1, k + 1)[:, :k] = exits.reshape(k - 1, k)  # between two places on the diagonal are k off it
    matrix = flat.reshape(k, k)
    flat[:: k + 1] = np.maximum(1 - matrix.sum(axis=1), 0.0)
    return matrix


def split_regime(transitions: Float, regime: int) -> Float:
    """Transitions (k + 1, k + 1) with one regime in two copies side by side: as likely from either, and each as likely to be entered."""
    k = len(transitions)
    order = np.sort(np.r_[np.arange(k), regime])
    shares = np.where(order == regime, 0.5, 1.0)
    return transitions[np.ix_(order, order)] * shares


def stationary(transitions: Float) -> Float:
    """Stationary probabilities (k,) of a transition matrix (k, k), row = from."""
    k = len(transitions)
    if k == 1:
        return np.ones(1)
    try:
        probabilities = np.linalg.solve(np.eye(k) - transitions.T + 1.0, np.ones(k))
    except np.linalg.LinAlgError:  # reducible: some law, of those that stay as they are
        system = np.vstack([np.eye(k) - transitions.T, np.ones(k)])
        probabilities = np.linalg.lstsq(system, np.r_[np.zeros(k), 1.0], rcond=None)[0]
    probabilities = np.maximum(probabilities, 0.0)
    return np.asarray(probabilities / probabilities.sum())


def stationary_score(transitions: Float, probabilities: Float, slope: Float) -> Float:
    """Derivative by each transition, (k, k), of a function of the stationary law whose derivatives are `slope` (k,).

    Rows of the transitions sum to one, so only differences within a row mean anything. Source: Golub and Meyer (1986).
    """
    try:
        onward = np.linalg.solve(np.eye(len(transitions)) - transitions + probabilities, slope)
    except np.linalg.LinAlgError:
        return np.zeros_like(transitions)
    return np.outer(probabilities, onward)


def expected_durations(transitions: Float) -> Float:
    """Expected sessions in each regime, 1 / (1 - p_ii), (k,)."""
    return np.asarray(1 / np.maximum(1 - np.diagonal(transitions, axis1=-2, axis2=-1), 1e-300))
