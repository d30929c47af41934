"""RidgeMultinomial: multinomial logit under a normal prior that holds all columns together."""

import warnings
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from forecast.engines.arrays import Float, Int
from forecast.engines.regression.multinomial_logit import NotConvergedError, fit_multinomial
from forecast.engines.regression.scaling import scaling


class RidgeMultinomial(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Maximum a posteriori; the `logistic` component without its surges.

    Columns are standardised, and what they then say beyond `clip` standard deviations is cut; a value that is not known (NaN) is taken
    at its column's mean, and a column that no more than `min_known` of the cases know, or that does not move, says nothing.

    Parameters
    ----------
    prior_sd : > 0, standard deviation of what all k columns together add to the log odds: each has prior_sd / sqrt(k).
    clip : > 0 standard deviations.   min_known : share of the cases, in [0, 1).

    Attributes
    ----------
    classes_ : (c,).   coefficients_ : (c, n_features_in_), of standardised columns.   intercepts_ : (c,), under no prior.
    centre_, scale_ : (n_features_in_,).   notes_ : what a reader should know of this fit.
    """

    def __init__(self, prior_sd: float = 1.0, *, clip: float = 4.0, min_known: float = 0.5) -> None:
        self.prior_sd = prior_sd
        self.clip = clip
        self.min_known = min_known

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """X : (n, k), NaN = not known.   y : (n,) classes.   sample_weight : (n,) >= 0 cases that each row counts for, default one.

        ValueError for parameters and arrays that do not fit. Where no maximum is found the frequencies stand, with a ConvergenceWarning.
        """
        self._check()
        columns, labels = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(labels)
        weight = _check_sample_weight(sample_weight, columns, dtype=np.float64, ensure_non_negative=True)
        counted = weight > 0
        if not counted.any():
            raise ValueError("sample_weight: every weight is zero; at least one case must count")
        columns, weight = columns[counted], weight[counted]
        self.classes_, codes = np.unique(labels[counted], return_inverse=True)
        self.centre_, self.scale_, kept = scaling(columns, weight, coverage=self.min_known)
        each = self.prior_sd / max(kept.sum(), 1) ** 0.5
        self.coefficients_ = np.zeros((len(self.classes_), columns.shape[1]))
        found, self.intercepts_ = self._found(self._standardised(columns)[:, kept] * each, codes, weight)
        self.coefficients_[:, kept] = found * each
        return self

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        """(n, c), rows summing to 1, in the order of `classes_`; NaN in X = not known."""
        check_is_fitted(self, "coefficients_")
        columns = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.asarray(softmax(self._standardised(columns) @ self.coefficients_.T + self.intercepts_, axis=1))

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The likeliest class of each row, (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def _found(self, design: Float, codes: Int, weight: Float) -> tuple[Float, Float]:
        """Coefficients (c, k) and intercepts (c,); of one class there is nothing to find."""
        self.notes_: tuple[str, ...] = ()
        count = len(self.classes_)
        if count == 1:
            self.notes_ = ("one class only: it is certain",)
            return np.zeros((1, design.shape[1])), np.zeros(1)
        try:
            return fit_multinomial(design, codes, weight, classes=count)
        except (NotConvergedError, np.linalg.LinAlgError) as error:
            self.notes_ = (f"the frequencies of the classes stand for the fit: {error}",)
            warnings.warn(self.notes_[0], ConvergenceWarning, stacklevel=3)
            return np.zeros((count, design.shape[1])), np.log(np.bincount(codes, weights=weight, minlength=count))

    def _standardised(self, columns: Float) -> Float:
        return np.nan_to_num(np.clip((columns - self.centre_) / self.scale_, -self.clip, self.clip))

    def _check(self) -> None:
        if not self.prior_sd > 0:
            raise ValueError(f"prior_sd must be > 0, got {self.prior_sd!r}")
        if not self.clip > 0:
            raise ValueError(f"clip must be > 0 standard deviations, got {self.clip!r}")
        if not 0 <= self.min_known < 1:
            raise ValueError(f"min_known must be in [0, 1), got {self.min_known!r}")

    def __sklearn_tags__(self) -> Any:
        """NaN is allowed in X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
