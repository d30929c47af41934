"""PathLaw of the sessions ahead: a Markov-switching GARCH with parametric innovations."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.msgarch_paths import msgarch_paths
from forecast.engines.passage.first_passage import PathLaw


@dataclass(frozen=True)
class MSGarchPathLaw(PathLaw):
    """Markov-switching GARCH: the regime moves by `transitions`, and every regime's recursion by the common shock.

    Parameters
    ----------
    opening : (k,) array
        Probabilities of the first session's regime.
    transitions : (k, k) array
        Transition probabilities, row = from.
    kinds : (k,) array of int
        GARCH, TARCH or EGARCH, as in `forecast.engines.kernels.variance_recursions`.
    coefficients : (k, 4) array
        omega, alpha, gamma and beta of each regime.
    shapes : (k, 11) array
        Constants of the innovations' laws, as `forecast.engines.switching.innovations.shape_constants` gives them.
    states : (k,) array
        States of the recursions at the first session.
    drift, ar : float
        Mean equation: the mean, and the coefficient of the previous return's deviation from it.
    deviation : float
        Deviation of the last log return from the drift.

    Raises
    ------
    ValueError
        If a number is not finite, or `opening` does not sum to 1 within 1e-9.
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
        chain = np.cumsum(self.opening), np.cumsum(self.transitions, axis=1)
        recursions = self.kinds, self.coefficients, self.shapes, self.states
        msgarch_paths(np.uint64(key), first, *chain, *recursions, self.drift, self.ar, self.deviation, moves)
