"""LogLinearPool: the probabilities of several classifiers, combined by learned weights that are shrunk to equal ones."""

from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import check_is_fitted, validate_data

from forecast.engines.arrays import Float
from forecast.engines.regression.log_linear import log_linear_loss
from forecast.models.classifiers.base import HeldOutLearner
from forecast.models.classifiers.held_out import HeldOutForecasts, class_probabilities
from forecast.models.ensemble.pool import pooled
from forecast.models.ensemble.weights import fit_weights
from forecast.models.rules import PoolRule


class LogLinearPool(HeldOutLearner, _BaseComposition):  # type: ignore[misc]  # scikit-learn has no types
    """Log-linear pool of classifiers: p proportional to the product of p_k ** w_k.

    The weights maximise the likelihood of what clones of the classifiers forecast of rows that they were not trained on, with a Dirichlet
    prior about equal weights. Rows stand in the order of time.

    Parameters
    ----------
    estimators : list of (str, classifier with predict_proba)
        At least one.
    prior_episodes : float, default 3.0
        Cases that the prior is worth, > 0.
    cv : cross-validator, optional
        Splits that the forecasts come from; default five walk-forward ones, purged where `fit` gets spans.

    Attributes
    ----------
    classes_ : numpy.ndarray of shape (c,)
        Classes, sorted.
    estimators_ : list of classifiers
        Fitted on every row.
    weights_ : numpy.ndarray of shape (k,)
        At least 0, summing to 1.
    notes_ : tuple of str
        Fallbacks of the fit.

    References
    ----------
    Genest and Zidek (1986), Combining probability distributions: a critique and an annotated bibliography, Stat. Sci. 1.
    """

    def __init__(self, estimators: Any, *, prior_episodes: float = 3.0, cv: Any = None) -> None:
        self.estimators = estimators
        self.prior_episodes = prior_episodes
        self.cv = cv

    _fallback = "weights are equal"

    def _fit_members(self, X: Any, labels: np.ndarray, codes: np.ndarray) -> list[Any]:  # noqa: N803
        self._rule, members = PoolRule(prior_episodes=float(self.prior_episodes)), self._members()
        self.estimators_ = [clone(member).fit(X, labels) for member in members]
        self.weights_ = np.full(len(members), 1 / len(members))
        return members

    def _learn(self, seen: HeldOutForecasts) -> str | None:
        logs = np.log(seen.p)
        likelihood = log_linear_loss(np.zeros(logs[:, 0].shape), logs, seen.codes, seen.cases)
        modes, converged = fit_weights(likelihood, self.weights_[None], self._rule.prior_episodes)
        self.weights_ = modes[0]
        return None if converged.all() else f"the weights did not converge: {self._fallback}"

    def _probabilities(self, X: Any) -> Float:  # noqa: N803
        check_is_fitted(self, "estimators_")
        each = np.stack([class_probabilities(fitted, X, self.classes_) for fitted in self.estimators_], axis=1)
        validate_data(self, X, reset=False, skip_check_array=True)
        return pooled(each, self.weights_)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Include those of the classifiers, as name__parameter.

        Returns
        -------
        dict of str to object
        """
        return dict(self._get_params("estimators", deep=deep))

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params
            By name, those of the classifiers as name__parameter; the name of a classifier alone replaces it.

        Returns
        -------
        self
        """
        self._set_params("estimators", **params)
        return self

    def _members(self) -> list[Any]:
        """The classifiers; ValueError where there is none, or a name is taken."""
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
