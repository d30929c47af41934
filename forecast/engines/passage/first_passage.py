"""First passage: reverse, stall or continue, for a whole grid of barriers and horizons from one set of simulated paths.

A law is a model of the sessions ahead that can fill a block of paths. What is simulated are antithetic pairs, each a function
of the key and its number only; they are booked block by block, so memory does not grow with their number.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.first_hits import count_first_hits
from forecast.engines.probabilities import Chances, shares

BATCHES = 64  # their spread is the standard error, itself known to 1 / sqrt(2 * 63) = 9 %
_BLOCK = 1 << 16  # moves in a block, 512 KB


class PathLaw(Protocol):
    """The log returns of the sessions ahead of one decision."""

    def fill(self, key: int, first: int, moves: Float) -> None:
        """Fills `moves` (h, 2, p), C-contiguous, with the cumulative log moves of the pairs number `first` and on.

        [:, 0] is the path as drawn, [:, 1] its antithetic twin. A pair is a function of the key and its number only; it may be
        called from several threads.
        """
        ...


def first_passage(law: PathLaw, barriers: Float, horizons: Int, *, key: int, paths: int, threads: int = 1) -> Chances:
    """What a path meets first, (q, 3): -barrier (reverse), neither within the horizon (stall) or +barrier (continue).

    barriers : (q,) log moves, finite and > 0.   horizons : (q,) sessions >= 1.   key : 64 bits.   paths : >= 4, made whole pairs.
    All questions are asked of the same paths. Half a path is added to each outcome, so that no probability is zero.
    The errors are measured: the paths are in at most BATCHES batches, as many whatever the threads, and independent of each
    other, whose spread counts the antithetic pairs for what they are worth. No error is put below the half path.
    Near a barrier a pair tells of reverse and continue what up to sixteen independent paths would, of a stall what one would.
    The same bits on any number of threads; they pay from about a million paths. ValueError names the argument.
    """
    _at_least("paths", paths, 4)
    _at_least("threads", threads, 1)
    pairs = (paths + 1) // 2
    edges = np.arange(min(BATCHES, pairs) + 1) * pairs // min(BATCHES, pairs)
    counts = _counts(law, *validate_grid(barriers, horizons), key, edges, threads)
    probabilities = shares(counts.sum(axis=0))
    return Chances(probabilities, _errors(counts, 2 * np.diff(edges)), np.full_like(probabilities, np.nan))


def passage_shares(law: PathLaw, barriers: Float, horizons: Int, *, key: int, paths: int) -> Float:
    """The probabilities of `first_passage`, to the bit, without their errors, which cost more than a few thousand paths do; (q, 3)."""
    _at_least("paths", paths, 4)
    edges = np.array([0, (paths + 1) // 2])
    return shares(_counts(law, *validate_grid(barriers, horizons), key, edges, threads=1)[0].astype(np.float64))


def _counts(law: PathLaw, barriers: Float, sessions: Int, key: int, edges: Int, threads: int) -> Int:
    """Paths of each outcome by batch, (batches, q, 3)."""
    ladder, level = np.unique(barriers, return_inverse=True)
    hits = _hits(law, ladder, int(sessions.max()), key, edges, threads)
    met = np.cumsum(hits, axis=3)[:, level, :, sessions - 1].swapaxes(0, 1)
    sizes = 2 * np.diff(edges)
    return np.stack([met[..., 0], sizes[:, None] - met.sum(axis=2), met[..., 1]], axis=2)


def simulate_paths(law: PathLaw, horizon: int, *, key: int, paths: int) -> Float:
    """The paths that `first_passage` books for this key: cumulative log moves after each session, (paths, horizon).

    Rows 2i and 2i + 1 are an antithetic pair. horizon, paths : >= 1, else ValueError.
    """
    _at_least("horizon", horizon, 1)
    _at_least("paths", paths, 1)
    moves = np.empty((horizon, 2, (paths + 1) // 2))
    law.fill(key, 0, moves)
    return np.ascontiguousarray(moves.transpose(2, 1, 0).reshape(-1, horizon)[:paths])


def validate_grid(barriers: Float, horizons: Int) -> tuple[Float, Int]:
    """The questions as arrays (q,); ValueError where one is none."""
    asked, sessions = np.asarray(barriers, dtype=np.float64), np.asarray(horizons)
    if asked.ndim != 1 or asked.shape != sessions.shape or not len(asked):
        raise ValueError(f"barriers and horizons must be of one length, at least 1, got shapes {asked.shape} and {sessions.shape}")
    if not (np.isfinite(asked) & (asked > 0)).all():
        raise ValueError(f"barriers must be finite and > 0 (log moves), got {asked.tolist()}")
    if not (np.issubdtype(sessions.dtype, np.integer) and (sessions >= 1).all()):
        raise ValueError(f"horizons must be whole sessions >= 1, got {sessions.tolist()}")
    return asked, sessions.astype(np.int64)


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ValueError(f"{name} must be >= {least}, got {value}")


def _hits(law: PathLaw, ladder: Float, sessions: int, key: int, edges: Int, threads: int) -> Int:
    """First-passage sessions by side, of each batch, (batches, b, 2, sessions); batch i has the pairs edges[i] to edges[i + 1]."""
    hits = np.zeros((len(edges) - 1, len(ladder), 2, sessions), dtype=np.int64)

    def run(batches: Int) -> None:
        for batch in batches:
            for first, moves in _blocks(int(edges[batch]), int(edges[batch + 1]), sessions):
                law.fill(key, first, moves)
                count_first_hits(moves, ladder, hits[batch])

    shifts = np.array_split(np.arange(len(hits)), threads)
    if threads == 1:
        run(shifts[0])
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, shifts))
    return hits


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
