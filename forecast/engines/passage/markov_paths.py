"""PathLaw of the sessions ahead: a Gaussian regime chain."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, as_floats
from forecast.engines.kernels.markov_paths import markov_paths
from forecast.engines.passage.first_passage import PathLaw
from forecast.engines.switching.innovations import size_table


@dataclass(frozen=True)
class MarkovPathLaw(PathLaw):
    """Gaussian regime chain: the regime moves by `transitions`, and a session's log return is normal with its mean and volatility.

    Parameters
    ----------
    regimes : (k,) array
        Probabilities of today's regime.
    transitions : (k, k) array
        Transition probabilities, row = from.
    means, vols : (k,) array
        Mean and volatility of a session's log return in each regime, finite; vols > 0.

    Raises
    ------
    ValueError
        If the shapes do not agree, a number is out of its range or NaN, or probabilities do not sum to 1 within 1e-9.
    """

    regimes: Float
    transitions: Float
    means: Float
    vols: Float

    def __post_init__(self) -> None:
        for name in ("regimes", "transitions", "means", "vols"):
            object.__setattr__(self, name, as_floats(getattr(self, name), name))
        k = self.regimes.size
        if not k or self.regimes.ndim != 1 or self.transitions.shape != (k, k) or self.means.shape != (k,) or self.vols.shape != (k,):
            shapes = (self.regimes.shape, self.transitions.shape, self.means.shape, self.vols.shape)
            raise ValueError(f"regimes, transitions, means and vols must be (k,), (k, k), (k,) and (k,), got {shapes}")
        for name, probabilities in (("regimes", self.regimes), ("transitions", self.transitions)):
            if not ((probabilities >= 0).all() and (np.abs(probabilities.sum(axis=-1) - 1) <= 1e-9).all()):
                raise ValueError(f"{name} must be probabilities that sum to 1, got {probabilities.tolist()}")
        if not (np.isfinite(self.means).all() and np.isfinite(self.vols).all() and (self.vols > 0).all()):
            raise ValueError(f"means must be finite and vols > 0, got {self.means.tolist()} and {self.vols.tolist()}")

    @property
    def opening(self) -> Float:
        """Probabilities of the first session's regime, (k,)."""
        return self.regimes @ self.transitions

    def fill(self, key: int, first: int, moves: Float) -> None:
        chain = np.cumsum(np.vstack([self.transitions, self.opening]), axis=1)
        markov_paths(np.uint64(key), first, chain, self.means, self.vols, size_table(np.inf)[None], moves)
