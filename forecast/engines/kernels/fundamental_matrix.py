"""Fundamental matrix of a Markov chain: its columns sum to the stationary law, and the law moves along its rows (Golub and Meyer 1986)."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True, error_model="numpy")
def fundamental_matrix(transitions: Float) -> Float:
    """(I - P + 1)^-1 of transitions P (k, k), row = from, with the k x k matrix 1 of ones; not finite where P has several stationary laws.

    By Gauss and Jordan with partial pivoting.
    """
    k = len(transitions)
    left, out = np.empty((k, k)), np.zeros((k, k))
    for i in range(k):
        out[i, i] = 1.0
        for j in range(k):
            left[i, j] = (1.0 if i == j else 0.0) - transitions[i, j] + 1.0
    for column in range(k):
        best = column
        for row in range(column + 1, k):
            if abs(left[row, column]) > abs(left[best, column]):
                best = row
        for j in range(k):
            left[column, j], left[best, j] = left[best, j], left[column, j]
            out[column, j], out[best, j] = out[best, j], out[column, j]
        pivot = left[column, column]
        for j in range(k):
            left[column, j] /= pivot
            out[column, j] /= pivot
        for row in range(k):
            factor = left[row, column]
            if row != column:
                for j in range(k):
                    left[row, j] -= factor * left[column, j]
                    out[row, j] -= factor * out[column, j]
    return out


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def stationary_law(fundamental: Float, out: Float) -> None:
    """The stationary law, into (k,)."""
    k, total = len(out), 0.0
    for j in range(k):
        out[j] = 0.0
        for i in range(k):
            out[j] += fundamental[i, j]
        out[j] = 0.0 if out[j] < 0.0 else out[j]
        total += out[j]
    for j in range(k):
        out[j] /= total
