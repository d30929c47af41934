"""MSGarch: Markov-switching GARCH by maximum likelihood from several starts."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw, law_ahead, variance_ahead
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood, MSGarchSpec
from forecast.engines.garch.msgarch_starts import alone, fitted_alone, split_starts
from forecast.engines.garch.recursion_coordinates import COEFFICIENTS
from forecast.engines.kernels.variance_recursions import GARCH
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.switching.maximum_likelihood import Optimum, Start, maximise
from forecast.engines.switching.switching_model import SwitchingModel
from forecast.engines.switching.validation import at_least, checked_length, one_of

DRIFT_PRIOR = 2520  # sessions of a mean of zero that a shrunk drift is drawn to: ten years
SHARED = (*COEFFICIENTS, "nu", "lambda")
VARIANCES = ("garch", "gjr", "tarch", "egarch")
DISTS = ("normal", "t", "skewt")


class MSGarch(SwitchingModel):
    """Regimes that each run their own variance recursion on common shocks (Haas, Mittnik and Paolella 2004).

    r_t = drift + ar (r_{t-1} - drift) + e_t, e_t = sqrt(h_t of the regime) z_t. The recursions are in `kernels.variance_recursions`.

    Parameters
    ----------
    n_regimes : regimes, >= 1.
    variance : "garch", "gjr", "tarch" or "egarch", or one for each regime.
    dist : z normal, t, or Hansen's skewed t, or one for each regime.
    shared : names of parameters common to the regimes: omega, alpha, gamma, beta, nu, lambda.
    drift : "zero", "sample" (the mean), "shrunk" (towards zero, as if after ten years of it), "model" (fitted), or a number.
    ar : 1 for a term in the return before, for indices of stocks that trade thinly.
    targeting : the law's variance is the sample's (GARCH and GJR only).
    prior : {name without regime: (mean, standard deviation)} of normal priors, for short samples.
    start : where recursions begin: "unconditional" (where each rests), "sample" (a squared shock and variance of the sample's
        mean square before the first session; Fiorentini, Calzolari and Panattoni 1996), "backcast" (arch's).
    score_first : whether the first session is scored; if not, it only enters the recursions (as in the R package MSGARCH).
    n_starts, seed : starts; the first six split a one-regime fit, the others are drawn. As many for each way in which regimes
        of different specifications can be ordered by volatility.
    tol : slope of the mean log-likelihood in any coordinate at which the climb ends.   max_iter : its most steps.
    """

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

    def simulate(self, sessions: int, paths: int = 1, *, seed: int = 0) -> Float:
        """Returns of the sessions after the last, (paths, sessions)."""
        at_least("sessions", sessions, 1)
        at_least("paths", paths, 1)
        at_least("seed", seed, 0)
        drawn = simulate_paths(self.ahead(), sessions, key=seed, paths=2 * paths)[::2]  # without their antithetic twins
        return np.diff(drawn, axis=1, prepend=0.0)

    def ahead(self) -> MSGarchPathLaw:
        """The law of the sessions after the last, for `forecast.engines.passage.first_passage.first_passage`."""
        return law_ahead(self.law_, self.history_)

    def forecast_variance(self, sessions: int) -> Float:
        """Variance of the shock of each of the next sessions, (sessions,), exact; GARCH and GJR only."""
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
        spec = self._spec()
        likelihood = self._likelihood_of(returns, spec)
        checked_length(likelihood.scored, len(likelihood.names))
        warm = None if previous is None else self._warm(likelihood, previous)
        starts = self._cold(returns, likelihood, self.n_starts if warm is None else spec.k - 1)
        optimum = maximise(likelihood, starts, iterations=self.max_iter, tolerance=self.tol, warm=warm)
        law = likelihood.law(likelihood.coordinates.natural(optimum.x)[0])
        order = law.order()
        if (np.diff(order) == 1).all():
            return law, likelihood, optimum
        return law.reordered(order), self._likelihood_of(returns, spec.reordered(order)), replace(optimum, curvature=None)

    def _warm(self, likelihood: MSGarchLikelihood, previous: SwitchingModel) -> Start | None:
        """Where an earlier fit ended, its regimes in the order of the specification; None where no order of them has its recursions."""
        law, spec = previous.law_, likelihood.spec
        orders = (np.array(order) for order in itertools.permutations(range(spec.k)) if len(law.kinds) == spec.k)
        alike = [order for order in orders if likelihood.alike(law.reordered(order))]
        if not alike:
            return None
        return Start(likelihood.coordinates.free(likelihood.theta(law.reordered(alike[0]))), previous.curvature_for(likelihood))

    def _cold(self, returns: Float, likelihood: MSGarchLikelihood, count: int) -> list[Float]:
        """`count` coordinates to start from."""
        spec = likelihood.spec
        if count == 0:
            return []
        kinds = {(spec.variance[j], spec.dist[j]): alone(spec, j) for j in range(spec.k)}
        fits = {kind: fitted_alone(self._likelihood_of(returns, one), self.tol) for kind, one in kinds.items()}
        laws = {j: fits[spec.variance[j], spec.dist[j]] for j in range(spec.k)}
        if spec.k == 1:
            return [likelihood.coordinates.free(likelihood.theta(laws[0]))]
        return split_starts(laws, likelihood, count, np.random.default_rng(self.seed))

    def _likelihood_of(self, returns: Float, spec: MSGarchSpec) -> MSGarchLikelihood:
        drift, prior = self._drift(returns), self.prior or {}
        return MSGarchLikelihood(returns, spec, drift=drift, ar=self.ar == 1, prior=prior, targeting=self.targeting)

    def _drift(self, returns: Float) -> float | None:
        """What the rule says, None where the model fits it."""
        if not isinstance(self.drift, str):
            return float(self.drift)
        if self.drift == "model":
            return None
        known = returns[np.isfinite(returns)]
        return self.drift_share(len(known)) * float(known.mean())

    def drift_share(self, sessions: int) -> float:
        """What the drift is of the mean of so many returns; 0 where it is a number, or fitted with the rest."""
        return {"sample": 1.0, "shrunk": sessions / (sessions + DRIFT_PRIOR)}.get(str(self.drift), 0.0)

    def _spec(self) -> MSGarchSpec:
        """The parameters, checked."""
        at_least("n_regimes", self.n_regimes, 1)
        at_least("n_starts", self.n_starts, 1)
        self._check_climb()
        one_of("ar", self.ar, (0, 1))
        one_of("start", self.start, ("unconditional", "sample", "backcast"))
        if isinstance(self.drift, str):
            one_of("drift", self.drift, ("zero", "sample", "shrunk", "model"))
        elif not (isinstance(self.drift, (int, float, np.integer, np.floating)) and np.isfinite(self.drift)):
            raise ValueError(f"drift must be a rule or a finite number, got {self.drift!r}")
        self._check_prior()
        variance: Any = self._for_each("variance", self.variance, VARIANCES)
        dist: Any = self._for_each("dist", self.dist, DISTS)
        if isinstance(self.shared, str) or not isinstance(self.shared, Iterable):
            raise ValueError(f"shared must be a sequence of names, got {self.shared!r}")
        shared = frozenset(self.shared)
        for name in sorted(shared):
            one_of("a name in shared", name, SHARED)
        if shared & set(COEFFICIENTS) and len(set(variance)) > 1:
            raise ValueError(f"regimes of different variance cannot share {', '.join(sorted(shared & set(COEFFICIENTS)))}")
        if "gamma" in shared and "alpha" not in shared:
            raise ValueError("gamma can be shared only together with alpha: it is bounded from below by minus alpha")
        if self.targeting and set(variance) - {"garch", "gjr"}:
            raise ValueError("targeting needs a variance that is linear in squared shocks: garch or gjr")
        return MSGarchSpec(variance, dist, shared, self.start, self.score_first)

    def _check_prior(self) -> None:
        if not isinstance(self.prior, Mapping | None):
            raise ValueError(f"prior must be a mapping of names to (mean, standard deviation), got {self.prior!r}")
        for name, given in (self.prior or {}).items():
            one_of("a name in prior", name, (*SHARED, "drift", "ar"))
            if not (np.shape(given) == (2,) and np.isfinite(given).all() and given[1] > 0):
                raise ValueError(f"prior of {name} must be a mean and a standard deviation above 0, got {given!r}")

    def _for_each(self, name: str, value: str | Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
        each = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,) * self.n_regimes
        if len(each) != self.n_regimes:
            raise ValueError(f"{name} must be one, or one for each of {self.n_regimes} regimes, got {len(each)}")
        for one in each:
            one_of(name, one, allowed)
        return each
