"""PathLaw of the sessions ahead: a Markov-switching GARCH with parametric innovations."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.msgarch_paths import msgarch_paths


@dataclass(frozen=True)
class MSGarchPathLaw:
    """In each session ahead the regime moves by `transitions` and every recursion (`kernels.variance_recursions`) by the common shock.

    opening : (k,) probabilities of the first session's regime.   transitions : (k, k), row = from.   kinds : (k,).
    coefficients : (k, 4).   shapes : (k, SHAPE).   states : (k,) of the recursions at the first session.
    drift, ar : of the mean equation.   deviation : the last log return's from the drift.
    ValueError where a number is not finite or the opening does not sum to 1 (to 1e-9).
    """

    opening: Float
    transitions: Float
    kinds: Int
    coefficients: Float
    shapes: Float
    states: Float
    drift: float
    ar: float
    deviation: float

    def __post_init__(self) -> None:
        numbers = (self.opening, self.transitions, self.coefficients, self.states, self.drift, self.ar, self.deviation)
        if not all(np.isfinite(number).all() for number in numbers):
            raise ValueError("a switching GARCH law must be finite")
        if not np.isclose(self.opening.sum(), 1, rtol=0, atol=1e-9):
            raise ValueError(f"opening must be probabilities that sum to 1, got {self.opening.tolist()}")

    def fill(self, key: int, first: int, moves: Float) -> None:
        """The pairs number `first` and on, as `forecast.engines.passage.first_passage.PathLaw` asks."""
        chain = np.cumsum(self.opening), np.cumsum(self.transitions, axis=1)
        recursions = self.kinds, self.coefficients, self.shapes, self.states
        msgarch_paths(np.uint64(key), first, *chain, *recursions, self.drift, self.ar, self.deviation, moves)
