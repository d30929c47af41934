"""Held-out forecasts: what classifiers forecast of rows that they were not trained on, and the evidence in that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import TimeSeriesSplit, check_cv
from sklearn.utils import _safe_indexing, assert_all_finite, indexable
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from forecast.engines.arrays import Float, Int
from forecast.target.sklearn_splits import ForwardPurgedSplit, spans_of

FOLDS = 5
LEAST = 12  # rows, two a fold; of fewer nothing is held back
FLOOR = 1e-6  # of a probability, so that it has a logarithm


@dataclass(frozen=True)
class HeldOutForecasts:
    """Forecasts of rows that the classifiers were not trained on.

    Parameters
    ----------
    codes : numpy.ndarray of shape (n,), int
        Places of the true classes.
    p : numpy.ndarray of shape (n, k, c)
        Probabilities by classifier.
    base : numpy.ndarray of shape (n, c)
        Frequencies of the classes in what each row's classifiers were trained on.
    episodes : float
        Independent ones among the rows.
    """

    codes: Int
    p: Float
    base: Float
    episodes: float

    @property
    def cases(self) -> Float:
        """What each row counts for, (n,): together their episodes."""
        return np.full(len(self.codes), self.episodes / max(len(self.codes), 1))


def held_out_forecasts(estimators: Sequence[Any], X: Any, y: np.ndarray, classes: np.ndarray, cv: Any, groups: Any) -> HeldOutForecasts:  # noqa: N803
    """Forecasts of the rows that `cv` tests, each by clones fitted on the rows it trains on; rows tested more than once are averaged.

    cv : as of scikit-learn; None for walk-forward, purged where `groups` has the spans (n, 2) of `ForwardPurgedSplit`, else by rows.
    A split whose training rows are of one class is passed over.
    """
    n, codes = len(y), np.searchsorted(classes, y)
    (X,) = indexable(X)  # noqa: N806
    p, base, times = np.zeros((n, len(estimators), len(classes))), np.zeros((n, len(classes))), np.zeros(n)
    for train, test in _splits(cv, X, y, groups):
        if len(test) == 0 or len(np.unique(codes[train])) < 2:
            continue
        for k, estimator in enumerate(estimators):
            fitted = clone(estimator).fit(_safe_indexing(X, train), y[train])
            p[test, k] += class_probabilities(fitted, _safe_indexing(X, test), classes)
        base[test] += frequencies(codes[train], len(classes))
        times[test] += 1
    tested = times > 0
    count = times[tested]
    return HeldOutForecasts(codes[tested], p[tested] / count[:, None, None], base[tested] / count[:, None], _episodes(groups, tested))


def labels_of(y: Any) -> np.ndarray:
    """Classes (n,); ValueError for what is none, NaN among them."""
    labels = np.asarray(column_or_1d(y, warn=True))
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    return labels


def class_probabilities(fitted: Any, X: Any, classes: np.ndarray) -> Float:  # noqa: N803
    """Probabilities (n, c) of `classes` by a classifier that may have seen fewer of them; none below FLOOR."""
    seen = fitted.predict_proba(X)
    p = np.full((len(seen), len(classes)), FLOOR)
    p[:, np.searchsorted(classes, fitted.classes_)] = np.maximum(seen, FLOOR)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def frequencies(codes: Int, count: int) -> Float:
    """Of the classes, (count,), with one case of each added (Laplace)."""
    counts = np.bincount(codes, minlength=count) + 1.0
    return np.asarray(counts / counts.sum())


def _splits(cv: Any, X: Any, y: np.ndarray, groups: Any) -> list[tuple[Int, Int]]:  # noqa: N803
    if cv is not None:
        return list(check_cv(cv, y, classifier=True).split(X, y, groups))
    if len(y) < LEAST:
        return []
    return list((TimeSeriesSplit(FOLDS) if groups is None else ForwardPurgedSplit(n_splits=FOLDS)).split(X, y, groups))


def _episodes(groups: Any, tested: np.ndarray) -> float:
    """Cases that begin after the one before them is settled begin an episode; without spans each row is one."""
    if groups is None or np.ndim(groups) != 2:
        return float(tested.sum())
    begin, settled = (part[tested] for part in spans_of(groups))
    order = np.argsort(begin, kind="stable")
    return float(1 + (begin[order][1:] > settled[order][:-1]).sum()) if len(order) else 0.0
