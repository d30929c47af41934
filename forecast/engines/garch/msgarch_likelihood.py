"""The likelihood of a Markov-switching GARCH, with its analytic score; one regime is an ordinary GARCH."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.recursion_coordinates import KINDS, RecursionCoordinates, member_names, parameter_places
from forecast.engines.garch.unconditional_moments import unconditional_variance
from forecast.engines.garch.variance_targeting import TargetedCoordinates
from forecast.engines.kernels.forward_backward import smooth_chain
from forecast.engines.kernels.garch_parameters import BACKCAST, RESTING, SAMPLE, first_states, parameter_score, regime_recursions
from forecast.engines.kernels.garch_score import garch_densities, garch_score
from forecast.engines.kernels.variance_recursions import EGARCH, TARCH, ar_shocks
from forecast.engines.switching.coordinates import NU_BOUNDS, Bounded, MappedBlock, ParameterBlock, Real, TransitionLogits, join_blocks
from forecast.engines.switching.innovations import below_zero
from forecast.engines.switching.transition_matrix import transition_matrix
from forecast.engines.workspace import workspace

SKEW_BOUNDS = (-0.99, 0.99)
EARLY = 75  # sessions of arch's exponentially weighted start, weights 0.94^t
_STILL = np.zeros(2)


class MSGarchLikelihood:
    """Log-likelihood of `returns`, (n,), and its score by Fisher's identity: smoothed probabilities weigh each regime's own.

    The drift is fitted where `drift` is None. Priors are by the name of a parameter without its regime. Natural parameters are in the unit
    of the returns; the recursions run on returns of volatility one, so that the unit does not matter.
    """

    def __init__(
        self,
        returns: Float,
        spec: MSGarchSpec,
        *,
        drift: float | None,
        ar: bool,
        prior: Mapping[str, tuple[float, float]],
        targeting: bool = False,
    ) -> None:
        self.returns, self.spec, self.drift, self.prior = returns, spec, drift, prior
        finite = returns[np.isfinite(returns)]
        k, spread, level = spec.k, float(finite.std()), float(finite.mean())
        self.unit, self.level = spread, level
        self.recursions = RecursionCoordinates(spec.variance, spec.shared, spread)
        tails = [dist != "normal" for dist in spec.dist]
        skews = [dist == "skewt" for dist in spec.dist]
        blocks: list[MappedBlock] = [
            self.recursions,
            Bounded(member_names("nu", np.flatnonzero(tails), "nu" in spec.shared, k), *NU_BOUNDS),
            Bounded(member_names("lambda", np.flatnonzero(skews), "lambda" in spec.shared, k), *SKEW_BOUNDS),
            TransitionLogits(k),
            Real(("drift",) if drift is None else (), level, spread / 10),
            Bounded(("ar",) if ar else (), -0.99, 0.99),
        ]
        free = join_blocks(blocks)
        self.coordinates: ParameterBlock = TargetedCoordinates(free, self._implied_variance, spread**2) if targeting else free
        self.names = free.names
        self._nu, self._skew = parameter_places(self.names, "nu", tails), parameter_places(self.names, "lambda", skews)
        self._exits = np.array([self.names.index(name) for name in TransitionLogits(k).names], dtype=np.int64)
        self._kinds = np.array([KINDS[kind] for kind in spec.variance])
        self._layout = self._kinds, np.column_stack([self.recursions.places, self._nu, self._skew]), int(min(self._exits, default=-1))
        self._mean_places = np.array([self.names.index(name) if name in self.names else -1 for name in ("drift", "ar")])
        egarch = self._kinds == EGARCH
        omega_unit = np.where(egarch, 1.0, np.where(self._kinds == TARCH, spread, spread**2))
        self._scales = omega_unit, np.where(egarch, 2 * np.log(spread), 0.0)
        self._fixed = None if drift is None or ar else (ar_shocks(returns, drift, 0.0, spread)[0], np.empty((0, 2)))
        self._opening = self._opening_level(returns - (level if drift is None else drift))
        moments = [prior.get(name.split("[")[0]) for name in self.names]
        self._prior = np.array([(0.0, 0.0) if pair is None else (pair[0], 1 / pair[1]) for pair in moments]).reshape(len(self.names), 2)
        self.scored = int(np.isfinite(returns[0 if spec.score_first else 1 :]).sum())
        self._constant = -self.scored * math.log(spread)  # of the density in the unit of the returns

    def law(self, theta: Float) -> MSGarchLaw:
        """The law of natural parameters (p,)."""
        bare = self._without_start(theta)
        standard = bare.rescaled(1 / self.unit)
        first, _ = self._first(standard.coefficients, *self._shocks(theta))
        return replace(bare, first=replace(standard, first=first).rescaled(self.unit).first)

    def value_and_score(self, theta: Float) -> tuple[float, Float]:
        shocks, slopes = self._shocks(theta)
        coefficients, shapes, transitions, fundamental, start = regime_recursions(theta, *self._layout, *self._scales)
        first, first_slopes = self._first(coefficients, shocks, slopes)
        kinds, places, exits = self._layout
        scored, work = 0 if self.spec.score_first else 1, workspace(11, len(kinds), len(shocks))
        value = garch_densities(shocks, kinds, coefficients, first, shapes, scored, work)
        loglik, crossings = smooth_chain(work[6:10], transitions, start) if len(kinds) > 1 else (0.0, transitions)
        by_regime, opening = garch_score(shocks, slopes, kinds, coefficients, first_slopes, shapes, scored, work)
        log_prior, score = parameter_score(
            theta,
            by_regime,
            crossings,
            opening,
            transitions,
            fundamental,
            start,
            places,
            exits,
            self._mean_places,
            *self._scales,
            self._prior,
        )
        return value + loglik + self._constant + log_prior, score

    def contributions(self, theta: Float) -> Float:
        return self.law(theta).run(self.returns).contributions

    def theta(self, law: MSGarchLaw) -> Float:
        """Natural parameters (p,) of a law."""
        out = np.zeros(len(self.names))
        for j, places in enumerate(self.recursions.places):
            out[places[places >= 0]] = law.coefficients[j][places >= 0]
        for places, values in ((self._nu, law.nu), (self._skew, law.skew)):
            out[places[places >= 0]] = values[places >= 0]
        out[self._exits] = law.transitions[~np.eye(self.spec.k, dtype=bool)]
        for name, value in (("drift", law.drift), ("ar", law.ar)):
            if name in self.names:
                out[self.names.index(name)] = value
        return out

    def alike(self, law: MSGarchLaw) -> bool:
        """Whether each regime of a law has its specified recursion, and gamma, tails and skewness only where they are specified."""
        has = np.stack([law.coefficients[:, 2] != 0, np.isfinite(law.nu), law.skew != 0])
        specified = np.stack([self.recursions.places[:, 2], self._nu, self._skew]) >= 0
        return bool((law.kinds == self._kinds).all() and (has <= specified).all())

    def _without_start(self, theta: Float) -> MSGarchLaw:
        """The law without its first states."""
        drift, ar = self._mean_equation(theta)
        return MSGarchLaw(
            kinds=self._kinds,
            coefficients=self.recursions.coefficients(theta),
            nu=np.where(self._nu >= 0, theta[self._nu], np.inf),
            skew=np.where(self._skew >= 0, theta[self._skew], 0.0),
            transitions=transition_matrix(theta[self._exits], self.spec.k),
            drift=drift,
            ar=ar,
            first=np.zeros(self.spec.k),
            scored=0 if self.spec.score_first else 1,
        )

    def _implied_variance(self, theta: Float) -> float:
        """Variance of the returns by natural parameters; huge where there is none."""
        law = self._without_start(theta)
        below = np.array([below_zero(nu, skew) for nu, skew in zip(law.nu, law.skew, strict=True)])
        shocks = unconditional_variance(law.coefficients, below, law.transitions, law.stationary)
        return min(shocks / (1 - law.ar**2), 1e30 * self.unit**2)

    def _shocks(self, theta: Float) -> tuple[Float, Float]:
        """Shocks in units of the sample's volatility, and their derivatives by drift and ar, (n, 2), or (0, 2) where both are fixed."""
        if self._fixed is not None:
            return self._fixed
        drift, ar = self._mean_equation(theta)
        shocks, slopes = ar_shocks(self.returns, drift, ar, self.unit)
        return shocks, slopes

    def _mean_equation(self, theta: Float) -> tuple[float, float]:
        """Drift and ar of natural parameters."""
        drift, ar = self._mean_places.tolist()
        return float(theta[drift]) if self.drift is None else self.drift, float(theta[ar]) if ar >= 0 else 0.0

    def _opening_level(self, deviations: Float) -> tuple[int, float, float]:
        """The rule of the first states, and arch's mean square and size of the first `deviations` (n,)."""
        return {"unconditional": RESTING, "backcast": BACKCAST, "sample": SAMPLE}[self.spec.start], *_backcast(deviations / self.unit)

    def _first(self, coefficients: Float, shocks: Float, slopes: Float) -> tuple[Float, Float]:
        """First state of each regime, (k,), and its derivatives by omega, alpha, gamma, beta, drift and ar, (k, 6)."""
        rule, square, size = self._opening
        by_mean = _STILL
        if rule == SAMPLE:
            square = float(np.nanmean(shocks**2))
            size = math.sqrt(square)
            by_mean = np.nanmean(2 * shocks[:, None] * slopes, axis=0) if len(slopes) else _STILL
        states, by_parameter = first_states(self._kinds, coefficients, rule, square, size, by_mean)
        return states, by_parameter


def _backcast(shocks: Float) -> tuple[float, float]:
    """arch's exponentially weighted square, and size, of the first shocks."""
    finite = shocks[np.isfinite(shocks)][:EARLY]
    weights = 0.94 ** np.arange(len(finite))
    weights /= weights.sum()
    return float(weights @ finite**2), float(weights @ np.abs(finite))
