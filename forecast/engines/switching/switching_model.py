"""SwitchingModel: what Markov switching and Markov-switching GARCH do alike once a law is fitted."""

import copy
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.validation import check_is_fitted

from forecast.engines.arrays import Float, Int
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.maximum_likelihood import Likelihood, Optimum
from forecast.engines.switching.standard_errors import covariance, spread_root
from forecast.engines.switching.transition_matrix import expected_durations
from forecast.engines.switching.validation import (
    LARGEST,
    LEAST_OCCUPANCY,
    above_zero,
    at_least,
    checked_returns,
    in_range,
    one_of,
)

Fallback = Literal["previous parameters", "one regime", "sample moments"]


class SwitchingModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of the engines. Returns are (n,) arrays or Series; NaN is a session that tells nothing of the regimes.

    Fitted state
    ------------
    params_ : Series of the natural parameters, by name.       loglikelihood_ : float.
    filtered_probabilities_, predicted_probabilities_ : (n, n_regimes), of each session's regime given the returns up to
    it, and up to the one before.                              transitions_ : (n_regimes, n_regimes), row = from.
    converged_, n_iter_ : of the optimiser.                    fallback_ : None, or what stands in for a fit (`refit`).
    warnings_ : what a reader should know of the fit.          law_, history_ : the parameters as arrays; the run over the returns.
    Regimes are ordered by volatility, lowest first.
    """

    seed: int
    tol: float
    max_iter: int
    law_: Any
    history_: FilteredHistory
    params_: pd.Series
    loglikelihood_: float
    filtered_probabilities_: Float
    predicted_probabilities_: Float
    transitions_: Float
    n_regimes_: int
    converged_: bool
    n_iter_: int
    fallback_: Fallback | None
    warnings_: tuple[str, ...]
    _likelihood: Likelihood | None
    _curvature: Float | None

    def __getattr__(self, name: str) -> Any:
        """Where there is no such attribute: NotFittedError, which is an AttributeError too, for the state of a fit that is not there."""
        fitted = name in SwitchingModel.__annotations__ or (name.endswith("_") and not name.startswith("_"))
        if fitted and "law_" not in vars(self):
            raise NotFittedError(f"this {type(self).__name__} is not fitted: it has no {name}; call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # what the subclasses say ---------------------------------------------------------------------------------------

    def _fit_law(self, returns: Float, previous: Any) -> tuple[Any, Likelihood, Optimum]:
        """The best law, ordered, the likelihood it maximises, and the climb. `previous` is an earlier fit to start from, or None."""
        raise NotImplementedError

    def _run(self, law: Any, returns: Float) -> FilteredHistory:
        """The law over returns."""
        history: FilteredHistory = law.run(returns)
        return history

    def _one_regime(self) -> dict[str, Any]:
        """Parameters of the same estimator with one regime."""
        raise NotImplementedError

    def _gaussian(self, mean: float, vol: float) -> Any:
        """The law of independent normal returns."""
        raise NotImplementedError

    # fitting -------------------------------------------------------------------------------------------------------

    def fit(self, returns: Any, y: None = None) -> Self:
        """Maximum likelihood. CannotFitError (a ValueError) where the returns do not allow it; ConvergenceWarning where a climb stalls."""
        return self._fit_aloud(returns)

    def _fit_aloud(self, returns: Any) -> Self:
        """For the `fit` of an estimator, whose caller the warnings point to."""
        self._fit(checked_returns(returns), None)
        for text in self.warnings_:
            warnings.warn(text, ConvergenceWarning, stacklevel=3)
        return self

    def _fit(self, returns: Float, previous: Any) -> None:
        with np.errstate(all="ignore"):  # a climb may look where numbers overflow; it is turned back there
            law, likelihood, optimum = self._fit_law(returns, previous)
        history = self._run(law, returns)
        self._adopt(law, history)
        self.params_ = pd.Series(likelihood.theta(law), index=list(likelihood.coordinates.names), name="estimate")
        self.loglikelihood_ = float(history.contributions.sum())
        self.converged_, self.n_iter_, self.fallback_ = optimum.converged, optimum.n_iter, None
        self._likelihood, self._curvature = likelihood, optimum.curvature
        self.warnings_ = (() if optimum.converged else ("the climb stalled before the top of the likelihood",)) + self._vanished()

    def curvature_for(self, likelihood: Likelihood) -> Float | None:
        """The optimiser's last curvature, None where the coordinates of `likelihood` are others."""
        coordinates, curvature = likelihood.coordinates, self._curvature
        if curvature is None or len(curvature) != coordinates.size or list(self.params_.index) != list(coordinates.names):
            return None
        return curvature

    def _vanished(self) -> tuple[str, ...]:
        held = self.smoothed_probabilities_.sum(axis=0)
        return tuple(f"regime {j + 1} holds {held[j]:.1f} sessions" for j in np.flatnonzero(held < LEAST_OCCUPANCY))

    def _adopt(self, law: Any, history: FilteredHistory) -> None:
        self.law_, self.history_, self.n_regimes_ = law, history, history.regimes
        self.transitions_ = law.transitions
        self.filtered_probabilities_ = history.by_regime(history.filtered)
        self.predicted_probabilities_ = history.by_regime(history.predicted[:-1])

    def refit(self, returns: Any, previous: Self | None = None) -> Self:
        """Fit, never raising: from `previous` (an earlier fit) and from cold; else a labelled fallback, in this order.

        "previous parameters" run over the new returns; "one regime"; "sample moments", a Gaussian of their mean and
        volatility. A fit falls back where it cannot be made, does not converge, or loses a regime; `warnings_` say why.
        A `previous` whose law this estimator cannot run is left aside: another engine's, or none because it is not fitted.
        """
        reasons: list[str] = []
        previous = previous if self._runs(previous) else None
        try:
            values = checked_returns(returns)
        except (ValueError, TypeError) as error:
            return self._fall_back(salvaged(returns), previous, [str(error)])
        for start in (previous, None) if previous is not None else (None,):
            try:
                self._fit(values, start)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                reasons.append(str(error))
                continue
            if not self.warnings_:
                return self
            reasons.extend(self.warnings_)
        return self._fall_back(values, previous, list(dict.fromkeys(reasons)))

    def _runs(self, previous: Any) -> bool:
        """Whether `previous` is a fit whose law this estimator can run."""
        raise NotImplementedError

    def _fall_back(self, returns: Float, previous: Self | None, reasons: list[str]) -> Self:
        if previous is not None and self._runs(previous) and previous.fallback_ in (None, "previous parameters"):
            return self._stand_in(previous, "previous parameters", returns, reasons)
        if self._wanted_regimes() > 1:
            one = copy.copy(self).set_params(**self._one_regime())
            try:
                one._fit(checked_returns(returns), None)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                reasons.append(str(error))
            else:
                if one.converged_:
                    return self._stand_in(one, "one regime", returns, reasons)
        return self._moments(returns, reasons)

    def _stand_in(self, other: Self, label: Fallback, returns: Float, reasons: Sequence[str]) -> Self:
        """Take over another fit's law, run over `returns`."""
        history = self._run(other.law_, returns)
        self._adopt(other.law_, history)
        self.params_, self._likelihood, self._curvature = other.params_, other._likelihood, other._curvature
        self.loglikelihood_ = float(history.contributions.sum())
        self.converged_, self.n_iter_, self.fallback_ = False, 0, label
        self.warnings_ = (*reasons, f"fallback: {label}")
        return self

    def _moments(self, returns: Float, reasons: list[str]) -> Self:
        """The last resort."""
        known = returns[np.isfinite(returns)]
        mean, vol = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
        vol = max(vol, 1e-8)
        law = self._gaussian(mean, vol)
        history = law.run(returns)
        self._adopt(law, history)
        self.params_ = pd.Series({"mean": mean, "sigma": vol}, name="estimate")
        self.loglikelihood_ = float(history.contributions.sum())
        self.converged_, self.n_iter_, self.fallback_ = False, 0, "sample moments"
        self.warnings_ = (*reasons, "fallback: sample moments")
        self._likelihood, self._curvature = None, None
        return self

    def _check_climb(self) -> None:
        """What every climb needs of the parameters."""
        at_least("seed", self.seed, 0)
        at_least("max_iter", self.max_iter, 1)
        above_zero("tol", self.tol)

    def _wanted_regimes(self) -> int:
        return int(self.get_params().get("n_regimes", 1))

    # out of sample -------------------------------------------------------------------------------------------------

    def filter(self, returns: Any) -> Self:
        """This fit's law run over other returns, from its start; nothing is fitted. A new estimator."""
        return self._over(returns)

    def append(self, new_returns: Any) -> Self:
        """This fit's law run over its returns and then `new_returns`; nothing is fitted. A new estimator."""
        return self._joined(new_returns)

    def _joined(self, new_returns: Any, **state: Any) -> Self:
        check_is_fitted(self, "law_")
        return self._over(np.r_[self.history_.returns, in_range(new_returns)], **state)

    def _over(self, returns: Any, **state: Any) -> Self:
        check_is_fitted(self, "law_")
        returns = in_range(returns)
        other = copy.copy(self)
        other.__dict__.update(state)
        history = other._run(self.law_, returns)
        other._adopt(self.law_, history)
        other.loglikelihood_ = float(history.contributions.sum())
        return other

    # what the fit says ---------------------------------------------------------------------------------------------

    @property
    def smoothed_probabilities_(self) -> Float:
        """Of each session's regime given every return, (n, n_regimes)."""
        return self.history_.smoothed()

    @property
    def most_likely_regimes_(self) -> Int:
        """The most likely sequence of regimes (Viterbi), (n,), from 0."""
        return self.history_.viterbi()

    @property
    def expected_durations_(self) -> Float:
        """Expected sessions in each regime, (n_regimes,)."""
        return expected_durations(self.transitions_)

    def standard_errors(self, kind: Literal["hessian", "sandwich"] = "hessian") -> pd.Series:
        """Of `params_`: by the Hessian, or robust to a wrong law (White 1982); NaN at a bound, or for sample moments.

        Of a fallback, those of the fit that stands in. Of a targeted variance, as if the sample's were known.
        """
        one_of("kind", kind, ("hessian", "sandwich"))
        if self._likelihood is None:
            return pd.Series(np.nan, index=self.params_.index, name=kind)
        x = self._likelihood.coordinates.free(self.params_.to_numpy(np.float64))
        spread = np.diag(covariance(self._likelihood, x, sandwich=kind == "sandwich")).copy()
        return pd.Series(np.sqrt(np.where(spread > 0, spread, np.nan)), index=self.params_.index, name=kind)

    def drawn_laws(self, normals: Float) -> list[Any]:
        """The law at other parameters, as likely as the estimates' asymptotic covariance has it: one for each row of `normals`.

        normals : (d, p or more) independent standard normals, of which the first p are used. Drawn in coordinates, so that no
        parameter leaves its bounds; a drift that was not fitted stays. Empty for sample moments, or where the covariance is not
        to be had. ValueError for too few columns.
        """
        if self._likelihood is None:
            return []
        coordinates = self._likelihood.coordinates
        if normals.shape[1] < coordinates.size:
            raise ValueError(f"{coordinates.size} parameters need as many normals, got {normals.shape[1]}")
        x = coordinates.free(self.params_.to_numpy(np.float64))
        with np.errstate(all="ignore"):
            moves = normals[:, : len(x)] @ spread_root(self._likelihood, x).T
            laws = [self._likelihood.law(coordinates.natural(x + move)[0]) for move in moves]
        return laws if np.isfinite(moves).all() else []

    def summary(self) -> pd.DataFrame:
        """Estimates with both standard errors, a row a parameter."""
        return pd.concat([self.params_, self.standard_errors("hessian"), self.standard_errors("sandwich")], axis=1)

    def forecast_regimes(self, horizon: int) -> Float:
        """Probabilities of the regime of each of the next sessions, (horizon, n_regimes); with covariates, as if the last row stayed."""
        at_least("horizon", horizon, 1)
        ahead = [self.history_.predicted[-1]]
        for _ in range(horizon - 1):
            ahead.append(ahead[-1] @ self.history_.transitions[-1])
        return self.history_.by_regime(np.stack(ahead))

    def pit(self) -> Float:
        """Predictive distribution function at each return, (n,): uniform and independent where the law is true."""
        return self.history_.cdf(self.history_.returns, slice(0, -1))

    def cdf(self, x: Float, horizon: int = 1) -> Float:
        """Distribution function, at each of x, of the return of the session `horizon` after the last."""
        session = self._session(horizon)
        return np.array([session.cdf(np.array([value]))[0] for value in np.atleast_1d(x)])

    def pdf(self, x: Float, horizon: int = 1) -> Float:
        """Density, at each of x, of the return of the session `horizon` after the last."""
        session = self._session(horizon)
        return np.array([session.pdf(np.array([value]))[0] for value in np.atleast_1d(x)])

    def _session(self, horizon: int) -> FilteredHistory:
        """One row: the predictive law of a session ahead. ValueError where it hangs on the path to there."""
        at_least("horizon", horizon, 1)
        if horizon > 1 and not self._steady:
            raise ValueError(f"beyond the next session this law hangs on the path, got horizon {horizon}: simulate")
        history, rows = self.history_, slice(-1, None)
        weights = history.predicted[-1] @ np.linalg.matrix_power(history.transitions[-1], horizon - 1)
        return replace(history, predicted=weights[None], locations=history.locations[rows], scales=history.scales[rows])

    @property
    def _steady(self) -> bool:
        """Whether a session's law hangs on its state alone."""
        return False

    def value_at_risk(self, level: float, rows: slice = slice(-1, None)) -> Float:
        """Quantile of the predictive law of the next return, level in (0, 1); of any session's with `rows` of 0 .. n."""
        if not 0 < level < 1:
            raise ValueError(f"level must be between 0 and 1, got {level}")
        return self.history_.quantile(level, rows)

    def expected_shortfall(self, level: float, rows: slice = slice(-1, None)) -> Float:
        """Mean return below the value at risk."""
        return self.history_.mean_below(self.value_at_risk(level, rows), rows) / level

    @property
    def conditional_volatility_(self) -> Float:
        """Standard deviation of the predictive law of each session, (n,)."""
        return np.sqrt(self.history_.variance()[:-1])

    @property
    def aic_(self) -> float:
        """Akaike's criterion."""
        return 2 * len(self.params_) - 2 * self.loglikelihood_

    @property
    def bic_(self) -> float:
        """Schwarz's criterion, of all known returns."""
        known = np.isfinite(self.history_.returns).sum()
        return float(np.log(known) * len(self.params_) - 2 * self.loglikelihood_)


def salvaged(returns: Any) -> Float:
    """What can be read of returns that cannot be fitted."""
    try:
        values = np.asarray(returns, dtype=np.float64).ravel()
    except (ValueError, TypeError):
        return np.full(1, np.nan)
    return np.where(np.abs(values) > LARGEST, np.nan, values) if len(values) else np.full(1, np.nan)
