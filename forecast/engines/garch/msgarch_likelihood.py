"""The likelihood of a Markov-switching GARCH, with its analytic score; one regime is an ordinary GARCH."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.recursion_coordinates import KINDS, MEAN_ABSOLUTE, RecursionCoordinates, member_names, parameter_places
from forecast.engines.garch.unconditional_moments import resting_state, unconditional_variance
from forecast.engines.garch.variance_targeting import TargetedCoordinates
from forecast.engines.kernels.garch_score import garch_score
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, TARCH, ar_shocks
from forecast.engines.switching.coordinates import NU_BOUNDS, Bounded, ParameterBlock, Real, TransitionLogits, join_blocks
from forecast.engines.switching.innovations import below_zero
from forecast.engines.switching.transition_matrix import stationary_score, transition_matrix
from forecast.engines.workspace import workspace

SKEW_BOUNDS = (-0.99, 0.99)
BACKCAST = 75  # sessions of arch's exponentially weighted start, weights 0.94^t


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
        k, spread, level = spec.k, float(np.nanstd(returns)), float(np.nanmean(returns))
        self.unit = spread
        self.recursions = RecursionCoordinates(spec.variance, spec.shared, spread)
        tails = [dist != "normal" for dist in spec.dist]
        skews = [dist == "skewt" for dist in spec.dist]
        blocks: list[ParameterBlock] = [
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
        self._leaving = ~np.eye(k, dtype=bool)
        self._sums = self._sums_by_parameter()
        egarch = self._kinds == EGARCH
        self._omega_unit = np.where(egarch, 1.0, np.where(self._kinds == TARCH, spread, spread**2))
        self._beta_shift = np.where(egarch, 2 * np.log(spread), 0.0)
        self._fixed = None if drift is None or ar else (ar_shocks(returns, drift, 0.0)[0] / spread, np.empty((0, 2)))
        self._backcast = _backcast((returns - (level if drift is None else drift)) / spread)
        self.scored = int(np.isfinite(returns[0 if spec.score_first else 1 :]).sum())

    def law(self, theta: Float) -> MSGarchLaw:
        """The law of natural parameters (p,)."""
        bare = self._without_start(theta)
        standard = bare.rescaled(1 / self.unit)
        return replace(bare, first=replace(standard, first=self._first(standard, *self._shocks(bare))[0]).rescaled(self.unit).first)

    def value_and_score(self, theta: Float) -> tuple[float, Float]:
        natural = self._without_start(theta)
        law, (shocks, slopes) = natural.rescaled(1 / self.unit), self._shocks(natural)
        first, first_slopes = self._first(law, shocks, slopes)
        work = workspace(10, len(law.kinds), len(shocks))
        value, by_regime, crossings, opening = garch_score(
            shocks, slopes, law.kinds, law.coefficients, first, first_slopes, law.shapes, law.transitions, law.stationary, law.scored, work
        )
        by_transition = _transition_score(law, crossings, opening)
        score = self._by_parameter(self._rescaled(by_regime), by_transition)
        return value - self.scored * float(np.log(self.unit)) + self._log_prior(theta, score), score

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
        mean_equation = dict(zip(self.names[-2:], theta[-2:], strict=False))
        return MSGarchLaw(
            kinds=self._kinds,
            coefficients=self.recursions.coefficients(theta),
            nu=np.where(self._nu >= 0, theta[self._nu], np.inf),
            skew=np.where(self._skew >= 0, theta[self._skew], 0.0),
            transitions=transition_matrix(theta[self._exits], self.spec.k),
            drift=float(mean_equation["drift"]) if self.drift is None else self.drift,
            ar=float(mean_equation.get("ar", 0.0)),
            first=np.zeros(self.spec.k),
            scored=0 if self.spec.score_first else 1,
        )

    def _implied_variance(self, theta: Float) -> float:
        """Variance of the returns by natural parameters; huge where there is none."""
        law = self._without_start(theta)
        below = np.array([below_zero(nu, skew) for nu, skew in zip(law.nu, law.skew, strict=True)])
        shocks = unconditional_variance(law.coefficients, below, law.transitions, law.stationary)
        return min(shocks / (1 - law.ar**2), 1e30 * self.unit**2)

    def _shocks(self, law: MSGarchLaw) -> tuple[Float, Float]:
        """Shocks in units of the sample's volatility, and their derivatives by drift and ar, (n, 2), or (0, 2) where both are fixed."""
        if self._fixed is not None:
            return self._fixed
        shocks, slopes = ar_shocks(self.returns, law.drift, law.ar)
        return shocks / self.unit, slopes / self.unit

    def _first(self, law: MSGarchLaw, shocks: Float, slopes: Float) -> tuple[Float, Float]:
        """First state of each regime, (k,), and its derivatives by omega, alpha, gamma, beta, drift and ar, (k, 6)."""
        each = [self._first_of(j, law, shocks, slopes) for j in range(self.spec.k)]
        return np.array([state for state, _ in each]), np.stack([slope for _, slope in each])

    def _first_of(self, j: int, law: MSGarchLaw, shocks: Float, slopes: Float) -> tuple[float, Float]:
        kind, coefficients = int(law.kinds[j]), law.coefficients[j]
        if self.spec.start == "unconditional":
            return resting_state(kind, coefficients)
        if self.spec.start == "backcast":
            return _after(kind, coefficients, *self._backcast, np.zeros(2), 0.0)
        square = float(np.nanmean(shocks**2))
        by_mean = np.nanmean(2 * shocks[:, None] * slopes, axis=0) if len(slopes) else np.zeros(2)
        return _after(kind, coefficients, square, np.sqrt(square), by_mean, -MEAN_ABSOLUTE[TARCH])

    def _rescaled(self, by_regime: Float) -> Float:
        """Derivatives by PARAMETERS in the unit of the returns, (k, 8), from those of returns of volatility one."""
        out = by_regime.copy()
        out[:, 0] /= self._omega_unit
        out[:, 3] += self._beta_shift * by_regime[:, 0]
        return out

    def _sums_by_parameter(self) -> Float:
        """Which derivatives of the regimes, by PARAMETERS, a natural parameter's is the sum of, (p, 8 k)."""
        sums = np.zeros((len(self.names), self.spec.k, 8))
        columns = np.column_stack([self.recursions.places, self._nu, self._skew])
        for j, places in enumerate(columns):
            for place, parameter in zip(places, (0, 1, 2, 3, 6, 7), strict=True):
                if place >= 0:
                    sums[place, j, parameter] = 1.0
        for name, parameter in (("drift", 4), ("ar", 5)):
            if name in self.names:
                sums[self.names.index(name), :, parameter] = 1.0
        return sums.reshape(len(self.names), -1)

    def _by_parameter(self, by_regime: Float, by_transition: Float) -> Float:
        """The score by the natural parameters, (p,)."""
        score = self._sums @ by_regime.ravel()
        score[self._exits] = (by_transition - np.diag(by_transition)[:, None])[self._leaving]
        return np.asarray(score)

    def _log_prior(self, theta: Float, score: Float) -> float:
        """Log density of the priors up to a constant; their slope is added to `score`."""
        total = 0.0
        for place, name in enumerate(self.names):
            stem = name.split("[")[0]
            if stem in self.prior:
                mean, sd = self.prior[stem]
                away = (theta[place] - mean) / sd
                total -= away**2 / 2
                score[place] -= away / sd
        return total


def _transition_score(law: MSGarchLaw, crossings: Float, opening: Float) -> Float:
    """Derivatives by the transitions (k, k), of expected counts of each and the smoothed probabilities of the first scored session."""
    if len(opening) == 1:
        return np.zeros((1, 1))
    start = law.stationary
    by_transition = crossings / np.maximum(law.transitions, 1e-300)
    return by_transition + stationary_score(law.transitions, start, opening / np.maximum(start, 1e-300))


def _after(kind: int, coefficients: Float, square: float, size: float, by_mean: Float, surprise: float) -> tuple[float, Float]:
    """First state after a session whose squared shock and variance are `square`, and shock `size`, with its derivatives, (6,).

    `by_mean` (2,) are the square's by drift and ar. `surprise` is |z| - sqrt(2 / pi) of that session in an EGARCH: 0 in arch, that of no
    shock in the older benchmark.
    """
    omega, alpha, gamma, beta = coefficients
    if kind == EGARCH:
        slopes = np.array([1.0, surprise, 0.0, np.log(square), *(beta / square * by_mean)])
        return omega + alpha * surprise + beta * np.log(square), slopes
    level = square if kind == GARCH else size
    carried = alpha + gamma / 2 + beta
    by_level = carried * by_mean * (1.0 if kind == GARCH else 0.5 / size)
    return omega + carried * level, np.array([1.0, level, level / 2, level, *by_level])


def _backcast(shocks: Float) -> tuple[float, float]:
    """arch's exponentially weighted square, and size, of the first shocks."""
    finite = shocks[np.isfinite(shocks)][:BACKCAST]
    weights = 0.94 ** np.arange(len(finite))
    weights /= weights.sum()
    return float(weights @ finite**2), float(weights @ np.abs(finite))
