"""FittedModel: the state of a fitted switching law, and its probabilities, errors, criteria and predictive law."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from forecast.engines.arrays import Float, as_floats
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.fit_summary import FitSummary, estimates
from forecast.engines.switching.likelihood import Likelihood
from forecast.engines.switching.session_index import by_session
from forecast.engines.switching.standard_errors import covariance, spread_root
from forecast.engines.switching.transition_matrix import expected_durations
from forecast.engines.switching.validation import at_least, between, one_of

Fallback = Literal["previous parameters", "one regime", "sample moments"]


class FittedModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of the estimators: the state of a fit, and the methods that read it."""

    law_: Any
    history_: FilteredHistory
    params_: pd.Series
    loglikelihood_: float
    filtered_probabilities_: Any
    predicted_probabilities_: Any
    transitions_: Float
    n_regimes_: int
    converged_: bool
    n_iter_: int
    fallback_: Fallback | None
    warnings_: tuple[str, ...]
    bounds_: tuple[str, ...]
    _likelihood: Likelihood | None
    _curvature: Float | None
    _index: pd.Index | None = None  # of the returns, if they were a Series

    def __getattr__(self, name: str) -> Any:
        """NotFittedError, which is an AttributeError too, for the state of a missing fit; AttributeError for any other name."""
        fitted = name in FittedModel.__annotations__ or (name.endswith("_") and not name.startswith("_"))
        if fitted and "law_" not in vars(self):
            raise NotFittedError(f"this {type(self).__name__} is not fitted: it has no {name}; call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def smoothed_probabilities_(self) -> Any:
        """Probabilities of each session's regime given all returns, (n, n_regimes); of a Series a DataFrame with its index."""
        return by_session(self.history_.smoothed(), self._index, "smoothed")

    @property
    def most_likely_regimes_(self) -> Any:
        """The most likely sequence of regimes by Viterbi's algorithm, (n,), counted from 0; of a Series one with its index."""
        return by_session(self.history_.viterbi(), self._index, "regime")

    @property
    def expected_durations_(self) -> Float:
        """Expected number of sessions that each regime lasts, (n_regimes,)."""
        return expected_durations(self.transitions_)

    @property
    def conditional_volatility_(self) -> Any:
        """Standard deviation of each session's predictive law, (n,), in the unit of the returns; of a Series one with its index."""
        return by_session(np.sqrt(self.history_.variance()[:-1]), self._index, "volatility")

    @property
    def aic_(self) -> float:
        """Akaike's information criterion; lower is better."""
        return 2 * len(self.params_) - 2 * self.loglikelihood_

    @property
    def bic_(self) -> float:
        """Schwarz's information criterion, over the returns that are not NaN; lower is better."""
        count = np.isfinite(self.history_.returns).sum()
        return float(np.log(count) * len(self.params_) - 2 * self.loglikelihood_)

    def standard_errors(self, kind: Literal["hessian", "sandwich"] = "hessian") -> pd.Series:
        """Return the standard errors of `params_`.

        Parameters
        ----------
        kind : {"hessian", "sandwich"}, default "hessian"
            "hessian" inverts the observed information. "sandwich" holds under a wrong law too.

        Returns
        -------
        pd.Series
            One standard error for each parameter, indexed like `params_`. NaN for a parameter at a bound, and for sample moments. A
            fallback has the errors of the fit that stands in. With variance targeting the sample's variance counts as certain.

        Raises
        ------
        ValueError
            If `kind` is neither.

        References
        ----------
        White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50.
        """
        one_of("kind", kind, ("hessian", "sandwich"))
        if self._likelihood is None:
            return pd.Series(np.nan, index=self.params_.index, name=kind)
        x = self._likelihood.coordinates.free(self.params_.to_numpy(np.float64))
        spread = np.diag(covariance(self._likelihood, x, sandwich=kind == "sandwich")).copy()
        return pd.Series(np.sqrt(np.where(spread > 0, spread, np.nan)), index=self.params_.index, name=kind)

    def draw_laws(self, normals: Float) -> list[Any]:
        """Draw laws at other parameters from the asymptotic normal law of the estimates.

        The draws are made in unconstrained coordinates, so that every parameter stays within its bounds. A drift that was not fitted is
        not drawn.

        Parameters
        ----------
        normals : (d, m) array
            Independent standard normals, one row a draw. The first p columns are used, one for each free parameter; m >= p.

        Returns
        -------
        list of laws
            `d` laws of the type of `law_`. Empty for sample moments, and where the covariance is not finite.

        Raises
        ------
        ValueError
            If `normals` has fewer columns than there are parameters.
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

    def summary(self, kind: Literal["hessian", "sandwich"] = "hessian") -> FitSummary:
        """Return the estimates with their errors, as statsmodels and arch print them.

        Parameters
        ----------
        kind : {"hessian", "sandwich"}, default "hessian"
            Of the standard errors, as in `standard_errors`; arch calls them classic and robust.

        Returns
        -------
        FitSummary
            Text where it is printed; its `table` has coef, std err, t, P>|t| and the 95 % confidence interval, a row a parameter.

        Raises
        ------
        ValueError
            If `kind` is neither.
        """
        table = estimates(self.params_, self.standard_errors(kind))
        return FitSummary(" ".join(repr(self).split()), self._facts(kind), table, self.warnings_)

    def _facts(self, kind: str) -> tuple[tuple[str, str], ...]:
        """What a summary says above its table."""
        returns, index = self.history_.returns, self._index
        count = int(np.isfinite(returns).sum())
        words = {name: getattr(self, name, "") for name in ("variance", "dist")}
        variance, dist = (value if isinstance(value, str) else ", ".join(map(str, value)) for value in words.values())
        dates = (
            () if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) else (("Sessions", f"{index[0]!s:.10} to {index[-1]!s:.10}"),)
        )
        return (
            ("Returns", f"{count:,}" + (f" and {len(returns) - count:,} missing" if count < len(returns) else "")),
            *dates,
            ("Regimes", str(self.n_regimes_)),
            ("Variance", variance),
            ("Distribution", dist),
            ("Standard errors", kind),
            ("Log-likelihood", f"{self.loglikelihood_:,.3f}"),
            ("AIC", f"{self.aic_:,.3f}"),
            ("BIC", f"{self.bic_:,.3f}"),
            ("Converged", f"{'yes' if self.converged_ else 'no'}, {self.n_iter_} steps" if self.fallback_ is None else self.fallback_),
        )

    def forecast_regimes(self, horizon: int) -> Float:
        """Forecast the regimes of the next sessions.

        Parameters
        ----------
        horizon : int
            Number of sessions ahead, >= 1.

        Returns
        -------
        (horizon, n_regimes) array
            Probabilities of each regime, session by session. Covariates stay at their last row.

        Raises
        ------
        ValueError
            If `horizon` is not a whole number >= 1.
        """
        at_least("horizon", horizon, 1)
        ahead = [self.history_.predicted[-1]]
        for _ in range(horizon - 1):
            ahead.append(ahead[-1] @ self.history_.transitions[-1])
        return self.history_.by_regime(np.stack(ahead))

    def pit(self) -> Any:
        """Return the probability integral transform of the returns.

        Returns
        -------
        (n,) array
            Each session's predictive distribution function at its return: uniform on (0, 1) and independent if the law is true. NaN
            where the return is NaN. Of a Series one with its index.
        """
        return by_session(self.history_.cdf(self.history_.returns, slice(0, -1)), self._index, "pit")

    def cdf(self, x: Float, horizon: int = 1) -> Float:
        """Return the predictive distribution function of a return ahead.

        Parameters
        ----------
        x : float or (m,) array
            Returns at which to evaluate, in the unit of the fitted ones.
        horizon : int, default 1
            The session, counted from the last one. Above 1 only for `MarkovSwitching` without lags.

        Returns
        -------
        (m,) array
            Probabilities of a return of at most `x`; NaN where `x` is.

        Raises
        ------
        ValueError
            If `horizon` is below 1, or above 1 where the law depends on the path up to there.
        """
        session = self._session(horizon)
        return np.array([session.cdf(np.array([value]))[0] for value in np.atleast_1d(as_floats(x, "x"))])

    def pdf(self, x: Float, horizon: int = 1) -> Float:
        """Return the predictive density of a return ahead.

        Parameters
        ----------
        x : float or (m,) array
            Returns at which to evaluate, in the unit of the fitted ones.
        horizon : int, default 1
            The session, counted from the last one. Above 1 only for `MarkovSwitching` without lags.

        Returns
        -------
        (m,) array
            Densities, per unit of return; NaN where `x` is.

        Raises
        ------
        ValueError
            If `horizon` is below 1, or above 1 where the law depends on the path up to there.
        """
        session = self._session(horizon)
        return np.array([session.pdf(np.array([value]))[0] for value in np.atleast_1d(as_floats(x, "x"))])

    def value_at_risk(self, level: float, rows: slice = slice(-1, None)) -> Float:
        """Return quantiles of the predictive law: the value at risk.

        Parameters
        ----------
        level : float
            Probability in (0, 1), such as 0.05.
        rows : slice, default the next session
            Sessions 0 to n, of which n is the one after the last.

        Returns
        -------
        (m,) array
            The quantile for each of the rows, in the unit of the returns; a loss is negative.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1.
        """
        between("level", level, 0.0, 1.0)
        return self.history_.quantile(level, rows)

    def expected_shortfall(self, level: float, rows: slice = slice(-1, None)) -> Float:
        """Return the mean of the returns below the value at risk.

        Parameters
        ----------
        level : float
            Probability in (0, 1), such as 0.05.
        rows : slice, default the next session
            Sessions 0 to n, of which n is the one after the last.

        Returns
        -------
        (m,) array
            Mean return below the quantile for each of the rows, in the unit of the returns.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1.
        """
        return self.history_.mean_below(self.value_at_risk(level, rows), rows) / level

    def _session(self, horizon: int) -> FilteredHistory:
        """One row: the predictive law of a session ahead. ValueError where it depends on the path up to there."""
        at_least("horizon", horizon, 1)
        if horizon > 1 and not self._steady:
            raise ValueError(f"beyond the next session this law depends on the path, got horizon {horizon}: simulate")
        history, rows = self.history_, slice(-1, None)
        weights = history.predicted[-1] @ np.linalg.matrix_power(history.transitions[-1], horizon - 1)
        return replace(history, predicted=weights[None], locations=history.locations[rows], scales=history.scales[rows])

    @property
    def _steady(self) -> bool:
        """Whether a session's law depends on its state alone."""
        return False
