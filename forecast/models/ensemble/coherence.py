"""Coherence: the probabilities of one date, monotone over all its barriers and horizons."""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.quadratic_programme import coherence_constraints, nearest_table
from forecast.engines.passage.first_passage import validate_grid

TOLERANCE = 1e-12  # a table that misses by less is coherent as it is; sums of 28 rounded numbers miss by some 1e-15
SAME = 1e-12  # barriers no further apart, relatively, are one: 0.75 * 0.04 and 0.03 are
LEAST = 0.5  # keeps the log score of what was corrected within log 2; rarely needed, since corrections are much smaller
_STEPS_A_QUESTION = 20  # ten times the two that random tables of 28 questions took at most; there is an end in any case


def coherent(probabilities: Float, barriers: Float, horizons: Int) -> Float:
    """The nearest probabilities, in least squares, that are monotone over the questions of each date; (..., q, 3).

    probabilities : (..., q, 3) of reverse, stall, continue, all > 0, rows summing to 1.   barriers : (..., q) log moves > 0.
    horizons : (q,) sessions >= 1. What is met within a horizon is met within a longer one: of one barrier, reverse and continue do
    not fall with the horizon. What is met is beyond every lower barrier by then: stall does not fall with the barrier, over the same
    or a shorter horizon. Equal questions have equal answers. Continue alone may rise or fall with the barrier, because the events
    are not nested: a path can fall to the near barrier before it rises to the far one. These are all the bounds that the events
    put on their probabilities: times to meet the barriers in their order exist for any table that holds them, and the side that
    each is met on is free, but for barriers that are first met in one session.
    Nothing is held less likely than LEAST times what the table held least likely, so that all stay > 0. A table within TOLERANCE of a
    coherent one is given back as it is, to the bit; no coherent table that keeps to that least is further away than before.
    Exact but for rounding: Goldfarb and Idnani (1983). ValueError names the argument.
    """
    if probabilities.shape[-1:] != (3,) or probabilities.shape[:-1] != barriers.shape or barriers.shape[-1:] != np.shape(horizons):
        shapes = (probabilities.shape, barriers.shape, np.shape(horizons))
        raise ValueError(f"probabilities, barriers and horizons must be (..., q, 3), (..., q) and (q,), got {shapes}")
    if not ((probabilities > 0).all() and np.allclose(probabilities.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise ValueError("probabilities must be > 0 and sum to 1")
    out = np.array(probabilities, dtype=np.float64, order="C")
    tables, table_barriers = out.reshape(-1, *out.shape[-2:]), barriers.reshape(-1, barriers.shape[-1])
    for table, moves in zip(tables, table_barriers, strict=True):
        table[:] = _one(table, *validate_grid(moves, horizons))
    return out


def _one(table: Float, barriers: Float, horizons: Int) -> Float:
    """One date; equal questions are one, with the mean of their answers and the weight of their number."""
    level = _levels(barriers)
    _, first, member, count = np.unique(level * (horizons.max() + 1) + horizons, return_index=True, return_inverse=True, return_counts=True)
    weight = count.astype(np.float64)
    mean = np.stack([np.bincount(member, weights=column) for column in table.T], axis=1) / weight[:, None]
    constraints = coherence_constraints(level[first], horizons[first])
    nearest, done = nearest_table(mean, weight, LEAST * mean.min(), constraints, TOLERANCE, _STEPS_A_QUESTION * len(table))
    if not done:
        raise FloatingPointError(f"no coherent table was found near {table.tolist()}")
    out = nearest[member]
    return table if np.abs(out - table).max() <= TOLERANCE else out


def _levels(barriers: Float) -> Int:
    """Rank of each barrier, (q,), from 0; those that are the SAME share one."""
    rank = np.argsort(barriers, kind="stable")
    rising = barriers[rank]
    level = np.empty(len(barriers), dtype=np.int64)
    level[rank] = np.cumsum(np.r_[False, np.diff(rising) > SAME * rising[1:]])
    return level
