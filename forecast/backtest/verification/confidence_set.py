"""Comparison of many forecasters at once: the model confidence set, and the test of superior predictive ability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float

DRAWS = 300  # a p value of 0.10 then has a standard error of 0.017
SEED = 3
CONFIDENCE_SIZE = 0.10  # the set holds the best with probability 0.9


@dataclass(frozen=True)
class ModelConfidenceSet:
    """Which forecasters may be the best, and whether any is better than a reference.

    Parameters
    ----------
    set_p : dict of str to float
        p value of each forecaster, at least CONFIDENCE_SIZE while it belongs to the model confidence set. Empty for fewer than twelve
        rows or two forecasters.
    better_p : dict of str to float
        p value, by reference, of the hypothesis that no forecaster is better than it. Empty likewise.
    """

    set_p: dict[str, float]
    better_p: dict[str, float]


def model_confidence_set(
    losses: dict[str, Float], references: Sequence[str], *, horizon: int, draws: int = DRAWS, seed: int = SEED
) -> ModelConfidenceSet:
    """Compare forecasters with each other and with references.

    Blocks of `horizon` rows, which hold every overlap, or a third of the rows if they are few, are drawn by the stationary bootstrap.
    Forecasters with the same losses to the bit as an earlier one share its verdict.

    Parameters
    ----------
    losses : dict of str to numpy.ndarray of shape (n,)
        By forecaster, in the order of time.
    references : sequence of str
        Those of them that the others are tested against.
    horizon : int
        Sessions that the forecasts look ahead.
    draws : int, default 300
        Bootstrap samples.
    seed : int, default 3
        Of the bootstrap.

    Returns
    -------
    ModelConfidenceSet

    References
    ----------
    Hansen, Lunde and Nason (2011), The model confidence set, Econometrica 79, statistic T_R.
    Hansen (2005), A test for superior predictive ability, J. Bus. Econ. Stat. 23, the consistent p value. Both as in arch.
    """
    twins = _twins(losses)
    distinct = [name for name, first in twins.items() if name == first]
    n = len(next(iter(losses.values()))) if losses else 0
    if n < 12 or len(distinct) < 2:
        return ModelConfidenceSet({}, {})
    table = np.column_stack([losses[name] for name in distinct])
    block = min(horizon, n // 3)
    in_set = _set_p(table, block, draws, seed)
    set_p = {name: float(in_set[distinct.index(first)]) for name, first in twins.items()}
    better = {name: _better_p(table, distinct.index(twins[name]), block, draws, seed) for name in references if name in twins}
    return ModelConfidenceSet(set_p, better)


def _twins(losses: dict[str, Float]) -> dict[str, str]:
    """The first forecaster with the same losses, by name: a difference without variance cannot be tested."""
    first: dict[bytes, str] = {}
    return {name: first.setdefault(np.ascontiguousarray(loss).tobytes(), name) for name, loss in losses.items()}


def _set_p(table: Float, block: int, draws: int, seed: int) -> Float:
    from arch.bootstrap import MCS

    test = MCS(table, CONFIDENCE_SIZE, reps=draws, block_size=block, method="R", bootstrap="stationary", seed=seed)
    test.compute()
    return np.asarray(test.pvalues["Pvalue"].reindex(range(table.shape[1])), dtype=np.float64)


def _better_p(table: Float, reference: int, block: int, draws: int, seed: int) -> float:
    from arch.bootstrap import SPA

    others = np.delete(table, reference, axis=1)
    test = SPA(table[:, reference], others, block_size=block, reps=draws, bootstrap="stationary", seed=seed)
    test.compute()
    return float(test.pvalues["consistent"])
