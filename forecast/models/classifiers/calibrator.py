"""ShrunkCalibrator: a classifier whose probabilities are corrected by its own past forecasts, under a prior for no correction."""

from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from forecast.engines.arrays import Float
from forecast.engines.regression.log_linear import log_linear_loss
from forecast.engines.regression.newton import minimise
from forecast.models.classifiers.base import HeldOutLearner
from forecast.models.classifiers.held_out import HeldOutForecasts, class_probabilities, frequencies
from forecast.models.classifiers.multinomial import RidgeMultinomial
from forecast.models.ensemble.calibration import SHAPE
from forecast.models.rules import CalibrationRule


class ShrunkCalibrator(MetaEstimatorMixin, HeldOutLearner, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Calibration of any classifier with ordered classes, shrunk to no correction.

    The log probabilities have two contrasts: direction, the last classes against the first, and, of three or more classes, stall, the
    middle against the ends. Each gets a slope about the frequencies of the classes and a bias, learned on what clones of the classifier
    forecast of rows that they were not trained on. A prior holds them at the identity: few cases leave the probabilities as they are.
    Rows stand in the order of time.

    Parameters
    ----------
    estimator : classifier with predict_proba, optional
        Default RidgeMultinomial().
    prior_sd : float, default 0.2
        Standard deviation of the slopes about one and of the biases about zero, in (0, 10].
    cv : cross-validator, optional
        Splits that the forecasts come from; default five walk-forward ones, purged where `fit` gets spans.

    Attributes
    ----------
    classes_ : numpy.ndarray of shape (c,)
        Classes, sorted.
    estimator_ : classifier
        Fitted on every row.
    moves_ : numpy.ndarray of shape (4,)
        Slopes, less one, of stall and direction, then their biases; for two classes those of direction, (2,). All 0 is the identity.
    frequencies_ : numpy.ndarray of shape (c,)
        Frequencies of the classes.
    notes_ : tuple of str
        Fallbacks of the fit.
    """

    def __init__(self, estimator: Any = None, *, prior_sd: float = 0.2, cv: Any = None) -> None:
        self.estimator = estimator
        self.prior_sd = prior_sd
        self.cv = cv

    _fallback = "the classifier's probabilities stay as they are"

    def _fit_members(self, X: Any, labels: np.ndarray, codes: np.ndarray) -> list[Any]:  # noqa: N803
        self._rule = CalibrationRule(prior_sd=float(self.prior_sd))
        base = RidgeMultinomial() if self.estimator is None else self.estimator
        self.estimator_ = clone(base).fit(X, labels)
        count = len(self.classes_)
        self.frequencies_ = frequencies(codes, count)
        self.moves_ = np.zeros(2 * min(count - 1, 2))
        return [base]

    def _learn(self, seen: HeldOutForecasts) -> str | None:
        p, size = seen.p[:, 0], len(self.moves_) // 2
        likelihood = log_linear_loss(np.log(p), terms_of(p, seen.base), seen.codes, seen.cases)
        free = [move for move in range(len(SHAPE)) if move % 2 >= 2 - size]  # of two classes, what moves their direction
        precision = np.linalg.inv((SHAPE * self._rule.prior_sd**2)[np.ix_(free, free)])

        def loss(moves: Float) -> tuple[Float, Float, Float]:
            value, slope, curve = likelihood(moves)
            pull = moves @ precision
            return value + (moves * pull).sum(axis=1) / 2, slope + pull, curve + precision

        modes, converged = minimise(loss, np.zeros((1, 2 * size)), np.empty((0, 2 * size)))
        self.moves_ = modes[0]
        return None if converged.all() else f"the calibration did not converge: {self._fallback}"

    def _probabilities(self, X: Any) -> Float:  # noqa: N803
        check_is_fitted(self, "estimator_")
        p = class_probabilities(self.estimator_, X, self.classes_)
        validate_data(self, X, reset=False, skip_check_array=True)
        if len(self.classes_) == 1:
            return p
        terms = terms_of(p, np.broadcast_to(self.frequencies_, p.shape))
        return np.asarray(softmax(np.log(p) + np.einsum("m,nmc->nc", self.moves_, terms), axis=1))

    def __sklearn_tags__(self) -> Any:
        """X may hold what the classifier takes."""
        tags = super().__sklearn_tags__()
        inner = get_tags(RidgeMultinomial() if self.estimator is None else self.estimator).input_tags
        tags.input_tags.allow_nan, tags.input_tags.sparse = inner.allow_nan, inner.sparse
        return tags


def directions(count: int) -> Float:
    """What a unit of each contrast adds to the log probabilities of `count` ordered classes, (2, count); of two classes (1, 2).

    Of three classes they are STALL and DIRECTION of `forecast.models.ensemble.calibration`: a parabola and a line, orthogonal.
    """
    line = np.linspace(-0.5, 0.5, count)
    bend = (line**2).mean() - line**2
    return np.stack([4 * bend, line]) if count > 2 else line[None]


def terms_of(p: Float, base: Float) -> Float:
    """What each move adds to the log probabilities, (n, m, c): the slopes times the contrasts of `p` less those of `base`, the biases."""
    way = directions(p.shape[1])
    away = np.log(p / base) @ (way / (way**2).sum(axis=1, keepdims=True)).T
    return np.concatenate([away[:, :, None] * way, np.broadcast_to(way, (len(p), *way.shape))], axis=1)
