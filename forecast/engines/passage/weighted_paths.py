"""Weighted paths: weights under which simulated paths have given probabilities of some events, nearest to the equal ones."""

from typing import NamedTuple

import numpy as np

from forecast.engines.arrays import Flags, Float, Int, as_floats
from forecast.engines.passage.first_passage import validate_grid

SLACK = 1e-6  # variance of a probability's error, against the entropy of all paths: an event that hardly any path has may be missed by 1e-3
STEPS, HALVINGS = 60, 40
CLOSE = 1e-16  # Newton's decrement of the dual, at which it ends


class Passages(NamedTuple):
    """Which paths (n,) meet each of q questions (barrier, horizon), (n, q) each: the lower barrier first, the upper first, either alone."""

    reverse: Flags
    rise_first: Flags
    fall: Flags
    rise: Flags


def passages(moves: Float, barriers: Float, horizons: Int) -> Passages:
    """What each path meets within each horizon.

    Parameters
    ----------
    moves : (n, h) array-like
        Cumulative log moves of n paths after each of h sessions; NaN meets nothing.
    barriers : (q,) array-like
        Log moves > 0.
    horizons : (q,) array-like of int
        Sessions, 1 to h.

    Returns
    -------
    Passages

    Raises
    ------
    ValueError
        For paths of another shape, and a barrier or horizon out of its range.
    """
    paths = as_floats(moves, "moves")
    levels, sessions = validate_grid(barriers, horizons)
    if paths.ndim != 2 or paths.shape[1] < sessions.max():
        raise ValueError(f"moves must be (paths, sessions) with at least {sessions.max()} sessions, got shape {paths.shape}")
    ladder, place = np.unique(levels, return_inverse=True)
    rise, fall = (_first_sessions(each, ladder)[:, place] for each in (paths, -paths))
    fallen, risen = fall <= sessions, rise <= sessions
    return Passages(reverse=fallen & (fall < rise), rise_first=risen & (rise < fall), fall=fallen, rise=risen)


def _first_sessions(paths: Float, ladder: Float) -> Int:
    """The session from 1 on at which each path (n, h) is first at each of `ladder` (b,) or above, (n, b); h + 1 for never.

    Without a kernel: whoever asks a fitted run one question would wait longer for numba than for this.
    """
    highest = np.fmax.accumulate(paths, axis=1)
    return np.column_stack([paths.shape[1] + 1 - (highest >= level).sum(axis=1) for level in ladder])


def path_weights(events: Flags, targets: Float) -> Float:
    """Weights of paths under which each event has its target probability, as near to equal as they can be (least relative entropy).

    The dual is smooth and convex, and Newton's method ends at its one minimum. Targets that no weights of these paths have are met as
    nearly as SLACK lets them.

    Parameters
    ----------
    events : (n, m) array of bool
        Which of n paths have each of m events.
    targets : (m,) array
        Probabilities.

    Returns
    -------
    (n,) array
        Weights >= 0 that sum to 1.

    References
    ----------
    Avellaneda, Buff, Friedman, Grandchamp, Kruk and Newman (2001), Weighted Monte Carlo: a new technique for calibrating asset-pricing
    models, Int. J. Theoretical and Applied Finance 4.
    """
    away = events.astype(np.float64) - targets
    tilt = np.zeros(len(targets))
    value, weights = _dual(away, tilt)
    for _ in range(STEPS):
        mean = weights @ away
        slope = mean + SLACK * tilt
        curve = (away * weights[:, None]).T @ away - np.outer(mean, mean) + SLACK * np.eye(len(tilt))
        step = np.linalg.solve(curve, slope)
        decrement = float(slope @ step)
        if decrement < CLOSE:
            break
        for halving in range(HALVINGS):
            there = tilt - step / 2**halving
            lower, moved = _dual(away, there)
            if lower <= value - 1e-4 * decrement / 2**halving:
                tilt, value, weights = there, lower, moved
                break
        else:  # the dual has no digits left
            break
    return weights


def _dual(away: Float, tilt: Float) -> tuple[float, Float]:
    """The dual of the entropy with its slack, and the weights (n,) of a tilt (m,)."""
    scores = away @ tilt
    top = scores.max()
    odds = np.exp(scores - top)
    total = odds.sum()
    return float(top + np.log(total / len(odds)) + SLACK / 2 * (tilt @ tilt)), odds / total
