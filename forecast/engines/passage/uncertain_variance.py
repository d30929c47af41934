"""PathLaw whose variance is known up to a lognormal factor."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.scaled_paths import scale_paths
from forecast.engines.passage.first_passage import PathLaw
from forecast.engines.switching.innovations import size_table


@dataclass(frozen=True)
class UncertainVarianceLaw(PathLaw):
    """Another law whose variance is multiplied, on each path, by a lognormal factor of mean 1.

    Parameters
    ----------
    law : PathLaw
        The law whose variance is uncertain.
    drift : float
        Its mean log return of a session, about which paths are stretched.
    spread : float
        Standard deviation of the log of the factor, >= 0; with 0 the paths are those of `law`.

    Raises
    ------
    ValueError
        If a number is not finite, or `spread` is negative.

    References
    ----------
    Hull and White (1987), The pricing of options on assets with stochastic volatilities, J. Finance 42: of a variance that is independent
    of the shocks only the mean over the horizon matters.
    """

    law: PathLaw
    drift: float
    spread: float

    def __post_init__(self) -> None:
        if not np.isfinite((self.drift, self.spread)).all() or self.spread < 0:
            raise ValueError(f"drift must be finite and spread >= 0, got {self.drift} and {self.spread}")

    def fill(self, key: int, first: int, moves: Float) -> None:
        self.law.fill(key, first, moves)
        if self.spread > 0:
            scale_paths(np.uint64(key), first, self.drift, self.spread, size_table(np.inf)[None], moves)
