"""What the classifiers share: the likeliest class, and learning from held-out forecasts."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import validate_data

from forecast.engines.arrays import Float
from forecast.models.classifiers.held_out import HeldOutForecasts, held_out_forecasts, labels_of


class ProbabilityClassifier(ClassifierMixin):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier by its probabilities."""

    classes_: np.ndarray

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, k)
            As in `fit`.

        Returns
        -------
        numpy.ndarray of shape (n, c)
            In the order of `classes_`; rows sum to 1.
        """
        return self._probabilities(X)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Likeliest class of each row.

        Parameters
        ----------
        X : array-like of shape (n, k)
            As in `fit`.

        Returns
        -------
        numpy.ndarray of shape (n,)
        """
        likeliest = self._probabilities(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def _probabilities(self, X: Any) -> Float:  # noqa: N803
        raise NotImplementedError


class HeldOutLearner(ProbabilityClassifier):
    """A classifier about others, learned on what clones of them forecast of rows that they were not trained on."""

    cv: Any

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:  # noqa: N803
        """Fit the classifiers inside, and what combines or corrects them on their held-out forecasts.

        Parameters
        ----------
        X : array-like of shape (n, k)
            As the classifiers inside take it; rows in the order of time.
        y : array-like of shape (n,)
            Classes.
        groups : array-like, optional
            What `cv` needs. Spans of shape (n, 2), the sessions at which each row begins and is settled, also say how many episodes the
            rows are, which is their weight.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For parameters and arrays that do not fit.
        """
        validate_data(self, X, y, skip_check_array=True)
        labels = labels_of(y)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        self.notes_: tuple[str, ...] = ()
        members = self._fit_members(X, labels, codes)
        if len(self.classes_) > 1:
            seen = held_out_forecasts(members, X, labels, self.classes_, self.cv, groups)
            note = self._learn(seen) if len(seen.codes) else f"too few rows to hold any out: {self._fallback}"
            self.notes_ = (note,) if note else ()
        return self

    _fallback: str  # what the classifier is without anything learned

    def _fit_members(self, X: Any, labels: np.ndarray, codes: np.ndarray) -> list[Any]:  # noqa: N803
        """The classifiers inside, of which clones are fitted on every row; ValueError for parameters that do not fit."""
        raise NotImplementedError

    def _learn(self, seen: HeldOutForecasts) -> str | None:
        """Learns from held-out forecasts; the note where that does not converge."""
        raise NotImplementedError
