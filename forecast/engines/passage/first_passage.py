"""First passage: reverse, stall or continue, or a fall or none, for a whole grid of barriers and horizons from one set of simulated paths.

Paths are antithetic pairs, each a function of the key and its number only. They are counted block by block, so that memory does not
grow with their number.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from forecast.engines.arrays import Flags, Float, Int, as_floats
from forecast.engines.kernels.first_hits import count_first_hits
from forecast.engines.probabilities import Prediction, shares
from forecast.engines.switching.validation import at_least

BATCHES = 64  # their spread is the standard error, itself known to 1 / sqrt(2 * 63) = 9 %
_BLOCK = 1 << 15  # moves in a block, 256 KB
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
    questions = _Questions.of(barriers, horizons, falls)
    counts = _counts(law, questions, key, edges, threads)
    probabilities = shares(counts.sum(axis=0), questions.possible)
    errors = np.where(questions.possible, _errors(counts, 2 * np.diff(edges)), 0.0)
    return Prediction(probabilities, errors, np.full_like(probabilities, np.nan))


def passage_shares(laws: Sequence[PathLaw], barriers: Float, horizons: Int, *, key: int, paths: int, falls: Flags | None = None) -> Float:
    """The probabilities that `first_passage` has of each of n laws, (n, q, 3), to the bit, without the errors."""
    at_least("paths", paths, 4)
    validate_key(key)
    pairs = (paths + 1) // 2
    questions = _Questions.of(barriers, horizons, falls)
    hits = _Hits(questions, len(laws))
    for place, law in enumerate(laws):
        for start, moves in _blocks(0, pairs, questions.longest):
            law.fill(key, start, moves)
            hits.add(moves, np.full(moves.shape[2], place))
    return shares(hits.outcomes(np.full(len(laws), 2 * pairs)), questions.possible)


class _Questions(NamedTuple):
    """Barriers, horizons and falls of q questions, checked; and what paths meet of them.

    `ladder` are the distinct barriers, rising, of those with two, `steps` those of falls, and `level` (q,) the place of each question's on
    its own; `spans` are the distinct horizons, rising, and `span` (q,) the place of each question's.
    """

    falls: Flags
    ladder: Float
    steps: Float
    level: Int
    spans: Int
    span: Int

    @classmethod
    def of(cls, barriers: Float, horizons: Int, falls: Flags | None) -> "_Questions":
        """ValueError where one is out of its range."""
        moves, sessions = validate_grid(barriers, horizons)
        return _questions(moves.tobytes(), sessions.tobytes(), validate_falls(falls, len(moves)).tobytes())

    @property
    def longest(self) -> int:
        """The longest horizon."""
        return int(self.spans[-1])

    @property
    def possible(self) -> Flags:
        """Which outcomes each can have, (q, 3)."""
        return np.column_stack([np.ones_like(self.falls), np.ones_like(self.falls), ~self.falls])


@lru_cache(maxsize=8)  # the laws of one surge are asked the same
def _questions(barriers: bytes, horizons: bytes, falls: bytes) -> _Questions:
    moves, sessions, flags = np.frombuffer(barriers), np.frombuffer(horizons, dtype=np.int64), np.frombuffer(falls, dtype=bool)
    level = np.empty(len(moves), dtype=np.int64)
    ladder, level[~flags] = np.unique(moves[~flags], return_inverse=True)
    steps, level[flags] = np.unique(moves[flags], return_inverse=True)
    spans, span = np.unique(sessions, return_inverse=True)
    return _Questions(flags, ladder, steps, level, spans, span)


class _Hits:
    """How many paths of each of n batches first meet each barrier between one horizon and the next, as `count_first_hits` has it."""

    def __init__(self, questions: _Questions, batches: int) -> None:
        self.questions = questions
        self.hits = np.zeros((batches, len(questions.ladder) + 1, 2, len(questions.spans)), dtype=np.int64)
        self.fallen = np.zeros((batches, len(questions.steps) + 1, len(questions.spans)), dtype=np.int64)
        self.span = np.searchsorted(questions.spans, np.arange(questions.longest) + 1)

    def add(self, moves: Float, batch: Int) -> None:
        """Count a block of paths (h, 2, p), whose pairs are of `batch` (p,)."""
        count_first_hits(moves, batch, self.questions.ladder, self.questions.steps, self.span, self.hits, self.fallen)

    def outcomes(self, paths: Int) -> Int:
        """Paths of each outcome, (n, q, 3), of so many in each batch, (n,)."""
        falls, level, span = self.questions.falls, self.questions.level, self.questions.span
        hits, fallen = self.hits.cumsum(axis=1).cumsum(axis=3), self.fallen.cumsum(axis=1).cumsum(axis=2)
        met = np.zeros((len(paths), len(falls), 2), dtype=np.int64)
        met[:, ~falls] = hits[:, level[~falls], :, span[~falls]].swapaxes(0, 1)  # the places come first
        met[:, falls, 0] = fallen[:, level[falls], span[falls]]
        return np.stack([met[..., 0], paths[:, None] - met.sum(axis=-1), met[..., 1]], axis=-1)


def _counts(law: PathLaw, questions: _Questions, key: int, edges: Int, threads: int) -> Int:
    """Paths of each outcome by batch, (batches, q, 3); batch i has the pairs edges[i] to edges[i + 1]."""
    rungs, spans, batches = len(questions.ladder) + len(questions.steps), len(questions.spans), len(edges) - 1
    if rungs * questions.longest > MOST_CELLS:
        raise ValueError(f"{rungs} barriers by {questions.longest} sessions are more than {MOST_CELLS} at once: ask in parts")
    together = max(MOST_CELLS // (rungs * spans * threads), 1)  # batches whose hits are held at once
    groups = np.array_split(np.arange(batches), max(threads, -(-batches // together)))

    def run(group: Int) -> Int:
        hits = _Hits(questions, len(group))
        for start, moves in _blocks(int(edges[group[0]]), int(edges[group[-1] + 1]), questions.longest):
            law.fill(key, start, moves)
            hits.add(moves, np.searchsorted(edges, start + np.arange(moves.shape[2]), side="right") - 1 - group[0])
        return hits.outcomes(2 * np.diff(edges)[group])

    groups = [group for group in groups if len(group)]
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
