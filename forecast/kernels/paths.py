"""First passage: at which session, and on which side, a path first meets each of a ladder of barriers.

Paths come in blocks (h, 2, p): the cumulative log moves after each of h sessions of p antithetic pairs, [:, 0] as drawn and
[:, 1] with the mirrored draws. What fills a block is a kernel of its model; sessions come first, so that the inner loop runs
over pairs that do not wait for each other.
"""

import numpy as np
from numba import njit

from forecast.arrays import Flags, Float, Int
from forecast.kernels.random import stream, uniform


@njit(cache=True, nogil=True)
def book(moves: Float, barriers: Float, hits: Int) -> None:
    """Adds to `hits` (b, 2, h) the session at which each path of the block first meets each barrier: side 0 is -b, 1 is +b.

    barriers : (b,) log moves > 0, sorted rising. Since they are symmetric, those that a path has met are the lowest: one
    pointer a path tells them, and every horizon up to h comes from one pass. NaN meets nothing.
    """
    sessions, sides, pairs = moves.shape
    met = np.zeros((sides, pairs), dtype=np.int64)
    ahead = np.full((sides, pairs), barriers[0])
    for t in range(sessions):
        for mirrored in range(sides):
            for p in range(pairs):
                move = moves[t, mirrored, p]
                size = abs(move)
                if size >= ahead[mirrored, p]:
                    side = 1 if move > 0.0 else 0
                    place = met[mirrored, p]
                    while place < len(barriers) and size >= barriers[place]:
                        hits[place, side, t] += 1
                        place += 1
                    met[mirrored, p] = place
                    ahead[mirrored, p] = barriers[place] if place < len(barriers) else np.inf


@njit(cache=True, nogil=True)
def _meet(move: float, step: int, barriers: Float, horizons: Int, undecided: Flags, counts: Int) -> int:
    """Book what a path at `move` after `step` sessions decides; how many questions it leaves open."""
    still_open = 0
    for q in range(len(barriers)):
        if not undecided[q]:
            continue
        if move >= barriers[q]:
            counts[q, 2] += 1
            undecided[q] = False
        elif move <= -barriers[q]:
            counts[q, 0] += 1
            undecided[q] = False
        elif step >= horizons[q]:
            counts[q, 1] += 1
            undecided[q] = False
        else:
            still_open += 1
    return still_open


@njit(cache=True, nogil=True)
def garch_passage(
    key: np.uint64,
    paths: int,
    drift: float,
    omega: float,
    alpha: float,
    gamma: float,
    beta: float,
    variance: float,
    residuals: Float,
    barriers: Float,
    horizons: Int,
) -> Int:
    """Counts of reverse, stall and continue over `paths` paths of a GJR-GARCH(1,1) with resampled residuals.

    h' = omega + (alpha + gamma 1{e < 0}) e^2 + beta h; e = sqrt(h) z, z drawn from `residuals` (n,), sorted rising; a
    session's log return is drift + e. `variance` is h of the first session ahead. EWMA is omega = gamma = 0, alpha + beta = 1.
    """
    counts = np.zeros((len(barriers), 3), dtype=np.int64)
    undecided = np.empty(len(barriers), dtype=np.bool_)
    last = len(residuals) - 1
    for path in range(paths):
        start = stream(key, path // 2)
        undecided[:] = True
        move, h = 0.0, variance
        step, still_open = 0, 1
        while still_open > 0:
            u = uniform(start, step)
            if path % 2 == 1:
                u = 1.0 - u
            shock = np.sqrt(h) * residuals[min(int(u * (last + 1)), last)]
            move += drift + shock
            h = omega + (alpha + (gamma if shock < 0.0 else 0.0)) * shock * shock + beta * h
            step += 1
            still_open = _meet(move, step, barriers, horizons, undecided, counts)
    return counts


@njit(cache=True, nogil=True)
def _drawn(u: float, cumulative: Float) -> int:
    """The state whose interval of the cumulative probabilities (k,) holds u."""
    state = 0
    while state < len(cumulative) - 1 and u > cumulative[state]:
        state += 1
    return state


@njit(cache=True, nogil=True)
def regime_passage(
    key: np.uint64, paths: int, regimes: Float, transitions: Float, means: Float, vols: Float, barriers: Float, horizons: Int
) -> Int:
    """Counts of reverse, stall and continue over `paths` paths of a Gaussian Markov-switching model.

    regimes : (k,) probabilities of today's regime. transitions : (k, k), row = from. means, vols : (k,), a session's.
    """
    counts = np.zeros((len(barriers), 3), dtype=np.int64)
    undecided = np.empty(len(barriers), dtype=np.bool_)
    today = np.cumsum(regimes)
    onward = np.empty_like(transitions)
    for state in range(len(regimes)):
        onward[state] = np.cumsum(transitions[state])
    for path in range(paths):
        start = stream(key, path // 2)
        undecided[:] = True
        mirrored = -1.0 if path % 2 == 1 else 1.0
        state = _drawn(uniform(start, 0), today)
        move = 0.0
        step, still_open = 0, 1
        while still_open > 0:
            draw = 3 * step + 1
            state = _drawn(uniform(start, draw), onward[state])
            normal = np.sqrt(-2.0 * np.log(uniform(start, draw + 1))) * np.cos(2.0 * np.pi * uniform(start, draw + 2))
            move += means[state] + vols[state] * mirrored * normal
            step += 1
            still_open = _meet(move, step, barriers, horizons, undecided, counts)
    return counts
