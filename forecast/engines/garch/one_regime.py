"""The optimum of one regime, by climbs from the laws that it contains: a constant variance, GARCH in GJR, normal in t in skewed t.

The law that comes closest is fitted before, whichever was asked for. A climb of each other one is followed until it is seen to end below,
and where it is not to the end, so that no law ends below what it contains.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypedDict

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import Dist, MSGarchSpec
from forecast.engines.garch.msgarch_starts import TYPICAL, plain_start
from forecast.engines.garch.recursion_coordinates import KINDS, MEAN_ABSOLUTE, Variance
from forecast.engines.kernels.coordinate_maps import FARTHEST
from forecast.engines.switching.likelihood import negative_mean
from forecast.engines.switching.maximum_likelihood import (
    MISSED,
    SHORT,
    Optimum,
    WarmStart,
    above_nested,
    climb,
    maximise,
    moved_inside,
)

SIMPLER_VARIANCE: dict[Variance, Variance] = {"gjr": "garch"}
SIMPLER_DIST: dict[Dist, Dist] = {"skewt": "t", "t": "normal"}
# Effect of all shocks, more of falls, and persistence, from which the best is a start: usual, jumpy, slow, fast, hardly any
GRID = ((0.05, 0.05, 0.955), (0.15, 0.1, 0.8), (0.02, 0.04, 0.99), (0.3, 0.2, 0.9), (0.05, 0.0, 0.3))
LOG_GRID = ((0.15, -0.05, 0.97), (0.3, 0.0, 0.8), (0.1, -0.1, 0.99), (0.4, 0.0, 0.5), (0.1, 0.0, 0.0))  # EGARCH's alpha, gamma, beta
SIMPLEST = {"gamma": 0.0, "nu": math.inf, "lambda": 0.0}  # of a law that does without
ROUGH = 20  # steps of a climb of one regime that several start from
HEAVY = 3.5  # degrees of freedom that daily returns have where all changes of their variance are left to the tails
ELSEWHERE, OTHERS = 40, 3  # most steps of each climb after one that stalled, and plain starts of them
CLOSE = 5e-6  # slope at which the climb to a law that another starts from ends: NEARLY, where a climb counts as done, and less
ROUGHLY = 1e-4  # slope at which the climb to a constant variance ends: a thousandth of a log-likelihood from its top
LEVELS = (1.0, 0.3)  # mean variances of an EGARCH that are tried, in the sample's, which one jump may double


class _Options(TypedDict):
    """Of every climb."""

    iterations: int
    tolerance: float


class OneRegime:
    """Optima of the laws of one regime on the same returns; each is climbed to once.

    `likelihood_of` gives the likelihood of a specification; `earlier` are optima on other returns, of which each is the only start of its
    law.
    """

    def __init__(
        self,
        likelihood_of: Callable[[MSGarchSpec], MSGarchLikelihood],
        earlier: Mapping[MSGarchSpec, Optimum],
        *,
        iterations: int,
        tolerance: float,
    ) -> None:
        self._likelihood_of, self._earlier = likelihood_of, earlier
        self._options = _Options(iterations=iterations, tolerance=tolerance)
        self._fits: dict[MSGarchSpec, tuple[MSGarchLikelihood, Optimum]] = {}
        self._rough: dict[MSGarchSpec, MSGarchLaw] = {}
        self._tops: dict[MSGarchSpec, tuple[MSGarchLikelihood, Optimum]] = {}  # of laws that another is climbed to from

    @property
    def optima(self) -> dict[MSGarchSpec, Optimum]:
        """Of the laws climbed to so far, and the earlier ones of the others."""
        return {**self._earlier, **{spec: optimum for spec, (_, optimum) in (self._tops | self._fits).items()}}

    def fit(self, spec: MSGarchSpec, warm: WarmStart | None = None) -> tuple[MSGarchLikelihood, Optimum]:
        """The likelihood and its optimum, from an earlier fit's end as well where there is one."""
        if spec not in self._fits:
            self._fits[spec] = self._climbed(spec, warm)
        return self._fits[spec]

    def rough(self, spec: MSGarchSpec) -> MSGarchLaw:
        """A law roughly at the optimum, off its bounds, for several regimes to start from."""
        if spec not in self._rough:
            likelihood = self._likelihood_of(spec)
            x = likelihood.coordinates.free(plain_start(likelihood))
            top = climb(likelihood, x, iterations=ROUGH, tolerance=self._options["tolerance"], curvature=np.eye(len(x)))
            self._rough[spec] = _law(likelihood, top)
        return self._rough[spec]

    def _closest(self, spec: MSGarchSpec) -> tuple[MSGarchLikelihood, Optimum]:
        """The likelihood and the top that the law next above is climbed to from, which looks by itself at what both contain."""
        if spec not in self._fits and spec not in self._tops:
            likelihood = self._likelihood_of(spec)
            if (top := self._refitted(likelihood)) is None:
                options = self._options | {"tolerance": max(CLOSE, self._options["tolerance"])}
                top = self._top(likelihood, self._below(likelihood), None, options)
            if not top.converged:
                return self.fit(spec)
            self._tops[spec] = likelihood, _at_bounds(likelihood, top)
        return self._fits.get(spec) or self._tops[spec]

    def _below(self, likelihood: MSGarchLikelihood) -> list[Float]:
        """Coordinates of the top of the law that comes closest, if there is one."""
        return [_inside(likelihood, *self._closest(below)) for below in nested_specs(likelihood.spec)[-1:]]

    def _climbed(self, spec: MSGarchSpec, warm: WarmStart | None) -> tuple[MSGarchLikelihood, Optimum]:
        likelihood = self._likelihood_of(spec)
        if not likelihood.coordinates.size:  # all that there is to fit is held
            return likelihood, climb(likelihood, np.empty(0), **self._options)
        if (refit := self._refitted(likelihood)) is not None:
            return likelihood, refit
        others, nested = nested_specs(spec)[:-1], self._below(likelihood)
        top = self._top(likelihood, nested, warm, self._options)
        lower = [below for below in others if self._is_lower(below, likelihood, top)]
        nested += [_inside(likelihood, *self.fit(below)) for below in others if below not in lower]
        if lower or spec.variance[0] not in SIMPLER_VARIANCE:
            nested.append(self._constant(likelihood, top.value if top.converged else np.inf))
        top = above_nested(likelihood, top, nested, **self._options)
        return likelihood, _at_bounds(likelihood, top if top.converged else self._converged(likelihood, top, nested))

    def _is_lower(self, below: MSGarchSpec, likelihood: MSGarchLikelihood, top: Optimum) -> bool:
        """Whether a climb of a simpler law, from what it has of the optimum, is seen to end below that before it is there."""
        if below in self._fits or not top.converged:
            return False
        own, law = self._likelihood_of(below), _law(likelihood, top)
        coefficients = law.coefficients.copy()
        coefficients[:, 1] += coefficients[:, 2] / 2
        coefficients[:, 2] = 0.0
        x = own.coordinates.free(own.theta(replace(law, coefficients=coefficients)))
        end = climb(own, x, iterations=SHORT, tolerance=ROUGHLY, above=top.value)
        return end.hopeless

    def _refitted(self, likelihood: MSGarchLikelihood) -> Optimum | None:
        """The end of the climb from an earlier optimum; None without one, or where an earlier optimum of a simpler law is as likely."""
        spec = likelihood.spec
        if not {spec, *nested_specs(spec)[-1:]} <= self._earlier.keys() or len(self._earlier[spec].x) != likelihood.coordinates.size:
            return None
        earlier = self._earlier[spec]
        top = maximise(likelihood, [], warm=moved_inside(likelihood, WarmStart(earlier.x, earlier.curvature)), **self._options)
        simpler = ((self._likelihood_of(below), self._earlier[below]) for below in nested_specs(spec) if below in self._earlier)
        below = max((-negative_mean(own)(end.x)[0] * own.scored for own, end in simpler), default=-np.inf)
        return _at_bounds(likelihood, top) if top.converged and top.value > below else None

    def _top(self, likelihood: MSGarchLikelihood, simpler: list[Float], warm: WarmStart | None, options: _Options) -> Optimum:
        """The end of the climb from an earlier optimum, or the highest of those from several starts."""
        earlier = self._earlier.get(likelihood.spec)
        if earlier is not None and len(earlier.x) == likelihood.coordinates.size:
            first = moved_inside(likelihood, WarmStart(earlier.x, earlier.curvature))
            return maximise(likelihood, [], warm=first, **options)
        starts = self._starts(likelihood, simpler)
        first = WarmStart(starts[0]) if warm is None else warm
        return maximise(likelihood, starts[1:] if warm is None else starts, warm=first, **options)

    def _converged(self, likelihood: MSGarchLikelihood, stalled: Optimum, nested: list[Float]) -> Optimum:
        """The highest top to be had elsewhere that is not below a simpler law; where there is none, the end of the climb that stalled.

        An EGARCH whose variance the returns do not determine (not invertible: Straumann and Mikosch 2006) has a likelihood so rough that
        climbs stall, often higher than every smooth top.
        """
        slope = negative_mean(likelihood)
        least = max((-slope(x)[0] * likelihood.scored for x in nested), default=-np.inf) - MISSED
        ends = []
        plain = sorted((likelihood.coordinates.free(theta) for theta in plain_thetas(likelihood)), key=lambda x: slope(x)[0])
        for x in [stalled.x, *plain[:OTHERS], *nested]:
            ends.append(climb(likelihood, x, iterations=ELSEWHERE, tolerance=self._options["tolerance"]))
            if ends[0].converged:
                break
        sound = [end for end in ends if end.converged and end.value >= least]
        return max(sound, key=lambda end: end.value, default=stalled)

    def _starts(self, likelihood: MSGarchLikelihood, nested: list[Float]) -> list[Float]:
        """The likeliest of the simpler laws, moved off its bounds, and of plain starts where the innovations are normal: best first."""
        slope = negative_mean(likelihood)
        plain = [likelihood.coordinates.free(theta) for theta in plain_thetas(likelihood)]
        if likelihood.spec.dist[0] == "normal":
            plain = sorted(plain, key=lambda x: slope(x)[0])
        inside = [np.where(likelihood.coordinates.at_bound(x), plain[0], x) for x in nested]
        if likelihood.spec.dist[0] != "normal":
            return inside if len(inside) == 1 else [min(inside, key=lambda x: slope(x)[0])]
        return sorted([plain[0], *inside], key=lambda x: slope(x)[0]) if inside else plain[:1]

    def _constant(self, likelihood: MSGarchLikelihood, above: float) -> Float:
        """Coordinates of the best law of a constant variance, or of one close to it where the best is seen to be below `above`."""
        shocks = likelihood.returns - (likelihood.level if likelihood.drift is None else likelihood.drift)
        omega = _omega(likelihood, float(np.nanmean(shocks**2)))
        bare = {"omega": omega, "alpha": 0.0, "gamma": 0.0, "beta": 0.0, "lambda": 0.0}
        heavy, normal = (likelihood.coordinates.free(_theta(likelihood, {**bare, "nu": nu})) for nu in (HEAVY, np.inf))
        if likelihood.spec.dist[0] == "normal" and likelihood.spec.score_first and "ar" not in likelihood.names:
            return normal
        recursion = likelihood.recursions.size - (len(likelihood.names) - len(heavy))  # targeting leaves omega out
        free = np.arange(len(heavy)) >= recursion
        free[0] |= len(likelihood.names) == len(heavy)
        top = climb(likelihood, heavy, free=free, above=above, **(self._options | {"tolerance": ROUGHLY}))
        return normal if -negative_mean(likelihood)(normal)[0] * likelihood.scored > top.value else top.x


def _at_bounds(likelihood: MSGarchLikelihood, end: Optimum) -> Optimum:
    """The end with parameters that are almost at a bound moved onto it, where that is higher: a climb towards a bound never arrives."""
    held = likelihood.coordinates.at_bound(end.x)
    if not held.any():
        return end
    x = np.where(held, FARTHEST * np.sign(end.x), end.x)
    value = -negative_mean(likelihood)(x)[0] * likelihood.scored
    return replace(end, x=x, value=value) if value > end.value else end


def _inside(likelihood: MSGarchLikelihood, below: MSGarchLikelihood, end: Optimum) -> Float:
    """Coordinates of the end of a climb of a simpler law."""
    theta = below.coordinates.natural(end.x)[0]
    return likelihood.coordinates.free(_theta(likelihood, SIMPLEST | dict(zip(below.names, theta.tolist(), strict=True))))


def _law(likelihood: MSGarchLikelihood, end: Optimum) -> MSGarchLaw:
    """The law where a climb ended."""
    return likelihood.law(likelihood.coordinates.natural(end.x)[0])


def plain_thetas(likelihood: MSGarchLikelihood) -> list[Float]:
    """Natural parameters of one regime that suit daily returns of several kinds, of which the likeliest is a start."""
    kind, square = likelihood.spec.variance[0], likelihood.unit**2
    if kind == "egarch":
        choices = [(alpha, gamma, beta, level * square) for alpha, gamma, beta in LOG_GRID for level in LEVELS]
        return [
            _theta(likelihood, {"alpha": alpha, "gamma": gamma, "beta": beta, "omega": (1 - beta) * _omega(likelihood, mean)})
            for alpha, gamma, beta, mean in choices
        ]
    out, scale = [], MEAN_ABSOLUTE[KINDS[kind]]
    for alpha, gamma, persistence in GRID:
        own = {"alpha": alpha + gamma / 2} if kind == "garch" else {"alpha": alpha, "gamma": gamma}
        beta, omega = persistence - scale * (alpha + gamma / 2), (1 - persistence) * _omega(likelihood, square)
        out.append(_theta(likelihood, {**own, "beta": beta, "omega": omega}))
    return out


def _omega(likelihood: MSGarchLikelihood, square: float) -> float:
    """The omega of a variance that is `square` all along."""
    return {"egarch": float(np.log(square)), "tarch": float(np.sqrt(square))}.get(likelihood.spec.variance[0], square)


def _theta(likelihood: MSGarchLikelihood, values: dict[str, float]) -> Float:
    """Natural parameters by name, the typical ones where they are not named."""
    typical = TYPICAL | {"drift": likelihood.level} | values
    return np.array([typical[name] for name in likelihood.names])


def nested_specs(spec: MSGarchSpec) -> list[MSGarchSpec]:
    """Those of one regime that are next simpler."""
    variance, dist = spec.variance[0], spec.dist[0]
    simpler = [replace(spec, variance=(SIMPLER_VARIANCE[variance],))] if variance in SIMPLER_VARIANCE else []
    return simpler + ([replace(spec, dist=(SIMPLER_DIST[dist],))] if dist in SIMPLER_DIST else [])
