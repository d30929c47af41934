"""Ridge-penalised multinomial logit, by Newton's method."""

from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Float, Int

CLASSES = 3
_OF_THREE = np.array([[-1, 0, 1] / np.sqrt(2), [1, -2, 1] / np.sqrt(6)])  # orthonormal; a score common to all classes changes nothing
_DECREMENT = 1e-11  # of the loss, twice what is still to be gained; the step then taken leaves about the square of it
_STEPS = 100  # of which about six are taken
_HALVINGS = 40


class NotConvergedError(ArithmeticError):
    """Newton's method has not ended."""


class MultinomialMode(NamedTuple):
    """Coefficients (classes, k) and intercepts (classes,) at the minimum, and the `curvature` there, of the classes' contrasts."""

    coefficients: Float
    intercepts: Float
    curvature: Float

    def moves(self, normals: Float, *, vague: float) -> Float:
        """Draws from Laplace's approximation, less the mode, (d, classes, k + 1), the intercept last.

        normals : (d, (classes - 1) (k + 1)), standard.   vague : prior variance of an intercept, which the fit does not penalise.
        """
        from scipy.linalg import solve_triangular  # not every command that reads a model draws of it

        classes, size = len(self.intercepts), self.coefficients.shape[1] + 1
        precision = self.curvature.copy()
        precision.flat[:: len(precision) + 1] += np.tile(np.r_[np.zeros(size - 1), 1 / vague], classes - 1)
        root = np.linalg.cholesky(precision)
        moves = solve_triangular(root, normals.T, lower=True, trans="T", check_finite=False)
        return np.einsum("ac,akd->dck", _contrasts(classes), moves.reshape(classes - 1, size, len(normals)))


def fit_multinomial(design: Float, outcomes: Int, weights: Float, *, classes: int = CLASSES) -> MultinomialMode:
    """The minimum of sum w_i (-log p_i) + |coefficients|^2 / 2.

    `design` (n, k) is finite, `outcomes` (n,) hold each of 0 ... classes - 1 at least once, `weights` (n,) are > 0. In orthonormal
    contrasts of the classes the loss is strictly convex and its second derivative exact; the minimum is that of scikit-learn's
    LogisticRegression(C=1). NotConvergedError where Newton's method does not end.
    """
    rows, happened = np.column_stack([design, np.ones(len(design))]), np.eye(classes)[outcomes]
    contrasts = _contrasts(classes)
    penalty = np.r_[np.ones(design.shape[1]), 0.0]
    at = np.zeros((classes - 1, rows.shape[1]))
    at[:, -1] = contrasts @ np.log(weights @ happened)  # the minimum without columns
    loss, p = _loss(rows, happened, weights, penalty, contrasts, at)
    for _ in range(_STEPS):
        slope = (contrasts @ ((p - happened) * weights[:, None]).T) @ rows + penalty * at
        curvature = _curvature(rows, p, weights, penalty, contrasts)
        step = np.linalg.solve(curvature, slope.ravel()).reshape(at.shape)
        decrement = float((slope * step).sum())
        for halving in range(_HALVINGS):
            there = at - step / 2**halving
            value, p = _loss(rows, happened, weights, penalty, contrasts, there)
            if value <= loss - 1e-4 * decrement / 2**halving or decrement < 1e-9 * max(loss, 1.0):  # nearer, the loss has no digits left
                break
        at, loss = there, value
        if decrement < _DECREMENT * max(loss, 1.0):
            scores = contrasts.T @ at
            return MultinomialMode(np.ascontiguousarray(scores[:, :-1]), scores[:, -1].copy(), curvature)
    raise NotConvergedError(f"multinomial logit: no minimum in {_STEPS} steps, the decrement is {decrement:.2g}")


def _contrasts(classes: int) -> Float:
    """Orthonormal, (classes - 1, classes), each without a mean."""
    if classes == CLASSES:
        return _OF_THREE
    apart = np.eye(classes) - 1 / classes
    return np.ascontiguousarray(np.linalg.svd(apart)[2][:-1])


def _loss(rows: Float, happened: Float, weights: Float, penalty: Float, contrasts: Float, at: Float) -> tuple[float, Float]:
    """The loss, and the probabilities (n, classes)."""
    scores = (rows @ at.T) @ contrasts
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    total = odds.sum(axis=1)
    value = weights @ (np.log(total) - (scores * happened).sum(axis=1)) + (penalty * at**2).sum() / 2
    return float(value), odds / total[:, None]


def _curvature(rows: Float, p: Float, weights: Float, penalty: Float, contrasts: Float) -> Float:
    """Second derivatives, (c k, c k), of c contrasts."""
    k, c = rows.shape[1], len(contrasts)
    mean = p @ contrasts.T
    pairs = list(combinations_with_replacement(range(c), 2))
    scaled = np.empty((len(rows), len(pairs), k))
    for place, (a, b) in enumerate(pairs):
        bend = weights * (p @ (contrasts[a] * contrasts[b]) - mean[:, a] * mean[:, b])
        np.multiply(rows, bend[:, None], out=scaled[:, place])
    both = scaled.reshape(len(rows), -1).T @ rows
    out = np.empty((c * k, c * k))
    for place, (a, b) in enumerate(pairs):
        block = both[place * k : (place + 1) * k]
        out[a * k : (a + 1) * k, b * k : (b + 1) * k] = block
        out[b * k : (b + 1) * k, a * k : (a + 1) * k] = block.T
    out.flat[:: c * k + 1] += np.tile(penalty, c)
    return out
