"""Contests of many forecasters at once: the model confidence set, and whether any is better than a reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float

DRAWS = 300  # a p value of 0.10 then has a standard error of 0.017
SEED = 3
CONFIDENCE_SIZE = 0.10  # the set holds the best with probability 0.9


@dataclass(frozen=True)
class Contest:
    """set_p : p value of each forecaster, at least CONFIDENCE_SIZE while it belongs to the model confidence set.
    better_p : p value, by reference, of the test that no forecaster is better than it. Both are empty where nothing can be told."""

    set_p: dict[str, float]
    better_p: dict[str, float]


def contest(losses: dict[str, Float], references: Sequence[str], *, horizon: int, draws: int = DRAWS, seed: int = SEED) -> Contest:
    """The forecasters of `losses`, by name (n,), against each other and against `references`.

    Blocks of `horizon` rows, which hold every overlap, or a third of the rows if they are few, are drawn by the stationary
    bootstrap. Forecasters with the same losses to the bit as an earlier one share its verdict. Nothing can be told of fewer than
    twelve rows or two forecasters.
    Source: Hansen, Lunde and Nason (2011), statistic T_R; Hansen (2005), the consistent p value; both as in arch.
    """
    twins = _twins(losses)
    distinct = [name for name, first in twins.items() if name == first]
    n = len(next(iter(losses.values()))) if losses else 0
    if n < 12 or len(distinct) < 2:
        return Contest({}, {})
    table = np.column_stack([losses[name] for name in distinct])
    block = min(horizon, n // 3)
    in_set = _set_p(table, block, draws, seed)
    set_p = {name: float(in_set[distinct.index(first)]) for name, first in twins.items()}
    better = {name: _better_p(table, distinct.index(twins[name]), block, draws, seed) for name in references if name in twins}
    return Contest(set_p, better)


def _twins(losses: dict[str, Float]) -> dict[str, str]:
    """The first forecaster with the same losses, by name: a difference without variance cannot be tested."""
    first: dict[bytes, str] = {}
    return {name: first.setdefault(np.ascontiguousarray(loss).tobytes(), name) for name, loss in losses.items()}


def _set_p(table: Float, block: int, draws: int, seed: int) -> Float:
    from arch.bootstrap import MCS

    found = MCS(table, CONFIDENCE_SIZE, reps=draws, block_size=block, method="R", bootstrap="stationary", seed=seed)
    found.compute()
    return np.asarray(found.pvalues["Pvalue"].reindex(range(table.shape[1])), dtype=np.float64)


def _better_p(table: Float, reference: int, block: int, draws: int, seed: int) -> float:
    from arch.bootstrap import SPA

    others = np.delete(table, reference, axis=1)
    found = SPA(table[:, reference], others, block_size=block, reps=draws, bootstrap="stationary", seed=seed)
    found.compute()
    return float(found.pvalues["consistent"])
