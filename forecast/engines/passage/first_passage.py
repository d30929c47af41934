"""First passage: reverse, stall or continue, or a fall or none, for a whole grid of barriers and horizons from one set of simulated paths.

Paths are antithetic pairs, each a function of the key and its number only. They are counted block by block, so that memory does not
grow with their number.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np

from forecast.engines.arrays import Flags, Float, Int, as_floats
from forecast.engines.kernels.first_hits import count_first_falls, count_first_hits
from forecast.engines.probabilities import Prediction, shares
from forecast.engines.switching.validation import at_least

BATCHES = 64  # their spread is the standard error, itself known to 1 / sqrt(2 * 63) = 9 %
_BLOCK = 1 << 16  # moves in a block, 512 KB
MOST_CELLS = 1 << 23  # barriers times sessions that one call answers, 128 MB of counts a thread


class PathLaw(Protocol):
    """A law of the log returns of the sessions ahead, which can simulate paths."""

    def fill(self, key: int, first: int, moves: Float) -> None:
        """Simulate antithetic pairs of paths into `moves`. A pair depends on the key and its number only; several threads may call.

        Parameters
        ----------
        key : int
            64-bit key of the random numbers.
        first : int
            Number of the first pair to simulate.
        moves : (h, 2, p) array
            C-contiguous; receives the cumulative log moves after each of h sessions of p pairs, [:, 0] as drawn, [:, 1] mirrored.
        """
        ...


def first_passage(
    law: PathLaw, barriers: Float, horizons: Int, *, key: int, paths: int, falls: Flags | None = None, threads: int = 1
) -> Prediction:
    """Estimate what a path meets first: -barrier (reverse), neither within the horizon (stall) or +barrier (continue).

    A fall has no upper barrier: -barrier is met (reverse) or not (stall), whatever came first.
    All questions are answered from the same paths. Half a path is added to each possible outcome, so that its probability is not zero.
    The standard
    errors come from the spread of at most 64 independent batches, so that antithetic pairs count for what they add; none
    is below half a path. The same key gives the same bits on any number of threads.

    Parameters
    ----------
    law : PathLaw
        The law of the sessions ahead, such as the `ahead()` of an estimator.
    barriers : (q,) array-like
        Barriers as log moves, finite and > 0.
    horizons : (q,) array-like of int
        Horizons in sessions, >= 1.
    key : int
        64-bit key of the random numbers.
    paths : int
        Number of paths, >= 4; an odd number is rounded up to whole antithetic pairs.
    falls : (q,) array-like of bool, optional
        Which have no upper barrier; by default none.
    threads : int, default 1
        Number of threads, >= 1; more than one pays from about a million paths.

    Returns
    -------
    Prediction
        Probabilities of reverse, stall and continue, (q, 3), rows summing to 1, and their Monte-Carlo standard errors, (q, 3). Both are 0
        for continue of a fall.

    Raises
    ------
    ValueError
        If `law` is none, a barrier, a horizon, `key`, `paths` or `threads` is out of its range or NaN, the lengths differ, or there are
        more than 8,388,608 pairs of a barrier and a session up to the longest horizon.
    """
    at_least("paths", paths, 4)
    at_least("threads", threads, 1)
    validate_law(law)
    validate_key(key)
    pairs = (paths + 1) // 2
    edges = np.arange(min(BATCHES, pairs) + 1) * pairs // min(BATCHES, pairs)
    questions = _questions(barriers, horizons, falls)
    counts = _counts(law, questions, key, edges, threads)
    probabilities = shares(counts.sum(axis=0), questions.possible)
    errors = np.where(questions.possible, _errors(counts, 2 * np.diff(edges)), 0.0)
    return Prediction(probabilities, errors, np.full_like(probabilities, np.nan))


def passage_shares(law: PathLaw, barriers: Float, horizons: Int, *, key: int, paths: int, falls: Flags | None = None) -> Float:
    """The probabilities of `first_passage`, (q, 3), to the bit, without the errors, which cost more than a few thousand paths do."""
    at_least("paths", paths, 4)
    validate_key(key)
    edges = np.array([0, (paths + 1) // 2])
    questions = _questions(barriers, horizons, falls)
    return shares(_counts(law, questions, key, edges, threads=1)[0].astype(np.float64), questions.possible)


class _Questions(NamedTuple):
    """Barriers, horizons and falls of q questions, checked; and the rising ladders of distinct barriers that paths meet."""

    sessions: Int
    falls: Flags
    ladder: Float
    steps: Float
    level: Int

    @property
    def possible(self) -> Flags:
        """Which outcomes each can have, (q, 3)."""
        return np.column_stack([np.ones_like(self.falls), np.ones_like(self.falls), ~self.falls])


def _questions(barriers: Float, horizons: Int, falls: Flags | None) -> _Questions:
    """`ladder` is of those with two barriers, `steps` of falls, and `level` (q,) the place of each barrier on its own."""
    moves, sessions = validate_grid(barriers, horizons)
    flags = validate_falls(falls, len(moves))
    level = np.empty(len(moves), dtype=np.int64)
    ladder, level[~flags] = np.unique(moves[~flags], return_inverse=True)
    steps, level[flags] = np.unique(moves[flags], return_inverse=True)
    return _Questions(sessions, flags, ladder, steps, level)


def _counts(law: PathLaw, questions: _Questions, key: int, edges: Int, threads: int) -> Int:
    """Paths of each outcome by batch, (batches, q, 3); batch i has the pairs edges[i] to edges[i + 1]."""
    sessions, falls, ladder, steps, level = questions
    longest, rungs = int(sessions.max()), len(ladder) + len(steps)
    if rungs * longest > MOST_CELLS:
        raise ValueError(f"{rungs} barriers by {longest} sessions are more than {MOST_CELLS} at once: ask in parts")
    together = max(MOST_CELLS // (rungs * longest * threads), 1)  # batches whose hits are held at once
    groups = np.array_split(np.arange(len(edges) - 1), max(threads, -(-(len(edges) - 1) // together)))

    def run(batches: Int) -> Int:
        hits = np.zeros((len(batches), len(ladder), 2, longest), dtype=np.int64)
        fallen = np.zeros((len(batches), len(steps), longest), dtype=np.int64)
        for place, batch in enumerate(batches):
            for start, moves in _blocks(int(edges[batch]), int(edges[batch + 1]), longest):
                law.fill(key, start, moves)
                if len(ladder):
                    count_first_hits(moves, ladder, hits[place])
                if len(steps):
                    count_first_falls(moves, steps, fallen[place])
        met = np.zeros((len(batches), len(sessions), 2), dtype=np.int64)
        met[:, ~falls] = hits.cumsum(axis=3)[:, level[~falls], :, sessions[~falls] - 1].swapaxes(0, 1)  # the places come first
        met[:, falls, 0] = fallen.cumsum(axis=2)[:, level[falls], sessions[falls] - 1]
        paths = 2 * np.diff(edges)[batches, None]
        return np.stack([met[..., 0], paths - met.sum(axis=-1), met[..., 1]], axis=-1)

    if threads == 1:
        return np.concatenate([run(group) for group in groups])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(run, groups)))


def simulate_paths(law: PathLaw, horizon: int, *, key: int, paths: int) -> Float:
    """Cumulative log moves after each session, (paths, horizon), of the paths that `first_passage` counts; rows 2i, 2i + 1 are a pair."""
    at_least("horizon", horizon, 1)
    at_least("paths", paths, 1)
    validate_key(key)
    moves = np.empty((horizon, 2, (paths + 1) // 2))
    law.fill(key, 0, moves)
    return np.ascontiguousarray(moves.transpose(2, 1, 0).reshape(-1, horizon)[:paths])


def validate_grid(barriers: Float, horizons: Int) -> tuple[Float, Int]:
    """Barriers and horizons as arrays (q,); ValueError where one is out of its range, or not a number."""
    moves, numbers, sessions = as_floats(barriers, "barriers"), as_floats(horizons, "horizons"), np.asarray(horizons)
    if moves.ndim != 1 or moves.shape != sessions.shape or not len(moves):
        raise ValueError(f"barriers and horizons must be of one length, at least 1, got shapes {moves.shape} and {sessions.shape}")
    if not (np.isfinite(moves) & (moves > 0)).all():
        raise ValueError(f"barriers must be finite and > 0 (log moves), got {_shown(moves)}")
    if not (np.issubdtype(sessions.dtype, np.integer) and (numbers >= 1).all()):  # a horizon that a mask hides is NaN among the numbers
        raise ValueError(f"horizons must be whole sessions >= 1, got {_shown(np.ma.asanyarray(horizons))}")
    return moves, sessions.astype(np.int64)


def validate_falls(falls: Flags | None, count: int) -> Flags:
    """Flags as an array (q,), none of them where there are none; ValueError for what is no flag a question."""
    flags = np.zeros(count, dtype=bool) if falls is None else np.asarray(falls)
    if flags.shape != (count,) or flags.dtype != np.bool_:
        raise ValueError(f"falls must be {count} flags, one a barrier, got shape {flags.shape} of {flags.dtype}")
    return flags


def validate_law(law: PathLaw) -> None:
    """ValueError for what is no law of paths, such as an estimator."""
    if not hasattr(law, "fill"):
        raise ValueError(f"law must be a law of paths, as the ahead() of an estimator is, got {type(law).__name__}")


def validate_key(key: int) -> None:
    """ValueError where a key is not a whole number of 64 bits."""
    at_least("key", key, 0)
    if key >= 2**64:
        raise ValueError(f"key must be a whole number below 2^64, got {key}")


def _shown(values: np.ndarray) -> str:
    """The values, or the first of many."""
    return f"{values.tolist()}" if len(values) <= 20 else f"{values[:20].tolist()} and {len(values) - 20} more"


def _blocks(first: int, last: int, sessions: int) -> Iterator[tuple[int, Float]]:
    """Blocks to fill, from pair `first` to before `last`, in a buffer that they share."""
    width = max(_BLOCK // (2 * sessions), 1)
    buffer = np.empty((sessions, 2, min(width, last - first)))
    for start in range(first, last, width):
        count = min(width, last - start)
        if count < buffer.shape[2]:
            buffer = np.empty((sessions, 2, count))
        yield start, buffer


def _errors(counts: Int, sizes: Int) -> Float:
    """Standard errors of the shares, (q, 3), from the counts by batch (batches, q, 3) and the paths in each (batches,)."""
    total, batches = int(sizes.sum()), len(sizes)
    off = counts - sizes[:, None, None] * (counts.sum(axis=0) / total)
    spread = np.sqrt((off**2).sum(axis=0) * batches / (batches - 1)) / total
    return np.maximum(spread, 0.5 / total)
