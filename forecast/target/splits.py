"""Splits of time: walk-forward folds, and combinatorial cross-validation; both purged by settlement.

The labels of a walk-forward fold are purged in `Sample.up_to`, which knows only the outcomes settled before its last session.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecast.engines.arrays import Int


@dataclass(frozen=True)
class Fold:
    """One refit of a walk-forward.

    Parameters
    ----------
    trained_to : int
        Last row that models see.
    test : numpy.ndarray
        Places, among the surges, of those after it that are forecast.
    """

    trained_to: int
    test: np.ndarray


def walk_forward_folds(surge_rows: np.ndarray, *, start: int, refit_every: int) -> Iterator[Fold]:
    """Folds whose blocks of sessions follow each other; blocks without a surge are passed over.

    A fold's training outcomes are those settled before `trained_to`, the row before its block, so that the last training outcome is
    settled before the first test session: purged by settlement and not by counting rows.

    Parameters
    ----------
    surge_rows : numpy.ndarray of shape (m,)
        Rising places of the surge sessions.
    start : int
        First row of the first block, >= 1.
    refit_every : int
        Sessions of a block, >= 1.

    Yields
    ------
    Fold

    Raises
    ------
    ValueError
        For a start or a block below 1.
    """
    if start < 1 or refit_every < 1:
        raise ValueError(f"start and refit_every must be >= 1, got {start} and {refit_every}")
    block = (surge_rows - start) // refit_every
    for number in np.unique(block[surge_rows >= start]):
        yield Fold(start + int(number) * refit_every - 1, np.flatnonzero(block == number))


@dataclass(frozen=True)
class PurgedSplit:
    """One split of combinatorial cross-validation.

    Parameters
    ----------
    train, test : numpy.ndarray of int
        Places among the cases.
    groups : tuple of int
        Numbers of the stretches that are tested.
    """

    train: Int
    test: Int
    groups: tuple[int, ...]


def purged_splits(rows: Int, settled: Int, *, groups: int, tested: int, embargo: int = 0) -> Iterator[PurgedSplit]:
    """Every choice of some stretches of time for the test, trained on the cases of the others that share no session with it.

    A case is left out of the training if it begins no later than the last settlement of a tested stretch, or within the embargo after it,
    and is settled no earlier than the first session of that stretch. Unlike in a walk-forward, models are trained on what came after the
    test too: this serves to compare choices, not to state what a forecast was worth.

    Parameters
    ----------
    rows : numpy.ndarray of shape (n,)
        Sessions of the cases, not falling.
    settled : numpy.ndarray of shape (n,)
        Sessions at which their outcomes are settled, >= rows.
    groups : int
        Stretches, >= 2, of as many cases each, give or take one; cases of one session stay together.
    tested : int
        Stretches in each test, from 1 to groups - 1.
    embargo : int, default 0
        Sessions after the last settlement of a tested stretch in which no case may train, since serial correlation outlasts it.

    Yields
    ------
    PurgedSplit

    Raises
    ------
    ValueError
        Names the argument that does not fit.

    References
    ----------
    Lopez de Prado (2018), Advances in Financial Machine Learning, chapters 7 and 12.
    """
    group = _stretches(rows, settled, groups)
    if not 1 <= tested < groups:
        raise ValueError(f"tested must be from 1 to groups - 1 = {groups - 1}, got {tested}")
    if embargo < 0:
        raise ValueError(f"embargo must be >= 0 sessions, got {embargo}")
    clear = np.stack([_clear(rows, settled, group == number, embargo) for number in range(groups)])
    for chosen in combinations(range(groups), tested):
        under_test = np.isin(group, chosen)
        train = clear[list(chosen)].all(axis=0) & ~under_test
        yield PurgedSplit(np.flatnonzero(train), np.flatnonzero(under_test), chosen)


def backtest_paths(groups: int, tested: int) -> Int:
    """Which split forecasts each stretch on each path: the forecasts of all splits make comb(groups - 1, tested - 1) whole histories.

    Parameters
    ----------
    groups, tested : int
        As in `purged_splits`.

    Returns
    -------
    numpy.ndarray of shape (paths, groups)
        Numbers of splits in the order of `purged_splits`.
    """
    chosen = list(combinations(range(groups), tested))
    by_group = [[number for number, one in enumerate(chosen) if group in one] for group in range(groups)]
    return np.array(by_group, dtype=np.int64).T


def _stretches(rows: Int, settled: Int, groups: int) -> Int:
    """Number of the stretch of each case, (n,), from 0; as many cases in each as their sessions allow."""
    if rows.ndim != 1 or rows.shape != settled.shape or (np.diff(rows) < 0).any() or (settled < rows).any():
        raise ValueError("rows must not fall, and settled must have one session a case, not before its row")
    if groups < 2:
        raise ValueError(f"groups must be >= 2, got {groups}")
    earlier = np.searchsorted(rows, rows)  # cases of earlier sessions
    number = earlier * groups // max(len(rows), 1)
    if len(np.unique(number)) < groups:
        raise ValueError(f"groups must be fewer: {len(np.unique(rows))} sessions with {len(rows)} cases do not fill {groups}")
    return number


def _clear(rows: Int, settled: Int, tested: np.ndarray, embargo: int) -> np.ndarray:
    """Which cases share no session with the tested stretch, nor fall into its embargo, (n,)."""
    first, last = rows[tested].min(), settled[tested].max()
    return (settled < first) | (rows > last + embargo)
