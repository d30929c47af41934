"""MarkovSwitching: Markov-switching mean and variance by EM from several starts, then maximum likelihood."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from forecast.engines.arrays import Float, as_floats
from forecast.engines.markov.markov_law import MarkovLaw, MarkovPrior
from forecast.engines.markov.markov_likelihood import MarkovLikelihood
from forecast.engines.markov.markov_simulation import simulate_markov
from forecast.engines.markov.markov_spec import markov_spec, starting_points
from forecast.engines.markov.markov_starts import BEHIND, em_starts
from forecast.engines.markov.nested_chains import simpler_chains
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.maximum_likelihood import Optimum, WarmStart, above_nested, climb, maximise
from forecast.engines.switching.switching_model import SwitchingModel
from forecast.engines.switching.validation import one_of, validate_length


class MarkovSwitching(SwitchingModel):
    """Markov-switching mean and variance: r_t = mean[s_t] + sum_i ar[i] (r_{t-i} - mean[s_{t-i}]) + sigma[s_t] z_t.

    The regime s_t is a Markov chain. EM from several starts finds the places from which the likelihood is maximised.

    Parameters
    ----------
    n_regimes : int, default 2
        Number of regimes, >= 1.
    mean, variance : {"switching", "common"}, default "switching"
        Whether each regime has its own mean, and its own variance.
    ar : int, default 0
        Lags of the autoregression; the first `ar` sessions do not enter the likelihood.
    dist : {"normal", "t"}, default "normal"
        Law of z, of variance one; the t has one `nu` for all regimes.
    transitions : {None, "logit"}, default None
        A constant chain, or transitions whose logits are linear in the `covariates` of `fit`.
    init : {"stationary", "free"} or (n_regimes,) array-like, default "stationary"
        Law of the first regime: stationary, fitted, or these probabilities, lowest volatility first.
    n_starts : int, optional
        Starts of EM, 2 n_regimes - 1 by default. The first five come from the data; the others are random.
    seed : int, default 0
        Seed of the random starts.
    prior : MarkovPrior, optional
        Evidence that draws regimes to the sample's moments, for short samples; of `forecast.engines.markov.markov_law`.
    tol : float, default 1e-7
        Slope of the mean log-likelihood in any coordinate at which the optimiser stops.
    max_iter : int, default 500
        Most steps of the optimiser.

    Attributes
    ----------
    params_ : pd.Series
        Estimates of the natural parameters, by name.
    loglikelihood_ : float
        Log-likelihood at the estimates, without any prior.
    filtered_probabilities_, predicted_probabilities_ : (n, n_regimes) array or pd.DataFrame
        Probabilities of each session's regime given the returns up to it, and given those up to the session before; of a Series with its
        index. Regimes are ordered by volatility, lowest first.
    transitions_ : (n_regimes, n_regimes) array
        Transition probabilities, row = from; with covariates, those at their means.
    n_regimes_ : int
        Number of regimes of the law; 1 after a fallback to one regime.
    converged_ : bool
        Whether the optimiser reached the top of the likelihood.
    n_iter_ : int
        Steps of the optimiser.
    fallback_ : str or None
        What stands in for a fit after `refit`: "previous parameters", "one regime" or "sample moments".
    warnings_ : tuple of str
        What a reader should know of the fit: why a fallback stands in, a law below one that it contains, returns that look like levels,
        paths that explode, and `bounds_`.
    bounds_ : tuple of str
        A line for each parameter that is held at a bound, with its name and the bound.
    law_ : object
        The parameters as arrays.
    history_ : FilteredHistory
        The law run over the returns.

    References
    ----------
    Hamilton (1989), A new approach to the economic analysis of nonstationary time series and the business cycle, Econometrica 57.
    Filardo (1994), Business-cycle phases and their transitional dynamics, J. Business and Economic Statistics 12.
    """

    _simpler: dict[tuple[int, str], MarkovLaw]  # of the fit that is under way

    def __init__(
        self,
        n_regimes: int = 2,
        *,
        mean: Literal["switching", "common"] = "switching",
        variance: Literal["switching", "common"] = "switching",
        ar: int = 0,
        dist: Literal["normal", "t"] = "normal",
        transitions: Literal["logit"] | None = None,
        init: Any = "stationary",
        n_starts: int | None = None,
        seed: int = 0,
        prior: MarkovPrior | None = None,
        tol: float = 1e-7,
        max_iter: int = 500,
    ) -> None:
        self.n_regimes = n_regimes
        self.mean = mean
        self.variance = variance
        self.ar = ar
        self.dist = dist
        self.transitions = transitions
        self.init = init
        self.n_starts = n_starts
        self.seed = seed
        self.prior = prior
        self.tol = tol
        self.max_iter = max_iter

    def _simulate(self, sessions: int, paths: int, seed: int) -> Float:
        return simulate_markov(self.law_, self.history_, sessions, paths, np.random.default_rng(seed))

    def ahead(self) -> MarkovPathLaw:
        """Return the law of the sessions after the last, for `first_passage` and `exact_passage`.

        Returns
        -------
        MarkovPathLaw
            A Gaussian regime chain from the last session on.

        Raises
        ------
        ValueError
            If the regimes are not Gaussian, or there are lags or covariates.
        NotFittedError
            If there is no fit.
        """
        if self.ar or self.dist != "normal" or self.transitions is not None:
            raise ValueError("only Gaussian regimes of a constant chain, without lags, have such a law")
        return MarkovPathLaw(self.history_.filtered[-1], self.law_.transitions, self.law_.means, self.law_.vols)

    def _runs(self, previous: Any) -> bool:
        law = getattr(previous, "law_", None)
        if not isinstance(law, MarkovLaw):
            return False
        return law.slopes is None or self._covariates is None or law.slopes.shape[2] == self._covariates.shape[1]

    @property
    def _steady(self) -> bool:
        return self.ar == 0

    def _validate_covariates(self, covariates: Any, returns: Any) -> Float | None:
        """Covariates with a constant, (n, 1 + m)."""
        one_of("transitions", self.transitions, (None, "logit"))
        if (covariates is None) != (self.transitions is None):
            raise ValueError("covariates belong to transitions='logit', and are needed by it")
        if covariates is None:
            return None
        columns = as_floats(covariates, "covariates")
        columns = columns.reshape(len(columns), -1) if columns.ndim else columns.reshape(1, 1)
        if len(columns) != len(returns) or not np.isfinite(columns).all():
            raise ValueError(f"covariates must be finite, a row a return: {len(columns)} rows for {len(returns)} returns")
        return np.column_stack([np.ones(len(columns)), columns])

    def _run(self, law: MarkovLaw, returns: Float) -> FilteredHistory:
        return law.run(returns, self._covariates)

    def _one_regime(self) -> dict[str, Any]:
        return {"n_regimes": 1, "init": "stationary"}

    def _gaussian(self, mean: float, vol: float) -> MarkovLaw:
        return MarkovLaw(np.array([mean]), np.array([vol]), np.empty(0), np.inf, np.ones((1, 1)))

    def _fit(self, returns: Float, previous: Any) -> None:
        self._simpler = {}
        super()._fit(returns, previous)
        self._simpler = {}

    def _fit_law(self, returns: Float, previous: Any) -> tuple[MarkovLaw, MarkovLikelihood, Optimum]:
        likelihood = MarkovLikelihood(returns, markov_spec(self), self._covariates)
        validate_length(likelihood.scored, len(likelihood.names))
        optimum = self._climbed(likelihood, previous)
        law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        if self._free:
            likelihood = likelihood.beginning(likelihood.best_corner(law))
            again = climb(likelihood, optimum.x, iterations=self.max_iter, tolerance=self.tol, curvature=optimum.curvature)
            optimum = replace(again, n_iter=optimum.n_iter + again.n_iter)
            law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        order = law.order()
        if (np.diff(order) == 1).all():
            return law, likelihood, optimum
        initial = likelihood.spec.initial
        likelihood = likelihood.beginning(None if initial is None else initial[order])
        return law.reordered(order), likelihood, replace(optimum, curvature=None)

    def _climbed(self, likelihood: MarkovLikelihood, previous: Any) -> Optimum:
        """The best climb from several starts, or from an earlier fit."""
        spec, warm = likelihood.spec, None
        if previous is not None and previous.law_.k == spec.k and len(previous.law_.ar) == spec.lags:
            warm = WarmStart(likelihood.coordinates.free(likelihood.theta(previous.law_)), previous._curvature_for(likelihood))
        behind = BEHIND if spec.lags == 0 and self._covariates is None else np.inf
        count = starting_points(self) if warm is None else 1
        laws = em_starts(likelihood.returns, spec, likelihood.sample, count, self.seed, behind=behind)
        starts = [likelihood.coordinates.free(likelihood.theta(self._lined_up(law))) for law in laws]
        optimum = maximise(likelihood, starts, iterations=self.max_iter, tolerance=self.tol, warm=warm)
        nested = simpler_chains(self, likelihood)
        return above_nested(likelihood, optimum, nested, iterations=self.max_iter, tolerance=self.tol)

    def _lined_up(self, law: MarkovLaw) -> MarkovLaw:
        """The law to start from with its regimes in the order of the probabilities given for the first one, if any are."""
        return law if isinstance(self.init, str) else law.reordered(law.order())

    @property
    def _free(self) -> bool:
        return isinstance(self.init, str) and self.init == "free"
