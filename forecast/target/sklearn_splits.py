"""Splitters of time for `cv` of scikit-learn, purged by settlement."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

from forecast.engines.arrays import Int
from forecast.target.splits import purged_splits


class PurgedSplitter:
    """What the splitters share: cases are spans of sessions, and rows may stand in any order."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Int, Int]]:  # noqa: N803
        """Places of the cases to train on and to test.

        Parameters
        ----------
        X, y : ignored
            For scikit-learn.
        groups : array-like of int of shape (n, 2)
            Sessions at which each case begins and is settled, `Events.spans`.

        Yields
        ------
        train, test : numpy.ndarray of int

        Raises
        ------
        ValueError
            Where there are too few cases or no spans, or an argument of the splitter does not fit.
        """
        yield from self._splits(*spans_of(groups))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """Number of splits.

        Parameters
        ----------
        X, y, groups : ignored
            For scikit-learn.

        Returns
        -------
        int
        """
        return self._count()

    def _splits(self, begin: Int, settled: Int) -> Iterator[tuple[Int, Int]]:
        raise NotImplementedError

    def _count(self) -> int:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ForwardPurgedSplit(PurgedSplitter):
    """Walk-forward: each stretch of time is tested, trained on what was settled before its first session.

    Parameters
    ----------
    n_splits : int, default 5
        Stretches that are tested. Cases are cut into one more, of as many each; the first of them is never tested.
    """

    n_splits: int = 5

    def _splits(self, begin: Int, settled: Int) -> Iterator[tuple[Int, Int]]:
        order = np.argsort(begin, kind="stable")
        stretches = np.array_split(order, self.n_splits + 1)
        if self.n_splits < 1 or not all(len(stretch) for stretch in stretches):
            raise ValueError(f"n_splits must be >= 1 and below the number of cases, got {self.n_splits} for {len(begin)}")
        for tested in stretches[1:]:
            yield np.flatnonzero(settled < begin[tested].min()), np.sort(tested)

    def _count(self) -> int:
        return self.n_splits


@dataclass(frozen=True, kw_only=True)
class CombinatorialPurgedSplit(PurgedSplitter):
    """Combinatorial: every choice of some stretches of time is tested, as `purged_splits` makes them.

    Models are trained on what came after the test too: this serves to compare choices, not to state what a forecast was worth.

    Parameters
    ----------
    n_groups : int, default 6
        Stretches that time is cut into.
    n_tested : int, default 2
        Stretches in each test.
    embargo : int, default 0
        Sessions after a tested stretch in which no case may train.
    """

    n_groups: int = 6
    n_tested: int = 2
    embargo: int = 0

    def _splits(self, begin: Int, settled: Int) -> Iterator[tuple[Int, Int]]:
        order = np.argsort(begin, kind="stable")
        for one in purged_splits(begin[order], settled[order], groups=self.n_groups, tested=self.n_tested, embargo=self.embargo):
            yield np.sort(order[one.train]), np.sort(order[one.test])

    def _count(self) -> int:
        return comb(self.n_groups, self.n_tested)


def spans_of(groups: Any) -> tuple[Int, Int]:
    """First and last session of each case, (n,) each; ValueError where `groups` has none."""
    spans = np.asarray(groups)
    if groups is None or spans.ndim != 2 or spans.shape[1] != 2 or spans.dtype.kind not in "iu" or (spans[:, 1] < spans[:, 0]).any():
        raise ValueError("groups must be (n, 2) whole numbers, the session at which each case begins and that at which it is settled")
    return spans[:, 0].astype(np.int64), spans[:, 1].astype(np.int64)
