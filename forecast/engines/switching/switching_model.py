"""SwitchingModel: how Markov switching and Markov-switching GARCH are fitted, refitted and run over other returns."""

import copy
import math
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from forecast.engines.arrays import Float, as_floats
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.fitted_model import Fallback, FittedModel
from forecast.engines.switching.likelihood import Likelihood
from forecast.engines.switching.maximum_likelihood import Optimum
from forecast.engines.switching.remarks import AHEAD, PATHS, explosion, index_levels, is_calm
from forecast.engines.switching.session_index import by_session, session_index
from forecast.engines.switching.validation import LARGEST, LEAST_OCCUPANCY, above_zero, at_least, validate_range, validate_returns

_NO_FIT = (ValueError, ArithmeticError, np.linalg.LinAlgError)  # a fit that fails raises one of these


class SwitchingModel(FittedModel):
    """Base of the engines; a subclass has the law, its likelihood and the starts. Regimes are ordered by volatility, lowest first."""

    seed: int
    tol: float
    max_iter: int
    _faults: tuple[str, ...] = ()  # for which a refit falls back
    _covariates: Float | None = None  # (n, 1 + m), a constant first

    # for the subclasses to define ----------------------------------------------------------------------------------

    def _fit_law(self, returns: Float, previous: Any) -> tuple[Any, Likelihood, Optimum]:
        """The best law, ordered, its likelihood, and the climb. `previous` is an earlier fit to start from, or None."""
        raise NotImplementedError

    def _run(self, law: Any, returns: Float) -> FilteredHistory:
        """The law over returns."""
        history: FilteredHistory = law.run(returns)
        return history

    def _validate_covariates(self, covariates: Any, returns: Any) -> Float | None:
        """Covariates with a constant; ValueError where the estimator has none, or they are not valid."""
        if covariates is not None:
            raise ValueError(f"{type(self).__name__} takes no covariates")
        return None

    def _runs(self, previous: Any) -> bool:
        """Whether `previous` is a fit whose law this estimator can run."""
        raise NotImplementedError

    def _one_regime(self) -> dict[str, Any]:
        """Parameters of the same estimator with one regime."""
        raise NotImplementedError

    def _gaussian(self, mean: float, vol: float) -> Any:
        """The law of independent normal returns."""
        raise NotImplementedError

    def _simulate(self, sessions: int, paths: int, seed: int) -> Float:
        """Returns of the sessions after the last, (paths, sessions)."""
        raise NotImplementedError

    def _variance_bound(self, sessions: int) -> float:
        """A number that no return's variance within the next sessions is above; inf where none is known."""
        return math.inf

    # fitting -------------------------------------------------------------------------------------------------------

    def fit(self, returns: Any, covariates: Any = None) -> Self:
        """Fit the parameters by maximum likelihood.

        Parameters
        ----------
        returns : (n,) array-like
            Log returns, oldest first, in any unit. NaN is a session without a return. What is by session, probabilities and volatilities,
            has the index of a Series.
        covariates : (n, m) array-like, optional
            For `MarkovSwitching` with transitions="logit", which needs them, and for no other. Row t drives the step from session t to the
            next; a constant is added. Finite.

        Returns
        -------
        self
            The estimator with its fitted attributes.

        Raises
        ------
        CannotFitError
            A ValueError: if the returns are not one-dimensional, too few, constant or beyond 1e50.
        ValueError
            If a parameter of the estimator is not valid, or `covariates` are missing, not wanted, not finite or of another length.

        Warns
        -----
        ConvergenceWarning
            If the optimiser stops early, or below a law that this one contains; a regime holds fewer than five sessions; the returns look
            like index levels; simulated paths explode. Not of a parameter at its bound, which `warnings_` name.
        """
        self._covariates = self._validate_covariates(covariates, returns)
        values, self._index = validate_returns(returns), session_index(returns)
        self._fit(values, None)
        for text in self.warnings_:
            if text not in self.bounds_:
                warnings.warn(text, ConvergenceWarning, stacklevel=2)
        return self

    def _fit(self, returns: Float, previous: Any) -> None:
        with np.errstate(all="ignore"):  # a climb may look where numbers overflow; it is turned back there
            law, likelihood, optimum = self._fit_law(returns, previous)
        self._adopt(law, self._run(law, returns))
        self.params_ = pd.Series(likelihood.theta(law), index=_labels(likelihood.coordinates.names).copy(), name="estimate")
        self.converged_, self.n_iter_, self.fallback_ = optimum.converged, optimum.n_iter, None
        self._likelihood, self._curvature = likelihood, optimum.curvature
        self._faults = self._stalled(optimum) + self._empty_regimes()
        self.bounds_ = likelihood.coordinates.held(likelihood.theta(law))
        calm = self._steady or is_calm(self._variance_bound(AHEAD), returns)
        exploding = () if calm else explosion(self._simulate(AHEAD, PATHS, 0), returns)
        self.warnings_ = (*self._faults, *index_levels(returns), *exploding, *self.bounds_)

    def _stalled(self, optimum: Optimum) -> tuple[str, ...]:
        """A line where the climb did not reach the top."""
        if optimum.missed:
            return (f"the climb ended {optimum.missed:.3g} below the log-likelihood of a simpler law that this one contains",)
        return () if optimum.converged else ("the climb stalled before the top of the likelihood",)

    def _curvature_for(self, likelihood: Likelihood) -> Float | None:
        """The optimiser's last curvature; None where the coordinates of `likelihood` are others."""
        coordinates, curvature = likelihood.coordinates, self._curvature
        if curvature is None or len(curvature) != coordinates.size or list(self.params_.index) != list(coordinates.names):
            return None
        return curvature

    def _empty_regimes(self) -> tuple[str, ...]:
        """A line for each regime that holds next to no session; one alone holds them all."""
        if self.n_regimes_ == 1:
            return ()
        occupancy = self.history_.smoothed().sum(axis=0)
        return tuple(f"regime {j + 1} holds {occupancy[j]:.1f} sessions" for j in np.flatnonzero(occupancy < LEAST_OCCUPANCY))

    def _adopt(self, law: Any, history: FilteredHistory) -> None:
        self.law_, self.history_, self.n_regimes_ = law, history, history.regimes
        self.transitions_ = law.transitions
        self.filtered_probabilities_ = by_session(history.by_regime(history.filtered), self._index, "filtered")
        self.predicted_probabilities_ = by_session(history.by_regime(history.predicted[:-1]), self._index, "predicted")
        self.loglikelihood_ = float(history.contributions.sum())

    def refit(self, returns: Any, previous: Self | None = None, covariates: Any = None) -> Self:
        """Fit without raising: start from an earlier fit, and fall back where no fit can be made.

        The fallbacks, in this order: the parameters of `previous` run over the new returns ("previous parameters"); a fit with one
        regime ("one regime"); a Gaussian with the sample's mean and volatility ("sample moments"). A fallback is taken where the fit
        raises, does not converge or loses a regime. `fallback_` names it, and `warnings_` say why.

        Parameters
        ----------
        returns : (n,) array-like
            Log returns, oldest first. NaN is a session without a return.
        previous : estimator, optional
            An earlier fit. One that is not fitted, or whose law this estimator cannot run, is ignored.
        covariates : (n, m) array-like, optional
            As in `fit`; where they are not valid, the fit falls back.

        Returns
        -------
        self
            The estimator with its fitted attributes.
        """
        reasons: list[str] = []
        self._index = session_index(returns)
        try:
            self._covariates = self._validate_covariates(covariates, returns)
        except (ValueError, TypeError) as error:
            self._covariates = None
            return self._fall_back(finite_part(returns), previous, [str(error)])
        previous = previous if self._runs(previous) else None
        try:
            values = validate_returns(returns)
        except (ValueError, TypeError) as error:
            return self._fall_back(finite_part(returns), previous, [str(error)])
        for start in (previous, None) if previous is not None else (None,):
            try:
                self._fit(values, start)
            except _NO_FIT as error:
                reasons.append(str(error))
                continue
            if not self._faults:
                return self
            reasons.extend(self._faults)
        return self._fall_back(values, previous, list(dict.fromkeys(reasons)))

    def _fall_back(self, returns: Float, previous: Self | None, reasons: list[str]) -> Self:
        if previous is not None and self._runs(previous) and previous.fallback_ in (None, "previous parameters"):
            return self._stand_in(previous, "previous parameters", returns, reasons)
        if int(self.get_params().get("n_regimes", 1)) > 1:
            one = copy.copy(self).set_params(**self._one_regime())
            try:
                one._fit(validate_returns(returns), None)
            except _NO_FIT as error:
                reasons.append(str(error))
            else:
                if one.converged_:
                    return self._stand_in(one, "one regime", returns, reasons)
        return self._moments(returns, reasons)

    def _stand_in(self, other: Self, label: Fallback, returns: Float, reasons: Sequence[str]) -> Self:
        """Take over another fit's law, run over `returns`."""
        self._adopt(other.law_, self._run(other.law_, returns))
        self.params_, self._likelihood, self._curvature = other.params_, other._likelihood, other._curvature
        return self._labelled(label, reasons)

    def _moments(self, returns: Float, reasons: Sequence[str]) -> Self:
        """The last fallback."""
        finite = returns[np.isfinite(returns)]
        mean, vol = (float(finite.mean()), float(finite.std())) if len(finite) else (0.0, 0.0)
        vol = max(vol, 1e-8)
        law = self._gaussian(mean, vol)
        self._adopt(law, law.run(returns))
        self.params_ = pd.Series({"mean": mean, "sigma": vol}, name="estimate")
        self._likelihood, self._curvature = None, None
        return self._labelled("sample moments", reasons)

    def _labelled(self, label: Fallback, reasons: Sequence[str]) -> Self:
        self.converged_, self.n_iter_, self.fallback_, self.bounds_ = False, 0, label, ()
        self.warnings_ = (*reasons, f"fallback: {label}")
        return self

    def _validate_climb(self) -> None:
        """ValueError where `seed`, `max_iter` or `tol` is not valid."""
        at_least("seed", self.seed, 0)
        at_least("max_iter", self.max_iter, 1)
        above_zero("tol", self.tol)

    # out of sample -------------------------------------------------------------------------------------------------

    def filter(self, returns: Any, covariates: Any = None) -> Self:
        """Run the fitted law over other returns, from its start.

        Parameters
        ----------
        returns : (n,) array-like
            Log returns, oldest first. NaN is a session without a return.
        covariates : (n, m) array-like, optional
            As in `fit`.

        Returns
        -------
        estimator
            A new one with the same parameters; nothing is fitted.

        Raises
        ------
        NotFittedError
            If there is no fit.
        CannotFitError
            A ValueError: if the returns are not one-dimensional or beyond 1e50.
        ValueError
            If the covariates are not valid.
        """
        return self._over(returns, self._validate_covariates(covariates, returns), session_index(returns))

    def append(self, new_returns: Any, covariates: Any = None) -> Self:
        """Run the fitted law over its own returns followed by new ones.

        Parameters
        ----------
        new_returns : (m,) array-like
            Log returns after the last session. NaN is a session without a return.
        covariates : (m, columns) array-like, optional
            Those of the new sessions, as in `fit`.

        Returns
        -------
        estimator
            A new one with the same parameters; nothing is fitted.

        Raises
        ------
        NotFittedError
            If there is no fit.
        CannotFitError
            A ValueError: if the returns are not one-dimensional or beyond 1e50.
        ValueError
            If the covariates are not valid.
        """
        new = self._validate_covariates(covariates, new_returns)
        check_is_fitted(self, "law_")
        joined = None if new is None or self._covariates is None else np.vstack([self._covariates, new])
        index = session_index(new_returns)
        index = None if index is None or self._index is None else self._index.append(index)
        return self._over(np.r_[self.history_.returns, validate_range(new_returns)], joined, index)

    def simulate(self, sessions: int, paths: int = 1, *, seed: int = 0) -> Float:
        """Simulate the returns of the next sessions; covariates stay at their last row.

        Parameters
        ----------
        sessions : int
            Number of sessions ahead, >= 1.
        paths : int, default 1
            Number of independent paths, >= 1.
        seed : int, default 0
            Seed of the random numbers, >= 0.

        Returns
        -------
        (paths, sessions) array
            Log returns in the unit of the fitted ones.

        Raises
        ------
        ValueError
            If an argument is not a whole number in its range.
        NotFittedError
            If there is no fit.
        """
        at_least("sessions", sessions, 1)
        at_least("paths", paths, 1)
        at_least("seed", seed, 0)
        return self._simulate(sessions, paths, seed)

    def _over(self, returns: Any, covariates: Float | None, index: pd.Index | None) -> Self:
        check_is_fitted(self, "law_")
        returns = validate_range(returns)
        other = copy.copy(self)
        other._covariates, other._index = covariates, index
        other._adopt(self.law_, other._run(self.law_, returns))
        return other


@cache
def _labels(names: tuple[str, ...]) -> pd.Index:
    """The index of these names, which takes longer to make than many a score."""
    return pd.Index(list(names))


def finite_part(returns: Any) -> Float:
    """The finite numbers in returns that cannot be fitted, NaN for the rest; one NaN where there are none."""
    try:
        values = as_floats(returns, "returns").ravel()
    except ValueError:
        return np.full(1, np.nan)
    return np.where(np.abs(values) > LARGEST, np.nan, values) if len(values) else np.full(1, np.nan)
