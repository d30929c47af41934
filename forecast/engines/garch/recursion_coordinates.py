"""Coordinates of the regimes' variance recursions: names, sharing, stationarity."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import logit

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, TARCH
from forecast.engines.switching.coordinates import CLIP, FARTHEST, SATURATED, held_at

Variance = Literal["garch", "gjr", "tarch", "egarch"]
KINDS = {"garch": GARCH, "gjr": GARCH, "tarch": TARCH, "egarch": EGARCH}
COEFFICIENTS = ("omega", "alpha", "gamma", "beta")
MOST_PERSISTENT = 1 - 1e-6
NEARLY_ZERO = 1e-4  # of a coefficient: where a climb towards zero becomes too flat to go on
NEARLY_ONE = 1e-5
MEAN_ABSOLUTE = {GARCH: 1.0, TARCH: float(np.sqrt(2 / np.pi))}  # of a shock in the units of the recursion's state


def member_names(name: str, regimes: Int, shared: bool, k: int) -> tuple[str, ...]:
    """Names of one parameter in the regimes that have it: one name where it is shared or there is one regime."""
    if not len(regimes):
        return ()
    return (name,) if shared or k == 1 else tuple(f"{name}[{j + 1}]" for j in regimes)


def parameter_places(names: tuple[str, ...], name: str, has: list[bool]) -> Int:
    """Place in `names` of a parameter of each regime, (k,), -1 where a regime has none."""
    own = [f"{name}[{j + 1}]" for j in range(len(has))]
    return np.array([names.index(own[j] if own[j] in names else name) if has[j] else -1 for j in range(len(has))])


@dataclass(frozen=True)
class RecursionCoordinates:
    """Coordinates of omega, alpha, gamma and beta of each regime, positive and covariance-stationary.

    A regime's persistence, beta + alpha + gamma / 2 (times E|z| in a TARCH), is broken like a stick of length one, the shared
    coefficients first, so that regimes that share a coordinate share the coefficient. An omega is measured in `unit`, the volatility of the
    sample.
    """

    variance: tuple[Variance, ...]
    shared: frozenset[str]
    unit: float = 1.0

    @cached_property
    def has(self) -> dict[str, list[bool]]:
        """Whether each regime has each coefficient."""
        return {name: [name != "gamma" or kind != "garch" for kind in self.variance] for name in COEFFICIENTS}

    @cached_property
    def names(self) -> tuple[str, ...]:
        k = len(self.variance)
        parts = [member_names(name, np.flatnonzero(self.has[name]), name in self.shared, k) for name in COEFFICIENTS]
        return tuple(name for part in parts for name in part)

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def places(self) -> Int:
        """Place of each regime's coefficients among the names, (k, 4), -1 where there is none."""
        return np.column_stack([parameter_places(self.names, name, self.has[name]) for name in COEFFICIENTS])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Which coefficient breaks the stick first: beta, alpha, gamma, the shared ones before the others."""
        return tuple(sorted((3, 1, 2), key=lambda place: COEFFICIENTS[place] not in self.shared))

    def coefficients(self, theta: Float) -> Float:
        """(k, 4) of natural parameters, which may go on after this block's."""
        return np.where(self.places >= 0, theta[self.places], 0.0)

    def natural(self, x: Float) -> tuple[Float, Float]:
        theta, jacobian = np.empty(self.size), np.zeros((self.size, self.size))
        coordinates = x.tolist()
        for j, places in enumerate(self.places.tolist()):
            values, slopes = self._stick_coefficients(j, [coordinates[place] if place >= 0 else 0.0 for place in places])
            for row, place in enumerate(places):
                if place >= 0:
                    theta[place] = values[row]
                    for column, other in enumerate(places):
                        if slopes[row][column] != 0.0:
                            jacobian[place, other] = slopes[row][column]
        return theta, jacobian

    @cached_property
    def weights(self) -> list[list[float]]:
        """Weight of each coefficient in a regime's persistence, (k, 4); gamma stands for alpha + gamma, the effect of falls."""
        out = []
        for kind, falls in zip(self.variance, self.has["gamma"], strict=True):
            scale = MEAN_ABSOLUTE.get(KINDS[kind], 1.0)
            out.append([0.0, scale * (0.5 if falls else 1.0), 0.5 * scale if falls else 0.0, 1.0])
        return out

    def _stick_coefficients(self, regime: int, x: list[float]) -> tuple[list[float], list[list[float]]]:
        """Coefficients (4,) of a regime's coordinates (4,), and the Jacobian (4, 4)."""
        if self.variance[regime] == "egarch":
            return _log_recursion(x, 2 * math.log(self.unit))
        weights = self.weights[regime]
        values, slopes = [0.0] * 4, [[0.0] * 4 for _ in range(4)]
        values[0] = slopes[0][0] = self._omega_unit(regime) * math.exp(min(max(x[0], -FARTHEST), FARTHEST))
        left, left_slope = MOST_PERSISTENT, [0.0] * 4
        for place in self.order:
            if weights[place] == 0.0:
                continue
            share = 1 / (1 + math.exp(-min(max(x[place], -FARTHEST), FARTHEST)))
            part, part_slope = left * share, [slope * share for slope in left_slope]
            part_slope[place] += left * share * (1 - share)
            values[place], slopes[place] = part / weights[place], [slope / weights[place] for slope in part_slope]
            left, left_slope = left - part, [old - new for old, new in zip(left_slope, part_slope, strict=True)]
        if self.has["gamma"][regime]:  # so far that of falls, alpha + gamma
            values[2] -= values[1]
            slopes[2] = [falls - rises for falls, rises in zip(slopes[2], slopes[1], strict=True)]
        return values, slopes

    def _omega_unit(self, regime: int) -> float:
        """The unit of a regime's omega, which adds to a variance, or in a TARCH to a volatility."""
        return self.unit if self.variance[regime] == "tarch" else self.unit**2

    def free(self, theta: Float) -> Float:
        x = np.empty(self.size)
        for j, places in enumerate(self.places):
            x[places[places >= 0]] = self._stick_coordinates(j, self.coefficients(theta)[j])[places >= 0]
        return x

    def at_bound(self, x: Float) -> Flags:
        logistic = ~np.isin(np.arange(self.size), self.places[:, 0])
        egarch = np.isin(np.arange(self.size), self.places[np.array(self.variance) == "egarch", :3])
        return (np.abs(x) > SATURATED) & logistic & ~egarch

    def held(self, theta: Float) -> tuple[str, ...]:
        lines = [line for j, values in enumerate(self.coefficients(theta).tolist()) for line in self._held_of(j, values)]
        return tuple(dict.fromkeys(lines))  # a shared one once

    def _held_of(self, regime: int, values: list[float]) -> list[str]:
        """Lines of one regime's coefficients (4,)."""
        omega, alpha, gamma, beta = values
        names = [self.names[place] if place >= 0 else "" for place in self.places[regime]]
        suffix = "" if len(self.variance) == 1 else f"[{regime + 1}]"
        if self.variance[regime] == "egarch":
            return [held_at(names[3], math.copysign(1.0, beta))] if abs(beta) > 1 - NEARLY_ONE else []
        persistence = sum(weight * effect for weight, effect in zip(self.weights[regime], (0.0, alpha, alpha + gamma, beta), strict=True))
        lines = [
            (names[0], 0.0, omega <= self._omega_unit(regime) * math.exp(1 - FARTHEST)),
            (names[1], 0.0, alpha <= NEARLY_ZERO),
            (f"{names[1]} + {names[2]}", 0.0, self.has["gamma"][regime] and alpha + gamma <= NEARLY_ZERO),
            (names[3], 0.0, beta <= NEARLY_ZERO),
            (f"persistence{suffix}", 1.0, persistence >= 1 - NEARLY_ONE),
        ]
        return [held_at(name, bound) for name, bound, at_bound in lines if at_bound]

    def _stick_coordinates(self, regime: int, values: Float) -> Float:
        """Coordinates (4,) of a regime's coefficients (4,)."""
        if self.variance[regime] == "egarch":
            beta = np.clip(values[3], -0.999999, 0.999999)
            return np.array([values[0] / (1 - beta) - 2 * math.log(self.unit), values[1], values[2], 2 * np.arctanh(beta)])
        weights, x = self.weights[regime], np.zeros(4)
        x[0] = np.log(max(values[0] / self._omega_unit(regime), np.exp(-FARTHEST)))
        effects = np.array([0.0, values[1], values[1] + values[2], values[3]])
        left = MOST_PERSISTENT
        for place in self.order:
            if weights[place] == 0.0:
                continue
            share = float(np.clip(weights[place] * effects[place] / left, CLIP, 1 - CLIP))
            x[place] = logit(share)
            left *= 1 - share
        return x


def _log_recursion(x: list[float], level: float) -> tuple[list[float], list[list[float]]]:
    """EGARCH: coordinates are the mean log variance less the sample's, `level`, then alpha, gamma, and beta's."""
    beta = math.tanh(min(max(x[3], -FARTHEST), FARTHEST) / 2)  # never one
    by_beta = (1 - beta**2) / 2
    mean = level + x[0]
    slopes = [[1 - beta, 0.0, 0.0, -mean * by_beta], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, by_beta]]
    return [mean * (1 - beta), x[1], x[2], beta], slopes
