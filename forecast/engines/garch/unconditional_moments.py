"""Resting states of variance recursions, and the unconditional variance of their returns."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels import garch_parameters as kernels


def resting_state(kind: int, coefficients: Float) -> tuple[float, Float]:
    """State at which a regime's recursion rests if shocks have its variance, half of it below zero; and its derivatives, (6,)."""
    slopes = np.zeros(6)
    return kernels.resting_state(kind, coefficients, slopes), slopes


def unconditional_variance(coefficients: Float, below: Float, transitions: Float, stationary: Float) -> float:
    """Variance of the returns of GARCH or GJR regimes, inf where there is none.

    M[k, j] = E[h_k 1{regime is j}] solves a linear system, and the variance is its trace, since a shock of regime j has variance h_j.
    `below` (k,) are E[z^2 1{z < 0}] of each regime. Source: Haas, Mittnik and Paolella (2004), section 2.2.
    """
    k = len(coefficients)
    system, constant = np.eye(k * k), np.outer(coefficients[:, 0], stationary).ravel()
    for one in range(k):
        _, alpha, gamma, beta = coefficients[one]
        for to in range(k):
            for before in range(k):
                system[one * k + to, before * k + before] -= transitions[before, to] * (alpha + gamma * below[before])
                system[one * k + to, one * k + before] -= transitions[before, to] * beta
    try:
        moments = np.linalg.solve(system, constant).reshape(k, k)
    except np.linalg.LinAlgError:
        return np.inf
    return float(np.trace(moments)) if (moments >= 0).all() else np.inf
