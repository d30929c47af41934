"""Losses of pools of forecasts and of their calibration, with gradients and Hessians, over groups of questions.

Rows are n settled forecasts of q questions; `outcomes` (n, q) are 0, 1 or 2; `cases` (n, q) are weights, zero for an open question;
`group` (q,) is the group of each question, and a group has one set of parameters, (g, p). Each kernel returns minus the log-likelihood
(g,), its gradient (g, p) and its Hessian (g, p, p), by group.
"""

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True, error_model="numpy")
def log_linear_loss(contrasts: Float, outcomes: Int, cases: Float, group: Int, weights: Float) -> tuple[Float, Float, Float]:
    """Loss of the log-linear pool in its weights (g, k).

    `contrasts` (n, q, 2, k) are the log probabilities of stall and of continue less that of reverse, by component; very low of an outcome
    that cannot come.
    """
    n, q, _, k = contrasts.shape
    value, slope, curve = np.zeros(len(weights)), np.zeros(weights.shape), np.zeros((len(weights), k, k))
    first, second, triangle = np.empty(k), np.empty(k), np.empty(k * (k + 1) // 2)
    for j in range(q):
        g = group[j]
        triangle[:] = 0.0
        for i in range(n):
            case = cases[i, j]
            if case == 0.0:
                continue
            a = b = 0.0
            for m in range(k):
                a += weights[g, m] * contrasts[i, j, 0, m]
                b += weights[g, m] * contrasts[i, j, 1, m]
            top = max(a, b, 0.0)
            up, down = np.exp(a - top), np.exp(b - top)
            total = np.exp(-top) + up + down
            p, r = up / total, down / total
            is_stall, is_cont = 1.0 if outcomes[i, j] == 1 else 0.0, 1.0 if outcomes[i, j] == 2 else 0.0
            value[g] += case * (top + np.log(total) - is_stall * a - is_cont * b)
            # covariance [[p(1-p), -pr], [., r(1-r)]] of the two indicators, times the case, as the sum of two squares
            lead = np.sqrt(max(case * p * (1.0 - p), 1e-300))
            cross = -case * p * r / lead
            rest = np.sqrt(max(case * r * (1.0 - r) - cross * cross, 0.0))
            place = 0
            for m in range(k):
                stall, cont = contrasts[i, j, 0, m], contrasts[i, j, 1, m]
                slope[g, m] += case * ((p - is_stall) * stall + (r - is_cont) * cont)
                first[m], second[m] = lead * stall + cross * cont, rest * cont
                x, y = first[m], second[m]
                for o in range(m + 1):
                    triangle[place + o] += x * first[o] + y * second[o]
                place += m + 1
        _add(curve, g, triangle)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def stacking_loss(happened: Float, cases: Float, group: Int, weights: Float) -> tuple[Float, Float, Float]:
    """Loss of the linear pool in its weights (g, k); `happened` (n, q, k) are the components' probabilities of the outcome."""
    n, q, k = happened.shape
    value, slope, curve = np.zeros(len(weights)), np.zeros(weights.shape), np.zeros((len(weights), k, k))
    ratio, triangle = np.empty(k), np.empty(k * (k + 1) // 2)
    for j in range(q):
        g = group[j]
        triangle[:] = 0.0
        for i in range(n):
            case = cases[i, j]
            if case == 0.0:
                continue
            mixed = 0.0
            for m in range(k):
                mixed += weights[g, m] * happened[i, j, m]
            value[g] -= case * np.log(mixed)
            scale, place = np.sqrt(case), 0
            for m in range(k):
                x = scale * happened[i, j, m] / mixed
                ratio[m] = x
                slope[g, m] -= scale * x
                for o in range(m + 1):
                    triangle[place + o] += x * ratio[o]
                place += m + 1
        _add(curve, g, triangle)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def calibration_loss(
    logs: Float, contrasts: Float, outcomes: Int, cases: Float, group: Int, falls: Flags, moves: Float
) -> tuple[Float, Float, Float]:
    """Loss of calibrated forecasts in the parameters of `forecast.models.ensemble.calibration`, (g, 4).

    `logs` (n, q, 3) are log probabilities, `contrasts` (n, q, 2) those of stall and of direction, each less climatology's. The questions
    of `falls` (q,) have no direction, and nothing moves it.
    """
    n, q, _ = logs.shape
    value, slope, curve = np.zeros(len(moves)), np.zeros((len(moves), 4)), np.zeros((len(moves), 4, 4))
    triangle = np.empty(10)
    for j in range(q):
        g, side = group[j], 0.0 if falls[j] else 1.0
        triangle[:] = 0.0
        for i in range(n):
            case = cases[i, j]
            if case == 0.0:
                continue
            s, d, outcome = contrasts[i, j, 0], contrasts[i, j, 1], outcomes[i, j]
            still, way = moves[g, 0] * s + moves[g, 2], side * (moves[g, 1] * d + moves[g, 3])
            a = logs[i, j, 0] - still / 3 - way / 2
            b = logs[i, j, 1] + still * (2 / 3)
            c = logs[i, j, 2] - still / 3 + way / 2
            top = max(a, b, c)
            fall, rest, rise = np.exp(a - top), np.exp(b - top), np.exp(c - top)
            total = fall + rest + rise
            stall, lean = rest / total, (rise - fall) / total
            value[g] += case * (top + np.log(total) - (a if outcome == 0 else b if outcome == 1 else c))
            in_still = case * (stall - (1.0 if outcome == 1 else 0.0))
            in_way = side * (case * (lean - float(outcome - 1)) / 2)
            slope[g, 0] += in_still * s
            slope[g, 1] += in_way * d
            slope[g, 2] += in_still
            slope[g, 3] += in_way
            # covariance of the indicator of stall and half the sign of the direction
            ss, dd, sd = case * stall * (1 - stall), side * (case * (1 - stall - lean**2) / 4), side * (-case * stall * lean / 2)
            triangle[0] += ss * s * s
            triangle[1] += sd * s * d
            triangle[2] += dd * d * d
            triangle[3] += ss * s
            triangle[4] += sd * d
            triangle[5] += ss
            triangle[6] += sd * s
            triangle[7] += dd * d
            triangle[8] += sd
            triangle[9] += dd
        _add(curve, g, triangle)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def _add(curve: Float, g: int, triangle: Float) -> None:
    """Add a lower triangle, row after row, to both halves of the matrix `g`."""
    place = 0
    for m in range(curve.shape[1]):
        for o in range(m + 1):
            curve[g, m, o] += triangle[place]
            if o < m:
                curve[g, o, m] += triangle[place]
            place += 1
