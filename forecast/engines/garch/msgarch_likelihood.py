"""The likelihood of a Markov-switching GARCH, with its analytic score; one regime is an ordinary GARCH."""

import copy
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.parameter_layout import parameter_layout
from forecast.engines.garch.recursion_coordinates import RecursionCoordinates
from forecast.engines.garch.unconditional_moments import unconditional_variance
from forecast.engines.garch.variance_targeting import TargetedCoordinates
from forecast.engines.kernels.forward_backward import smooth_chain
from forecast.engines.kernels.garch_densities import garch_densities, relative_densities
from forecast.engines.kernels.garch_parameters import BACKCAST, RESTING, SAMPLE, first_states, regime_recursions
from forecast.engines.kernels.garch_score import garch_score
from forecast.engines.kernels.variance_recursions import ar_shocks
from forecast.engines.switching.coordinates import (
    NU_BOUNDS,
    Bounded,
    MappedBlock,
    ParameterBlock,
    Real,
    TransitionLogits,
    join_blocks,
)
from forecast.engines.switching.innovations import below_zero
from forecast.engines.switching.likelihood import slope_by_coordinates
from forecast.engines.switching.transition_matrix import transition_matrix
from forecast.engines.workspace import workspace

SKEW_BOUNDS = (-0.99, 0.99)
EARLY = 75  # sessions of arch's exponentially weighted start, weights 0.94^t
_STILL = np.zeros(2)


class GarchSample:
    """What a likelihood keeps of `returns` (n,), whatever their law; `drift` is None where it is fitted."""

    def __init__(self, returns: Float, drift: float | None, ar: bool) -> None:
        self.returns, self.drift, self.ar = returns, drift, ar
        missing = ~np.isfinite(returns)
        self.gaps = np.flatnonzero(missing)
        finite = returns if not len(self.gaps) else returns[~missing]
        self.unit, self.level = float(finite.std()), float(finite.mean())
        fixed = 0.0 if drift is None else drift
        self.standard = np.where(missing, 0.0, (returns if drift is None or ar else returns - fixed) / self.unit)
        self.mean = np.array([fixed, 0.0, self.unit])  # drift and ar, where they are fixed, and the unit
        self.backcast = _backcast((finite[:EARLY] - (self.level if drift is None else drift)) / self.unit)


def _backcast(shocks: Float) -> tuple[float, float]:
    """arch's exponentially weighted square, and size, of the first shocks."""
    weights = 0.94 ** np.arange(len(shocks))
    weights /= weights.sum()
    return float(weights @ shocks**2), float(weights @ np.abs(shocks))


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
        sample = GarchSample(returns, drift, ar)
        self._of_spec(sample, spec, prior, targeting)

    def with_spec(self, spec: MSGarchSpec) -> "MSGarchLikelihood":
        """The likelihood of another specification on the same returns."""
        other = copy.copy(self)
        other._of_spec(self._returns, spec, self.prior, self._targeting)
        return other

    def _of_spec(self, sample: GarchSample, spec: MSGarchSpec, prior: Mapping[str, tuple[float, float]], targeting: bool) -> None:
        self._returns, self.returns, self.spec, self.drift, self.prior, self._targeting = (
            sample,
            sample.returns,
            spec,
            sample.drift,
            prior,
            targeting,
        )
        drift, ar, spread, level = sample.drift, sample.ar, sample.unit, sample.level
        layout = parameter_layout(spec, drift is None, ar)
        self.unit, self.level, self.names, self._layout = spread, level, layout.names, layout
        self.recursions = RecursionCoordinates(spec.variance, spec.shared, spread)
        blocks: list[MappedBlock] = [
            self.recursions,
            Bounded(layout.nu_names, *NU_BOUNDS),
            Bounded(layout.skew_names, *SKEW_BOUNDS),
            TransitionLogits(spec.k),
            Real(("drift",) if drift is None else (), level, spread / 10),
            Bounded(("ar",) if ar else (), -0.99, 0.99),
        ]
        free = join_blocks(blocks)
        self.coordinates: ParameterBlock = TargetedCoordinates(free, self._implied_variance, spread**2) if targeting else free
        self._map = *free.rules, *free.sticks
        omega_units = np.where(layout.log_states, 1.0, np.where(layout.root_states, spread, spread**2))
        shifts = np.where(layout.log_states, 2 * math.log(spread), 0.0)
        self._places = layout.places, layout.first_exit, omega_units, shifts
        rule = {"unconditional": RESTING, "backcast": BACKCAST, "sample": SAMPLE}[spec.start]
        self._opening = np.array([rule, *sample.backcast])
        self._sample = sample.standard, sample.gaps, layout.kinds, layout.mean_places, sample.mean
        moments = [prior.get(name.split("[")[0]) for name in self.names]
        self._prior = np.array([(0.0, 0.0) if pair is None else (pair[0], 1 / pair[1]) for pair in moments]).reshape(len(self.names), 2)
        unscored = 1 if not spec.score_first and (not len(sample.gaps) or sample.gaps[0] > 0) else 0
        self.scored = len(self.returns) - len(sample.gaps) - unscored
        self._constant = -self.scored * math.log(spread)  # of the density in the unit of the returns

    def law(self, theta: Float) -> MSGarchLaw:
        """The law of natural parameters (p,)."""
        bare = self._without_start(theta)
        standard = bare.rescaled(1 / self.unit)
        rule, square, size = self._opening.tolist()
        if rule == SAMPLE:
            square = float(np.nanmean((ar_shocks(self.returns, bare.drift, bare.ar) / self.unit) ** 2))
            size = math.sqrt(square)
        first, _ = first_states(self._layout.kinds, standard.coefficients, int(rule), square, size, _STILL)
        return replace(bare, first=replace(standard, first=first).rescaled(self.unit).first)

    def value_and_score(self, theta: Float) -> tuple[float, Float]:
        return self._value_and_slope(theta, tuple(part for block in self._layout.as_they_are for part in block))

    def value_and_slope(self, x: Float) -> tuple[float, Float]:
        if isinstance(self.coordinates, TargetedCoordinates):
            return slope_by_coordinates(self, x)
        return self._value_and_slope(x, self._map)

    def _value_and_slope(self, x: Float, coordinates: tuple[Any, ...]) -> tuple[float, Float]:
        """Log-likelihood at coordinates (p,) of such a map, and its derivatives by them."""
        scored, work = int(not self.spec.score_first), workspace(9 * self.spec.k + 2, len(self.returns))
        law = regime_recursions(x, *coordinates, self._layout.kinds, *self._places)
        theta, _, coefficients, shapes, transitions, _, start = law
        value, *opening = garch_densities(*self._sample, self._opening, scored, work, theta, coefficients, shapes)
        crossings = transitions
        if self.spec.k > 1:
            chain = work[2 + 5 * self.spec.k :].reshape(4, self.spec.k, -1)
            value += relative_densities(shapes, self._sample[1], scored, work)
            loglik, crossings = smooth_chain(chain, transitions, start)
            value += loglik
        log_prior, slope = garch_score(*self._sample, *self._places, self._prior, scored, work, crossings, *opening, *law)
        return value + self._constant + log_prior, slope

    def contributions(self, theta: Float) -> Float:
        return self.law(theta).run(self.returns).contributions

    def theta(self, law: MSGarchLaw) -> Float:
        """Natural parameters (p,) of a law."""
        layout = self._layout
        out = np.zeros(len(self.names))
        values = np.column_stack([law.coefficients, law.nu, law.skew])
        has = layout.places >= 0
        out[layout.places[has]] = values[has]
        out[layout.exits] = law.transitions[~np.eye(self.spec.k, dtype=bool)]
        for place, value in zip(layout.mean_places.tolist(), (law.drift, law.ar), strict=True):
            if place >= 0:
                out[place] = value
        return out

    def alike(self, law: MSGarchLaw) -> bool:
        """Whether each regime of a law has its specified recursion, and gamma, tails and skewness only where they are specified."""
        has = np.column_stack([law.coefficients[:, 2] != 0, np.isfinite(law.nu), law.skew != 0])
        specified = self._layout.places[:, [2, 4, 5]] >= 0
        return bool((law.kinds == self._layout.kinds).all() and (has <= specified).all())

    def _without_start(self, theta: Float) -> MSGarchLaw:
        """The law without its first states."""
        drift, ar = self._mean_equation(theta)
        layout = self._layout
        nu, skew = layout.places[:, 4], layout.places[:, 5]
        return MSGarchLaw(
            kinds=layout.kinds,
            coefficients=self.recursions.coefficients(theta),
            nu=np.where(nu >= 0, theta[nu], np.inf),
            skew=np.where(skew >= 0, theta[skew], 0.0),
            transitions=transition_matrix(theta[layout.exits], self.spec.k),
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

    def _mean_equation(self, theta: Float) -> tuple[float, float]:
        """Drift and ar of natural parameters."""
        drift, ar = self._layout.mean_places.tolist()
        return float(theta[drift]) if self.drift is None else self.drift, float(theta[ar]) if ar >= 0 else 0.0
