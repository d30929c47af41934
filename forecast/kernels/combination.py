"""Losses of combinations of forecasts, with slopes and curvatures, over groups of questions.

Throughout: rows are n settled forecasts of q questions; `outcomes` (n, q) in 0, 1, 2; `cases` (n, q) what each counts for, zero
for one that is not settled; `group` (q,) the number of the group that each question belongs to, with one set of parameters a group,
(g, p). Each kernel gives, by group, minus the log-likelihood (g,), its gradient (g, p) and its Hessian (g, p, p).
"""

import numpy as np
from numba import njit

from forecast.arrays import Float, Int


@njit(cache=True, nogil=True, error_model="numpy")
def log_linear_loss(contrasts: Float, outcomes: Int, cases: Float, group: Int, weights: Float) -> tuple[Float, Float, Float]:
    """Of the log-linear pool, in its weights (g, k).

    contrasts : (n, q, 2, k), the log probabilities of stall and of continue less that of reverse, by component.
    """
    n, q, _, k = contrasts.shape
    value, slope, curve = np.zeros(len(weights)), np.zeros(weights.shape), np.zeros((len(weights), k, k))
    first, second = np.empty(k), np.empty(k)
    for i in range(n):
        for j in range(q):
            case = cases[i, j]
            if case == 0.0:
                continue
            g = group[j]
            stall, cont = contrasts[i, j, 0], contrasts[i, j, 1]
            a = b = 0.0
            for m in range(k):
                a += weights[g, m] * stall[m]
                b += weights[g, m] * cont[m]
            top = max(a, b, 0.0)
            up, down = np.exp(a - top), np.exp(b - top)
            total = np.exp(-top) + up + down
            p, r = up / total, down / total
            is_stall, is_cont = (1.0 if outcomes[i, j] == 1 else 0.0), (1.0 if outcomes[i, j] == 2 else 0.0)
            value[g] += case * (top + np.log(total) - is_stall * a - is_cont * b)
            # covariance [[p(1-p), -pr], [., r(1-r)]] of the two indicators, as the sum of two squares
            lead = np.sqrt(max(p * (1.0 - p), 1e-300))
            cross = -p * r / lead
            rest = np.sqrt(max(r * (1.0 - r) - cross * cross, 0.0))
            for m in range(k):
                slope[g, m] += case * ((p - is_stall) * stall[m] + (r - is_cont) * cont[m])
                first[m] = lead * stall[m] + cross * cont[m]
                second[m] = rest * cont[m]
            for m in range(k):
                for o in range(m + 1):
                    curve[g, m, o] += case * (first[m] * first[o] + second[m] * second[o])
    _mirror(curve)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def stacking_loss(happened: Float, cases: Float, group: Int, weights: Float) -> tuple[Float, Float, Float]:
    """Of the linear pool, in its weights (g, k).   happened : (n, q, k), each component's probability of what happened."""
    n, q, k = happened.shape
    value, slope, curve = np.zeros(len(weights)), np.zeros(weights.shape), np.zeros((len(weights), k, k))
    ratio = np.empty(k)
    for i in range(n):
        for j in range(q):
            case = cases[i, j]
            if case == 0.0:
                continue
            g = group[j]
            mixed = 0.0
            for m in range(k):
                mixed += weights[g, m] * happened[i, j, m]
            value[g] -= case * np.log(mixed)
            for m in range(k):
                ratio[m] = happened[i, j, m] / mixed
                slope[g, m] -= case * ratio[m]
            for m in range(k):
                for o in range(m + 1):
                    curve[g, m, o] += case * ratio[m] * ratio[o]
    _mirror(curve)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def calibration_loss(logs: Float, contrasts: Float, outcomes: Int, cases: Float, group: Int, moves: Float) -> tuple[Float, Float, Float]:
    """Of calibrated forecasts, in what `forecast.calibrate` moves, (g, 4).

    logs : (n, q, 3) log probabilities.   contrasts : (n, q, 2), stall and direction, each less that of climatology.
    """
    n, q, _ = logs.shape
    value, slope, curve = np.zeros(len(moves)), np.zeros((len(moves), 4)), np.zeros((len(moves), 4, 4))
    for i in range(n):
        for j in range(q):
            case = cases[i, j]
            if case == 0.0:
                continue
            g, s, d, outcome = group[j], contrasts[i, j, 0], contrasts[i, j, 1], outcomes[i, j]
            still, way = moves[g, 0] * s + moves[g, 2], moves[g, 1] * d + moves[g, 3]
            a = logs[i, j, 0] - still / 3 - way / 2
            b = logs[i, j, 1] + still * (2 / 3)
            c = logs[i, j, 2] - still / 3 + way / 2
            top = max(a, b, c)
            total = np.exp(a - top) + np.exp(b - top) + np.exp(c - top)
            p, stall, r = np.exp(a - top) / total, np.exp(b - top) / total, np.exp(c - top) / total
            value[g] += case * (top + np.log(total) - (a if outcome == 0 else b if outcome == 1 else c))
            in_still = case * (stall - (1.0 if outcome == 1 else 0.0))
            in_way = case * (r - p - (1.0 if outcome == 2 else 0.0) + (1.0 if outcome == 0 else 0.0)) / 2
            ss, dd = case * stall * (1 - stall), case * (r + p - (r - p) ** 2) / 4
            sd = -case * stall * (r - p) / 2
            slope[g, 0] += in_still * s
            slope[g, 1] += in_way * d
            slope[g, 2] += in_still
            slope[g, 3] += in_way
            curve[g, 0, 0] += ss * s * s
            curve[g, 1, 0] += sd * s * d
            curve[g, 1, 1] += dd * d * d
            curve[g, 2, 0] += ss * s
            curve[g, 2, 1] += sd * d
            curve[g, 2, 2] += ss
            curve[g, 3, 0] += sd * s
            curve[g, 3, 1] += dd * d
            curve[g, 3, 2] += sd
            curve[g, 3, 3] += dd
    _mirror(curve)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def _mirror(curve: Float) -> None:
    """Fills the upper triangles from the lower ones."""
    for g in range(len(curve)):
        for m in range(curve.shape[1]):
            for o in range(m):
                curve[g, o, m] = curve[g, m, o]
