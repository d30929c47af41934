"""Walk-forward folds: refit on an expanding past, purged by settlement."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


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
