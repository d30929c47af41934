"""Splits of time: walk-forward folds, and combinatorial cross-validation; both purged by settlement."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from forecast.engines.arrays import Int


@dataclass(frozen=True)
class Fold:
    """One refit: models see rows up to `trained_to`, and forecast the surges `test` (places among the surges) after it."""

    trained_to: int
    test: np.ndarray


def walk_forward(surge_rows: np.ndarray, *, start: int, refit_every: int) -> Iterator[Fold]:
    """Folds whose blocks of `refit_every` sessions follow each other from row `start`; blocks without a surge are passed over.

    surge_rows : (m,) rising. A fold's training outcomes are those settled before `trained_to`, the row before its block, so
    that max(known[train]) < min(date[test]): purged by settlement and not by counting rows.
    """
    if start < 1 or refit_every < 1:
        raise ValueError(f"start and refit_every must be >= 1, got {start} and {refit_every}")
    block = (surge_rows - start) // refit_every
    for number in np.unique(block[surge_rows >= start]):
        yield Fold(start + int(number) * refit_every - 1, np.flatnonzero(block == number))


@dataclass(frozen=True)
class PurgedSplit:
    """One split of combinatorial cross-validation: places among the cases, and the groups that are tested."""

    train: Int
    test: Int
    groups: tuple[int, ...]


def purged_splits(rows: Int, known: Int, *, groups: int, tested: int, embargo: int = 0) -> Iterator[PurgedSplit]:
    """Every choice of `tested` of `groups` stretches of time for the test, trained on what of the rest shares no session with it.

    rows : (n,) not falling, sessions of the cases.   known : (n,) sessions at which their outcomes are settled, >= rows.
    groups : stretches of as many cases each, give or take one; cases of one session stay together.   embargo : sessions after the
    last settlement of a tested stretch in which no case may train, since what is serially correlated tells of it still.
    A case trains unless it begins by a tested stretch's last settlement (and the embargo) and is settled from its first session on.
    Unlike walk-forward, models are trained on what came after the test too: it serves to compare choices, not to state what a
    forecast was worth. ValueError names the argument.
    Source: Lopez de Prado (2018), Advances in Financial Machine Learning, chapters 7 and 12.
    """
    group = _stretches(rows, known, groups)
    if not 1 <= tested < groups:
        raise ValueError(f"tested must be from 1 to groups - 1 = {groups - 1}, got {tested}")
    if embargo < 0:
        raise ValueError(f"embargo must be >= 0 sessions, got {embargo}")
    clear = np.stack([_clear(rows, known, group == number, embargo) for number in range(groups)])
    for chosen in combinations(range(groups), tested):
        under_test = np.isin(group, chosen)
        train = clear[list(chosen)].all(axis=0) & ~under_test
        yield PurgedSplit(np.flatnonzero(train), np.flatnonzero(under_test), chosen)


def path_count(groups: int, tested: int) -> int:
    """Whole histories that the splits' forecasts make, each stretch forecast once in each: tested / groups of the splits."""
    return comb(groups - 1, tested - 1)


def backtest_paths(groups: int, tested: int) -> Int:
    """Number of the split, in the order of `purged_splits`, that forecasts each stretch on each path, (paths, groups)."""
    chosen = list(combinations(range(groups), tested))
    by_group = [[number for number, one in enumerate(chosen) if group in one] for group in range(groups)]
    return np.array(by_group, dtype=np.int64).T


def _stretches(rows: Int, known: Int, groups: int) -> Int:
    """Number of the stretch of each case, (n,), from 0; as many cases in each as their sessions allow."""
    if rows.ndim != 1 or rows.shape != known.shape or (np.diff(rows) < 0).any() or (known < rows).any():
        raise ValueError("rows must not fall, and known must have one session a case, not before its row")
    if groups < 2:
        raise ValueError(f"groups must be >= 2, got {groups}")
    earlier = np.searchsorted(rows, rows)  # cases of earlier sessions
    number = earlier * groups // max(len(rows), 1)
    if len(np.unique(number)) < groups:
        raise ValueError(f"groups must be fewer: {len(np.unique(rows))} sessions with {len(rows)} cases do not fill {groups}")
    return number


def _clear(rows: Int, known: Int, tested: np.ndarray, embargo: int) -> np.ndarray:
    """Which cases share no session with the tested stretch, nor fall into its embargo, (n,)."""
    first, last = rows[tested].min(), known[tested].max()
    return (known < first) | (rows > last + embargo)
