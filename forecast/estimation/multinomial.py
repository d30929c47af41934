"""Ridge-penalised multinomial logit of three classes, by Newton's method."""

import numpy as np

from forecast.arrays import Float, Int

CLASSES = 3
_CONTRASTS = np.array([[-1, 0, 1] / np.sqrt(2), [1, -2, 1] / np.sqrt(6)])  # orthonormal; what is common to the classes says nothing
_DECREMENT = 1e-11  # of the loss, twice what is still to be gained; the step then taken leaves about the square of it
_STEPS = 100  # of which about six are taken
_HALVINGS = 40


class NotConvergedError(ArithmeticError):
    """Newton's method has not ended."""


def fit_multinomial(design: Float, outcomes: Int, weights: Float) -> tuple[Float, Float]:
    """Coefficients (3, k) and intercepts (3,), which minimise sum w_i (-log p_i) + |coefficients|^2 / 2.

    design : (n, k), finite.   outcomes : (n,) in 0, 1, 2, each class at least once.   weights : (n,) > 0.
    Scores are in two orthonormal contrasts of the classes, in which the loss is strictly convex and its second derivative exact.
    The minimum is that of scikit-learn's LogisticRegression(C=1). NotConvergedError where it is not found.
    """
    rows, happened = np.column_stack([design, np.ones(len(design))]), np.eye(CLASSES)[outcomes]
    penalty = np.r_[np.ones(design.shape[1]), 0.0]
    at = np.zeros((2, rows.shape[1]))
    loss, p = _loss(rows, happened, weights, penalty, at)
    for _ in range(_STEPS):
        slope = (_CONTRASTS @ ((p - happened) * weights[:, None]).T) @ rows + penalty * at
        step = np.linalg.solve(_curvature(rows, p, weights, penalty), slope.ravel()).reshape(at.shape)
        decrement = float((slope * step).sum())
        for halving in range(_HALVINGS):
            there = at - step / 2**halving
            found, p = _loss(rows, happened, weights, penalty, there)
            if found <= loss - 1e-4 * decrement / 2**halving or decrement < 1e-9 * max(loss, 1.0):  # nearer, a loss tells no more
                break
        at, loss = there, found
        if decrement < _DECREMENT * max(loss, 1.0):
            scores = _CONTRASTS.T @ at
            return np.ascontiguousarray(scores[:, :-1]), scores[:, -1].copy()
    raise NotConvergedError(f"multinomial logit: no minimum in {_STEPS} steps, the decrement is {decrement:.2g}")


def _loss(rows: Float, happened: Float, weights: Float, penalty: Float, at: Float) -> tuple[float, Float]:
    """The loss, and the probabilities (n, 3)."""
    scores = (rows @ at.T) @ _CONTRASTS
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    total = odds.sum(axis=1)
    value = weights @ (np.log(total) - (scores * happened).sum(axis=1)) + (penalty * at**2).sum() / 2
    return float(value), odds / total[:, None]


def _curvature(rows: Float, p: Float, weights: Float, penalty: Float) -> Float:
    """Second derivatives, (2 k, 2 k)."""
    k = rows.shape[1]
    mean = p @ _CONTRASTS.T
    pairs = ((0, 0), (0, 1), (1, 1))
    scaled = [rows * (weights * (p @ (_CONTRASTS[a] * _CONTRASTS[b]) - mean[:, a] * mean[:, b]))[:, None] for a, b in pairs]
    both = np.hstack(scaled).T @ rows
    out = np.empty((2 * k, 2 * k))
    for place, (a, b) in enumerate(pairs):
        block = both[place * k : (place + 1) * k]
        out[a * k : (a + 1) * k, b * k : (b + 1) * k] = block
        out[b * k : (b + 1) * k, a * k : (a + 1) * k] = block.T
    out[np.diag_indices(2 * k)] += np.tile(penalty, 2)
    return out
