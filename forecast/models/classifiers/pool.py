"""LogLinearPool: the probabilities of several classifiers, combined by weights that are learned and shrunk to equal."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import check_is_fitted, validate_data

from forecast.engines.arrays import Float
from forecast.engines.regression.log_linear import log_linear_loss
from forecast.models.classifiers.resolved import Resolved, chances, labels_of, resolved
from forecast.models.ensemble.pool import pooled
from forecast.models.ensemble.weights import fit_weights
from forecast.models.rules import PoolRule


class LogLinearPool(ClassifierMixin, _BaseComposition):  # type: ignore[misc]  # scikit-learn has no types
    """`forecast.models.ensemble` about any classifiers: p proportional to the product of p_k ** w_k.

    The weights are those under which what clones of the classifiers forecast of rows they had not seen is likeliest, with a Dirichlet
    prior about equal weights. Rows stand in the order of time. Source: Genest and Zidek (1986).

    Parameters
    ----------
    estimators : list of (name, classifier with predict_proba), at least one.
    prior_episodes : > 0, cases that the prior is worth.
    cv : splits that the forecasts come from, as of scikit-learn; None for five walk-forward, purged where `fit` is given spans.

    Attributes
    ----------
    classes_ : (c,).   estimators_ : list, fitted on every row.   weights_ : (k,) >= 0, summing to 1.   notes_ : what a reader should know.
    """

    def __init__(self, estimators: Any, *, prior_episodes: float = 3.0, cv: Any = None) -> None:
        self.estimators = estimators
        self.prior_episodes = prior_episodes
        self.cv = cv

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:  # noqa: N803
        """X : (n, k).   y : (n,) classes.   groups : as of `ShrunkCalibrator.fit`. ValueError for what does not fit."""
        validate_data(self, X, y, skip_check_array=True)
        labels = labels_of(y)
        rule, members = PoolRule(prior_episodes=float(self.prior_episodes)), self._members()
        self.estimators_ = [clone(member).fit(X, labels) for member in members]
        self.classes_ = np.unique(labels)
        self.weights_ = np.full(len(members), 1 / len(members))
        self.notes_: tuple[str, ...] = ()
        if len(self.classes_) > 1:
            self._learn(resolved(members, X, labels, self.classes_, self.cv, groups), rule)
        return self

    def _learn(self, seen: Resolved, rule: PoolRule) -> None:
        if not len(seen.codes):
            self.notes_ = ("too few rows to hold any back: weights are equal",)
            return
        logs = np.log(seen.p)
        likelihood = log_linear_loss(np.zeros(logs[:, 0].shape), logs, seen.codes, seen.cases)
        found, sound = fit_weights(likelihood, self.weights_[None], rule.prior_episodes)
        self.weights_ = found[0]
        if not sound.all():
            self.notes_ = ("no weights were found: they are equal",)

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        """(n, c), rows summing to 1, in the order of `classes_`."""
        check_is_fitted(self, "estimators_")
        each = np.stack([chances(fitted, X, self.classes_) for fitted in self.estimators_], axis=1)
        validate_data(self, X, reset=False, skip_check_array=True)
        return pooled(each, self.weights_)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The likeliest class of each row, (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters, with those of the classifiers as name__parameter."""
        return dict(self._get_params("estimators", deep=deep))

    def set_params(self, **params: Any) -> Self:
        """Parameters, with those of the classifiers as name__parameter; a name alone replaces its classifier."""
        self._set_params("estimators", **params)
        return self

    def _members(self) -> list[Any]:
        """The classifiers; ValueError where there is none, or a name is not to be had."""
        if not self.estimators:
            raise ValueError("estimators must hold at least one (name, classifier), got none")
        names, members = zip(*self.estimators, strict=True)
        self._validate_names(names)
        return list(members)

    def __sklearn_tags__(self) -> Any:
        """X may hold what all classifiers take."""
        tags = super().__sklearn_tags__()
        inner = [get_tags(member).input_tags for _, member in self.estimators or ()]
        tags.input_tags.allow_nan, tags.input_tags.sparse = all(one.allow_nan for one in inner), all(one.sparse for one in inner)
        return tags
