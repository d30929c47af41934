"""ShrunkCalibrator: a classifier whose probabilities are corrected by its own record, as far as that is worth more than none."""

from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from forecast.engines.arrays import Float
from forecast.engines.regression.log_linear import log_linear_loss
from forecast.engines.regression.newton import minimise
from forecast.models.classifiers.multinomial import RidgeMultinomial
from forecast.models.classifiers.resolved import Resolved, chances, frequencies, labels_of, resolved
from forecast.models.ensemble.calibration import SHAPE
from forecast.models.rules import CalibrationRule


class ShrunkCalibrator(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """`forecast.models.ensemble.calibration` about any classifier whose classes, sorted, have an order that means something.

    Their log probabilities have two contrasts: direction, the last classes against the first, and, of three or more, stall, the middle
    against the ends. Each gets a slope about the frequencies of the classes and a bias, learned on what clones of the classifier forecast
    of rows they had not seen, under a prior that holds them at the identity: few cases leave the probabilities as they are. Rows stand in
    the order of time.

    Parameters
    ----------
    estimator : a classifier with predict_proba; None for RidgeMultinomial().
    prior_sd : standard deviation of the slopes about one and of the biases about zero, in (0, 10].
    cv : splits that the forecasts come from, as of scikit-learn; None for five walk-forward, purged where `fit` is given spans.

    Attributes
    ----------
    classes_ : (c,).   estimator_ : fitted on every row.   moves_ : slopes, less one, of stall and direction, then their biases, (4,), of
    two classes those of direction, (2,); all 0 is the identity.   frequencies_ : (c,).   notes_ : what a reader should know of this fit.
    """

    def __init__(self, estimator: Any = None, *, prior_sd: float = 0.2, cv: Any = None) -> None:
        self.estimator = estimator
        self.prior_sd = prior_sd
        self.cv = cv

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:  # noqa: N803
        """X : (n, k).   y : (n,) classes.   groups : what `cv` asks for; spans (n, 2) as of `ForwardPurgedSplit` also say how many
        episodes the rows are, which is what they count for. ValueError for what does not fit."""
        validate_data(self, X, y, skip_check_array=True)
        labels = labels_of(y)
        rule = CalibrationRule(prior_sd=float(self.prior_sd))
        base = RidgeMultinomial() if self.estimator is None else self.estimator
        self.estimator_ = clone(base).fit(X, labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        count = len(self.classes_)
        self.frequencies_ = frequencies(codes, count)
        self.moves_ = np.zeros(2 * min(count - 1, 2))
        self.notes_: tuple[str, ...] = ()
        if count > 1:
            self._learn(resolved([base], X, labels, self.classes_, self.cv, groups), rule)
        return self

    def _learn(self, seen: Resolved, rule: CalibrationRule) -> None:
        if not len(seen.codes):
            self.notes_ = ("too few rows to hold any back: the classifier's probabilities stand as they are",)
            return
        p, size = seen.p[:, 0], len(self.moves_) // 2
        likelihood = log_linear_loss(np.log(p), terms_of(p, seen.base), seen.codes, seen.cases)
        kept = [move for move in range(len(SHAPE)) if move % 2 >= 2 - size]  # of two classes, what moves their direction
        precision = np.linalg.inv((SHAPE * rule.prior_sd**2)[np.ix_(kept, kept)])

        def loss(moves: Float) -> tuple[Float, Float, Float]:
            value, slope, curve = likelihood(moves)
            pull = moves @ precision
            return value + (moves * pull).sum(axis=1) / 2, slope + pull, curve + precision

        found, sound = minimise(loss, np.zeros((1, 2 * size)), np.empty((0, 2 * size)))
        self.moves_ = found[0]
        if not sound.all():
            self.notes_ = ("no calibration was found: the classifier's probabilities stand as they are",)

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        """(n, c), rows summing to 1, in the order of `classes_`."""
        check_is_fitted(self, "estimator_")
        p = chances(self.estimator_, X, self.classes_)
        validate_data(self, X, reset=False, skip_check_array=True)
        if len(self.classes_) == 1:
            return p
        terms = terms_of(p, np.broadcast_to(self.frequencies_, p.shape))
        return np.asarray(softmax(np.log(p) + np.einsum("m,nmc->nc", self.moves_, terms), axis=1))

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The likeliest class of each row, (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

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
