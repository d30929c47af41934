"""RidgeMultinomial: multinomial logit under a normal prior that holds all columns together."""

import warnings
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from forecast.engines.arrays import Float, Int
from forecast.engines.regression.multinomial_logit import NotConvergedError, fit_multinomial
from forecast.engines.regression.scaling import CLIP, scaling, standardised
from forecast.models.classifiers.base import ProbabilityClassifier


class RidgeMultinomial(ProbabilityClassifier, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Multinomial logistic regression, maximum a posteriori under a prior on all columns together.

    Columns are standardised and clipped. A missing value (NaN) is taken at its column's mean; a column that hardly any case has, or that
    does not move, gets coefficients of zero.

    Parameters
    ----------
    prior_sd : float, default 1.0
        Standard deviation of what all k columns together add to the log odds, > 0: each has prior_sd / sqrt(k).
    clip : float, default 4.0
        Standard deviations beyond which a column is clipped, > 0.
    min_coverage : float, default 0.5
        Share of the cases that must have a value in a column, in [0, 1).

    Attributes
    ----------
    classes_ : numpy.ndarray of shape (c,)
        Classes, sorted.
    coefficients_ : numpy.ndarray of shape (c, n_features)
        Of standardised columns.
    intercepts_ : numpy.ndarray of shape (c,)
        Under no prior.
    centre_, scale_ : numpy.ndarray of shape (n_features,)
        Of the columns.
    notes_ : tuple of str
        Fallbacks of the fit.
    """

    def __init__(self, prior_sd: float = 1.0, *, clip: float = CLIP, min_coverage: float = 0.5) -> None:
        self.prior_sd = prior_sd
        self.clip = clip
        self.min_coverage = min_coverage

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Fit by maximum a posteriori; where that does not converge the class frequencies are the fit, with a ConvergenceWarning.

        Parameters
        ----------
        X : array-like of shape (n, k)
            NaN where a value is missing.
        y : array-like of shape (n,)
            Classes.
        sample_weight : array-like of shape (n,), optional
            Cases >= 0 that each row counts for; default one.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For parameters and arrays that do not fit.
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
        self.centre_, self.scale_, used = scaling(columns, weight, coverage=self.min_coverage)
        each = self.prior_sd / max(used.sum(), 1) ** 0.5
        self.coefficients_ = np.zeros((len(self.classes_), columns.shape[1]))
        slopes, self.intercepts_ = self._maximum(standardised(columns, self.centre_, self.scale_, self.clip)[:, used] * each, codes, weight)
        self.coefficients_[:, used] = slopes * each
        return self

    def _probabilities(self, X: Any) -> Float:  # noqa: N803
        check_is_fitted(self, "coefficients_")
        columns = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        scaled = standardised(columns, self.centre_, self.scale_, self.clip)
        return np.asarray(softmax(scaled @ self.coefficients_.T + self.intercepts_, axis=1))

    def _maximum(self, design: Float, codes: Int, weight: Float) -> tuple[Float, Float]:
        """Coefficients (c, k) and intercepts (c,); zero for a single class."""
        self.notes_: tuple[str, ...] = ()
        count = len(self.classes_)
        if count == 1:
            self.notes_ = ("one class only: it is certain",)
            return np.zeros((1, design.shape[1])), np.zeros(1)
        try:
            return fit_multinomial(design, codes, weight, classes=count)[:2]
        except (NotConvergedError, np.linalg.LinAlgError) as error:
            self.notes_ = (f"the class frequencies are the fit: {error}",)
            warnings.warn(self.notes_[0], ConvergenceWarning, stacklevel=3)
            return np.zeros((count, design.shape[1])), np.log(np.bincount(codes, weights=weight, minlength=count))

    def _check(self) -> None:
        if not self.prior_sd > 0:
            raise ValueError(f"prior_sd must be > 0, got {self.prior_sd!r}")
        if not self.clip > 0:
            raise ValueError(f"clip must be > 0 standard deviations, got {self.clip!r}")
        if not 0 <= self.min_coverage < 1:
            raise ValueError(f"min_coverage must be in [0, 1), got {self.min_coverage!r}")

    def __sklearn_tags__(self) -> Any:
        """NaN is allowed in X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
