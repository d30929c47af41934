"""Scaling of columns with missing values: their mean and standard deviation, and the columns standardised and clipped."""

import numpy as np

from forecast.engines.arrays import Flags, Float

CLIP = 4.0  # standard deviations at which a standardised value is clipped


def scaling(columns: Float, weight: Float | None = None, *, coverage: float) -> tuple[Float, Float, Flags]:
    """Mean and standard deviation of the finite part of each column of (n, k), and whether the column is usable, (k,).

    A column is usable where more than a share `coverage` of the weight (n,) > 0 is finite and it varies by more than rounding. Else its
    scale is 1, and its mean is 0 where nothing is finite.
    """
    finite = np.isfinite(columns)
    each = np.ones(len(columns)) if weight is None else weight
    seen = each @ finite
    count = np.where(seen > 0, seen, 1.0)
    centre = (np.where(finite, columns, 0.0) * each[:, None]).sum(axis=0) / count
    spread = np.sqrt((np.where(finite, columns - centre, 0.0) ** 2 * each[:, None]).sum(axis=0) / count)
    usable = (seen > coverage * each.sum()) & (spread > 1e-12 * np.abs(centre))
    return centre, np.where(usable, spread, 1.0), usable


def standardised(columns: Float, centre: Float, scale: Float, clip: float = CLIP) -> Float:
    """Columns (..., k) in standard deviations from their means, clipped; what is missing is taken at its mean."""
    return np.asarray(np.nan_to_num(np.clip((columns - centre) / scale, -clip, clip)))
