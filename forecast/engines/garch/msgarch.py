"""MSGarch: Markov-switching GARCH by maximum likelihood from several starts."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw, law_ahead, variance_ahead, variance_bound
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import MSGarchSpec, msgarch_spec
from forecast.engines.garch.msgarch_starts import SPLITS, Split, alone, branch_starts, split_starts
from forecast.engines.garch.nested_regimes import contained, fewer_regimes
from forecast.engines.garch.one_regime import OneRegime
from forecast.engines.kernels.variance_recursions import GARCH
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.switching.maximum_likelihood import Optimum, WarmStart, above_nested, maximise, moved_inside
from forecast.engines.switching.switching_model import SwitchingModel
from forecast.engines.switching.validation import at_least, validate_length

DRIFT_PRIOR = 2520  # sessions of a mean of zero that a shrunk drift is drawn to: ten years


class MSGarch(SwitchingModel):
    """Markov-switching GARCH: each regime runs its own variance recursion on common shocks.

    r_t = drift + ar (r_{t-1} - drift) + e_t, with e_t = sqrt(h_t of the regime) z_t. The recursions are written out in
    `forecast.engines.kernels.variance_recursions`.

    Parameters
    ----------
    n_regimes : int, default 2
        Number of regimes, >= 1.
    variance : {"garch", "gjr", "tarch", "egarch"} or a sequence of them, default "garch"
        Variance recursion of all regimes, or of each.
    dist : {"normal", "t", "skewt"} or a sequence of them, default "normal"
        Law of the innovations z, of variance one, for all regimes or each; "skewt" is Hansen's (1994).
    shared : sequence of str, default ()
        Parameters common to the regimes: of omega, alpha, gamma, beta, nu, lambda. gamma only together with alpha.
    drift : {"zero", "sample", "shrunk", "model"} or float, default "zero"
        Mean of the returns: 0, the sample's, the sample's shrunk as if after ten years of zero mean, fitted with the rest, or a number.
    ar : {0, 1}, default 0
        1 for a term in the previous return, for indices of thinly traded stocks.
    targeting : bool, default False
        Whether the law's variance is held at the sample's; "garch" and "gjr" only.
    prior : mapping of str to (float, float), optional
        Mean and standard deviation of a normal prior for parameters, by name without regime, for short samples.
    start : {"unconditional", "sample", "backcast"}, default "unconditional"
        State before the first session: where each recursion rests; the sample's mean square; arch's weighted mean square.
    score_first : bool, default False
        Whether the first session enters the likelihood; if not, it only enters the recursions, as in the R package MSGARCH.
    n_starts : int, default 3
        Most climbs that go on, chosen by the first steps of climbs from more starts. These divide the regimes of a fit with one regime
        fewer, and split a fit with one regime, for each order by volatility of regimes with different specifications; beyond as many they
        are random.
    seed : int, default 0
        Seed of the random starts.
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
        Transition probabilities, row = from.
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
    Haas, Mittnik and Paolella (2004), A new approach to Markov-switching GARCH models, J. Financial Econometrics 2.
    Fiorentini, Calzolari and Panattoni (1996), Analytic derivatives and the computation of GARCH estimates, J. Applied Econometrics 11.
    """

    _optima: Mapping[MSGarchSpec, Optimum] = MappingProxyType({})  # of the laws of one regime that the fit has climbed to

    def __init__(
        self,
        n_regimes: int = 2,
        *,
        variance: str | Sequence[str] = "garch",
        dist: str | Sequence[str] = "normal",
        shared: Sequence[str] = (),
        drift: str | float = "zero",
        ar: int = 0,
        targeting: bool = False,
        prior: Mapping[str, tuple[float, float]] | None = None,
        start: Literal["unconditional", "sample", "backcast"] = "unconditional",
        score_first: bool = False,
        n_starts: int = 3,
        seed: int = 0,
        tol: float = 1e-7,
        max_iter: int = 500,
    ) -> None:
        self.n_regimes = n_regimes
        self.variance = variance
        self.dist = dist
        self.shared = shared
        self.drift = drift
        self.ar = ar
        self.targeting = targeting
        self.prior = prior
        self.start = start
        self.score_first = score_first
        self.n_starts = n_starts
        self.seed = seed
        self.tol = tol
        self.max_iter = max_iter

    def _simulate(self, sessions: int, paths: int, seed: int) -> Float:
        moves = simulate_paths(self.ahead(), sessions, key=seed, paths=2 * paths)[::2]  # without their antithetic twins
        return np.diff(moves, axis=1, prepend=0.0)

    def _variance_bound(self, sessions: int) -> float:
        return variance_bound(self.law_, self.history_, sessions)

    def ahead(self) -> MSGarchPathLaw:
        """Return the law of the sessions after the last, for `first_passage`.

        Returns
        -------
        MSGarchPathLaw
            A law that simulates paths from the last session on.

        Raises
        ------
        NotFittedError
            If there is no fit.
        """
        return law_ahead(self.law_, self.history_)

    def forecast_variance(self, sessions: int) -> Float:
        """Forecast the variance of the next sessions' shocks exactly, without simulation.

        Parameters
        ----------
        sessions : int
            Number of sessions ahead, >= 1.

        Returns
        -------
        (sessions,) array
            Variance of each session's shock, in squared units of the returns.

        Raises
        ------
        ValueError
            If `sessions` is not a whole number >= 1, or a regime is neither GARCH nor GJR.
        """
        at_least("sessions", sessions, 1)
        return variance_ahead(self.law_, self.history_, sessions)

    def _runs(self, previous: Any) -> bool:
        return isinstance(getattr(previous, "law_", None), MSGarchLaw)

    def _one_regime(self) -> dict[str, Any]:
        variance, dist = (value if isinstance(value, str) else value[0] for value in (self.variance, self.dist))
        return {"n_regimes": 1, "variance": variance, "dist": dist}

    def _gaussian(self, mean: float, vol: float) -> MSGarchLaw:
        still = np.array([[vol**2, 0.0, 0.0, 0.0]])
        normal, symmetric = np.array([np.inf]), np.zeros(1)
        return MSGarchLaw(np.array([GARCH]), still, normal, symmetric, np.ones((1, 1)), mean, 0.0, still[0, :1], scored=0)

    def _fit_law(self, returns: Float, previous: Any) -> tuple[MSGarchLaw, MSGarchLikelihood, Optimum]:
        spec = msgarch_spec(self)
        likelihood = self._likelihood_of(returns, spec)
        likelihood_of = cache(lambda other: likelihood if other == spec else likelihood.with_spec(other))
        validate_length(likelihood.scored, len(likelihood.names))
        warm = None if previous is None else self._warm(likelihood, previous)
        earlier = {} if previous is None else previous._optima
        one = OneRegime(likelihood_of, earlier, iterations=self.max_iter, tolerance=self.tol)
        if spec.k == 1:
            likelihood, optimum = one.fit(spec, warm)
            self._optima = one.optima
            return likelihood.law(likelihood.coordinates.natural(optimum.x)[0]), likelihood, optimum
        fewer = fewer_regimes(self, returns, spec, one)
        starts = self._cold(likelihood, one, fewer) if warm is None else self._splits(likelihood, one, SPLITS, spec.k - 1)
        optimum = maximise(likelihood, starts, iterations=self.max_iter, tolerance=self.tol, warm=warm, finish=self.n_starts)
        nested = contained(likelihood, fewer)
        self._optima = one.optima
        optimum = above_nested(likelihood, optimum, nested, iterations=self.max_iter, tolerance=self.tol)
        law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        order = law.order()
        if (np.diff(order) == 1).all():
            return law, likelihood, optimum
        return law.reordered(order), likelihood_of(spec.reordered(order)), replace(optimum, curvature=None)

    def _warm(self, likelihood: MSGarchLikelihood, previous: SwitchingModel) -> WarmStart | None:
        """The end of an earlier fit, its regimes in the order of the specification; None where no order has the specified recursions."""
        law, spec = previous.law_, likelihood.spec
        orders = (np.array(order) for order in itertools.permutations(range(spec.k)) if len(law.kinds) == spec.k)
        alike = [order for order in orders if likelihood.alike(law.reordered(order))]
        if not alike:
            return None
        x = likelihood.coordinates.free(likelihood.theta(law.reordered(alike[0])))
        return moved_inside(likelihood, WarmStart(x, previous._curvature_for(likelihood)))

    def _cold(self, likelihood: MSGarchLikelihood, one: OneRegime, fewer: list[MSGarchLaw]) -> list[Float]:
        """Coordinates to start from without an earlier fit."""
        branches = len(fewer) == 1
        splits = SPLITS[likelihood.spec.k > 2 : 3] if branches else SPLITS  # the others are much like a branch
        starts = self._splits(likelihood, one, splits, max(self.n_starts, len(splits)))
        if not branches:
            return starts
        smaller = one.rough(alone(likelihood.spec, 0)) if likelihood.spec.k == 2 else fewer[0]
        return [*starts, *branch_starts(smaller, likelihood)]

    def _splits(self, likelihood: MSGarchLikelihood, one: OneRegime, splits: Sequence[Split], count: int) -> list[Float]:
        """`count` coordinates that split a fit with one regime, for each order of the regimes."""
        laws = {j: one.rough(alone(likelihood.spec, j)) for j in range(likelihood.spec.k)}
        return split_starts(laws, likelihood, splits, count, np.random.default_rng(self.seed))

    def _likelihood_of(self, returns: Float, spec: MSGarchSpec) -> MSGarchLikelihood:
        drift, prior = self._drift(returns), self.prior or {}
        return MSGarchLikelihood(returns, spec, drift=drift, ar=self.ar == 1, prior=prior, targeting=self.targeting)

    def _drift(self, returns: Float) -> float | None:
        """The drift by its rule, None where it is fitted."""
        if not isinstance(self.drift, str):
            return float(self.drift)
        if self.drift == "model":
            return None
        finite = returns[np.isfinite(returns)]
        return self.drift_share(len(finite)) * float(finite.mean())

    def drift_share(self, sessions: int) -> float:
        """Return the weight of the sample's mean in the drift.

        Parameters
        ----------
        sessions : int
            Number of returns.

        Returns
        -------
        float
            1 for "sample", less for "shrunk", and 0 where the drift is zero, a number or fitted with the rest.
        """
        return {"sample": 1.0, "shrunk": sessions / (sessions + DRIFT_PRIOR)}.get(str(self.drift), 0.0)
