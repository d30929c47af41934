"""Coordinates of the regimes' variance recursions: names, sharing, stationarity."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.coordinate_maps import FARTHEST, INNER, MOST_PERSISTENT
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, TARCH
from forecast.engines.switching.coordinates import CLIP, SATURATED, RuleMap, Rules, Sticks, held_at

Variance = Literal["garch", "gjr", "tarch", "egarch"]
KINDS = {"garch": GARCH, "gjr": GARCH, "tarch": TARCH, "egarch": EGARCH}
COEFFICIENTS = ("omega", "alpha", "gamma", "beta")
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
class RecursionLayout:
    """What of `RecursionCoordinates` does not depend on the unit."""

    variance: tuple[Variance, ...]
    shared: frozenset[str]

    @cached_property
    def has(self) -> dict[str, list[bool]]:
        """Whether each regime has each coefficient."""
        return {name: [name != "gamma" or kind != "garch" for kind in self.variance] for name in COEFFICIENTS}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        k = len(self.variance)
        parts = [member_names(name, np.flatnonzero(self.has[name]), name in self.shared, k) for name in COEFFICIENTS]
        return tuple(name for part in parts for name in part)

    @cached_property
    def places(self) -> Int:
        """Place of each regime's coefficients among the names, (k, 4), -1 where there is none."""
        return np.column_stack([parameter_places(self.names, name, self.has[name]) for name in COEFFICIENTS])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Which coefficient breaks the stick first: beta, alpha, gamma, the shared ones before the others."""
        return tuple(sorted((3, 1, 2), key=lambda place: COEFFICIENTS[place] not in self.shared))

    @cached_property
    def weights(self) -> list[list[float]]:
        """Weight of each coefficient in a regime's persistence, (k, 4); gamma stands for alpha + gamma, the effect of falls."""
        out = []
        for kind, falls in zip(self.variance, self.has["gamma"], strict=True):
            scale = MEAN_ABSOLUTE.get(KINDS[kind], 1.0)
            out.append([0.0, scale * (0.5 if falls else 1.0), 0.5 * scale if falls else 0.0, 1.0])
        return out

    @cached_property
    def logistic(self) -> Flags:
        """Which coordinates are of shares."""
        own = np.ones(len(self.names), dtype=bool)
        own[self.places[:, 0]] = False
        own[self.places[np.array(self.variance) == "egarch", :3]] = False
        return own

    @cached_property
    def rules(self) -> Rules:
        """That of a stick, for each."""
        return Rules.of(len(self.names), INNER)

    @cached_property
    def stick(self) -> tuple[Int, Float, Int, Flags]:
        """Places, weights, order and which regimes are EGARCH."""
        logs = np.array([kind == "egarch" for kind in self.variance])
        return self.places, np.array(self.weights), np.array(self.order), logs


recursion_layout = lru_cache(maxsize=64)(RecursionLayout)


@dataclass(frozen=True)
class RecursionCoordinates(RuleMap):
    """Coordinates of omega, alpha, gamma and beta of each regime, positive and covariance-stationary.

    A regime's persistence, beta + alpha + gamma / 2 (times E|z| in a TARCH), is broken like a stick of length one, the shared
    coefficients first, so that regimes that share a coordinate share the coefficient. An omega is measured in `unit`, the volatility of the
    sample.
    """

    variance: tuple[Variance, ...]
    shared: frozenset[str]
    unit: float = 1.0

    @cached_property
    def _layout(self) -> RecursionLayout:
        return recursion_layout(self.variance, self.shared)

    @property
    def names(self) -> tuple[str, ...]:
        return self._layout.names

    @property
    def size(self) -> int:
        return len(self.names)

    @property
    def places(self) -> Int:
        """Place of each regime's coefficients among the names, (k, 4), -1 where there is none."""
        return self._layout.places

    def coefficients(self, theta: Float) -> Float:
        """(k, 4) of natural parameters, which may go on after this block's."""
        return np.where(self.places >= 0, theta[self.places], 0.0)

    @property
    def rules(self) -> Rules:
        return self._layout.rules

    @cached_property
    def sticks(self) -> Sticks:
        places, weights, order, logs = self._layout.stick
        units = [2 * math.log(self.unit) if log else self._omega_unit(j) for j, log in enumerate(logs.tolist())]
        return Sticks(places, weights, order, np.array(units), logs)

    def _omega_unit(self, regime: int) -> float:
        """The unit of a regime's omega, which adds to a variance, or in a TARCH to a volatility."""
        return self.unit if self.variance[regime] == "tarch" else self.unit**2

    def free(self, theta: Float) -> Float:
        x, natural = np.empty(self.size), theta.tolist()
        for j, places in enumerate(self.places.tolist()):
            coordinates = self._stick_coordinates(j, [natural[place] if place >= 0 else 0.0 for place in places])
            for place, value in zip(places, coordinates, strict=True):
                if place >= 0:
                    x[place] = value
        return x

    def at_bound(self, x: Float) -> Flags:
        return (np.abs(x) > SATURATED) & self._layout.logistic

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
        persistence = sum(
            weight * effect for weight, effect in zip(self._layout.weights[regime], (0.0, alpha, alpha + gamma, beta), strict=True)
        )
        lines = [
            (names[0], 0.0, omega <= self._omega_unit(regime) * math.exp(1 - FARTHEST)),
            (names[1], 0.0, alpha <= NEARLY_ZERO),
            (f"{names[1]} + {names[2]}", 0.0, self._layout.has["gamma"][regime] and alpha + gamma <= NEARLY_ZERO),
            (names[3], 0.0, beta <= NEARLY_ZERO),
            (f"persistence{suffix}", 1.0, persistence >= 1 - NEARLY_ONE),
        ]
        return [held_at(name, bound) for name, bound, at_bound in lines if at_bound]

    def _stick_coordinates(self, regime: int, values: list[float]) -> list[float]:
        """Coordinates (4,) of a regime's coefficients (4,)."""
        omega, alpha, gamma, beta = values
        if self.variance[regime] == "egarch":
            beta = min(max(beta, -0.999999), 0.999999)
            return [omega / (1 - beta) - 2 * math.log(self.unit), alpha, gamma, 2 * math.atanh(beta)]
        x = [math.log(max(omega / self._omega_unit(regime), math.exp(-FARTHEST))), 0.0, 0.0, 0.0]
        weights, effects, left = self._layout.weights[regime], (0.0, alpha, alpha + gamma, beta), MOST_PERSISTENT
        for place in self._layout.order:
            if weights[place] == 0.0:
                continue
            share = min(max(weights[place] * effects[place] / left, CLIP), 1 - CLIP)
            x[place] = math.log(share / (1 - share))
            left *= 1 - share
        return x
