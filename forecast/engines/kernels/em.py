"""Steps of EM for a constant chain of regimes without autoregression.

A `point` is one array (k + 3, k): a row of means, one of vols, the k of the transitions, and the law of the first regime. Loops rather than
expressions of arrays, which give the same numbers and take several times as long to compile.

Sources: Hamilton (1990); McLachlan and Peel (2000, section 7.5) for the t; Varadhan and Roland (2008) for the acceleration.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.plain_regimes import COUNT, PULL, SQUARE, SUM

STAYING = 0.98  # the probability to which a prior draws the chain
_TINY = 1e-300
_LONGEST = 64.0  # longest leap, in steps


@njit(cache=True, nogil=True, error_model="numpy")
def maximisation(
    point: Float,
    moments: Float,
    crossings: Float,
    opening: Float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    sample: tuple[float, float],
    floor: float,
) -> tuple[Float, float]:
    """The next point by the expectations at this one, and the log density of the prior at this one, up to a constant.

    `moments`, `crossings` (which change) and `opening` are those of `markov.expectations`; `pooled` is whether all regimes have one mean,
    and one vol; `prior` the evidence, in sessions, for the mean and the vol of the `sample`, and for staying with probability STAYING;
    `floor` the least vol.
    """
    k = point.shape[1]
    means, vols, transitions = point[0], point[1], point[2 : k + 2]
    out = np.empty((k + 3, k))
    against, top, bottom = 0.0, 0.0, 0.0
    for j in range(k):
        away, ratio = means[j] - sample[0], (sample[1] / vols[j]) ** 2
        against += prior[0] * away**2 / vols[j] ** 2 + prior[1] * (ratio + 2.0 * np.log(vols[j]))
        top += (moments[j, SUM] - prior[0] * away) / vols[j] ** 2
        bottom += (moments[j, PULL] + prior[0]) / vols[j] ** 2
    log_prior = -0.5 * against
    spread, weight = 0.0, 0.0
    for j in range(k):
        away = means[j] - sample[0]
        shift = top / bottom if pooled[0] else (moments[j, SUM] - prior[0] * away) / (moments[j, PULL] + prior[0] + _TINY)
        squares = moments[j, SQUARE] - 2.0 * shift * moments[j, SUM] + shift**2 * moments[j, PULL]
        squares += prior[0] * (away + shift) ** 2 + prior[1] * sample[1] ** 2
        count = moments[j, COUNT] + prior[1] + _TINY
        out[0, j], out[1, j], out[k + 2, j] = means[j] + shift, np.sqrt(max(squares, 0.0) / count), opening[j]
        spread, weight = spread + squares, weight + count
    for j in range(k):
        if pooled[1]:
            out[1, j] = np.sqrt(max(spread, 0.0) / weight)
        out[1, j] = floor if out[1, j] < floor else out[1, j]
    for i in range(k):
        total = 0.0
        for j in range(k):
            staying = (STAYING if i == j else (1.0 - STAYING) / (k - 1)) if k > 1 else 1.0
            log_prior += prior[2] * staying * np.log(max(transitions[i, j], _TINY))
            crossings[i, j] += prior[2] * staying + 1e-12
            total += crossings[i, j]
        for j in range(k):
            out[i + 2, j] = crossings[i, j] / total
    return out, log_prior


@njit(cache=True, nogil=True, error_model="numpy")
def leap(start: Float, first: Float, second: Float, unit: float, floor: float) -> Float:
    """Extrapolation of two steps of EM, in means over `unit`, logs of vols, and square roots of probabilities."""
    rows, k = start.shape
    at, step, bend = np.empty((rows, k)), np.empty((rows, k)), np.empty((rows, k))
    steps, bends = 0.0, 0.0
    for row in range(rows):
        for j in range(k):
            at[row, j] = _coordinate(row, start[row, j], unit)
            step[row, j] = _coordinate(row, first[row, j], unit) - at[row, j]
            bend[row, j] = _coordinate(row, second[row, j], unit) - at[row, j] - 2.0 * step[row, j]
            steps += step[row, j] ** 2
            bends += bend[row, j] ** 2
    length = min(max(np.sqrt(steps / (bends + _TINY)), 1.0), _LONGEST)
    for row in range(rows):
        total = 0.0
        for j in range(k):
            to = at[row, j] + 2.0 * length * step[row, j] + length**2 * bend[row, j]
            if row == 0:
                at[row, j] = to * unit
            elif row == 1:
                at[row, j] = max(np.exp(to), floor)
            else:
                at[row, j] = to**2
            total += at[row, j]
        for j in range(k):
            at[row, j] = at[row, j] / total if row > 1 else at[row, j]
    return at


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _coordinate(row: int, value: float, unit: float) -> float:
    if row == 0:
        return value / unit
    return np.log(value) if row == 1 else np.sqrt(value)
