"""PathLaw of the sessions ahead: a GJR-GARCH with resampled residuals (filtered historical simulation)."""

from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, as_floats
from forecast.engines.kernels.garch_paths import garch_paths
from forecast.engines.passage.first_passage import PathLaw

ROUNDING = 1e-12  # of alpha + gamma, a difference and a sum


@dataclass(frozen=True)
class GarchPathLaw(PathLaw):
    """GJR-GARCH with resampled residuals: log returns drift + sqrt(h) z, and h' = omega + (alpha + gamma 1{z < 0}) h z^2 + beta h.

    An exponentially weighted variance is omega = gamma = 0, alpha + beta = 1.

    Parameters
    ----------
    drift : float
        Mean log return of a session.
    omega, alpha, gamma, beta : float
        Coefficients of the variance recursion.
    variance : float
        h of the first session ahead, > 0.
    residuals : (n,) array
        Standardised residuals, sorted rising; z is one of them, each as likely.

    Raises
    ------
    ValueError
        If a number is not finite, `variance` is not > 0, omega, alpha, alpha + gamma or beta is negative, or `residuals` are empty or not
        sorted.

    References
    ----------
    Barone-Adesi, Giannopoulos and Vosper (1999), VaR without correlations for portfolios of derivative securities, J. Futures Markets 19.
    """

    drift: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    variance: float
    residuals: Float

    def __post_init__(self) -> None:
        object.__setattr__(self, "residuals", as_floats(self.residuals, "residuals"))
        numbers = (self.drift, self.omega, self.alpha, self.gamma, self.beta, self.variance)
        if not np.isfinite(numbers).all():
            raise ValueError(f"a GARCH law must be finite, got {numbers}")
        if not self.variance > 0:
            raise ValueError(f"variance must be > 0, got {self.variance}")
        if not (self.omega >= 0 and self.alpha >= 0 and self.alpha + self.gamma >= -ROUNDING and self.beta >= 0):
            raise ValueError(f"omega, alpha, alpha + gamma and beta must be >= 0 for a variance > 0, got {numbers[1:5]}")
        z = self.residuals
        if not (z.ndim == 1 and len(z) and np.isfinite((z[0], z[-1])).all() and (z[1:] >= z[:-1]).all()):
            raise ValueError("residuals must be finite and sorted rising, at least one")

    def fill(self, key: int, first: int, moves: Float) -> None:
        recursion = (self.drift, self.omega, self.alpha, self.gamma, self.beta, self.variance)
        garch_paths(np.uint64(key), first, *recursion, self.residuals, moves)
