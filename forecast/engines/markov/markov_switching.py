"""MarkovSwitching: Markov-switching mean and variance by EM from several starts, then maximum likelihood."""

from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from forecast.engines.arrays import Float
from forecast.engines.markov.markov_law import MarkovLaw, MarkovPrior
from forecast.engines.markov.markov_likelihood import MarkovLikelihood, MarkovSpec
from forecast.engines.markov.markov_simulation import simulate_markov
from forecast.engines.markov.markov_starts import BEHIND, em_starts
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.maximum_likelihood import Optimum, Start, climb, maximise
from forecast.engines.switching.switching_model import SwitchingModel, salvaged
from forecast.engines.switching.validation import at_least, checked_length, one_of


class MarkovSwitching(SwitchingModel):
    """r_t = mean[s_t] + sum_i ar[i] (r_{t-i} - mean[s_{t-i}]) + sigma[s_t] z_t, with s_t a Markov chain (Hamilton 1989).

    Parameters
    ----------
    n_regimes : regimes, >= 1.
    mean, variance : "switching", or "common" to all regimes.
    ar : lags of the autoregression; its first `ar` sessions are not scored.
    dist : z normal, or t of variance one with `nu` common to the regimes.
    transitions : None for a constant chain, "logit" where they are driven by the `covariates` given to `fit` (Filardo 1994).
    init : law of the first regime: "stationary", "free" (fitted), or (n_regimes,) probabilities, lowest volatility first.
    n_starts, seed : starts of EM, 2 n_regimes - 1 of them for None; the first five come from the data, the others are drawn.
    prior : evidence that draws regimes to the sample's moments, or None.
    tol : slope of the mean log-likelihood in any coordinate at which the climb ends.   max_iter : its most steps.
    """

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

    def fit(self, returns: Any, covariates: Any = None) -> Self:
        """Maximum likelihood. covariates : (n, m), row t known at session t and driving the step to the next; a constant is added."""
        self._covariates = self._checked(covariates, returns)
        return self._fit_aloud(returns)

    def refit(self, returns: Any, previous: Self | None = None, covariates: Any = None) -> Self:
        try:
            self._covariates = self._checked(covariates, returns)
        except (ValueError, TypeError) as error:
            self._covariates = None
            return self._fall_back(salvaged(returns), previous, [str(error)])
        return super().refit(returns, previous)

    def filter(self, returns: Any, covariates: Any = None) -> Self:
        return self._over(returns, _covariates=self._checked(covariates, returns))

    def append(self, new_returns: Any, covariates: Any = None) -> Self:
        new = self._checked(covariates, new_returns)
        check_is_fitted(self, "law_")
        joined = None if new is None or self._covariates is None else np.vstack([self._covariates, new])
        return self._joined(new_returns, _covariates=joined)

    def simulate(self, sessions: int, paths: int = 1, *, seed: int = 0) -> Float:
        """Returns of the sessions after the last, (paths, sessions); with covariates, as if the last row stayed."""
        at_least("sessions", sessions, 1)
        at_least("paths", paths, 1)
        at_least("seed", seed, 0)
        return simulate_markov(self.law_, self.history_, sessions, paths, np.random.default_rng(seed))

    def ahead(self) -> MarkovPathLaw:
        """The law of the sessions after the last, for `passage` and `estimation.exact`; of Gaussian regimes without lags."""
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

    def _checked(self, covariates: Any, returns: Any) -> Float | None:
        """Covariates with a constant, (n, 1 + m)."""
        one_of("transitions", self.transitions, (None, "logit"))
        if (covariates is None) != (self.transitions is None):
            raise ValueError("covariates belong to transitions='logit', and are needed by it")
        if covariates is None:
            return None
        columns = np.asarray(covariates, dtype=np.float64).reshape(len(covariates), -1)
        if len(columns) != len(returns) or not np.isfinite(columns).all():
            raise ValueError(f"covariates must be finite, a row a return: {len(columns)} rows for {len(returns)} returns")
        return np.column_stack([np.ones(len(columns)), columns])

    def _run(self, law: MarkovLaw, returns: Float) -> FilteredHistory:
        return law.run(returns, self._covariates)

    def _one_regime(self) -> dict[str, Any]:
        return {"n_regimes": 1, "init": "stationary"}

    def _gaussian(self, mean: float, vol: float) -> MarkovLaw:
        return MarkovLaw(np.array([mean]), np.array([vol]), np.empty(0), np.inf, np.ones((1, 1)))

    def _fit_law(self, returns: Float, previous: Any) -> tuple[MarkovLaw, MarkovLikelihood, Optimum]:
        spec = self._spec()
        likelihood = MarkovLikelihood(returns, spec, self._covariates)
        checked_length(likelihood.scored, len(likelihood.names))
        optimum = self._climbed(likelihood, previous)
        law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        if self._free:
            spec = replace(spec, initial=self._corner(law, returns))
            likelihood = MarkovLikelihood(returns, spec, self._covariates)
            again = climb(likelihood, optimum.x, iterations=self.max_iter, tolerance=self.tol, curvature=optimum.curvature)
            optimum = replace(again, n_iter=optimum.n_iter + again.n_iter)
            law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        order = law.order()
        if (np.diff(order) == 1).all():
            return law, likelihood, optimum
        law, spec = law.reordered(order), replace(spec, initial=None if spec.initial is None else spec.initial[order])
        return law, MarkovLikelihood(returns, spec, self._covariates), replace(optimum, curvature=None)

    def _climbed(self, likelihood: MarkovLikelihood, previous: Any) -> Optimum:
        """The best climb from several starts, or from an earlier fit."""
        spec, warm = likelihood.spec, None
        if previous is not None and previous.law_.k == spec.k and len(previous.law_.ar) == spec.lags:
            warm = Start(likelihood.coordinates.free(likelihood.theta(previous.law_)), previous.curvature_for(likelihood))
        behind = BEHIND if spec.lags == 0 and self._covariates is None else np.inf
        laws = em_starts(likelihood.returns, spec, self._starts() if warm is None else 1, self.seed, behind=behind)
        starts = [likelihood.coordinates.free(likelihood.theta(self._lined_up(law))) for law in laws]
        return maximise(likelihood, starts, iterations=self.max_iter, tolerance=self.tol, warm=warm)

    def _lined_up(self, law: MarkovLaw) -> MarkovLaw:
        """The law to start from with its regimes in the order of the probabilities given for the first one, if any are."""
        return law if isinstance(self.init, str) else law.reordered(law.order())

    def _corner(self, law: MarkovLaw, returns: Float) -> Float:
        """The best law of the first regime, (k,): the likelihood is linear in it, so that its maximum is at a corner."""
        corners = np.eye(law.k)
        logliks = [replace(law, initial=corner).run(returns, self._covariates).contributions.sum() for corner in corners]
        return np.asarray(corners[int(np.argmax(logliks))])

    def _starts(self) -> int:
        return 2 * self.n_regimes - 1 if self.n_starts is None else self.n_starts

    @property
    def _free(self) -> bool:
        return isinstance(self.init, str) and self.init == "free"

    def _spec(self) -> MarkovSpec:
        """The parameters, checked."""
        one_of("mean", self.mean, ("switching", "common"))
        one_of("variance", self.variance, ("switching", "common"))
        one_of("dist", self.dist, ("normal", "t"))
        at_least("n_regimes", self.n_regimes, 1)
        at_least("ar", self.ar, 0)
        at_least("n_starts", self._starts(), 1)
        self._check_climb()
        prior = MarkovPrior() if self.prior is None else self.prior
        if not isinstance(prior, MarkovPrior):
            raise ValueError(f"prior must be a MarkovPrior or None, got {prior!r}")
        return MarkovSpec(self.n_regimes, self.mean, self.variance, self.ar, self.dist, self._initial(), prior)

    def _initial(self) -> Float | None:
        """Given probabilities of the first regime, (n_regimes,), checked."""
        if isinstance(self.init, str):
            one_of("init", self.init, ("stationary", "free"))
            return None
        try:
            initial = np.asarray(self.init, dtype=np.float64)
        except (ValueError, TypeError):
            initial = np.empty(0)
        if initial.shape != (self.n_regimes,) or not np.isclose(initial.sum(), 1) or (initial < 0).any():
            raise ValueError(f"init must be {self.n_regimes} probabilities that sum to one, got {self.init!r}")
        return initial
