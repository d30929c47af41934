"""Scaling: mean and spread of what is known of each column."""

import numpy as np

from forecast.engines.arrays import Flags, Float


def scaling(columns: Float, weight: Float | None = None, *, coverage: float) -> tuple[Float, Float, Flags]:
    """Mean and standard deviation of what is known of each column (n, k), and whether it is known often enough, and moves, (k,).

    weight : (n,) > 0 cases that each row counts for, default one.   coverage : share of the cases that must know a column, more than
    which is enough. A column that is not kept has a scale of 1, one that is never known a mean of 0.
    """
    finite = np.isfinite(columns)
    each = np.ones(len(columns)) if weight is None else weight
    seen = each @ finite
    count = np.where(seen > 0, seen, 1.0)
    centre = (np.where(finite, columns, 0.0) * each[:, None]).sum(axis=0) / count
    spread = np.sqrt((np.where(finite, columns - centre, 0.0) ** 2 * each[:, None]).sum(axis=0) / count)
    usable = (seen > coverage * each.sum()) & (spread > 1e-12)
    return centre, np.where(usable, spread, 1.0), usable
