"""Unconstrained coordinates for an optimiser, and their maps to natural parameters.

A `ParameterBlock` maps some coordinates to some natural parameters with the Jacobian; `Coordinates` joins blocks. Maps saturate
rather than overflow, so that a parameter at its bound is a plateau and never a NaN.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import logit

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.coordinate_maps import FARTHEST, INNER, LOGISTIC, POSITIVE, REAL, ROW, natural

CLIP = 1e-13  # of a share that `free` brings inside its bounds: a coordinate just short of FARTHEST
SATURATED = 11.0  # of a logistic coordinate: its parameter is within 2e-5 of a bound
NEAR = 1e-3  # relative distance from a bound within which a parameter stands at it
CERTAIN = 2e-5  # probability below which a regime is never left: SATURATED of a logit
NU_BOUNDS = (2.05, 500.0)


class Rules(NamedTuple):
    """How coordinates become natural parameters, (size,) each, as `kernels.coordinate_maps` has it."""

    rule: Int
    low: Float
    width: Float

    @classmethod
    def of(cls, size: int, rule: int, low: float = 0.0, width: float | Float = 1.0) -> "Rules":
        """One rule for all."""
        return cls(np.full(size, rule), np.full(size, float(low)), np.zeros(size) + width)


class Sticks(NamedTuple):
    """The variance recursions among the coordinates, as `kernels.coordinate_maps` has them; of no regime by default."""

    places: Int = np.empty((0, 4), dtype=np.int64)
    weights: Float = np.empty((0, 4))
    order: Int = np.empty(0, dtype=np.int64)
    units: Float = np.empty(0)
    logs: Flags = np.empty(0, dtype=np.bool_)


NO_STICKS = Sticks()


class ParameterBlock(Protocol):
    """`names` of the natural parameters; `size` coordinates."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int: ...

    def natural(self, x: Float) -> tuple[Float, Float]:
        """Natural parameters (p,) of coordinates (size,), and the Jacobian (p, size)."""
        ...

    def free(self, theta: Float) -> Float:
        """Coordinates of natural parameters; those at or outside a bound are brought just inside it."""
        ...

    def at_bound(self, x: Float) -> Flags:
        """Which coordinates hold their parameter at a bound, (size,)."""
        ...

    @property
    def logits(self) -> Flags:
        """Which coordinates have a bound that they may run to, on both sides, (size,)."""
        ...

    def held(self, theta: Float) -> tuple[str, ...]:
        """A line for each natural parameter that stands at a bound, with its name and the bound."""
        ...


class MappedBlock(ParameterBlock, Protocol):
    """A block that is as many coordinates as parameters, and follows rules."""

    @property
    def rules(self) -> Rules:
        """Of each coordinate."""
        ...

    @property
    def sticks(self) -> Sticks:
        """Of the regimes that have a variance recursion."""
        ...


class RuleMap:
    """The map of a block by its rules."""

    @cached_property
    def logits(self: MappedBlock) -> Flags:
        """Which coordinates have a bound that they may run to, on both sides, (size,)."""
        return self.at_bound(np.full(self.size, FARTHEST))

    @property
    def sticks(self) -> Sticks:
        """None, unless a block has some."""
        return NO_STICKS

    def natural(self: MappedBlock, x: Float) -> tuple[Float, Float]:
        """Natural parameters (p,) of coordinates (p,), and the Jacobian (p, p)."""
        theta, jacobian = natural(x, *self.rules, *self.sticks)
        return theta, jacobian


@dataclass(frozen=True)
class Real(RuleMap):
    """Real parameters, centre + scale * x, with one scale for all or one each."""

    names: tuple[str, ...]
    centre: float = 0.0
    scale: float | Float = 1.0

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def rules(self) -> Rules:
        return Rules.of(self.size, REAL, self.centre, self.scale)

    def free(self, theta: Float) -> Float:
        return (theta - self.centre) / self.scale

    def at_bound(self, x: Float) -> Flags:
        return np.zeros(len(x), dtype=bool)

    def held(self, theta: Float) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Positive(RuleMap):
    """Parameters above a floor, floor + unit * exp(x)."""

    names: tuple[str, ...]
    floor: float = 0.0
    unit: float = 1.0

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def rules(self) -> Rules:
        return Rules.of(self.size, POSITIVE, self.floor, self.unit)

    def free(self, theta: Float) -> Float:
        return np.log(np.maximum((theta - self.floor) / self.unit, np.exp(-FARTHEST)))

    def at_bound(self, x: Float) -> Flags:
        return x <= 1 - FARTHEST

    def held(self, theta: Float) -> tuple[str, ...]:
        low = theta <= self.floor * (1 + NEAR) + self.unit * np.exp(1 - FARTHEST)
        return tuple(held_at(self.names[place], self.floor) for place in np.flatnonzero(low))


@dataclass(frozen=True)
class Bounded(RuleMap):
    """Parameters between two bounds, by the logistic function."""

    names: tuple[str, ...]
    low: float
    high: float

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def rules(self) -> Rules:
        return Rules.of(self.size, LOGISTIC, self.low, self.high - self.low)

    def free(self, theta: Float) -> Float:
        return logit(np.clip((theta - self.low) / (self.high - self.low), CLIP, 1 - CLIP))

    def at_bound(self, x: Float) -> Flags:
        return np.abs(x) > SATURATED

    def held(self, theta: Float) -> tuple[str, ...]:
        low, high = (np.abs(theta - bound) <= NEAR * abs(bound) for bound in (self.low, self.high))
        bounds = np.where(low, self.low, self.high)
        return tuple(held_at(self.names[place], bounds[place]) for place in np.flatnonzero(low | high))


@dataclass(frozen=True)
class TransitionLogits(RuleMap):
    """Probabilities of leaving each of k regimes for each other, by logits against staying; row by row."""

    k: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"p[{i + 1}->{j + 1}]" for i in range(self.k) for j in range(self.k) if i != j)

    @property
    def size(self) -> int:
        return self.k * (self.k - 1)

    @cached_property
    def rules(self) -> Rules:
        rules = Rules.of(self.size, INNER, self.k - 1)
        rules.rule[:: max(1, self.k - 1)] = ROW
        return rules

    def free(self, theta: Float) -> Float:
        rows = np.clip(theta.reshape(self.k, self.k - 1), 1e-6, 1.0)
        staying = np.clip(1 - rows.sum(axis=1, keepdims=True), 1e-6, 1.0)
        return np.log(rows / staying).ravel()

    def at_bound(self, x: Float) -> Flags:
        return np.abs(x) > SATURATED

    def held(self, theta: Float) -> tuple[str, ...]:
        """Of a regime that is never left, or left at once: single exits that never happen are common with three regimes."""
        leaving = theta.reshape(self.k, self.k - 1).sum(axis=1) if self.k > 1 else np.full(1, 0.5)
        staying = [(regime, 1.0) for regime in np.flatnonzero(leaving < CERTAIN)] + [
            (regime, 0.0) for regime in np.flatnonzero(leaving > 1 - CERTAIN)
        ]
        return tuple(held_at(f"p[{regime + 1}->{regime + 1}]", bound) for regime, bound in staying)


@dataclass(frozen=True)
class Coordinates(RuleMap):
    """Blocks one after the other."""

    blocks: tuple[MappedBlock, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for block in self.blocks for name in block.names)

    @cached_property
    def size(self) -> int:
        return sum(block.size for block in self.blocks)

    @cached_property
    def _places(self) -> list[tuple[MappedBlock, slice]]:
        """Each block with its parameters and coordinates."""
        ends = np.cumsum([0] + [block.size for block in self.blocks])
        return [(block, slice(*pair)) for block, pair in zip(self.blocks, itertools.pairwise(ends), strict=True)]

    @cached_property
    def rules(self) -> Rules:
        parts = [block.rules for block in self.blocks]
        return Rules(*(np.concatenate(columns) for columns in zip(*parts, strict=True))) if parts else Rules.of(0, REAL)

    @cached_property
    def sticks(self) -> Sticks:
        """Those of the first block, if it has any."""
        return self.blocks[0].sticks if self.blocks else NO_STICKS

    def free(self, theta: Float) -> Float:
        """Coordinates (size,) of natural parameters."""
        parts = [block.free(theta[own]) for block, own in self._places]
        return np.concatenate(parts) if parts else np.empty(0)

    def at_bound(self, x: Float) -> Flags:
        """Which coordinates hold their parameter at a bound, (size,)."""
        parts = [block.at_bound(x[own]) for block, own in self._places]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)

    def held(self, theta: Float) -> tuple[str, ...]:
        """A line for each natural parameter that stands at a bound."""
        return tuple(line for block, own in self._places for line in block.held(theta[own]))


def held_at(name: str, bound: float) -> str:
    """The line that says so."""
    return f"{name} is held at its bound of {bound:.4g}"


def join_blocks(blocks: Sequence[MappedBlock]) -> Coordinates:
    """Coordinates of the blocks that have any parameter."""
    return Coordinates(tuple(block for block in blocks if block.names))
