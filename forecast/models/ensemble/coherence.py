"""Coherence: the probabilities of one date, monotone over all its barriers and horizons."""

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.quadratic_programme import coherence_constraints, nearest_table
from forecast.engines.passage.first_passage import validate_falls, validate_grid

TOLERANCE = 1e-12  # a table that misses by less is coherent as it is; sums of 28 rounded numbers miss by some 1e-15
SAME = 1e-12  # barriers no further apart, relatively, are one: 0.75 * 0.04 and 0.03 are
LEAST = 0.5  # keeps the log score of what was corrected within log 2; rarely needed, since corrections are much smaller
_STEPS_A_QUESTION = 20  # ten times the two that random tables of 28 questions took at most; there is an end in any case


def coherent(probabilities: Float, barriers: Float, horizons: Int, falls: Flags | None = None) -> Float:
    """The nearest probabilities, in least squares, that are monotone over the questions of each date; (..., q, 3).

    probabilities : (..., q, 3) of reverse, stall, continue, > 0, rows summing to 1; 0 for continue of a fall.   barriers : (..., q) log
    moves > 0.   horizons : (q,) sessions >= 1.   falls : (q,) which have no upper barrier; by default none.
    What is met within a horizon is met within a longer one: of one barrier, reverse and continue do
    not fall with the horizon. What is met is beyond every lower barrier by then: stall does not fall with the barrier, over the same
    or a shorter horizon. Equal questions have equal answers. Continue alone may rise or fall with the barrier, because the events
    are not nested: a path can fall to the near barrier before it rises to the far one. These are all the bounds that the events
    put on their probabilities: times to meet the barriers in their order exist for any table that holds them, and the side that
    each is met on is free, but for barriers that are first met in one session.
    No probability is brought below LEAST times the smallest of the table, so that all stay > 0. A table within TOLERANCE of a coherent
    one is returned as it is, to the bit. The result is no farther than the table from any coherent one that keeps to that least. Exact
    but for rounding: Goldfarb and Idnani (1983).
    Falls are nested by themselves, the nearest such probabilities; then each is brought between what the questions with two barriers say
    of it, which it never moves (`_within`).
    ValueError names the argument.
    """
    if probabilities.shape[-1:] != (3,) or probabilities.shape[:-1] != barriers.shape or barriers.shape[-1:] != np.shape(horizons):
        shapes = (probabilities.shape, barriers.shape, np.shape(horizons))
        raise ValueError(f"probabilities, barriers and horizons must be (..., q, 3), (..., q) and (q,), got {shapes}")
    flags = validate_falls(falls, len(horizons))
    possible = np.column_stack([np.ones((len(flags), 2), dtype=bool), ~flags])
    if not (((probabilities > 0) == possible).all() and np.allclose(probabilities.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise ValueError("probabilities must be > 0 and sum to 1, and of a fall continue 0")
    out = np.array(probabilities, dtype=np.float64, order="C")
    tables, table_barriers = out.reshape(-1, *out.shape[-2:]), barriers.reshape(-1, barriers.shape[-1])
    for table, moves in zip(tables, table_barriers, strict=True):
        validate_grid(moves, horizons)
        if not flags.all():
            table[~flags] = _nearest_coherent(table[~flags], moves[~flags], horizons[~flags])
        if flags.any():
            fall = _nested(table[flags, 0], moves[flags], horizons[flags])
            fall = _within(fall, moves[flags], horizons[flags], table[~flags], moves[~flags], horizons[~flags])
            stays = np.where(fall == table[flags, 0], table[flags, 1], 1 - fall)
            table[flags, 0], table[flags, 1] = fall, stays
    return out


def _nested(fall: Float, barriers: Float, horizons: Int) -> Float:
    """The nearest probabilities of falls, (q,), that are no higher for a deeper fall, nor for a shorter horizon.

    As half of it to either side, a fall is met as two barriers are: the nearest table has two equal halves, as the given one has, and its
    distance is that of the falls.
    """
    halves = _nearest_coherent(np.column_stack([fall / 2, 1 - fall, fall / 2]), barriers, horizons)
    return np.asarray(halves[:, 0] + halves[:, 2])


def _within(fall: Float, barriers: Float, horizons: Int, table: Float, others: Float, spans: Int) -> Float:
    """Falls (q,) between what the coherent answers (m, 3) to questions of two barriers, `others` (m,) within `spans` (m,), say of them.

    Who reaches a lower barrier first has fallen by it, within that horizon and any longer one; who stalls at a barrier has not fallen by
    it. These bounds are nested as falls are, and the lower ones nowhere above the upper ones, as `coherent` has left the table.
    """
    if not len(table):
        return fall
    deeper, nearer = others >= barriers[:, None] * (1 - SAME), others <= barriers[:, None] * (1 + SAME)
    least = np.where(deeper & (spans <= horizons[:, None]), table[:, 0], 0.0).max(axis=1)
    none = np.where(nearer & (spans >= horizons[:, None]), table[:, 1], 0.0).max(axis=1)
    return np.clip(fall, least, np.maximum(1 - none, least))


def _nearest_coherent(table: Float, barriers: Float, horizons: Int) -> Float:
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
