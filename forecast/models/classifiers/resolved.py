"""Resolved: forecasts that classifiers made of rows they had not seen, and the evidence in them."""

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
class Resolved:
    """codes : (n,) places of the classes that came.   p : (n, k, c) by classifier.   base : (n, c) frequencies of what each was trained on.

    episodes : independent ones among the rows.
    """

    codes: Int
    p: Float
    base: Float
    episodes: float

    @property
    def cases(self) -> Float:
        """What each row counts for, (n,): together their episodes."""
        return np.full(len(self.codes), self.episodes / max(len(self.codes), 1))


def resolved(estimators: Sequence[Any], X: Any, y: np.ndarray, classes: np.ndarray, cv: Any, groups: Any) -> Resolved:  # noqa: N803
    """Forecasts of the rows that `cv` tests, each by clones fitted on the rows it trains on; those tested more than once are averaged.

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
            p[test, k] += chances(fitted, _safe_indexing(X, test), classes)
        base[test] += frequencies(codes[train], len(classes))
        times[test] += 1
    kept = times > 0
    seen = times[kept]
    return Resolved(codes[kept], p[kept] / seen[:, None, None], base[kept] / seen[:, None], _episodes(groups, kept))


def labels_of(y: Any) -> np.ndarray:
    """Classes (n,); ValueError for what can be none, NaN among them."""
    labels = np.asarray(column_or_1d(y, warn=True))
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    return labels


def chances(fitted: Any, X: Any, classes: np.ndarray) -> Float:  # noqa: N803
    """Probabilities (n, c) of `classes` by a classifier that may know fewer of them; none below FLOOR."""
    given = fitted.predict_proba(X)
    p = np.full((len(given), len(classes)), FLOOR)
    p[:, np.searchsorted(classes, fitted.classes_)] = np.maximum(given, FLOOR)
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


def _episodes(groups: Any, kept: np.ndarray) -> float:
    """Cases that begin after the one before them is settled begin an episode; without spans each row is one."""
    if groups is None or np.ndim(groups) != 2:
        return float(kept.sum())
    begin, known = (part[kept] for part in spans_of(groups))
    order = np.argsort(begin, kind="stable")
    return float(1 + (begin[order][1:] > known[order][:-1]).sum()) if len(order) else 0.0
