"""Unconstrained coordinates for an optimiser, and their maps to natural parameters.

A `ParameterBlock` maps some coordinates to some natural parameters with the Jacobian; `Coordinates` joins blocks. Maps saturate
rather than overflow, so that a parameter at its bound is a plateau and never a NaN.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import expit, logit

from forecast.engines.arrays import Flags, Float

FARTHEST = 30.0  # a coordinate beyond this does not move its parameter
CLIP = 1e-13  # of a share that `free` brings inside its bounds: a coordinate just short of FARTHEST
SATURATED = 11.0  # of a logistic coordinate: its parameter is within 2e-5 of a bound
NEAR = 1e-3  # relative distance from a bound within which a parameter stands at it
CERTAIN = 2e-5  # probability below which a regime is never left: SATURATED of a logit
NU_BOUNDS = (2.05, 500.0)


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

    def held(self, theta: Float) -> tuple[str, ...]:
        """A line for each natural parameter that stands at a bound, with its name and the bound."""
        ...


@dataclass(frozen=True)
class Real:
    """Real parameters, centre + scale * x, with one scale for all or one each."""

    names: tuple[str, ...]
    centre: float = 0.0
    scale: float | Float = 1.0

    @property
    def size(self) -> int:
        return len(self.names)

    def natural(self, x: Float) -> tuple[Float, Float]:
        return self.centre + self.scale * x, self.scale * np.eye(len(x))

    def free(self, theta: Float) -> Float:
        return (theta - self.centre) / self.scale

    def at_bound(self, x: Float) -> Flags:
        return np.zeros(len(x), dtype=bool)

    def held(self, theta: Float) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Positive:
    """Parameters above a floor, floor + unit * exp(x)."""

    names: tuple[str, ...]
    floor: float = 0.0
    unit: float = 1.0

    @property
    def size(self) -> int:
        return len(self.names)

    def natural(self, x: Float) -> tuple[Float, Float]:
        above = self.unit * np.exp(np.minimum(np.maximum(x, -FARTHEST), FARTHEST))
        return self.floor + above, np.diag(above)

    def free(self, theta: Float) -> Float:
        return np.log(np.maximum((theta - self.floor) / self.unit, np.exp(-FARTHEST)))

    def at_bound(self, x: Float) -> Flags:
        return x <= 1 - FARTHEST

    def held(self, theta: Float) -> tuple[str, ...]:
        low = theta <= self.floor * (1 + NEAR) + self.unit * np.exp(1 - FARTHEST)
        return tuple(held_at(self.names[place], self.floor) for place in np.flatnonzero(low))


@dataclass(frozen=True)
class Bounded:
    """Parameters between two bounds, by the logistic function."""

    names: tuple[str, ...]
    low: float
    high: float

    @property
    def size(self) -> int:
        return len(self.names)

    def natural(self, x: Float) -> tuple[Float, Float]:
        share = expit(x)
        return self.low + (self.high - self.low) * share, np.diag((self.high - self.low) * share * (1 - share))

    def free(self, theta: Float) -> Float:
        return logit(np.clip((theta - self.low) / (self.high - self.low), CLIP, 1 - CLIP))

    def at_bound(self, x: Float) -> Flags:
        return np.abs(x) > SATURATED

    def held(self, theta: Float) -> tuple[str, ...]:
        low, high = (np.abs(theta - bound) <= NEAR * abs(bound) for bound in (self.low, self.high))
        bounds = np.where(low, self.low, self.high)
        return tuple(held_at(self.names[place], bounds[place]) for place in np.flatnonzero(low | high))


@dataclass(frozen=True)
class TransitionLogits:
    """Probabilities of leaving each of k regimes for each other, by logits against staying; row by row."""

    k: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"p[{i + 1}->{j + 1}]" for i in range(self.k) for j in range(self.k) if i != j)

    @property
    def size(self) -> int:
        return self.k * (self.k - 1)

    def natural(self, x: Float) -> tuple[Float, Float]:
        k = self.k
        odds = np.exp(np.minimum(np.maximum(x, -FARTHEST), FARTHEST)).reshape(k, k - 1)
        shares = odds / (1.0 + odds.sum(axis=1, keepdims=True))
        jacobian, rows = np.zeros((k, k - 1, k, k - 1)), np.arange(k)
        jacobian[rows, :, rows] = shares[:, :, None] * (np.eye(k - 1) - shares[:, None, :])
        return shares.ravel(), jacobian.reshape(self.size, self.size)

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
class Coordinates:
    """Blocks one after the other."""

    blocks: tuple[ParameterBlock, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for block in self.blocks for name in block.names)

    @cached_property
    def size(self) -> int:
        return sum(block.size for block in self.blocks)

    @cached_property
    def _places(self) -> list[tuple[ParameterBlock, slice, slice]]:
        """Each block with its natural parameters and its coordinates."""
        rows = np.cumsum([0] + [len(block.names) for block in self.blocks])
        columns = np.cumsum([0] + [block.size for block in self.blocks])
        pairs = zip(itertools.pairwise(rows), itertools.pairwise(columns), strict=True)
        return [(block, slice(*row), slice(*column)) for block, (row, column) in zip(self.blocks, pairs, strict=True)]

    def natural(self, x: Float) -> tuple[Float, Float]:
        """All natural parameters (p,), and their Jacobian (p, size)."""
        theta, jacobian = np.empty(len(self.names)), np.zeros((len(self.names), self.size))
        for block, rows, columns in self._places:
            theta[rows], jacobian[rows, columns] = block.natural(x[columns])
        return theta, jacobian

    def free(self, theta: Float) -> Float:
        """Coordinates (size,) of natural parameters."""
        parts = [block.free(theta[rows]) for block, rows, _ in self._places]
        return np.concatenate(parts) if parts else np.empty(0)

    def at_bound(self, x: Float) -> Flags:
        """Which coordinates hold their parameter at a bound, (size,)."""
        ends = np.cumsum([block.size for block in self.blocks])
        parts = [block.at_bound(part) for block, part in zip(self.blocks, np.split(x, ends[:-1]), strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)

    def held(self, theta: Float) -> tuple[str, ...]:
        """A line for each natural parameter that stands at a bound."""
        return tuple(line for block, rows, _ in self._places for line in block.held(theta[rows]))


def held_at(name: str, bound: float) -> str:
    """The line that says so."""
    return f"{name} is held at its bound of {bound:.4g}"


def join_blocks(blocks: Sequence[ParameterBlock]) -> Coordinates:
    """Coordinates of the blocks that have any parameter."""
    return Coordinates(tuple(block for block in blocks if block.names))
