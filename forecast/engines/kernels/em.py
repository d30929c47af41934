"""EM for a constant chain of regimes without autoregression, squared (SQUAREM). Arguments as in `kernels.forward_backward`.

Sources: Hamilton (1990); McLachlan and Peel (2000, section 7.5) for the t; Varadhan and Roland (2008) for the acceleration.
"""

import numpy as np
from numba import njit

from forecast.engines.arrays import Float
from forecast.engines.kernels.forward_backward import COUNT, PULL, SQUARE, SUM, expectations

STAYING = 0.98  # the probability to which a prior draws the chain
_TINY = 1e-300
_LONGEST = 64.0  # longest leap, in steps


@njit(cache=True, nogil=True, error_model="numpy")
def em(
    returns: Float,
    means: Float,
    vols: Float,
    transitions: Float,
    initial: Float,
    nu: float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    sample: tuple[float, float],
    floor: float,
    iterations: int,
    tolerance: float,
) -> tuple[Float, Float, Float, Float, float]:
    """EM with fixed nu, each two steps followed by an extrapolation (SQUAREM, step length S3).

    Returns means, vols, transitions, initial, and the log-likelihood before the last step. An extrapolation that ends lower than the
    steps did is undone, so that the penalised log-likelihood never falls from one round to the next. `pooled` is whether all regimes have
    one mean, and one vol; `prior` the evidence, in sessions, for the mean and the vol of the `sample`, and for staying with probability
    STAYING; `floor` the least vol. Ends after `iterations` steps, or when a round gains less than `tolerance`.
    """
    here = (means, vols, transitions, initial)
    before = -np.inf
    for _ in range(0, iterations, 3):
        first, loglik, penalised = em_step(returns, here, nu, pooled, prior, sample, floor)
        if penalised - before < tolerance:
            return first[0], first[1], first[2], first[3], loglik
        before = penalised
        second, loglik, least = em_step(returns, first, nu, pooled, prior, sample, floor)
        here, leapt, penalised = em_step(returns, _leap(here, first, second, sample[1], floor), nu, pooled, prior, sample, floor)
        if penalised >= least:
            loglik = leapt
        else:
            here = second
    return here[0], here[1], here[2], here[3], loglik


@njit(cache=True, nogil=True, error_model="numpy")
def em_step(
    returns: Float,
    point: tuple[Float, Float, Float, Float],
    nu: float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    sample: tuple[float, float],
    floor: float,
) -> tuple[tuple[Float, Float, Float, Float], float, float]:
    """Means, vols, transitions and initial after one step of EM, and the log-likelihood before it, without and with the prior."""
    means, vols, transitions, initial = point
    k = len(means)
    loglik, moments, crossings, first = expectations(returns, means, vols, transitions, initial, nu)
    away, ratio = means - sample[0], (sample[1] / vols) ** 2
    penalised = loglik - 0.5 * (prior[0] * away**2 / vols**2 + prior[1] * (ratio + 2.0 * np.log(vols))).sum()
    pulls, target = moments[:, PULL], moments[:, SUM] - prior[0] * away
    if pooled[0]:
        shift = (target / vols**2).sum() / ((pulls + prior[0]) / vols**2).sum() + np.zeros(k)
    else:
        shift = target / (pulls + prior[0] + _TINY)
    squares = moments[:, SQUARE] - 2.0 * shift * moments[:, SUM] + shift**2 * pulls
    squares += prior[0] * (away + shift) ** 2 + prior[1] * sample[1] ** 2
    counts = moments[:, COUNT] + prior[1] + _TINY
    if pooled[1]:
        squares[:], counts[:] = squares.sum(), counts.sum()
    spread = np.sqrt(np.maximum(squares, 0.0) / counts)
    for i in range(k):
        for j in range(k):
            staying = (STAYING if i == j else (1.0 - STAYING) / (k - 1)) if k > 1 else 1.0
            penalised += prior[2] * staying * np.log(max(transitions[i, j], _TINY))
            crossings[i, j] += prior[2] * staying + 1e-12
        crossings[i] /= crossings[i].sum()
    return (means + shift, np.maximum(spread, floor), crossings, first), loglik, penalised


@njit(cache=True, nogil=True, error_model="numpy")
def _leap(
    start: tuple[Float, Float, Float, Float],
    first: tuple[Float, Float, Float, Float],
    second: tuple[Float, Float, Float, Float],
    unit: float,
    floor: float,
) -> tuple[Float, Float, Float, Float]:
    """Extrapolation of two steps of EM, in means over `unit`, logs of vols, and square roots of probabilities."""
    at, k = _flat(start, unit), len(start[0])
    step = _flat(first, unit) - at
    bend = _flat(second, unit) - at - 2.0 * step
    length = min(max(np.sqrt((step**2).sum() / ((bend**2).sum() + _TINY)), 1.0), _LONGEST)
    to = at + 2.0 * length * step + length**2 * bend
    transitions, initial = (to[2 * k : 2 * k + k * k] ** 2).reshape(k, k), to[2 * k + k * k :] ** 2
    for i in range(k):
        transitions[i] /= transitions[i].sum()
    return to[:k] * unit, np.maximum(np.exp(to[k : 2 * k]), floor), transitions, initial / initial.sum()


@njit(cache=True, nogil=True, error_model="numpy")
def _flat(point: tuple[Float, Float, Float, Float], unit: float) -> Float:
    means, vols, transitions, initial = point
    return np.concatenate((means / unit, np.log(vols), np.sqrt(transitions).ravel(), np.sqrt(initial)))
